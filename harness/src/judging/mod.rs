//! The judging of one case: its workers are started and play its history, what they observe is compared, and the half that
//! lost the state is named.

pub(crate) mod blame;
pub mod cause;
pub(crate) mod divergence;
pub(crate) mod played;
mod playing;
pub(crate) mod replay;
pub(crate) mod room;
pub(crate) mod timeline;
pub mod verdict;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::case::{Call, Case, Step};
use crate::host::{AgentIdentity, Moment, Pace, Seeds};
use crate::value::Val;
use crate::versions::chain::VersionId;
use crate::versions::hop::Hop;
use crate::worker::Worker;
use crate::worker::meter::{Meter, Strain};
use crate::worker::observation::{Failure, Observation};
use crate::worker::pool::Origin;
use crate::worker::snapshot::Snapshot;
use crate::worker::update::{self, Refusal, Update};

/// Which workers a case is judged on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Workers {
    /// A new one of the component as it is, wherever one starts, unless that takes as long as to start a language runtime.
    New,
    /// Those that are done are used again. What they observe is the same, but they take more fuel: what is found with them is
    /// confirmed with new ones, and nothing is measured on them.
    Reused,
}

/// The judging of one case.
pub(crate) struct Judging<'a> {
    pub(crate) hop: Hop<'a>,
    pub(crate) seed: u64,
    /// How much time passes between operations.
    pace: Pace,
    /// Of an agent, the arguments that it is made with.
    founding: Option<Vec<Val>>,
    /// The agent in each version, once it is asked for; none of an ordinary worker.
    agents: Vec<OnceCell<Option<Arc<AgentIdentity>>>>,
    workers: Workers,
    /// Counts what all of its workers do.
    meter: Arc<Meter>,
    covered: RefCell<BTreeSet<usize>>,
    notes: RefCell<BTreeSet<String>>,
    needed: RefCell<BTreeSet<usize>>,
    excused: RefCell<BTreeSet<usize>>,
    not_updated: RefCell<Option<Case>>,
}

/// What the judging of a case exercised and cost.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Operations that returned.
    pub(crate) covered: BTreeSet<usize>,
    /// Sentences for the report.
    pub(crate) notes: BTreeSet<String>,
    /// The declarations of the config that excused a difference, by their numbers.
    pub(crate) needed: BTreeSet<usize>,
    /// Operations of which a difference depends on the host, and was not held against the update.
    pub(crate) excused: BTreeSet<usize>,
    /// The shortest history after which an update failed that the judging made by the way.
    pub(crate) not_updated: Option<Case>,
    /// Fuel of all workers.
    pub(crate) fuel: u64,
    /// How long the guests kept the host.
    pub(crate) strain: Strain,
    /// Whether a worker slept for longer than the pace leaves room for.
    pub(crate) woken: bool,
}

impl<'a> Judging<'a> {
    pub(crate) fn new(hop: Hop<'a>, seed: u64, workers: Workers) -> Self {
        Self {
            hop,
            seed,
            pace: Pace::default(),
            founding: hop.chain().default_founding().cloned(),
            agents: vec![OnceCell::new(); hop.chain().versions().len()],
            workers,
            meter: Arc::default(),
            covered: RefCell::default(),
            notes: RefCell::default(),
            needed: RefCell::default(),
            excused: RefCell::default(),
            not_updated: RefCell::default(),
        }
    }

    /// The judging of a case, whose seed and agent it has.
    pub(crate) fn of(hop: Hop<'a>, case: &Case, workers: Workers) -> Self {
        let judging = Self {
            pace: case.pace,
            ..Self::new(hop, case.seed, workers)
        };
        match &case.founding {
            Some(founding) => Self {
                founding: Some(founding.clone()),
                ..judging
            },
            None => judging,
        }
    }

    /// Which agent the workers of a version are.
    fn agent(&self, version: VersionId) -> Option<&Arc<AgentIdentity>> {
        let identity = self.agents[version.index()].get_or_init(|| {
            let agent = self.hop.component(version).agent()?;
            let revision = u64::try_from(version.number()).unwrap_or(u64::MAX);
            let identity = agent.identity(self.founding.as_ref()?, revision);
            identity.ok().map(Arc::new)
        });
        identity.as_ref()
    }

    /// The number of an operation in the worker's world: the first thing that happens to an agent is that it is made.
    pub(crate) fn number(&self, operation: usize) -> u32 {
        let made = usize::from(self.founding.is_some());
        u32::try_from(operation.saturating_add(made)).unwrap_or(u32::MAX)
    }

    /// The version that is updated.
    pub(crate) fn old(&self) -> VersionId {
        self.hop.from()
    }

    /// The version that it is updated to.
    pub(crate) fn next(&self) -> VersionId {
        self.hop.to()
    }

