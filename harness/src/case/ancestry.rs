//! Histories that others are made of.

use proptest::test_runner::TestRng;

use super::Case;
use super::weighted::Weighted;
use crate::value::word::Word;

/// What histories are made of.
#[derive(Debug, Default)]
pub(crate) struct Ancestry {
    /// Histories that brought the state somewhere new. They have no events, and every argument is what it was.
    pub(crate) ancestors: Vec<Case>,
    /// How often they are drawn; those that have no weight yet are not.
    weights: Weighted,
    /// Names in the snapshots. A text that is one of them may be taken for it.
    pub(crate) words: Vec<Word>,
}

impl Ancestry {
    /// Says how often each ancestor is drawn; those that have no weight are dropped.
    pub(crate) fn weigh(&mut self, weights: &[u64]) {
        let mut weight = weights.iter();
        self.ancestors.retain(|_| weight.next() > Some(&0));
        self.weights = weights.iter().copied().filter(|it| *it > 0).collect();
    }

    pub(super) fn draw(&self, rng: &mut TestRng) -> Option<&Case> {
        self.ancestors.get(self.weights.draw(rng)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::runner;
    use crate::host::Pace;

    #[test]
    fn an_ancestor_is_drawn_by_its_weight_and_dropped_without_one() {
        let case = |seed| Case {
            seed,
            pace: Pace::default(),
            input: None,
            founding: None,
            steps: Vec::new(),
        };
        let mut ancestry = Ancestry {
            ancestors: (0..3).map(case).collect(),
            ..Ancestry::default()
        };
        let mut runner = runner(7, "draw", 0);
        assert_eq!(ancestry.draw(runner.rng()), None);
        ancestry.weigh(&[1, 0, 9]);
        assert_eq!(ancestry.ancestors.len(), 2);
        let drawn = (0..1_000).filter_map(|_| ancestry.draw(runner.rng()));
        let heavy = drawn.filter(|it| it.seed == 2).count();
        assert!((850..950).contains(&heavy), "{heavy} of 1,000");
    }
}
