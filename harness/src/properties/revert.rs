//! `revert`: an update that fails leaves no trace. The old version is rebuilt by replaying its history, so what save did
//! to its own memory vanishes with the instance; what it did to the outside world does not.

use super::{NO_START, NO_UPDATE, Property, diverged, needs_save_and_load};
use crate::case::{Case, CaseKind};
use crate::host::{Effect, HostCall};
use crate::judging::divergence;
use crate::judging::trial::Trial;
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::versions::pair::Side;
use crate::worker::snapshot::Snapshot;
use crate::worker::update::Update;

pub(super) const PROPERTY: Property = Property {
    id: "revert",
    statement: "when load says Err, the old worker goes on as if nobody had asked",
    exercised: "histories with a failing update: the snapshot is damaged until load refuses it",
    advisory: false,
    multiplier: 1,
    kind: || CaseKind::History { updates: 1..=1 },
    unmet: needs_save_and_load,
    judge,
    whose_fault: |_, _| Blame::Save,
};

fn judge(trial: &Trial<'_>, case: &Case) -> Outcome {
    let Some(played) = trial.twin(case) else {
        return Outcome::Discard(NO_START);
    };
    let Some(&at) = played.updates.first() else {
        return Outcome::Discard(NO_UPDATE);
    };
    let (before, after) = played.calls.split_at(at);
    let Some(mut asked) = trial.worker_after(Side::Old, before, trial.seed) else {
        return Outcome::Discard(NO_UPDATE);
    };
    let written_before = writes(asked.host_calls());
    let snapshot = trial.save(&mut asked, at);
    let written = writes(asked.host_calls());
    if let Some(snapshot) = snapshot
        && !is_refused(trial, &asked, &snapshot, at)
    {
        return Outcome::Discard("load refused none of the damaged snapshots");
    }
    if let Some(call) = written.get(written_before.len()) {
        let message = format!(
            "save calls {}, which changes the outside world; the update fails, and that cannot be taken back",
            call.function
        );
        return Finding::new(
            format!("save writes: {}", call.function),
            message,
            played.case(case),
        )
        .fail();
    }
    // The memory of the instance that saved is not used again: the old version is rebuilt from its history.
    let Some(mut rebuilt) = trial.worker_after(Side::Old, before, trial.seed) else {
        let message = "the history of the old version cannot be replayed";
        return Finding::new("replay fails", message, played.case(case)).fail();
    };
    let observed = trial.repeat(&mut rebuilt, Side::Old, after, at);
    let other_world = |seed| trial.twin_elsewhere(&played.calls, at, seed);
    let observations = (&played.observations[at..], observed.as_slice());
    match divergence::first(trial, after, at, observations, other_world) {
        Some(divergence) => diverged(&divergence, trial, &played, case, "after a failed update"),
        None => Outcome::Pass,
    }
}

/// Whether load refuses the snapshot or one that is damaged in the ways that storage damages things.
fn is_refused(
    trial: &Trial<'_>,
    asked: &crate::worker::Worker<'_>,
    snapshot: &Snapshot,
    at: usize,
) -> bool {
    let bytes = &snapshot.bytes;
    let mut flipped = bytes.clone();
    if let Some(first) = flipped.first_mut() {
        *first ^= 0xff;
    }
    let cut = bytes[..bytes.len() / 2].to_vec();
    [bytes.clone(), flipped, cut, Vec::new()]
        .into_iter()
        .any(|bytes| {
            let snapshot = snapshot.with_bytes(bytes);
            let update = trial.hand_over(asked, snapshot, at, 0);
            matches!(update, Update::Reverted(_))
        })
}

fn writes(calls: &[HostCall]) -> Vec<HostCall> {
    calls
        .iter()
        .filter(|call| call.effect == Effect::Write)
        .cloned()
        .collect()
}
