//! Tours: histories in which every operation is taken at least once, as far as that can be. What one operation needs, others make:
//! one that is refused is tried again once others were taken, so that a tour finds the order by itself. Just before an update comes
//! one more call that is taken, whichever it is: a save before it may have kept what this call makes stale.
//!
//! Many tours are interrupted: where a call was taken and a save writes nothing else than before it, the call only reads, or what it
//! did is lost. There the worker is updated, behind a save, and everything is looked at with what this call was given.

use proptest::prelude::*;
use proptest::test_runner::{Reason, TestRng, TestRunner};

use super::generate::{Generator, Planned, probes, shuffle};
use super::scale::Scales;
use super::step::StepTree;
use super::trial::Trial;
use super::{CaseKind, Step};
use crate::value::Val;

/// Of so many histories, one is a tour.
const TOURS: u32 = 4;
/// How often the operations that were refused are tried again.
const ROUNDS: usize = 4;
/// How many arguments are earlier values.
pub(super) const EARLIER: f64 = 0.8;
/// Other calls before and after the tours, at most.
const SOME: usize = 6;

/// Whether a history is a tour.
pub(super) fn is_wanted(kind: &CaseKind, rng: &mut TestRng) -> bool {
    matches!(kind, CaseKind::History { .. } | CaseKind::Life) && rng.random_ratio(1, TOURS)
}

impl Generator<'_> {
    /// A few calls, a tour or several, and the events, with a call that is taken before each update and a look at everything after it.
    pub(super) fn plan_tour(
        &self,
        callable: &[usize],
        events: Vec<Step>,
        rng: &mut TestRng,
        planned: &mut Vec<Planned>,
    ) {
        let swarm = self.swarm(callable, rng);
        let some = |most: usize, planned: &mut Vec<Planned>, rng: &mut TestRng| {
            let count = rng.random_range(0..=most.min(SOME));
            planned.extend((0..count).map(|_| Planned::Operation(swarm.draw(rng), swarm.reuse)));
            count
        };
        // What comes after an update has a third of the calls, and each update may have one before it.
        let updates = events.iter().filter(|it| it.is_update()).count();
        let looks = self.most / 3 / updates.max(1);
        let mut room = self.most - self.most / 3;
        let mut last = updates.min(room);
        room -= last;
        room -= some(room / 4, planned, rng);
        let tours = rng.random_range(1..=3u32);
        let mut events = events;
        for tour in 1..=tours {
            let calls = callable.len().min(room);
            room -= calls;
            let interruption = events.iter().position(Step::is_update);
            let interruption = interruption.filter(|_| tour == tours && rng.random_ratio(3, 4));
            if let Some(update) = interruption {
                events.remove(update);
            }
            planned.push(Planned::Tour(Tour {
                calls,
                looks: interruption.map(|_| looks),
            }));
        }
        some(room, planned, rng);
        for (number, event) in events.iter().enumerate() {
            let is_update = event.is_update();
            if is_update && last > 0 && rng.random() {
                last -= 1;
                let operation = callable[rng.random_range(0..callable.len())];
                planned.push(Planned::Taken(operation));
            }
            planned.push(Planned::Event(event.clone()));
            if is_update {
                if number + 1 == events.len() {
                    self.chain(rng, planned);
                }
                let probes = probes(self.hop, callable, rng).into_iter().take(looks);
                planned.extend(probes.map(|it| Planned::Operation(it, EARLIER)));
            }
        }
    }

    /// The calls of a tour, in the order in which they are taken, and its interruption; at its end, if no call is suspicious.
    pub(super) fn tour(
        &self,
        callable: &[usize],
        tour: &Tour,
        scales: &Scales,
        runner: &mut TestRunner,
        arguments: &[(usize, SBoxedStrategy<Vec<Val>>)],
        trial: &mut dyn Trial,
    ) -> Result<Vec<StepTree>, Reason> {
        let mut steps = Vec::new();
        // Where in the tour each operation was taken that left the snapshot as it was.
        let mut unsaved: Vec<usize> = Vec::new();
        let mut open = callable.to_vec();
        shuffle(&mut open, runner.rng());
        open.truncate(tour.calls);
        for _ in 0..ROUNDS {
            let mut refused = Vec::new();
            for operation in open {
                match self.taken_call((operation, EARLIER), scales, runner, arguments, trial)? {
                    Ok(step) => {
                        if tour.looks.is_some() && trial.saves_the_same() {
                            unsaved.push(steps.len());
                        }
                        steps.push(step);
                    }
                    Err(_) => refused.push(operation),
                }
            }
            open = refused;
        }
        if let Some(looks) = tour.looks {
            let mut rest = match unsaved.as_slice() {
                [] => Vec::new(),
                unsaved => {
                    let suspicious = unsaved[runner.rng().random_range(0..unsaved.len())];
                    let rest = steps.split_off(suspicious + 1);
                    steps.insert(suspicious, StepTree::Event(Step::Save));
                    rest
                }
            };
            steps.push(StepTree::Event(Step::Update));
            let mut probes = probes(self.hop, callable, runner.rng());
            probes.truncate(looks);
            for look in probes
                .iter()
                .copied()
                .zip(self.times_looked(&probes, looks))
            {
                steps.extend(self.different_looks(look, scales, runner, arguments, trial)?);
            }
            steps.append(&mut rest);
        }
        Ok(steps)
    }
}

