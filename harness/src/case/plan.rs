//! What is planned for a history beside random operations and updates: phases, saves that nobody loads, and updates in a row.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Reason, TestRng, TestRunner};

use super::generate::{Planned, life, position, probes};
use super::phase::{self, How};
use super::scale::Scales;
use super::step::StepTree;
use super::{Call, CaseKind, Generator, Graft, Step};
use crate::value::pool::places;
use crate::value::{Val, WitType};

/// How many histories go on with the operations alone that had no part in what was before, if they go on with others.
pub(super) const OTHERS_ONLY: f64 = 0.3;
/// Of so many histories in which updates may come in a row, one has many.
const CHAINS: u32 = 10;
/// How many there are at most beside those that any history has.
const LONGEST_CHAIN: usize = 16;
/// Calls before and after a phase, at most.
const SOME: usize = 6;
/// How many arguments are earlier values where a phase wants them.
const EARLIER: f64 = 0.9;

impl Generator<'_> {
    /// What happens to the worker, in order.
    pub(super) fn events(&self, rng: &mut TestRng) -> Vec<Step> {
        match &self.kind {
            CaseKind::History { updates } => {
                let updates = rng.random_range(updates.clone());
                let mut events = saves(rng);
                events.extend(vec![Step::Update; updates]);
                events
            }
            CaseKind::Life => life(self.hop.updates(), rng),
            CaseKind::Input { .. } | CaseKind::Growth => Vec::new(),
        }
    }

    /// A call of a phase; `bases` are the arguments that those with distinct values are made from.
    pub(super) fn phase_call(
        &self,
        call: phase::Planned,
        scales: &Scales,
        runner: &mut TestRunner,
        arguments: &[(usize, SBoxedStrategy<Vec<Val>>)],
        bases: &mut BTreeMap<usize, Vec<Val>>,
    ) -> Result<StepTree, Reason> {
        let phase::Planned { operation, how } = call;
        let is_users = arguments.iter().any(|(of, _)| *of == operation);
        let grafts = match how {
            _ if is_users => return self.call((operation, 0.0), scales, runner, arguments),
            How::Earlier { choice } => self.earlier(operation, choice, runner.rng()),
            How::Distinct { .. } => {
                let base = match bases.entry(operation) {
                    Entry::Occupied(base) => base.into_mut(),
                    Entry::Vacant(vacant) => {
                        let tree = self.arguments(operation, scales, runner)?;
                        vacant.insert(tree.current())
                    }
                };
                let types = self.hop.operation(operation).user_parameters();
                let call = Call::new(operation, phase::arguments(base, types, &how));
                return Ok(self.again(Step::Operation(call)));
            }
        };
        Ok(StepTree::Operation {
            operation,
            arguments: self.arguments(operation, scales, runner)?,
            grafts,
        })
    }

    /// Nearly all arguments are this one of the earlier values of their types.
    pub(super) fn earlier(
        &self,
        operation: usize,
        choice: u32,
        rng: &mut TestRng,
    ) -> Vec<Vec<Graft>> {
        let operation = self.hop.operation(operation);
        let parameters = operation.user_parameters();
        let of_one = |(_, ty): &(String, WitType)| {
            let places = (0..places(ty)).filter(|_| rng.random_bool(EARLIER));
            places.map(|place| Graft { place, choice }).collect()
        };
        let mut grafts: Vec<Vec<Graft>> = parameters.iter().map(of_one).collect();
        // Who calls is drawn anew each time.
        grafts.resize(operation.parameters().len(), Vec::new());
        grafts
    }

    /// A few calls, a phase, the update, what the phase looks at after it, and the rest.
    pub(super) fn plan_phase(
        &self,
        callable: &[usize],
        events: Vec<Step>,
        rng: &mut TestRng,
        planned: &mut Vec<Planned>,
    ) {
        let swarm = self.swarm(callable, rng);
        let some = |most: usize, planned: &mut Vec<Planned>, rng: &mut TestRng| {
            let count = rng.random_range(0..=most.min(SOME));
            for _ in 0..count {
                planned.push(Planned::Operation(swarm.draw(rng), swarm.reuse));
            }
        };
        let weighted: Vec<usize> = callable
            .iter()
            .flat_map(|it| std::iter::repeat_n(*it, self.times(*it)))
            .collect();
        let phase = phase::draw(self.hop, &weighted, (self.most, self.crowded), rng);
        let room = self
            .most
            .saturating_sub(phase.before.len() + phase.after.len());
        some(room / 4, planned, rng);
        planned.extend(phase.before.into_iter().map(Planned::Phase));
        let first = events.iter().position(Step::is_update);
        let first = first.map_or(events.len(), |first| first + 1);
        for (index, event) in events.into_iter().enumerate() {
            if index >= first {
                some(room / 8, planned, rng);
            }
            planned.push(Planned::Event(event));
            if index + 1 == first {
                self.chain(rng, planned);
                // Taken once: events are gone through in order.
                planned.extend(phase.after.iter().cloned().map(Planned::Phase));
            }
        }
        let probes = probes(self.hop, callable, rng);
        let probes = probes.into_iter().take(room / 2);
        planned.extend(probes.map(|it| Planned::Operation(it, swarm.reuse)));
    }

    /// Rarely, many updates in a row, without an operation between them: what one of them adds, many show.
    pub(super) fn chain(&self, rng: &mut TestRng, planned: &mut Vec<Planned>) {
        let may_have_more = match &self.kind {
            CaseKind::History { updates } => *updates.start() > 1,
            CaseKind::Life => true,
            CaseKind::Input { .. } | CaseKind::Growth => false,
        };
        if may_have_more && rng.random_ratio(1, CHAINS) {
            let more = rng.random_range(2..LONGEST_CHAIN);
            planned.extend((0..more).map(|_| Planned::Event(Step::Update)));
        }
    }
}

