//! One call of a history: what it is given, and which of that earlier calls took or returned.

use proptest::prelude::*;
use proptest::test_runner::{Reason, TestRng, TestRunner};

use super::generate::{Generator, probes};
use super::scale::Scales;
use super::step::StepTree;
use super::{Graft, Step};
use crate::value::Val;
use crate::value::pool::places;

/// So many calls before are looked at, at most.
const LOOKED_BACK: u32 = 3;

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

    /// A call that is given what the one so many before it was, as far as the types allow.
    pub(super) fn look(
        &self,
        (operation, before): (usize, u32),
        scales: &Scales,
        runner: &mut TestRunner,
        arguments: &[(usize, SBoxedStrategy<Vec<Val>>)],
    ) -> Result<StepTree, Reason> {
        if arguments.iter().any(|(of, _)| *of == operation) {
            return self.call((operation, 0.0), scales, runner, arguments);
        }
        Ok(StepTree::Operation {
            operation,
            arguments: self.arguments(operation, scales, runner)?,
            grafts: self.earlier(operation, Graft::OF_CALL + before, runner.rng()),
        })
    }

    /// At most so many calls, each of another operation, that are given what one of the last calls was: they look at what those left.
    pub(crate) fn looks(&self, most: usize, runner: &mut TestRunner) -> Result<Vec<Step>, Reason> {
        let mut operations = probes(self.hop, &self.callable(), runner.rng());
        operations.retain(|it| self.hop.operation(*it).result().is_some());
        operations.truncate(most);
        let scales = self.scales(runner.rng());
        let looks = operations.into_iter().map(|operation| {
            let before = runner.rng().random_range(0..LOOKED_BACK);
            let look = self.look((operation, before), &scales, runner, &[])?;
            Ok(look.current())
        });
        looks.collect()
    }

    fn grafts(&self, number: usize, reuse: f64, rng: &mut TestRng) -> Vec<Vec<Graft>> {
        let operation = self.hop.operation(number);
        let parameters = operation.user_parameters();
        // Mostly what was seen last. Half of the time all of them come from one call, as far as it has them.
        let recent = |rng: &mut TestRng| rng.random_range(0..4u32) * rng.random_range(1..4u32);
        let together = rng.random_bool(0.5).then(|| Graft::OF_CALL + recent(rng));
        let mut graft_at = |place: u32| Graft {
            place,
            choice: together.unwrap_or_else(|| recent(rng)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{CaseKind, MAX_OPERATIONS, runner};
    use crate::versions::chain::Chain;

    #[test]
    fn looks_are_calls_of_different_operations_that_answer() -> anyhow::Result<()> {
        let pair = ["embedded:cart-v1", "embedded:cart-v2"];
        let pair = Chain::open(&pair, &Default::default())?;
        let kind = CaseKind::History { updates: 0..=0 };
        let generator = Generator::new(pair.whole(), kind, MAX_OPERATIONS);
        let looks = |number| generator.looks(4, &mut runner(2, "looks", number));
        let mut looked_at = std::collections::BTreeSet::new();
        for number in 0..200 {
            let looks = looks(number).map_err(|it| anyhow::anyhow!("{it}"))?;
            let calls = looks.iter().filter_map(|step| match step {
                Step::Operation(call) => Some(call.operation),
                _ => None,
            });
            let calls: std::collections::BTreeSet<usize> = calls.collect();
            assert_eq!((looks.len(), calls.len()), (4, 4));
            looked_at.extend(calls);
        }
        let operations = pair.operations().iter().enumerate();
        let answering = operations.filter(|(_, it)| it.result().is_some());
        let answering: Vec<usize> = answering.map(|(number, _)| number).collect();
        assert_eq!(looked_at.into_iter().collect::<Vec<_>>(), answering);
        Ok(())
    }
}
