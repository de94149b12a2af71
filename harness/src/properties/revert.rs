//! `revert`: an update that fails leaves no trace. The old version is rebuilt by replaying its history, so what save did
//! to its own memory vanishes with the instance; what it did to the outside world does not.

use super::{Advice, Effort, NO_START, NO_UPDATE, Property, Scope, diverged, needs_save_and_load};
use crate::case::{Case, CaseKind};
use crate::host::{Effect, HostCall};
use crate::judging::cause::{Cause, Part};
use crate::judging::divergence;
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::judging::{Judging, Workers};
use crate::worker::snapshot::Snapshot;
use crate::worker::update::Update;

pub(super) const PROPERTY: Property = Property {
    id: "revert",
    statement: "when load says Err, the old worker goes on as if nobody had asked",
    exercised: "histories with a failing update: the snapshot is damaged until load refuses it",
    advice: Advice {
        matters: "A refused update must leave no trace: the worker goes on with the old version, rebuilt from its history.",
        causes: &[
            "save, which ran before load refused, changed the outside world: it released a lock, deleted a file, sent a message",
        ],
        remedy: "Do nothing in save that cannot be undone by forgetting it.",
    },
    advisory: false,
    scope: Scope::EachHop,
    effort: Effort::Times(1),
    workers: Workers::Reused,
    yields_to: &[],
    is_about_any_update: false,
    kind: || CaseKind::History { updates: 1..=1 },
    unmet: needs_save_and_load,
    judge,
    whose_fault: |_, _| Blame::Save,
};

fn judge(judging: &Judging<'_>, case: &Case) -> Outcome {
    let Some(played) = judging.twin(case) else {
        return Outcome::Discard(NO_START);
    };
    let Some(&at) = played.updates.first() else {
        return Outcome::Discard(NO_UPDATE);
    };
    let (before, after) = played.calls.split_at(at);
    let Some(mut asked) = judging.worker_after(judging.old(), before, judging.seed) else {
        return Outcome::Discard(NO_UPDATE);
    };
    let written_before = writes(asked.host_calls());
    let snapshot = judging.save(&mut asked, at);
    let written = writes(asked.host_calls());
    if let Some(snapshot) = snapshot
        && !is_refused(judging, &asked, &snapshot, at)
    {
        return Outcome::Discard("load refused none of the damaged snapshots");
    }
    if let Some(call) = written.get(written_before.len()) {
        let message = format!(
            "save calls {}, which changes the outside world; the update fails, and that cannot be taken back",
            call.function
        );
        return Finding::new(
            Cause::Writes {
                part: Part::Save,
                function: call.function.to_string(),
            },
            message,
            played.case(case),
        )
        .fail();
    }
    // The memory of the instance that saved is not used again: the old version is rebuilt from its history.
    let Some(mut rebuilt) = judging.worker_after(judging.old(), before, judging.seed) else {
        let message = "the history of the old version cannot be replayed";
        return Finding::new(Cause::NotReplayed, message, played.case(case)).fail();
    };
    let observed = judging.repeat(&mut rebuilt, judging.old(), after, at);
    let other_world = |seeds| judging.twin_elsewhere(&played.calls, at, seeds);
    let observations = (&played.observations[at..], observed.as_slice());
    match divergence::first(judging, after, (at, at), observations, other_world) {
        Some(divergence) => diverged(&divergence, judging, &played, case, "after a failed update"),
        None => Outcome::Pass,
    }
}

/// Whether load refuses the snapshot or one that is damaged in the ways that storage damages things.
fn is_refused(
    judging: &Judging<'_>,
    asked: &crate::worker::Worker,
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
            let update = judging.hand_over(judging.next(), asked, snapshot, at, 0);
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
