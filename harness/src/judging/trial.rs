//! The judging of one case: starts its workers, plays its history on them, and keeps count of what was exercised.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use crate::case::{Call, Case, Step};
use crate::value::pool::Pool;
use crate::versions::pair::{Pair, Side};
use crate::worker::Worker;
use crate::worker::observation::{Failure, Observation};
use crate::worker::snapshot::Snapshot;
use crate::worker::update::{self, Refusal, Update};

/// The judging of one case.
pub(crate) struct Trial<'a> {
    pub(crate) pair: &'a Pair,
    pub(crate) seed: u64,
    covered: RefCell<BTreeSet<usize>>,
    notes: RefCell<BTreeSet<String>>,
    fuel: Cell<u64>,
    hangs: Cell<usize>,
    asked_host: Cell<bool>,
}

/// A history as one worker lived it: every argument is known, and where the updates fall.
#[derive(Debug, Clone)]
pub(crate) struct Played {
    pub(crate) calls: Vec<Call>,
    /// One for each call. Only the last can be a failure: a worker that failed cannot be entered again.
    pub(crate) observations: Vec<Observation>,
    /// For each update, the number of operations before it. An update after a failure has no place here.
    pub(crate) updates: Vec<usize>,
    /// The same for each save whose bytes nobody loads.
    pub(crate) saves: Vec<usize>,
}

impl Played {
    /// The history as a case that plays the same again, whatever the pool holds.
    pub(crate) fn case(&self, case: &Case) -> Case {
        let mut steps = Vec::with_capacity(self.calls.len() + self.updates.len());
        for at in 0..=self.calls.len() {
            let here = |places: &[usize]| places.iter().filter(|it| **it == at).count();
            steps.extend((0..here(&self.saves)).map(|_| Step::Save));
            steps.extend((0..here(&self.updates)).map(|_| Step::Update));
            steps.extend(self.calls.get(at).cloned().map(Step::Operation));
        }
        Case {
            seed: case.seed,
            input: case.input.clone(),
            steps,
        }
    }
}

impl<'a> Trial<'a> {
    pub(crate) fn new(pair: &'a Pair, case: &Case) -> Self {
        Self {
            pair,
            seed: case.seed,
            covered: RefCell::default(),
            notes: RefCell::default(),
            fuel: Cell::default(),
            hangs: Cell::default(),
            asked_host: Cell::default(),
        }
    }

