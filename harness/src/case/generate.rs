//! Generating cases. What makes histories find bugs: each draws its own few operations and their weights, arguments
//! come back from earlier results, those of one call together, numbers are of one magnitude, updates fall anywhere but more often
//! late, before some of them everything is given a value, after an update every function is probed, and some histories go on with
//! other operations than those that built the state. Others are tours or have phases.

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::ops::RangeInclusive;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config as ProptestConfig, Reason, RngAlgorithm, TestRng, TestRunner};
use siphasher::sip::SipHasher13;

use super::document::Documents;
use super::phase;
use super::plan::{OTHERS_ONLY, placed, unused};
use super::sources::Sources;
use super::step::{Arguments, StepTree};
use super::swarm::reuse;
use super::tour;
use super::trial::{Trial, Untried, is_taken};
use super::{Case, CaseTree, Step};
use crate::host::Pace;
use crate::value::Val;
use crate::versions::hop::Hop;
use crate::versions::operation::Operation;
use crate::worker::snapshot::Snapshot;

/// Which cases a property wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CaseKind {
    /// Histories of the old version with so many updates.
    History { updates: RangeInclusive<usize> },
    /// Histories of a chain's first version, with updates as far as they come, crashes and failed updates.
    Life,
    /// Bytes that the new version loads, and whether operations follow.
    Input { operations: bool },
    /// Histories that call every operation once, which then make the state grow.
    Growth,
}

/// Generates the cases of one property.
#[derive(Clone)]
pub(crate) struct Generator<'a> {
    pub(super) hop: Hop<'a>,
    pub(super) kind: CaseKind,
    pub(super) most: usize,
    pub(super) weights: Vec<u32>,
    /// Whether a few histories have many more operations than `most`.
    pub(super) crowded: bool,
    /// The corpus that inputs are made from, taken apart.
    pub(super) documents: Arc<Documents>,
    /// Where arguments come from, as far as that is known.
    pub(super) sources: Arc<Sources>,
}

/// A larger weight counts no more where a phase is drawn.
const MOST_TIMES: u32 = 256;

/// What stands at one place of a history.
pub(super) enum Planned {
    /// A call of this operation, with so much reuse of earlier values.
    Operation(usize, f64),
    /// A call of this operation that is taken, if it can be.
    Taken(usize),
    /// So many calls of this operation, at most, that are given what the last one was, each of another kind.
    Looks(usize, usize),
    /// A call of a phase.
    Phase(phase::Planned),
    /// A tour of the operations.
    Tour(tour::Tour),
    Event(Step),
}

impl<'a> Generator<'a> {
    pub(crate) fn new(hop: Hop<'a>, kind: CaseKind, most: usize) -> Self {
        Self {
            hop,
            kind,
            most,
            weights: hop
                .chain()
                .operations()
                .iter()
                .map(Operation::weight)
                .collect(),
            crowded: false,
            documents: Arc::default(),
            sources: Arc::default(),
        }
    }