/// A tour that is planned.
#[derive(Debug, Clone)]
pub(super) struct Tour {
    /// How many calls it has at most, beside those of its interruption.
    pub(super) calls: usize,
    /// How many calls look at everything after the update that interrupts it; none if nothing does.
    pub(super) looks: Option<usize>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::scale::Scales;
    use crate::case::{Call, MAX_OPERATIONS, runner};
    use crate::host::Pace;
    use crate::versions::chain::Chain;

    /// Takes an operation only after the one with the number before.
    #[derive(Default)]
    struct Stairs(Vec<usize>);

    impl Trial for Stairs {
        fn begin(&mut self, _seed: u64, _pace: Pace, _founding: Option<Vec<Val>>) {}

        fn takes(&mut self, call: &Call) -> bool {
            let is_taken = call.operation == 0 || self.0.contains(&(call.operation - 1));
            self.0.extend(is_taken.then_some(call.operation));
            is_taken
        }
    }

    #[test]
    fn what_is_refused_is_tried_again_once_others_were_taken() {
        let pair = ["embedded:cart-v1", "embedded:cart-v2"];
        let pair = Chain::open(&pair, &Default::default()).expect("a pair");
        let kind = CaseKind::History { updates: 1..=1 };
        let generator = Generator::new(pair.whole(), kind, MAX_OPERATIONS);
        let stairs: Vec<usize> = (0..3).collect();
        for number in 0..20 {
            let runner = &mut runner(7, "tour", number);
            let scales: Scales = generator.scales(runner.rng());
            let mut trial = Stairs::default();
            let tour = Tour {
                calls: 3,
                looks: None,
            };
            let tour = generator.tour(&stairs, &tour, &scales, runner, &[], &mut trial);
            let tour = tour.expect("arguments");
            let operation = |step: &StepTree| match step.current() {
                Step::Operation(call) => call.operation,
                event => panic!("a tour has no {event:?}"),
            };
            assert_eq!(tour.iter().map(operation).collect::<Vec<_>>(), stairs);
        }
    }

    #[test]
    fn a_history_with_tours_has_no_more_calls_than_it_may() {
        let pair = ["embedded:cart-v1", "embedded:cart-v2"];
        let pair = Chain::open(&pair, &Default::default()).expect("a pair");
        let kind = CaseKind::History { updates: 3..=3 };
        let callable: Vec<usize> = (0..pair.operations().len()).collect();
        for most in 0..40 {
            let generator = Generator::new(pair.whole(), kind.clone(), most);
            for number in 0..20 {
                let mut planned = Vec::new();
                let mut rng = runner(7, "tour", number);
                generator.plan_tour(&callable, vec![Step::Update; 3], rng.rng(), &mut planned);
                let calls = planned.iter().map(|it| match it {
                    Planned::Tour(tour) => tour.calls + tour.looks.unwrap_or(0),
                    Planned::Event(_) => 0,
                    _ => 1,
                });
                let calls: usize = calls.sum();
                assert!(calls <= most, "{calls} of {most}");
            }
        }
    }

    #[test]
    fn a_tour_has_a_look_at_everything_after_its_update() {
        let pair = ["embedded:cart-v1", "embedded:cart-v2"];
        let pair = Chain::open(&pair, &Default::default()).expect("a pair");
        let kind = CaseKind::History { updates: 1..=1 };
        let generator = Generator::new(pair.whole(), kind, MAX_OPERATIONS);
        let callable: Vec<usize> = (0..pair.operations().len()).collect();
        let is_looked_at = |planned: &[Planned], operation: &usize| {
            let mut planned = planned.iter();
            planned.any(|it| matches!(it, Planned::Operation(it, _) if it == operation))
        };
        for number in 0..20 {
            let mut planned = Vec::new();
            let rng = &mut runner(7, "tour", number);
            generator.plan_tour(&callable, vec![Step::Update], rng.rng(), &mut planned);
            assert!(planned.iter().any(|it| matches!(it, Planned::Tour(_))));
            let update = planned.iter().position(|it| match it {
                Planned::Event(_) => true,
                Planned::Tour(tour) => tour.looks.is_some_and(|looks| looks >= callable.len()),
                _ => false,
            });
            match &planned[update.expect("an update")..] {
                [Planned::Tour(_), ..] => {}
                after => assert!(callable.iter().all(|it| is_looked_at(after, it))),
            }
        }
    }
}
