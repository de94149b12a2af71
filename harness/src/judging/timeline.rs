//! The life of a worker that is updated, crashes and is reverted, event by event as Golem leads it. What happened inside an
//! instance is lost with it: after a crash or a failed update a fresh instance loads the same snapshot again, and the
//! operations since are replayed with the host's answers as they were.

use crate::case::{Call, Step};
use crate::judging::trial::Trial;
use crate::versions::pair::Side;
use crate::worker::Worker;
use crate::worker::observation::{Failure, Observation};
use crate::worker::snapshot::Snapshot;
use crate::worker::update::{Refusal, Update};

/// A worker, with all that its recovery needs.
pub(crate) struct Life<'t, 'a> {
    trial: &'t Trial<'a>,
    pub(crate) worker: Worker<'a>,
    pub(crate) side: Side,
    /// None before the first update: recovery starts from nothing.
    loaded: Option<Loaded>,
    /// The operations since the worker started or loaded, with their numbers.
    since: Vec<(usize, Call)>,
    /// The update that was tried last and was not taken back.
    pub(crate) last_update: Option<(Side, Side)>,
}

/// What a worker loaded, before which operation, and how often it was loaded again.
struct Loaded {
    snapshot: Snapshot,
    at: usize,
    again: u32,
}

/// What an event did.
pub(crate) enum Happened {
    /// The worker runs another version; what it loaded.
    Updated(Snapshot),
    /// A fresh instance is where the old one was; what its replay observed, with the number of each operation.
    Recovered(Vec<(usize, Observation)>),
    /// The worker saved, and goes on.
    Saved,
    /// Nothing: the last version has no save.
    Nothing,
}

/// An event after which the worker cannot go on.
pub(crate) struct End {
    pub(crate) message: String,
    pub(crate) signature: String,
    pub(crate) failure: Option<Failure>,
    /// Whether save is the half that failed.
    pub(crate) by_save: bool,
}

impl<'t, 'a> Life<'t, 'a> {
    /// A worker of the first version.
    pub(crate) fn start(trial: &'t Trial<'a>) -> Result<Self, Failure> {
        Ok(Self {
            trial,
            worker: trial.start(Side::Old, trial.seed)?,
            side: Side::Old,
            loaded: None,
            since: Vec::new(),
            last_update: None,
        })
    }

    /// Makes the operation with this number.
    pub(crate) fn operation(&mut self, number: usize, call: &Call) -> Observation {
        let Self { worker, side, .. } = self;
        let observation = self.trial.invoke(worker, *side, call, number);
        self.since.push((number, call.clone()));
        observation
    }

    /// Lets an event happen before the operation with this number.
    pub(crate) fn event(&mut self, event: &Step, number: usize) -> Result<Happened, End> {
        let next = self.trial.pair.next(self.side);
        match event {
            Step::Operation(_) => Ok(Happened::Nothing),
            Step::Save => Ok(match self.trial.save(&mut self.worker, number) {
                Some(_) => Happened::Saved,
                None => Happened::Nothing,
            }),
            Step::Crash => self.recover(),
            Step::FailedUpdate => {
                self.trial.save(&mut self.worker, number);
                self.recover()
            }
            Step::Update => self.update(next, number),
            Step::DirectUpdate => self.update(Side::New, number),
        }
    }

    fn update(&mut self, to: Side, number: usize) -> Result<Happened, End> {
        let has_save = self.worker.component().save().is_some();
        if self.side == Side::New && !has_save {
            return Ok(Happened::Nothing);
        }
        let passes_over = to != self.trial.pair.next(self.side);
        match self.trial.update(&mut self.worker, to, number) {
            Update::Updated { worker, snapshot } => {
                self.last_update = Some((self.side, to));
                self.worker = worker;
                self.side = to;
                self.since.clear();
                self.loaded = Some(Loaded {
                    snapshot: snapshot.clone(),
                    at: number,
                    again: 0,
                });
                Ok(Happened::Updated(snapshot))
            }
            // Nobody promised that a version reads what was saved before the version before it.
            Update::Reverted(Refusal::Refused(_) | Refusal::LoadFailed(_) | Refusal::NoLoad)
                if passes_over =>
            {
                self.trial.note(format!(
                    "{} refuses snapshots of {}: their direct update was exercised as a failed one",
                    self.trial.pair.component(to).label(),
                    self.worker.component().label()
                ));
                self.recover()
            }
            failed => {
                self.last_update = Some((self.side, to));
                Err(End::of("update", failed))
            }
        }
    }

    fn recover(&mut self) -> Result<Happened, End> {
        self.worker = match &mut self.loaded {
            None => {
                let started = self.trial.start(Side::Old, self.trial.seed);
                started.map_err(|failure| End::of("recovery", Update::Stuck(failure)))?
            }
            Some(loaded) => {
                loaded.again = loaded.again.saturating_add(1);
                let snapshot = loaded.snapshot.clone();
                let (at, again) = (loaded.at, loaded.again);
                let before = &self.worker;
                match self
                    .trial
                    .hand_over_to(self.side, before, snapshot, at, again)
                {
                    Update::Updated { worker, .. } => worker,
                    failed => return Err(End::of("recovery", failed)),
                }
            }
        };
        let mut replayed = Vec::with_capacity(self.since.len());
        for (number, call) in &self.since {
            let observation = self
                .trial
                .invoke(&mut self.worker, self.side, call, *number);
            let failed = observation.failure().is_some();
            replayed.push((*number, observation));
            if failed {
                break;
            }
        }
        Ok(Happened::Recovered(replayed))
    }
}

impl End {
    fn of(what: &str, update: Update<'_>) -> Self {
        let (message, kind) = match &update {
            Update::Reverted(refusal) => (format!("the {what} fails: {refusal}"), "refused"),
            Update::Lost(failure) => (format!("load: {failure}; the state is lost"), "lost"),
            Update::Stuck(failure) => (
                format!("the new version does not start: {failure}"),
                "stuck",
            ),
            Update::Updated { .. } => (format!("the {what} ends"), "updated"),
        };
        let failure = update.failure().cloned();
        let signature = failure.as_ref().map(Failure::signature).unwrap_or_default();
        Self {
            message,
            signature: format!("{what} {kind}: {signature}"),
            failure,
            by_save: matches!(
                update,
                Update::Reverted(Refusal::SaveFailed(_) | Refusal::NoSave)
            ),
        }
    }
}
