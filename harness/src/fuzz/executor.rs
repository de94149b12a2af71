//! One input, one worker in its initial state, one load.

use crate::component::{Component, SnapshotFunction};
use crate::observation::Failure;
use crate::snapshot::Snapshot;
use crate::worker::{Records, Worker};

/// Loads inputs into workers of one component, each as if it had just been started.
///
/// A component that was opened with [`crate::component::Runtime::open_probed`] and a reset is not started anew for each
/// input, but put back into its initial state, as long as that can be done exactly.
pub struct Executor<'a> {
    component: &'a Component,
    load: &'a SnapshotFunction,
    seed: u64,
    /// The worker that loaded last.
    worker: Option<(Worker<'a>, Records)>,
    started: u64,
}

/// What load answered.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// `Ok`
    Accepted,
    /// `Err`
    Refused,
    /// It did not answer.
    Failed(Failure),
}

/// Enough for a hand-written load; what needs more is looked at with all that the limits allow.
const FUEL_PER_BYTE: u64 = 500;

impl<'a> Executor<'a> {
    /// An executor whose workers live in the world of `seed`; none if the component does not export load.
    pub fn new(component: &'a Component, seed: u64) -> Option<Self> {
        let load = component.load()?;
        Some(Self {
            component,
            load,
            seed,
            worker: None,
            started: 0,
        })
    }

    /// Loads one input, with all the fuel that the limits allow. Answers also how much of it load took.
    pub fn run_long(&mut self, input: &Snapshot) -> (Answer, u64) {
        let limits = &self.component.limits;
        self.run_within(input, limits.fuel, limits.fuel_per_byte)
    }

    /// Loads one input, with so much fuel and some for each byte of it.
    pub fn run(&mut self, input: &Snapshot, fuel: u64) -> (Answer, u64) {
        let per_byte = self.component.limits.fuel_per_byte.min(FUEL_PER_BYTE);
        self.run_within(input, fuel, per_byte)
    }

    fn run_within(&mut self, input: &Snapshot, fuel: u64, per_byte: u64) -> (Answer, u64) {
        let load = self.load;
        let worker = match self.fresh() {
            Ok(worker) => worker,
            Err(failure) => return (Answer::Failed(failure), 0),
        };
        worker.grant(fuel, per_byte);
        let before = worker.fuel_spent();
        let answer = worker.load(load, input, 0, 0);
        let spent = worker.fuel_spent().saturating_sub(before);
        let answer = match answer {
            Ok(Ok(())) => Answer::Accepted,
            Ok(Err(_)) => Answer::Refused,
            Err(failure) => Answer::Failed(failure),
        };
        (answer, spent)
    }

    /// A worker in its initial state: the last one, put back, or a new one.
    fn fresh(&mut self) -> Result<&mut Worker<'a>, Failure> {
        if let Some((mut worker, records)) = self.worker.take()
            && worker.put_back(&records)
        {
            return Ok(&mut self.worker.insert((worker, records)).0);
        }
        self.started += 1;
        let mut worker = Worker::start(self.component, self.seed)?;
        let records = worker.records()?;
        Ok(&mut self.worker.insert((worker, records)).0)
    }

    /// What the worker that loaded last recorded, in the order of [`Component::records`].
    pub fn records(&self) -> impl Iterator<Item = &[u8]> {
        let worker = self.worker.iter();
        worker.flat_map(|(worker, records)| worker.read(records))
    }

    /// How many workers were started, because the one before could not be put back.
    pub fn started(&self) -> u64 {
        self.started
    }
}
