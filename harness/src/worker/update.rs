//! What a manual update does to a worker, step by step as Golem does it: save on the live old instance, load on a fresh
//! instance of the next version, and if anything goes wrong, back to the old version by replaying its history.

use std::fmt;

use crate::component::Component;
use crate::host::Moment;
use crate::worker::Worker;
use crate::worker::observation::{Failure, FailureKind};
use crate::worker::snapshot::Snapshot;

/// How an update ended.
pub enum Update<'a> {
    /// The worker runs the next version.
    Updated {
        /// The worker.
        worker: Worker<'a>,
        /// What save wrote and load accepted.
        snapshot: Snapshot,
    },
    /// The update failed; the worker stays on the old version and must be rebuilt by replay.
    Reverted(Refusal),
    /// Load called `exit`. Golem records a success, so the state is lost without a word.
    Lost(Failure),
    /// The next version does not start: on Golem the update stays pending for ever.
    Stuck(Failure),
}

impl Update<'_> {
    /// The failure of a guest that ended the update, if one did.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Lost(failure)
            | Self::Stuck(failure)
            | Self::Reverted(Refusal::SaveFailed(failure) | Refusal::LoadFailed(failure)) => {
                Some(failure)
            }
            Self::Updated { .. } | Self::Reverted(_) => None,
        }
    }
}

/// Why an update failed.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// The old version does not export save.
    NoSave,
    /// Save failed. The instance cannot be entered again.
    SaveFailed(Failure),
    /// The next version does not export load.
    NoLoad,
    /// Load answered `Err` with this text.
    Refused(String),
    /// Load failed.
    LoadFailed(Failure),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSave => f.write_str("the version to save does not export save"),
            Self::SaveFailed(failure) => write!(f, "save fails: {failure}"),
            Self::NoLoad => f.write_str("the version to load does not export load"),
            Self::Refused(message) => write!(f, "load refuses the snapshot: {message:?}"),
            Self::LoadFailed(failure) => write!(f, "load fails: {failure}"),
        }
    }
}

/// Updates `worker`, before operation number `operation`, to a fresh worker of `next`.
pub fn manual<'a>(worker: &mut Worker<'_>, next: &'a Component, operation: u32) -> Update<'a> {
    let Some(save) = worker.component().save() else {
        return Update::Reverted(Refusal::NoSave);
    };
    let snapshot = match worker.save(save, operation) {
        Ok(snapshot) => snapshot,
        Err(failure) => return Update::Reverted(Refusal::SaveFailed(failure)),
    };
    hand_over(worker, next, snapshot, operation, 0)
}

/// The second half of an update: loads a snapshot into a fresh worker of `next`, in the world that `before` lived in.
pub(crate) fn hand_over<'a>(
    before: &Worker<'_>,
    next: &'a Component,
    snapshot: Snapshot,
    operation: u32,
    attempt: u32,
) -> Update<'a> {
    let moment = Moment::Instantiate { operation, attempt };
    let mut worker = match Worker::start_after(before, next, moment) {
        Ok(worker) => worker,
        Err(failure) => return Update::Stuck(failure),
    };
    let Some(load) = next.load() else {
        return Update::Reverted(Refusal::NoLoad);
    };
    match worker.load(load, &snapshot, operation, attempt) {
        Ok(Ok(())) => Update::Updated { worker, snapshot },
        Ok(Err(message)) => Update::Reverted(Refusal::Refused(message)),
        Err(failure) if matches!(failure.kind, FailureKind::Exit { .. }) => Update::Lost(failure),
        Err(failure) => Update::Reverted(Refusal::LoadFailed(failure)),
    }
}
