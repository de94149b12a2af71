//! One of several, drawn by its weight.

use proptest::prelude::*;
use proptest::test_runner::TestRng;

/// Weights, summed up.
#[derive(Debug, Default)]
pub(super) struct Weighted {
    sums: Vec<u64>,
}

impl Weighted {
    /// The number of one of the weights, the more often the larger it is; none if all are zero, or there are none.
    pub(super) fn draw(&self, rng: &mut TestRng) -> Option<usize> {
        let all = self.sums.last().filter(|it| **it > 0)?;
        let drawn = rng.random_range(0..*all);
        Some(self.sums.partition_point(|sum| *sum <= drawn))
    }
}

impl FromIterator<u64> for Weighted {
    fn from_iter<T: IntoIterator<Item = u64>>(weights: T) -> Self {
        let mut sum = 0u64;
        let sums = weights.into_iter().map(|weight| {
            sum = sum.saturating_add(weight);
            sum
        });
        Self {
            sums: sums.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::runner;

    #[test]
    fn one_is_drawn_as_often_as_it_weighs() {
        let mut runner = runner(7, "draw", 0);
        let weighted: Weighted = [1, 0, 9].into_iter().collect();
        let mut drawn = [0; 3];
        for _ in 0..1_000 {
            drawn[weighted.draw(runner.rng()).expect("one")] += 1;
        }
        assert_eq!(drawn[1], 0);
        assert!((850..950).contains(&drawn[2]), "{drawn:?}");
    }

    #[test]
    fn of_nothing_nothing_is_drawn() {
        let mut runner = runner(7, "draw", 0);
        for weights in [&[][..], &[0, 0]] {
            let weighted: Weighted = weights.iter().copied().collect();
            assert_eq!(weighted.draw(runner.rng()), None);
        }
    }

    #[test]
    fn weights_beyond_any_number_do_not_overflow() {
        let mut runner = runner(7, "draw", 0);
        let weighted: Weighted = [u64::MAX, u64::MAX].into_iter().collect();
        assert_eq!(weighted.draw(runner.rng()), Some(0));
    }
}