    /// The versions that its cases are about.
    pub(crate) fn hop(&self) -> Hop<'a> {
        self.hop
    }

    /// Whether its histories begin with a worker of the old version that nothing has happened to.
    pub(crate) fn is_from_the_start(&self) -> bool {
        matches!(self.kind, CaseKind::History { .. } | CaseKind::Life)
    }

    /// Lets a few histories have several times as many operations as the others: more than bounded tables hold.
    pub(crate) fn crowded(mut self) -> Self {
        self.crowded = true;
        self
    }

    /// Calls each operation so many times as often.
    pub(crate) fn weighing(mut self, times: impl Fn(usize) -> u32) -> Self {
        for (operation, weight) in self.weights.iter_mut().enumerate() {
            *weight = weight.saturating_mul(times(operation));
        }
        self
    }

    /// Takes arguments from where they come from.
    pub(crate) fn with_sources(mut self, sources: Arc<Sources>) -> Self {
        self.sources = sources;
        self
    }

    /// Leaves these operations out.
    pub(crate) fn without(mut self, operations: &[usize]) -> Self {
        for operation in operations {
            self.weights[*operation] = 0;
        }
        self
    }

    /// Generates one case; `corpus` is the real snapshots that inputs are made from.
    pub(crate) fn tree(
        &self,
        runner: &mut TestRunner,
        arguments: &[(usize, SBoxedStrategy<Vec<Val>>)],
        corpus: &[Snapshot],
    ) -> Result<CaseTree, Reason> {
        self.tried_tree(runner, arguments, corpus, &mut Untried)
    }

    /// As [`Self::tree`], and calls are tried before they are part of the history.
    pub(crate) fn tried_tree(
        &self,
        runner: &mut TestRunner,
        arguments: &[(usize, SBoxedStrategy<Vec<Val>>)],
        corpus: &[Snapshot],
        trial: &mut dyn Trial,
    ) -> Result<CaseTree, Reason> {
        let seed = runner.rng().random();
        let founding = self.founding(runner)?;
        let pace = match self.kind {
            CaseKind::Input { operations: false } | CaseKind::Growth => Pace::default(),
            _ => Pace::of(seed),
        };
        trial.begin(seed, pace, founding.as_ref().map(|it| it.current()));
        let (input, steps) = match &self.kind {
            CaseKind::Input { operations } => {
                let (input, words) = self.input(corpus, runner.rng());
                let mut steps = Vec::new();
                if *operations {
                    steps = self.steps(Vec::new(), runner, arguments, trial)?;
                    self.name(&mut steps, &words, arguments, runner.rng());
                }
                (Some(input), steps)
            }
            _ => {
                let events = self.events(runner.rng());
                (None, self.steps(events, runner, arguments, trial)?)
            }
        };
        Ok(CaseTree::new((seed, pace), input, founding, steps))
    }

    /// The case that [`Self::tree`] makes of the same random numbers, without the operations that follow its input; none
    /// where there are no operations, or no input.
    pub(crate) fn bare(&self, runner: &mut TestRunner, corpus: &[Snapshot]) -> Option<Case> {
        if self.kind != (CaseKind::Input { operations: true }) {
            return None;
        }
        let seed = runner.rng().random();
        let founding = self.founding(runner).ok()?;
        Some(Case {
            seed,
            pace: Pace::default(),
            input: Some(self.input(corpus, runner.rng()).0),
            founding: founding.map(|it| it.current()),
            steps: Vec::new(),
        })
    }

    /// The arguments that an agent is made with.
    fn founding(
        &self,
        runner: &mut TestRunner,
    ) -> Result<Option<Arguments>, proptest::test_runner::Reason> {
        let Some(founding) = self.hop.chain().founding() else {
            return Ok(None);
        };
        founding.new_tree(runner).map(|it| Some(it as Arguments))
    }

    fn steps(
        &self,
        events: Vec<Step>,
        runner: &mut TestRunner,
        arguments: &[(usize, SBoxedStrategy<Vec<Val>>)],
        trial: &mut dyn Trial,
    ) -> Result<Vec<StepTree>, Reason> {
        let callable = self.callable();
        let mut planned = Vec::new();
        if callable.is_empty() {
            planned.extend(events.into_iter().map(Planned::Event));
        } else if self.kind == CaseKind::Growth {
            self.every_operation(callable.clone(), runner.rng(), &mut planned);
        } else if tour::is_wanted(&self.kind, runner.rng()) {
            self.plan_tour(&callable, events, runner.rng(), &mut planned);
        } else if phase::is_wanted(runner.rng()) {
            self.plan_phase(&callable, events, runner.rng(), &mut planned);
        } else {
            self.plan(&callable, events, runner.rng(), &mut planned);
        }
        let scales = self.scales(runner.rng());
        let mut steps = Vec::with_capacity(planned.len());
        let mut bases = BTreeMap::new();
        for step in planned {
            let step = match step {
                Planned::Event(event) => Some(StepTree::Event(event)),
                Planned::Operation(operation, reuse) => {
                    self.tried_call((operation, reuse), &scales, runner, arguments, trial)?
                }
                Planned::Taken(operation) => {
                    let call = (operation, tour::EARLIER);
                    self.taken_call(call, &scales, runner, arguments, trial)?
                        .ok()
                }
                Planned::Looks(operation, times) => {
                    let looks = (operation, times);
                    steps.extend(self.different_looks(looks, &scales, runner, arguments, trial)?);
                    None
                }
                Planned::Tour(tour) => {
                    let tour = self.tour(&callable, &tour, &scales, runner, arguments, trial)?;
                    steps.extend(tour);
                    None
                }
                Planned::Phase(call) => {
                    let call = self.phase_call(call, &scales, runner, arguments, &mut bases)?;
                    is_taken(&call, trial);
                    Some(call)
                }
            };
            steps.extend(step);
        }
        Ok(steps)
    }

    /// Draws which operation stands where, and where the events fall.
    fn plan(
        &self,
        callable: &[usize],
        events: Vec<Step>,
        rng: &mut TestRng,
        planned: &mut Vec<Planned>,
    ) {
        let total = history_length(self.most, rng);
        let mut events = placed(events, total, rng).into_iter().peekable();
        let mut swarm = self.swarm(callable, rng);
        let mut operations = 0;
        for at in 0..=total {
            while let Some((_, event)) = events.next_if(|(position, _)| *position == at) {
                if !event.is_update() {
                    planned.push(Planned::Event(event));
                    continue;
                }
                if rng.random_bool(FILLED) {
                    let room = self.most.saturating_sub(operations) / 2;
                    for operation in fillers(self.hop, callable, rng).into_iter().take(room) {
                        planned.push(Planned::Operation(operation, swarm.reuse));
                        operations += 1;
                    }
                }
                planned.push(Planned::Event(event));
                if events.peek().is_none() {
                    self.chain(rng, planned);
                }
                if rng.random() {
                    let unused = unused(callable, planned);
                    swarm = match rng.random_bool(OTHERS_ONLY) && !unused.is_empty() {
                        true => self.swarm(&unused, rng),
                        false => self.swarm(callable, rng),
                    };
                }
                if rng.random_bool(0.75) {
                    let room = self.most.saturating_sub(operations);
                    let mut probes = probes(self.hop, callable, rng);
                    probes.truncate(room);
                    if rng.random() {
                        let times = self.times_looked(&probes, room);
                        operations += times.iter().sum::<usize>();
                        let looks = probes.into_iter().zip(times);
                        planned.extend(looks.map(|(it, times)| Planned::Looks(it, times)));
                    } else {
                        operations += probes.len();
                        let probes = probes.into_iter();
                        planned.extend(probes.map(|it| Planned::Operation(it, swarm.reuse)));
                    }
                }
            }
            if at < total && operations < self.most {
                let times = burst(rng).min(self.most - operations);
                let (operation, reuse) = (swarm.draw(rng), swarm.reuse);
                planned.extend((0..times).map(|_| Planned::Operation(operation, reuse)));
                operations += times;
            }
        }
    }

    /// The operations that histories call.
    pub(super) fn callable(&self) -> Vec<usize> {
        let operations = 0..self.weights.len();
        operations.filter(|it| self.weights[*it] > 0).collect()
    }

    /// Every operation once, in a random order.
    fn every_operation(
        &self,
        mut callable: Vec<usize>,
        rng: &mut TestRng,
        planned: &mut Vec<Planned>,
    ) {
        shuffle(&mut callable, rng);
        let reuse = reuse(rng);
        planned.extend(callable.into_iter().map(|it| Planned::Operation(it, reuse)));
        planned.truncate(self.most);
    }

    /// How often an operation stands among those that a phase is drawn from.
    pub(super) fn times(&self, operation: usize) -> usize {
        let most = MOST_TIMES.min(self.weights[operation]);
        usize::try_from(most).unwrap_or(1)
    }
}

