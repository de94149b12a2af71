//! One input, one fresh worker, one load.

use crate::component::{Component, SnapshotFunction};
use crate::observation::Failure;
use crate::snapshot::Snapshot;
use crate::worker::{Records, Worker};

/// Loads inputs into fresh workers of one component.
pub(crate) struct Executor<'a> {
    component: &'a Component,
    load: &'a SnapshotFunction,
    seed: u64,
}

/// What became of one input.
pub(crate) struct Execution<'a> {
    /// The worker and where its records are, unless it did not start.
    worker: Option<(Worker<'a>, Records)>,
    pub(crate) answer: Answer,
    /// Fuel that start and load used.
    pub(crate) fuel: u64,
}

/// What load answered.
#[derive(Debug)]
pub(crate) enum Answer {
    Accepted,
    Refused,
    Failed(Failure),
}

impl<'a> Executor<'a> {
    /// An executor whose workers live in the world of `seed`; none if the component does not export load.
    pub(crate) fn new(component: &'a Component, seed: u64) -> Option<Self> {
        let load = component.load()?;
        Some(Self {
            component,
            load,
            seed,
        })
    }

    /// Loads one input, with so much fuel and what the limits allow for each byte of it.
    pub(crate) fn run(&self, input: &Snapshot, fuel: u64) -> Execution<'a> {
        let started = Worker::start(self.component, self.seed)
            .and_then(|mut worker| worker.records().map(|records| (worker, records)));
        let (mut worker, records) = match started {
            Ok(started) => started,
            Err(failure) => {
                return Execution {
                    worker: None,
                    answer: Answer::Failed(failure),
                    fuel: 0,
                };
            }
        };
        worker.grant(fuel);
        let answer = match worker.load(self.load, input, 0, 0) {
            Ok(Ok(())) => Answer::Accepted,
            Ok(Err(_)) => Answer::Refused,
            Err(failure) => Answer::Failed(failure),
        };
        let fuel = worker.fuel_spent();
        Execution {
            worker: Some((worker, records)),
            answer,
            fuel,
        }
    }
}

impl Execution<'_> {
    /// What the worker recorded, in the order of [`Component::records`].
    pub(crate) fn records(&self) -> impl Iterator<Item = &[u8]> {
        let worker = self.worker.iter();
        worker.flat_map(|(worker, records)| worker.read(records))
    }
}