    /// Starts a worker in the world of `seed`.
    pub(crate) fn start(&self, side: Side, seed: u64) -> Result<Worker<'a>, Failure> {
        let started = Worker::start(self.pair.component(side), seed);
        match &started {
            Ok(worker) => self.count(worker, 0),
            Err(failure) => self.saw(failure),
        }
        started
    }

    /// Plays a case's steps on a worker that is never updated, and finds out the arguments on the way.
    pub(crate) fn play(&self, worker: &mut Worker<'_>, side: Side, case: &Case) -> Played {
        let mut played = Played {
            calls: Vec::new(),
            observations: Vec::new(),
            updates: Vec::new(),
            saves: Vec::new(),
        };
        let mut pool = Pool::default();
        for step in &case.steps {
            let call = match step {
                Step::Update => {
                    played.updates.push(played.calls.len());
                    continue;
                }
                Step::Save => {
                    played.saves.push(played.calls.len());
                    continue;
                }
                Step::DirectUpdate | Step::Crash | Step::FailedUpdate => continue,
                Step::Operation(call) => self.resolve(call, &pool),
            };
            let observation = self.invoke(worker, side, &call, played.calls.len());
            self.remember(&mut pool, &call, &observation);
            let failed = observation.failure().is_some();
            played.calls.push(call);
            played.observations.push(observation);
            if failed {
                break;
            }
        }
        played
    }

    /// The life of the twin: the case's history on a worker of the old version that is never updated; none if it does not
    /// start.
    pub(crate) fn twin(&self, case: &Case) -> Option<Played> {
        let mut worker = self.start(Side::Old, self.seed).ok()?;
        Some(self.play(&mut worker, Side::Old, case))
    }

    /// What the twin observes from call number `at` on, in the world of another seed; nothing if it fails before.
    pub(crate) fn twin_elsewhere(&self, calls: &[Call], at: usize, seed: u64) -> Vec<Observation> {
        let (before, after) = calls.split_at(at);
        match self.worker_after(Side::Old, before, seed) {
            Some(mut worker) => self.repeat(&mut worker, Side::Old, after, at),
            None => Vec::new(),
        }
    }

    /// Makes calls that were played before; ends after the first failure. `first` is the number of the first of them.
    pub(crate) fn repeat(
        &self,
        worker: &mut Worker<'_>,
        side: Side,
        calls: &[Call],
        first: usize,
    ) -> Vec<Observation> {
        let mut observations = Vec::with_capacity(calls.len());
        for (index, call) in calls.iter().enumerate() {
            let observation = self.invoke(worker, side, call, first + index);
            let failed = observation.failure().is_some();
            observations.push(observation);
            if failed {
                break;
            }
        }
        observations
    }

    /// A worker of `side` that has made these calls, in the world of `seed`; none if it failed on the way.
    pub(crate) fn worker_after(&self, side: Side, calls: &[Call], seed: u64) -> Option<Worker<'a>> {
        let mut worker = self.start(side, seed).ok()?;
        let observations = self.repeat(&mut worker, side, calls, 0);
        let failed = observations
            .last()
            .is_some_and(|last| last.failure().is_some());
        (!failed).then_some(worker)
    }

    /// A worker of `side` that has lived the history up to call number `at`, the saves that nobody loads included; none if it
    /// failed on the way.
    pub(crate) fn worker_at(&self, side: Side, played: &Played, at: usize) -> Option<Worker<'a>> {
        let mut worker = self.start(side, self.seed).ok()?;
        let mut made = 0;
        let saves = played.saves.iter().filter(|save| **save < at);
        for &until in saves.chain([&at]) {
            let observed = self.repeat(&mut worker, side, &played.calls[made..until], made);
            if observed.last().is_some_and(|it| it.failure().is_some()) {
                return None;
            }
            if until < at {
                self.save(&mut worker, until);
            }
            made = until;
        }
        Some(worker)
    }

    /// Updates `worker` to the version of `side`.
    pub(crate) fn update(
        &self,
        worker: &mut Worker<'_>,
        side: Side,
        operation: usize,
    ) -> Update<'a> {
        let before = worker.fuel_spent();
        let update = update::manual(worker, self.pair.component(side), number(operation));
        self.count(worker, before);
        self.saw_update(update)
    }

    /// Loads a snapshot that `saver` wrote into a fresh worker of the new version.
    pub(crate) fn hand_over(
        &self,
        saver: &Worker<'_>,
        snapshot: Snapshot,
        operation: usize,
        attempt: u32,
    ) -> Update<'a> {
        self.hand_over_to(Side::New, saver, snapshot, operation, attempt)
    }

    /// Loads a snapshot into a fresh worker of `side`, in the world that `before` lives in.
    pub(crate) fn hand_over_to(
        &self,
        side: Side,
        before: &Worker<'_>,
        snapshot: Snapshot,
        operation: usize,
        attempt: u32,
    ) -> Update<'a> {
        let (next, operation) = (self.pair.component(side), number(operation));
        self.saw_update(update::hand_over(
            before, next, snapshot, operation, attempt,
        ))
    }

    fn saw_update<'u>(&self, update: Update<'u>) -> Update<'u> {
        if let Update::Updated { worker, .. } = &update {
            self.count(worker, 0);
        }
        if let Some(failure) = update.failure() {
            self.saw(failure);
        }
        update
    }

    /// Loads a snapshot into a fresh worker of `side` that has no history.
    pub(crate) fn load(
        &self,
        side: Side,
        snapshot: &Snapshot,
        seed: u64,
    ) -> Result<Loaded<'a>, Failure> {
        let component = self.pair.component(side);
        let mut worker = self.start(side, seed)?;
        let Some(load) = component.load() else {
            return Ok(Loaded::Refused(Refusal::NoLoad.to_string()));
        };
        let before = worker.fuel_spent();
        let answer = worker.load(load, snapshot, 0, 0);
        self.count(&worker, before);
        if let Err(failure) = &answer {
            self.saw(failure);
        }
        Ok(match answer? {
            Ok(()) => Loaded::Accepted(worker),
            Err(message) => Loaded::Refused(message),
        })
    }

    /// Saves, before operation number `operation`; none if there is no save or it failed.
    pub(crate) fn save(&self, worker: &mut Worker<'_>, operation: usize) -> Option<Snapshot> {
        let save = worker.component().save()?;
        let before = worker.fuel_spent();
        let saved = worker.save(save, number(operation));
        self.count(worker, before);
        if let Err(failure) = &saved {
            self.saw(failure);
        }
        saved.ok()
    }

    /// Adds a sentence to the report's notes.
    pub(crate) fn note(&self, note: impl Into<String>) {
        self.notes.borrow_mut().insert(note.into());
    }

    /// Counts what a worker did since it had spent `before`.
    pub(crate) fn count(&self, worker: &Worker<'_>, before: u64) {
        let spent = worker.fuel_spent().saturating_sub(before);
        self.fuel.set(self.fuel.get().saturating_add(spent));
        if worker.depends_on_world() {
            self.asked_host.set(true);
        }
    }

    /// Counts how a guest failed.
    pub(crate) fn saw(&self, failure: &Failure) {
        if failure.is_hang() {
            self.hangs.set(self.hangs.get() + 1);
        }
    }

    /// Whether the host answered any worker so far anything that may be another in the world of another seed.
    pub(crate) fn has_asked_host(&self) -> bool {
        self.asked_host.get()
    }

    /// What the judging exercised and cost.
    pub(crate) fn into_tally(self) -> Tally {
        Tally {
            covered: self.covered.into_inner(),
            notes: self.notes.into_inner(),
            fuel: self.fuel.get(),
            hangs: self.hangs.get(),
        }
    }

    /// Makes one call, as operation number `at`.
    pub(crate) fn invoke(
        &self,
        worker: &mut Worker<'_>,
        side: Side,
        call: &Call,
        at: usize,
    ) -> Observation {
        let function = self.pair.operations[call.operation].function(side);
        let before = worker.fuel_spent();
        let observation = worker.invoke(function, &call.arguments, number(at));
        self.count(worker, before);
        match observation.failure() {
            Some(failure) => self.saw(failure),
            None => {
                self.covered.borrow_mut().insert(call.operation);
            }
        }
        observation
    }

    fn resolve(&self, call: &Call, pool: &Pool) -> Call {
        if call.grafts.is_empty() {
            return call.clone();
        }
        let parameters = &self.pair.operations[call.operation].old.parameters;
        let arguments = call.arguments.iter().zip(&call.grafts).zip(parameters);
        Call::new(
            call.operation,
            arguments
                .map(|((value, grafts), (_, ty))| pool.graft(value, ty, grafts))
                .collect(),
        )
    }

    fn remember(&self, pool: &mut Pool, call: &Call, observation: &Observation) {
        let function = &self.pair.operations[call.operation].old;
        for (value, (_, ty)) in call.arguments.iter().zip(&function.parameters) {
            pool.remember(value, ty);
        }
        if let (Observation::Returned(Some(value)), Some(ty)) = (observation, &function.result) {
            pool.remember(value, ty);
        }
    }
}

/// What the judging of a case exercised and cost.
pub(crate) struct Tally {
    /// Operations that returned.
    pub(crate) covered: BTreeSet<usize>,
    /// Sentences for the report.
    pub(crate) notes: BTreeSet<String>,
    /// Fuel of all workers.
    pub(crate) fuel: u64,
    /// How many calls used up their fuel.
    pub(crate) hangs: usize,
}

/// What load answered.
pub(crate) enum Loaded<'a> {
    /// `Ok`, and the worker that loaded.
    Accepted(Worker<'a>),
    /// `Err`, with this text.
    Refused(String),
}

/// Histories are far shorter than 2³² operations.
pub(crate) fn number(operation: usize) -> u32 {
    u32::try_from(operation).unwrap_or(u32::MAX)
}