/// Short histories find what is simple and shrink fast, long ones reach what needs a crowded state.
fn history_length(most: usize, rng: &mut TestRng) -> usize {
    match rng.random_range(0..4u32) {
        0 => rng.random_range(0..=most.min(6)),
        1 => rng.random_range(0..=most.div_ceil(2)),
        2 => rng.random_range(0..=most),
        _ => rng.random_range(most / 2..=most),
    }
}

/// How often an operation is called in a row: some losses take one operation many times.
fn burst(rng: &mut TestRng) -> usize {
    match rng.random_ratio(1, 12) {
        true => rng.random_range(2..=LONGEST_BURST),
        false => 1,
    }
}

/// Enough to fill a small buffer, although some of the calls change nothing.
const LONGEST_BURST: usize = 12;

/// Where an update falls. A state that few operations led to has little to lose.
pub(super) fn position(total: usize, rng: &mut TestRng) -> usize {
    let anywhere = rng.random_range(0..=total);
    match rng.random() {
        true => anywhere,
        false => anywhere.max(rng.random_range(0..=total)),
    }
}

/// The events of a life in a chain of so many hops, in order. Most reach the last version, many of them with one update more,
/// of the last version to itself.
pub(super) fn life(hops: usize, rng: &mut TestRng) -> Vec<Step> {
    let mut draw = || rng.random_range(1..=hops + 1);
    let updates = draw().max(draw());
    let direct = hops > 1 && rng.random_ratio(1, 4);
    let mut events = Vec::new();
    for update in 0..updates {
        upsets(&mut events, rng);
        events.push(match direct && update == 0 {
            true => Step::DirectUpdate,
            false => Step::Update,
        });
    }
    upsets(&mut events, rng);
    events
}

