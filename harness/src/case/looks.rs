//! Looks: calls that are given what earlier calls were, and show what these left.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::test_runner::{Reason, TestRunner};

use super::generate::{Generator, probes};
use super::scale::Scales;
use super::step::StepTree;
use super::trial::Trial;
use super::{Graft, Step};
use crate::value::Val;
use crate::value::discriminants::{discriminants, kinds};

/// So many calls before are looked at, at most.
const LOOKED_BACK: u32 = 3;
/// So many looks through one operation at a time, at most: each at another kind of things.
const KINDS: usize = 6;
/// How often a look is drawn at most, until it shows something.
const TRIES: usize = 4;

impl Generator<'_> {
    /// A call that is given what an earlier one was, as far as the types allow: which one, [`Graft::choice`] tells.
    pub(super) fn look(
        &self,
        (operation, choice): (usize, u32),
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
            grafts: self.earlier(operation, choice, runner.rng()),
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
            let choice = Graft::OF_CALL + before;
            let look = self.look((operation, choice), &scales, runner, &[])?;
            Ok(look.current())
        });
        looks.collect()
    }

    /// How many looks through each of these operations: at least one, and as far as there is room for so many in all, one for each
    /// kind of what it is given.
    pub(super) fn times_looked(&self, operations: &[usize], room: usize) -> Vec<usize> {
        let mut room = room.saturating_sub(operations.len());
        let times = operations.iter().map(|operation| {
            let operation = self.hop.operation(*operation);
            let of_type = |(_, ty): &(String, _)| kinds(ty);
            let kinds = operation.user_parameters().iter().map(of_type).max();
            let more = match operation.result() {
                Some(_) => kinds.unwrap_or(1).min(KINDS).saturating_sub(1).min(room),
                None => 0,
            };
            room -= more;
            1 + more
        });
        times.collect()
    }

    /// At most so many looks through an operation, each at another kind of things, and where there is something to see, as far as a few
    /// tries find it.
    pub(super) fn different_looks(
        &self,
        (operation, times): (usize, usize),
        scales: &Scales,
        runner: &mut TestRunner,
        arguments: &[(usize, SBoxedStrategy<Vec<Val>>)],
        trial: &mut dyn Trial,
    ) -> Result<Vec<StepTree>, Reason> {
        let parameters = self.hop.operation(operation).user_parameters().len();
        let tries = match parameters {
            0 => 1,
            _ => TRIES,
        };
        let mut seen = BTreeSet::new();
        let mut looks = Vec::with_capacity(times);
        for _ in 0..times {
            let mut best = None;
            for _ in 0..tries {
                let look = self.look_at_a_kind((operation, times), scales, runner, arguments)?;
                let Step::Operation(call) = look.current() else {
                    continue;
                };
                // A user's own strategy may draw another number of them.
                let users = call.arguments.get(..parameters);
                let kind = discriminants(users.unwrap_or(&call.arguments));
                if seen.contains(&kind) {
                    continue;
                }
                let is_worth_it = trial.shows(&call);
                best = Some((kind, look));
                if is_worth_it {
                    break;
                }
            }
            if let Some((kind, look)) = best {
                seen.insert(kind);
                looks.push(look);
            }
        }
        Ok(looks)
    }

    /// A look through an operation that is looked through so many times.
    fn look_at_a_kind(
        &self,
        (operation, times): (usize, usize),
        scales: &Scales,
        runner: &mut TestRunner,
        arguments: &[(usize, SBoxedStrategy<Vec<Val>>)],
    ) -> Result<StepTree, Reason> {
        let before = runner.rng().random_range(0..LOOKED_BACK);
        let choice = match runner.rng().random_range(0..4u32) {
            0 => Graft::OF_CALL + before,
            1 => Graft::OF_NAME + before,
            _ => Graft::OF_CALL,
        };
        let mut look = self.look((operation, choice), scales, runner, arguments)?;
        if let StepTree::Operation { grafts, .. } = &mut look
            && times > 1
        {
            // An earlier value as a whole would be of the kind that it was.
            let parts = |of_one: &mut Vec<Graft>| of_one.retain(|graft| graft.place > 0);
            grafts.iter_mut().for_each(parts);
        }
        Ok(look)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::trial::Untried;
    use crate::case::{Call, CaseKind, MAX_OPERATIONS, runner};
    use crate::host::Pace;
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

    /// Shows accounts in yen only.
    struct Yen;

    impl Trial for Yen {
        fn begin(&mut self, _seed: u64, _pace: Pace, _founding: Option<Vec<Val>>) {}

        fn takes(&mut self, call: &Call) -> bool {
            is_in_yen(call)
        }
    }

    fn is_in_yen(call: &Call) -> bool {
        call.arguments.contains(&Val::Enum("yen".to_owned()))
    }

    fn ledger() -> Chain {
        let pair = ["embedded:ledger-v1", "embedded:ledger-v2"];
        Chain::open(&pair, &Default::default()).expect("a pair")
    }

    /// The operation of the ledger that takes one of four currencies.
    fn open(pair: &Chain) -> usize {
        let mut operations = pair.operations().iter();
        let open =
            operations.position(|it| it.user_parameters().iter().any(|it| it.0 == "currency"));
        open.expect("the ledger opens accounts")
    }

    /// The calls that look through one operation so many times.
    fn looks(pair: &Chain, times: usize, number: usize, trial: &mut dyn Trial) -> Vec<Call> {
        let kind = CaseKind::History { updates: 1..=1 };
        let generator = Generator::new(pair.whole(), kind, MAX_OPERATIONS);
        let runner = &mut runner(3, "looks", number);
        let scales = generator.scales(runner.rng());
        let looks = generator.different_looks((open(pair), times), &scales, runner, &[], trial);
        let looks = looks.expect("arguments").into_iter();
        let calls = looks.map(|it| match it.current() {
            Step::Operation(call) => call,
            event => panic!("{event:?} is no look"),
        });
        calls.collect()
    }

    #[test]
    fn each_look_is_at_another_kind_of_things() {
        let pair = ledger();
        let mut all = 0;
        for number in 0..50 {
            let calls = looks(&pair, 4, number, &mut Untried);
            let kinds = calls.iter().map(|it| discriminants(&it.arguments));
            let kinds: BTreeSet<u64> = kinds.collect();
            assert_eq!(kinds.len(), calls.len());
            all += calls.len();
        }
        assert!(all >= 190, "{all} of 200");
    }

    #[test]
    fn a_look_that_shows_nothing_is_drawn_again() {
        let pair = ledger();
        let in_yen = |trial: &mut dyn Trial| {
            let first = |number| looks(&pair, 1, number, trial).swap_remove(0);
            let calls: Vec<Call> = (0..100).map(first).collect();
            calls.iter().filter(|it| is_in_yen(it)).count()
        };
        let (untried, tried) = (in_yen(&mut Untried), in_yen(&mut Yen));
        assert!(tried >= 2 * untried, "{tried} and {untried} of 100");
    }

    #[test]
    fn there_are_as_many_looks_as_kinds_and_as_there_is_room_for() {
        let pair = ledger();
        let kind = CaseKind::History { updates: 1..=1 };
        let generator = Generator::new(pair.whole(), kind, MAX_OPERATIONS);
        let operations = generator.callable();
        let times = generator.times_looked(&operations, MAX_OPERATIONS);
        let open = open(&pair);
        for (operation, times) in operations.iter().zip(&times) {
            let takes_a_kind = pair.operations()[*operation].user_parameters().iter();
            let kinds = takes_a_kind.map(|(_, ty)| kinds(ty)).max().unwrap_or(1);
            assert_eq!(*times, kinds, "operation {operation}");
        }
        assert_eq!(times[open], 4);
        for room in 0..40 {
            let times = generator.times_looked(&operations, room);
            let all: usize = times.iter().sum();
            assert!(all <= room.max(operations.len()), "{all} in {room}");
            assert!(times.iter().all(|it| *it > 0));
        }
    }
}