/// Saves that nobody loads: mostly none.
fn saves(rng: &mut TestRng) -> Vec<Step> {
    let count = [0, 0, 1, 1, 2][rng.random_range(0..5usize)];
    vec![Step::Save; count]
}

/// Where the events fall. Operations between a save and an update are few, most of the time: the more there are, the more
/// often one of them makes the next save write everything anew.
pub(super) fn placed(events: Vec<Step>, total: usize, rng: &mut TestRng) -> Vec<(usize, Step)> {
    let (saves, others): (Vec<Step>, Vec<Step>) =
        events.into_iter().partition(|event| *event == Step::Save);
    let mut positions: Vec<usize> = others.iter().map(|_| position(total, rng)).collect();
    positions.sort_unstable();
    let last = positions.last().copied().unwrap_or(total);
    let mut placed = Vec::new();
    for save in saves {
        let at = match rng.random_ratio(3, 4) {
            true => last.saturating_sub(rng.random_range(1..4)),
            false => rng.random_range(0..=last),
        };
        placed.push((at, save));
    }
    placed.extend(positions.into_iter().zip(others));
    placed.sort_by_key(|(at, _)| *at);
    placed
}

/// The operations that had no part in what there is so far.
pub(super) fn unused(callable: &[usize], planned: &[Planned]) -> Vec<usize> {
    let is_unused = |operation: &&usize| {
        !planned
            .iter()
            .any(|it| matches!(it, Planned::Operation(used, _) if used == *operation))
    };
    callable.iter().filter(is_unused).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Case, MAX_OPERATIONS, runner};
    use crate::versions::chain::Chain;

    fn cases(chain: &Chain, kind: &CaseKind) -> anyhow::Result<Vec<Case>> {
        let generator = Generator::new(chain.whole(), kind.clone(), MAX_OPERATIONS).crowded();
        let one = |number| {
            let tree = generator.tree(&mut runner(7, "plan", number), &[], &[]);
            Ok(tree.map_err(|it| anyhow::anyhow!("{it}"))?.current())
        };
        (0..1_000).map(one).collect()
    }

    fn count(cases: &[Case], wanted: impl Fn(&Case) -> bool) -> usize {
        cases.iter().filter(|case| wanted(case)).count()
    }

    #[test]
    fn histories_have_crowds_and_saves_that_nobody_loads_and_updates_in_a_row() -> anyhow::Result<()>
    {
        let pair = Chain::open(
            &["embedded:cart-v1", "embedded:cart-v2"],
            &Default::default(),
        )?;
        let once = cases(&pair, &CaseKind::History { updates: 1..=1 })?;
        let longest = MAX_OPERATIONS * phase::LONGEST + 20;
        assert!(once.iter().all(|case| case.operations() <= longest));
        let crowded = count(&once, |case| case.operations() > 2 * MAX_OPERATIONS);
        assert!((3..40).contains(&crowded), "{crowded} are crowded");
        let is_stale = |case: &Case| {
            let mut steps = case
                .steps
                .iter()
                .skip_while(|it| **it != Step::Save)
                .skip(1);
            let operations = steps
                .by_ref()
                .take_while(|it| matches!(it, Step::Operation(_)));
            (1..5).contains(&operations.count())
        };
        let stale = count(&once, is_stale);
        assert!(stale > 100, "{stale} save shortly before something else");
        let updates = |case: &Case| case.steps.iter().filter(|it| it.is_update()).count();
        assert_eq!(count(&once, |case| updates(case) == 1), 1_000);
        let paces: std::collections::HashSet<_> = once.iter().map(|case| case.pace).collect();
        assert!(paces.len() > 100, "{} paces", paces.len());
        let days = count(&once, |case| case.pace == Default::default());
        assert!((200..400).contains(&days), "{days} have a day");
        let twice = cases(&pair, &CaseKind::History { updates: 2..=3 })?;
        let chains = count(&twice, |case| updates(case) > 10);
        assert!((10..100).contains(&chains), "{chains} have many updates");
        assert!(twice.iter().all(|case| updates(case) < 3 + LONGEST_CHAIN));
        Ok(())
    }
}