/// Snapshots, crashes and failed updates between two updates: mostly none, rarely several.
fn upsets(events: &mut Vec<Step>, rng: &mut TestRng) {
    for _ in 0..MOST_UPSETS {
        if rng.random_ratio(3, 5) {
            break;
        }
        events.push(match rng.random_range(0..4u8) {
            0 => Step::Snapshot,
            1 => Step::FailedUpdate,
            _ => Step::Crash,
        });
    }
}

const MOST_UPSETS: usize = 3;

/// How many updates find a state in which every operation that takes a value has just left one.
const FILLED: f64 = 0.3;

/// Every operation with parameters once, in a random order.
fn fillers(hop: Hop<'_>, callable: &[usize], rng: &mut TestRng) -> Vec<usize> {
    let mut fillers = callable.to_vec();
    fillers.retain(|operation| !hop.operation(*operation).parameters().is_empty());
    shuffle(&mut fillers, rng);
    fillers
}

pub(super) fn shuffle(operations: &mut [usize], rng: &mut TestRng) {
    for index in (1..operations.len()).rev() {
        operations.swap(index, rng.random_range(0..=index));
    }
}

/// Every operation once, in a random order; half of the time those without parameters first, which often only read.
pub(super) fn probes(hop: Hop<'_>, callable: &[usize], rng: &mut TestRng) -> Vec<usize> {
    let mut probes = callable.to_vec();
    shuffle(&mut probes, rng);
    if rng.random() {
        probes.sort_by_key(|operation| !hop.operation(*operation).parameters().is_empty());
    }
    probes
}

/// A runner whose random numbers are a function of the seed, a name and a number.
pub(crate) fn runner(seed: u64, name: &str, number: usize) -> TestRunner {
    let mut bytes = [0; 32];
    for (lane, chunk) in bytes.chunks_exact_mut(8).enumerate() {
        let mut hasher = SipHasher13::new_with_keys(seed, lane as u64);
        hasher.write(name.as_bytes());
        hasher.write_u64(number as u64);
        chunk.copy_from_slice(&hasher.finish().to_le_bytes());
    }
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    TestRunner::new_with_rng(ProptestConfig::default(), rng)
}
