//! Histories are played: calls get their arguments from what earlier ones took and returned, and are made one after the other.

use super::Judging;
use super::played::Played;
use super::room::Room;
use crate::case::{Call, Case, Step};
use crate::host::Seeds;
use crate::value::pool::Pool;
use crate::versions::chain::VersionId;
use crate::worker::Worker;
use crate::worker::observation::Observation;

impl Judging<'_> {
    /// Plays a case's steps on a worker that is never updated, and finds out the arguments on the way. Operations for whose
    /// observations there is no room are left out, up to the next event.
    pub(crate) fn play(&self, worker: &mut Worker, version: VersionId, case: &Case) -> Played {
        self.play_watched(worker, version, case, |_, _, _| {})
    }

    /// As [`Self::play`]; at each event of the history, `at_event` is given the worker, the event, and how many calls were made.
    pub(crate) fn play_watched(
        &self,
        worker: &mut Worker,
        version: VersionId,
        case: &Case,
        mut at_event: impl FnMut(&mut Worker, &Step, usize),
    ) -> Played {
        let mut played = Played {
            calls: Vec::new(),
            places: Vec::new(),
            observations: Vec::new(),
            updates: Vec::new(),
            saves: Vec::new(),
            is_cut: false,
        };
        let mut pool = Pool::default();
        let mut room = Room::of(case);
        for (place, step) in case.steps.iter().enumerate() {
            let made = played.calls.len();
            let Step::Operation(call) = step else {
                match step {
                    Step::Update => played.updates.push(made),
                    Step::Save => played.saves.push(made),
                    _ => {}
                }
                room.goes_on();
                at_event(worker, step, made);
                continue;
            };
            if room.is_used_up() {
                played.is_cut = true;
                continue;
            }
            let call = self.resolve(call, &pool);
            let observation = self.invoke(worker, version, &call, made);
            self.remember(&mut pool, &call, &observation);
            room.take(&observation);
            let failed = observation.failure().is_some();
            played.calls.push(call);
            played.places.push(place);
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
        let mut worker = self.start(self.old(), self.seed).ok()?;
        Some(self.play(&mut worker, self.old(), case))
    }

    /// The seeds of another world that has the same past as this one, up to the operation with this number.
    pub(crate) fn seeds_from(&self, operation: usize, seed: u64) -> Seeds {
        Seeds::from(self.seed).changing(self.number(operation), seed)
    }

    /// What the twin observes from call number `at` on, in another world; nothing if it fails before.
    pub(crate) fn twin_elsewhere(
        &self,
        calls: &[Call],
        at: usize,
        seeds: Seeds,
    ) -> Vec<Observation> {
        let (before, after) = calls.split_at(at);
        match self.worker_after(self.old(), before, seeds) {
            Some(mut worker) => self.repeat(&mut worker, self.old(), after, at),
            None => Vec::new(),
        }
    }

    /// Makes calls that were played before; ends after the first failure. `first` is the number of the first of them.
    pub(crate) fn repeat(
        &self,
        worker: &mut Worker,
        version: VersionId,
        calls: &[Call],
        first: usize,
    ) -> Vec<Observation> {
        let mut observations = Vec::with_capacity(calls.len());
        for (index, call) in calls.iter().enumerate() {
            let observation = self.invoke(worker, version, call, first + index);
            let failed = observation.failure().is_some();
            observations.push(observation);
            if failed {
                break;
            }
        }
        observations
    }

    /// A worker of this version that has made these calls, in the world of these seeds; none if it failed on the way.
    pub(crate) fn worker_after(
        &self,
        version: VersionId,
        calls: &[Call],
        seeds: impl Into<Seeds>,
    ) -> Option<Worker> {
        let mut worker = self.start(version, seeds).ok()?;
        let observations = self.repeat(&mut worker, version, calls, 0);
        let failed = observations
            .last()
            .is_some_and(|last| last.failure().is_some());
        (!failed).then_some(worker)
    }

    /// A worker of this version that has lived the history up to call number `at`, the saves that nobody loads included; none if
    /// it failed on the way.
    pub(crate) fn worker_at(
        &self,
        version: VersionId,
        played: &Played,
        at: usize,
    ) -> Option<Worker> {
        let mut worker = self.start(version, self.seed).ok()?;
        let mut made = 0;
        let saves = played.saves.iter().filter(|save| **save < at);
        for &until in saves.chain([&at]) {
            let observed = self.repeat(&mut worker, version, &played.calls[made..until], made);
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

    /// Makes one call, as operation number `at`.
    pub(crate) fn invoke(
        &self,
        worker: &mut Worker,
        version: VersionId,
        call: &Call,
        at: usize,
    ) -> Observation {
        let function = self.hop.function(call.operation, version);
        let observation = worker.invoke(function, &call.arguments, self.number(at));
        if observation.failure().is_none() {
            self.covered.borrow_mut().insert(call.operation);
        }
        observation
    }

    /// The call with its grafts made.
    pub(crate) fn resolve(&self, call: &Call, pool: &Pool) -> Call {
        if call.grafts.is_empty() {
            return call.clone();
        }
        let parameters = self.hop.operation(call.operation).parameters();
        let arguments = call.arguments.iter().zip(&call.grafts).zip(parameters);
        Call::new(
            call.operation,
            arguments
                .map(|((value, grafts), (name, ty))| pool.graft(name, value, ty, grafts))
                .collect(),
        )
    }

    /// Remembers what a call took and returned; nothing of a refused one, which leads nowhere.
    pub(crate) fn remember(&self, pool: &mut Pool, call: &Call, observation: &Observation) {
        let operation = self.hop.operation(call.operation);
        let returned = match observation {
            Observation::Returned(Some(value)) => operation.result().map(|ty| (value, ty)),
            _ => None,
        };
        if observation.is_refusal() {
            return;
        }
        // Who called is drawn anew each time: with all that says who, little of what the calls were about would come again.
        let taken = call.arguments.iter().zip(operation.user_parameters());
        let taken = taken.map(|(value, (name, ty))| (name.as_str(), value, ty));
        let of = (call.operation, observation.is_empty());
        pool.remember_call(of, taken, returned);
    }
}
