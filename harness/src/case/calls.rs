//! One call of a history: what it is given, and which of that earlier calls took or returned.

use proptest::prelude::*;
use proptest::test_runner::{Reason, TestRng, TestRunner};

use super::Graft;
use super::generate::Generator;
use super::scale::Scales;
use super::step::StepTree;
use crate::value::Val;
use crate::value::pool::places;

impl Generator<'_> {
    /// A call of an operation with so much reuse of earlier values.
    pub(super) fn call(
        &self,
        (operation, reuse): (usize, f64),
        scales: &Scales,
        runner: &mut TestRunner,
        arguments: &[(usize, SBoxedStrategy<Vec<Val>>)],
    ) -> Result<StepTree, Reason> {
        let own = arguments.iter().rev().find(|(of, _)| *of == operation);
        let tree = match own {
            Some((_, strategy)) => Box::new(strategy.new_tree(runner)?),
            None => self.arguments(operation, scales, runner)?,
        };
        let grafts = match own {
            Some(_) => Vec::new(),
            None => self.grafts(operation, reuse, runner.rng()),
        };
        Ok(StepTree::Operation {
            operation,
            arguments: tree,
            grafts,
        })
    }

    fn grafts(&self, number: usize, reuse: f64, rng: &mut TestRng) -> Vec<Vec<Graft>> {
        let operation = self.hop.operation(number);
        let parameters = operation.user_parameters();
        // Mostly what was seen last. Half of the time all of them come from one call, as far as it has them; of the others, each from one of
        // its name, or from wherever it comes.
        let recent = |rng: &mut TestRng| rng.random_range(0..4u32) * rng.random_range(1..4u32);
        let (together, least) = match rng.random_range(0..4u32) {
            0 => (None, 0),
            1 => (None, Graft::OF_NAME),
            _ => (Some(Graft::OF_CALL + recent(rng)), 0),
        };
        let mut graft_at = |place: u32| Graft {
            place,
            choice: together.unwrap_or_else(|| least + recent(rng)),
        };
        let mut all = Vec::with_capacity(parameters.len());
        for (_, ty) in parameters {
            let places = places(ty);
            let mut grafts = Vec::new();
            for place in 0..places {
                grafts.push(graft_at(place));
            }
            all.push(grafts);
        }
        for grafts in &mut all {
            let whole = rng.random_bool(reuse);
            grafts.retain(|graft| {
                (graft.place == 0 && whole) || (graft.place > 0 && rng.random_bool(reuse))
            });
        }
        self.sources.apply(number, &mut all, rng);
        // Who calls is drawn anew each time.
        all.resize(operation.parameters().len(), Vec::new());
        all
    }
}