    /// Where the workers of a version come from.
    fn origin(&self, version: VersionId) -> Origin<'_> {
        let chain = self.hop.chain();
        let is_dear = self.hop.component(version).starts_a_runtime();
        let origin = match self.workers {
            Workers::New if !is_dear => chain.new_workers(version),
            Workers::New | Workers::Reused => chain.pooled_workers(version),
        };
        origin.counted_by(&self.meter).as_agent(self.agent(version))
    }

    /// Starts a worker that is to load: an agent that was made already cannot.
    pub(crate) fn unfounded(
        &self,
        version: VersionId,
        seeds: impl Into<Seeds>,
    ) -> Result<Worker, Failure> {
        Worker::start_at(self.origin(version), seeds.into().at_pace(self.pace))
    }

    /// Starts a worker in the world of these seeds, or of one; an agent is made.
    pub(crate) fn start(
        &self,
        version: VersionId,
        seeds: impl Into<Seeds>,
    ) -> Result<Worker, Failure> {
        let mut worker = self.unfounded(version, seeds)?;
        self.found(&mut worker, version)?;
        Ok(worker)
    }

    /// Makes the agent that a worker which has just started is to be; an ordinary worker stays as it is.
    pub(crate) fn found(&self, worker: &mut Worker, version: VersionId) -> Result<(), Failure> {
        match (self.hop.component(version).agent(), &self.founding) {
            (Some(agent), Some(founding)) => {
                match worker.invoke(agent.constructor(), founding, 0) {
                    Observation::Failed(failure) => Err(failure),
                    Observation::Returned(_) => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Starts a worker in the world that `before` lives in, as the update before operation number `operation` does.
    pub(crate) fn start_after(
        &self,
        before: &Worker,
        version: VersionId,
        operation: usize,
    ) -> Result<Worker, Failure> {
        let moment = Moment::Instantiate {
            operation: self.number(operation),
            attempt: 0,
        };
        Worker::start_after(before, self.origin(version), moment)
    }

    /// Updates `worker` to this version, before operation number `operation`.
    pub(crate) fn update(
        &self,
        worker: &mut Worker,
        version: VersionId,
        operation: usize,
    ) -> Update {
        update::manual_to(worker, self.origin(version), self.number(operation))
    }

    /// Loads a snapshot into a fresh worker of this version, in the world that `before` lives in.
    pub(crate) fn hand_over(
        &self,
        version: VersionId,
        before: &Worker,
        snapshot: Snapshot,
        operation: usize,
        attempt: u32,
    ) -> Update {
        let operation = self.number(operation);
        update::hand_over(before, self.origin(version), snapshot, operation, attempt)
    }

    /// Loads a snapshot into a fresh worker of this version that has no history.
    pub(crate) fn load(
        &self,
        version: VersionId,
        snapshot: &Snapshot,
        seeds: impl Into<Seeds>,
    ) -> Result<Loaded, Failure> {
        let mut worker = self.unfounded(version, seeds)?;
        let Some(load) = self.hop.component(version).load() else {
            return Ok(Loaded::Refused(Refusal::NoLoad.to_string()));
        };
        Ok(match worker.load(load, snapshot, 0, 0)? {
            Ok(()) => Loaded::Accepted(worker),
            Err(message) => Loaded::Refused(message),
        })
    }

    /// Saves, before operation number `operation`; none if there is no save or it failed.
    pub(crate) fn save(&self, worker: &mut Worker, operation: usize) -> Option<Snapshot> {
        let component = worker.component().clone();
        worker.save(component.save()?, self.number(operation)).ok()
    }

    /// Adds a sentence to the report's notes.
    pub(crate) fn note(&self, note: impl Into<String>) {
        self.notes.borrow_mut().insert(note.into());
    }

    /// Notes that a declaration of the config excused a difference.
    pub(crate) fn needs(&self, declaration: usize) {
        self.needed.borrow_mut().insert(declaration);
    }

    /// Counts an operation of which a difference depends on the host, and is not held against the update.
    pub(crate) fn excuse(&self, operation: usize) {
        self.excused.borrow_mut().insert(operation);
    }

    /// Keeps a history after which the update failed, which is accepts-saved's business.
    pub(crate) fn no_update_after(&self, calls: &[Call]) {
        let mut known = self.not_updated.borrow_mut();
        if known
            .as_ref()
            .is_none_or(|known| calls.len() < known.operations())
        {
            let calls = calls.iter().cloned().map(Step::Operation);
            *known = Some(Case {
                seed: self.seed,
                pace: self.pace,
                input: None,
                founding: self.founding.clone(),
                steps: calls.chain([Step::Update]).collect(),
            });
        }
    }

    /// Whether the host answered any worker so far anything that may be another in the world of another seed.
    pub(crate) fn has_asked_host(&self) -> bool {
        self.meter.has_asked_host()
    }

    /// Whether any worker so far took so long that the next ones are better left alone.
    pub(crate) fn has_hung(&self) -> bool {
        !self.meter.strain().is_none()
    }

    /// What the judging exercised and cost.
    pub(crate) fn into_tally(self) -> Tally {
        Tally {
            covered: self.covered.into_inner(),
            notes: self.notes.into_inner(),
            needed: self.needed.into_inner(),
            excused: self.excused.into_inner(),
            not_updated: self.not_updated.into_inner(),
            fuel: self.meter.fuel(),
            strain: self.meter.strain(),
            woken: self.meter.was_woken(),
        }
    }
}

/// What load answered.
pub(crate) enum Loaded {
    /// `Ok`, and the worker that loaded.
    Accepted(Worker),
    /// `Err`, with this text.
    Refused(String),
}
