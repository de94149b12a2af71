//! One input, one worker in its initial state, one load.

use crate::component::{Component, SnapshotFunction};
use crate::worker::observation::Failure;
use crate::worker::snapshot::Snapshot;
use crate::worker::{Keep, Records, Worker};

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
    /// Whether that load answered: a worker that failed cannot be entered again.
    answered: bool,
    /// How many workers in a row answered and could not be put back all the same.
    lost: u32,
    keep: Keep,
    /// One of so many workers that were put back is compared with a new one.
    compared: u64,
    /// How many were put back.
    put_back: u64,
    /// The state of the first worker when it had started.
    initial: Option<Vec<u32>>,
    /// Bytes of memory that the worker had when it had started.
    memory: u64,
    drifted: u64,
}

/// Comparing takes a thousand times as long as a short run, so that one in so many costs a quarter of it.
const COMPARED: u64 = 4_096;

/// After so many workers that could not be put back it is no longer prepared for, which costs more than a new worker.
const LOST: u32 = 16;

/// A worker whose memory has grown by more bytes is not put back: it would take longer than to start another.
const GROWN: u64 = 4 << 20;

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

/// How much of the fuel that an input took is not for its bytes.
pub(super) fn base_fuel(input: &Snapshot, fuel: u64) -> u64 {
    let bytes = u64::try_from(input.bytes.len()).unwrap_or(u64::MAX);
    fuel.saturating_sub(FUEL_PER_BYTE.saturating_mul(bytes))
}

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
            answered: false,
            lost: 0,
            keep: Keep::NowForLoad,
            compared: COMPARED,
            put_back: 0,
            initial: None,
            memory: 0,
            drifted: 0,
        })
    }

    /// Compares one of so many workers that were put back with a new one, memory and globals; otherwise it is one in 4,096. 0 is
    /// never.
    #[must_use]
    pub fn compare_every(mut self, runs: u64) -> Self {
        self.compared = runs;
        self
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
        loop {
            let (worker, records) = match self.fresh() {
                Ok(fresh) => fresh,
                Err(failure) => return (Answer::Failed(failure), 0),
            };
            worker.grant(fuel, per_byte);
            let before = worker.fuel_spent();
            let answer = worker.load(load, input, 0, 0);
            let spent = worker.fuel_spent().saturating_sub(before);
            if !worker.is_put_back(records) {
                // It was not in its initial state, and is of a kind that must be asked.
                self.keep = Keep::Now;
                self.worker = None;
                continue;
            }
            self.answered = answer.is_ok();
            let answer = match answer {
                Ok(Ok(())) => Answer::Accepted,
                Ok(Err(_)) => Answer::Refused,
                Err(failure) => Answer::Failed(failure),
            };
            return (answer, spent);
        }
    }

    /// A worker in its initial state: the last one, put back, or a new one.
    fn fresh(&mut self) -> Result<&mut (Worker<'a>, Records), Failure> {
        if let Some((mut worker, mut records)) = self.worker.take()
            && self.answered
        {
            let is_large = worker.memory() > self.memory.saturating_add(GROWN);
            if !is_large && worker.put_back(&mut records) {
                self.lost = 0;
                self.put_back += 1;
                let unlike = self.put_back.is_multiple_of(self.compared)
                    && worker.initial_state(&records).ok() != self.initial;
                if !unlike {
                    return Ok(self.worker.insert((worker, records)));
                }
                self.drifted += 1;
                self.keep = Keep::Nothing;
            }
            self.lost = self.lost.saturating_add(1);
        }
        self.started += 1;
        let mut worker = Worker::start(self.component, self.seed)?;
        let keep = match self.lost < LOST {
            true => self.keep,
            false => Keep::Nothing,
        };
        let records = worker.records(keep)?;
        self.memory = worker.memory();
        if self.initial.is_none() && keep != Keep::Nothing {
            self.initial = Some(worker.initial_state(&records)?);
        }
        Ok(self.worker.insert((worker, records)))
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

    /// How many workers were compared with a new one when they had been put back, and were another. After the first, every run
    /// has a new worker.
    pub fn drifted(&self) -> u64 {
        self.drifted
    }
}
