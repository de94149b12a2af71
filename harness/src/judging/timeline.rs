//! The life of a worker that is updated, saved, crashes and is reverted, event by event as Golem leads it. What happened inside an
//! instance is lost with it: after a crash or a failed update a fresh instance loads the last snapshot again, and the
//! operations since are replayed with the host's answers as they were.

use crate::case::{Call, Step};
use crate::judging::Judging;
use crate::judging::cause::Cause;
use crate::versions::chain::VersionId;
use crate::worker::Worker;
use crate::worker::observation::{Failure, Observation};
use crate::worker::snapshot::Snapshot;
use crate::worker::update::{Refusal, Update};

/// A worker, with all that its recovery needs.
pub(crate) struct Timeline<'t> {
    judging: &'t Judging<'t>,
    pub(crate) worker: Worker,
    pub(crate) version: VersionId,
    /// None before the first update: recovery starts from nothing.
    loaded: Option<Loaded>,
    /// The operations since the worker started or loaded, with their numbers.
    since: Vec<(usize, Call)>,
    /// The update that was tried last and was not taken back; of a snapshot since, the version that a recovery loads it into, twice.
    pub(crate) last_update: Option<(VersionId, VersionId)>,
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
    /// Nothing: there is no save, or nothing to save.
    Nothing,
}

/// An event after which the worker cannot go on.
pub(crate) struct End {
    pub(crate) message: String,
    pub(crate) cause: Cause,
    pub(crate) failure: Option<Failure>,
    /// Whether save is the half that failed.
    pub(crate) by_save: bool,
}

impl<'t> Timeline<'t> {
    /// A worker of the first version.
    pub(crate) fn start(judging: &'t Judging<'t>) -> Result<Self, Failure> {
        Ok(Self {
            judging,
            worker: judging.start(judging.old(), judging.seed)?,
            version: judging.old(),
            loaded: None,
            since: Vec::new(),
            last_update: None,
        })
    }

    /// Makes the operation with this number.
    pub(crate) fn operation(&mut self, number: usize, call: &Call) -> Observation {
        let Self {
            worker, version, ..
        } = self;
        let observation = self.judging.invoke(worker, *version, call, number);
        self.since.push((number, call.clone()));
        observation
    }

    /// Lets an event happen before the operation with this number.
    pub(crate) fn event(&mut self, event: &Step, number: usize) -> Result<Happened, Box<End>> {
        let next = self.judging.hop.after(self.version);
        match event {
            Step::Operation(_) => Ok(Happened::Nothing),
            Step::Save => Ok(match self.judging.save(&mut self.worker, number) {
                Some(_) => Happened::Saved,
                None => Happened::Nothing,
            }),
            Step::Snapshot => Ok(self.snapshot(number)),
            Step::Crash => self.recover(),
            Step::FailedUpdate => {
                self.judging.save(&mut self.worker, number);
                self.recover()
            }
            Step::Update => self.update(next, number),
            Step::DirectUpdate => self.update(self.judging.next(), number),
        }
    }

    fn update(&mut self, to: VersionId, number: usize) -> Result<Happened, Box<End>> {
        let has_save = self.worker.component().save().is_some();
        if self.version == self.judging.next() && !has_save {
            return Ok(Happened::Nothing);
        }
        let passes_over = to != self.judging.hop.after(self.version);
        match self.judging.update(&mut self.worker, to, number) {
            Update::Updated { worker, snapshot } => {
                self.last_update = Some((self.version, to));
                self.worker = worker;
                self.version = to;
                self.recover_from(snapshot.clone(), number);
                Ok(Happened::Updated(snapshot))
            }
            // Nobody promised that a version reads what was saved before the version before it.
            Update::Reverted(Refusal::Refused(_) | Refusal::LoadFailed(_) | Refusal::NoLoad)
                if passes_over =>
            {
                self.judging.note(format!(
                    "{} refuses snapshots of {}: their direct update was exercised as a failed one",
                    self.judging.hop.component(to).label(),
                    self.worker.component().label()
                ));
                self.recover()
            }
            failed => {
                self.last_update = Some((self.version, to));
                Err(End::of_update(&failed))
            }
        }
    }

    /// Keeps a snapshot for the next recovery. Of a worker that was never updated it is not kept: whether the first version
    /// loads its own is no affair of an update.
    fn snapshot(&mut self, number: usize) -> Happened {
        if self.loaded.is_none() {
            return Happened::Nothing;
        }
        let Some(snapshot) = self.judging.save(&mut self.worker, number) else {
            return Happened::Nothing;
        };
        self.recover_from(snapshot, number);
        // What a recovery loses from now on, the version loses by itself.
        self.last_update = Some((self.version, self.version));
        Happened::Saved
    }

    /// From now on, a recovery loads this snapshot, which was taken before the operation with this number.
    fn recover_from(&mut self, snapshot: Snapshot, at: usize) {
        self.loaded = Some(Loaded {
            snapshot,
            at,
            again: 0,
        });
        self.since.clear();
    }

    fn recover(&mut self) -> Result<Happened, Box<End>> {
        self.worker = match &mut self.loaded {
            None => {
                let started = self.judging.start(self.judging.old(), self.judging.seed);
                started.map_err(|failure| End::of_recovery(&Update::Stuck(failure)))?
            }
            Some(loaded) => {
                loaded.again = loaded.again.saturating_add(1);
                let snapshot = loaded.snapshot.clone();
                let (at, again) = (loaded.at, loaded.again);
                let before = &self.worker;
                match self
                    .judging
                    .hand_over(self.version, before, snapshot, at, again)
                {
                    Update::Updated { worker, .. } => worker,
                    failed => return Err(End::of_recovery(&failed)),
                }
            }
        };
        let mut replayed = Vec::with_capacity(self.since.len());
        for (number, call) in &self.since {
            let observation = self
                .judging
                .invoke(&mut self.worker, self.version, call, *number);
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
    fn of_update(update: &Update) -> Box<Self> {
        // Whoever asks has looked whether it succeeded.
        let cause = Cause::of_update(update).unwrap_or(Cause::Refused);
        Self::new("update", update, cause)
    }

    fn of_recovery(update: &Update) -> Box<Self> {
        Self::new("recovery", update, Cause::RefusedAgain)
    }

    fn new(what: &str, update: &Update, cause: Cause) -> Box<Self> {
        let message = match update {
            Update::Reverted(refusal) => format!("the {what} fails: {refusal}"),
            Update::Lost(failure) => format!("load: {failure}; the state is lost"),
            Update::Stuck(failure) => format!("the new version does not start: {failure}"),
            Update::Updated { .. } => format!("the {what} ends"),
        };
        Box::new(Self {
            message,
            cause,
            failure: update.failure().cloned(),
            by_save: matches!(
                update,
                Update::Reverted(Refusal::SaveFailed(_) | Refusal::NoSave)
            ),
        })
    }
}
