//! Numbers that the versions of a chain compare others with: limits, thresholds, widths. Near one, a component does now this, now that;
//! most of all where only one version knows it.

use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

use crate::component::Constant;

/// Numbers that are so small, each for itself, are drawn often enough.
const SMALL: u64 = 4;

/// What is compared with in the code of the versions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Landmarks {
    /// Those of all versions.
    common: Vec<Constant>,
    /// Those that some version does not have.
    peculiar: Vec<Constant>,
}

impl Landmarks {
    /// Those of versions, of each in ascending order.
    pub(crate) fn of(versions: &[&[Constant]]) -> Self {
        let mut landmarks = Self::default();
        let mut seen: Vec<Constant> = Vec::new();
        let all = versions.iter().flat_map(|constants| constants.iter());
        for constant in all {
            let is_small = matches!(constant, Constant::Integer(it) if it.unsigned_abs() < SMALL);
            if is_small || seen.contains(constant) {
                continue;
            }
            seen.push(*constant);
            match versions.iter().all(|it| it.contains(constant)) {
                true => landmarks.common.push(*constant),
                false => landmarks.peculiar.push(*constant),
            }
        }
        landmarks
    }

    /// One of them: half of the time one that some version does not have. None where there are none.
    pub(crate) fn draw(&self, rng: &mut TestRng) -> Option<Constant> {
        let of = match self.peculiar.is_empty() || (!self.common.is_empty() && rng.random()) {
            true => &self.common,
            false => &self.peculiar,
        };
        (!of.is_empty()).then(|| of[rng.random_range(0..of.len())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::runner;

    #[test]
    fn what_only_one_version_knows_is_drawn_half_of_the_time() {
        let [ten, limit, small] = [10, 200_000, 1].map(Constant::Integer);
        let rate = Constant::Float(0.25);
        let old = [small, ten, rate];
        let new = [small, ten, limit, rate];
        let landmarks = Landmarks::of(&[&old, &new]);
        assert_eq!(landmarks.common, [ten, rate]);
        assert_eq!(landmarks.peculiar, [limit]);
        let mut runner = runner(3, "landmarks", 0);
        let drawn: Vec<_> = (0..400).map(|_| landmarks.draw(runner.rng())).collect();
        let count = |of| drawn.iter().filter(|it| **it == Some(of)).count();
        assert!((150..250).contains(&count(limit)));
        assert!((60..140).contains(&count(ten)) && (60..140).contains(&count(rate)));
        assert!(Landmarks::default().draw(runner.rng()).is_none());
        let of_one = Landmarks::of(&[&new]);
        assert!(of_one.draw(runner.rng()).is_some());
    }
}
