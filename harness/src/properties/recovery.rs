//! `recovery`: Golem saves workers now and then, and starts one again from its last snapshot: load, and then a replay of what came
//! after, answered by the host as it was. What is neither in the snapshot nor on record (a random state, a time that was read
//! once, a cache) makes another host call or another result, although no operation may tell.
//!
//! The worker recovers in the new version, and before that it lived in the new version, or in the old one: Golem 1.6 updates
//! automatically from a snapshot. Where the new version would not even replay the old one's whole history, the latter says nothing.

use super::{ACCEPTS_SAVED, UPGRADE_EQUIVALENCE, reload_equivalence, resave};
use super::{
    Advice, Effort, NO_START, Property, Scope, UNSUPPORTED, difference, needs_common_operations,
    needs_load, replay::TOO_LONG,
};
use crate::case::{Case, CaseKind, Step};
use crate::judging::blame;
use crate::judging::divergence::{self, can_be_told_apart};
use crate::judging::played::Played;
use crate::judging::replay::{self, Lived};
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::judging::{Judging, Workers};
use crate::versions::chain::VersionId;
use crate::worker::snapshot::Snapshot;
use crate::worker::update::Update;
use crate::worker::{Recorded, Worker};

pub(crate) const PROPERTY: Property = Property {
    id: "recovery",
    statement: "a worker that loads its last snapshot and replays the rest of its history, with the recorded results of its host calls, makes the same host calls, returns the same, and goes on as if it had never stopped",
    exercised: "histories with a snapshot in the middle and a crash later, in the new version and from the old version to the new one",
    advice: Advice {
        matters: "Golem restarts workers from periodic snapshots. A replay that does not go as it was recorded cannot be finished: the worker stays unusable, long after an update that went well.",
        causes: &[
            "a random number, a time stamp or an id that was drawn once is not in the snapshot, and is drawn again after load",
            "a cache or a pool that is filled on first use is empty after load, and asks the host again",
            "load sets a counter or a buffer back that decides when the host is called",
        ],
        remedy: "Save whatever decides which host functions are called, and when; or make load ask the host for it, so that operations need not.",
    },
    advisory: false,
    scope: Scope::EachHop,
    effort: Effort::Times(1),
    workers: Workers::Reused,
    yields_to: &[
        ACCEPTS_SAVED.id,
        UPGRADE_EQUIVALENCE.id,
        reload_equivalence::PROPERTY.id,
        resave::PROPERTY.id,
    ],
    is_about_any_update: false,
    kind: || CaseKind::History { updates: 2..=2 },
    unmet: |hop| needs_common_operations(hop).or_else(|| needs_load(hop)),
    judge,
    whose_fault,
};

const NO_SNAPSHOT: &str = "the worker failed before its snapshot, or could not save";
const NOT_LOADED: &str = "load does not accept the snapshot, which is another property's business";
const TOLD: &str = "the loss shows without a replay, which another property tells";
const UNREPLAYABLE: &str =
    "the new version cannot replay the old one's history, which is replay's business";

fn judge(judging: &Judging<'_>, case: &Case) -> Outcome {
    let mut outcome = Outcome::Discard("no version can save what the new one loads");
    for from in versions(judging) {
        if judging.hop.component(from).save().is_none() {
            continue;
        }
        match recovers(judging, case, from) {
            Ok(None) => outcome = Outcome::Pass,
            Ok(Some(finding)) => return finding.fail(),
            Err(reason) if matches!(outcome, Outcome::Discard(_)) => {
                outcome = Outcome::Discard(reason);
            }
            Err(_) => {}
        }
    }
    outcome
}

/// The versions in which a worker may have lived that recovers in the new one.
fn versions(judging: &Judging<'_>) -> Vec<VersionId> {
    let mut versions = vec![judging.next(), judging.old()];
    versions.dedup();
    versions
}

/// The life of a worker that is saved at the first event of its history, and crashes at the last one.
struct Life {
    played: Played,
    snapshot: Snapshot,
    saved_at: usize,
    crash_at: usize,
    record: Recorded,
    /// The fresh instance that has loaded the snapshot.
    fresh: Worker,
}

fn lived(judging: &Judging<'_>, case: &Case, from: VersionId) -> Result<Life, &'static str> {
    let mut worker = judging.start(from, judging.seed).map_err(|_| NO_START)?;
    let events = case
        .steps
        .iter()
        .filter(|it| !matches!(it, Step::Operation(_)));
    let mut left = events.count();
    let mut saved = None;
    let mut crashed = None;
    let crash = |worker: &mut Worker, at, saved: &Option<(usize, Snapshot)>| {
        let (saved_at, snapshot) = saved.as_ref()?;
        let record = worker.end_record();
        let number = *saved_at;
        let loaded = judging.hand_over(judging.next(), worker, snapshot.clone(), number, 1);
        Some((at, record, loaded))
    };
    let played = judging.play_watched(&mut worker, from, case, |worker, _, at| {
        left -= 1;
        if saved.is_none() {
            saved = judging.save(worker, at).map(|snapshot| (at, snapshot));
            worker.record_answers();
        } else if left == 0 {
            crashed = crash(worker, at, &saved);
        }
    });
    let failed = played
        .observations
        .last()
        .is_some_and(|it| it.failure().is_some());
    if crashed.is_none() && !failed {
        crashed = crash(&mut worker, played.calls.len(), &saved);
    }
    let ((saved_at, snapshot), (crash_at, record, loaded)) =
        saved.zip(crashed).ok_or(NO_SNAPSHOT)?;
    let Update::Updated { worker: fresh, .. } = loaded else {
        return Err(NOT_LOADED);
    };
    Ok(Life {
        played,
        snapshot,
        saved_at,
        crash_at,
        record: record.ok_or(TOO_LONG)?,
        fresh,
    })
}

/// What is wrong with the recovery of a worker that lived in this version; none if nothing is.
fn recovers(
    judging: &Judging<'_>,
    case: &Case,
    from: VersionId,
) -> Result<Option<Finding>, &'static str> {
    let to = judging.next();
    let Life {
        played,
        snapshot,
        saved_at,
        crash_at,
        record,
        mut fresh,
    } = lived(judging, case, from)?;
    if saved_at == played.calls.len() {
        return Err("nothing was observed after the snapshot");
    }
    let shown = shown(&played, saved_at, crash_at, case);
    let lived = Lived {
        calls: &played.calls[saved_at..crash_at],
        observations: &played.observations[saved_at..crash_at],
        first: saved_at,
        version: from,
        record: &record,
    };
    let what = match from == to {
        true => "the new version's recovery from its own snapshot",
        false => "the recovery of the old version's worker in the new version",
    };
    let departs = replay::after_load(judging, &mut fresh, to, lived);
    let finding = match departs {
        Err(departs) if departs.is_unknown() => return Err(UNSUPPORTED),
        Err(departs) => {
            let calls = &played.calls[..crash_at];
            departs.finding(judging, what, calls, shown)
        }
        Ok(()) => {
            let after = &played.calls[crash_at..];
            let observed = judging.repeat(&mut fresh, to, after, crash_at);
            let observations = (&played.observations[crash_at..], observed.as_slice());
            let places = (crash_at, crash_at);
            let elsewhere = |seeds| {
                let worker = judging.worker_after(from, &played.calls[..crash_at], seeds);
                worker.map_or_else(Vec::new, |mut worker| {
                    judging.repeat(&mut worker, from, after, crash_at)
                })
            };
            match divergence::first(judging, after, places, observations, elsewhere) {
                None => return Ok(None),
                Some(divergence) => {
                    let call = &played.calls[divergence.at];
                    difference(&divergence, judging, call, shown, &format!("after {what}"))
                }
            }
        }
    };
    if shows_without_replay(judging, &played, from, saved_at, snapshot) {
        return Err(TOLD);
    }
    if from != to && !is_replayable(judging, &played, crash_at) {
        return Err(UNREPLAYABLE);
    }
    Ok(Some(finding))
}

/// The history with the snapshot and the crash where they happened.
fn shown(played: &Played, saved_at: usize, crash_at: usize, case: &Case) -> Case {
    let alone = Played {
        updates: Vec::new(),
        saves: Vec::new(),
        ..played.clone()
    };
    let mut shown = alone.case(case);
    shown.steps.insert(crash_at, Step::Crash);
    shown.steps.insert(saved_at, Step::Snapshot);
    shown
}

/// Whether a worker that recovers from the snapshot and goes on live can be told from the one that goes on.
fn shows_without_replay(
    judging: &Judging<'_>,
    played: &Played,
    from: VersionId,
    at: usize,
    snapshot: Snapshot,
) -> bool {
    let Some(before) = judging.worker_after(from, &played.calls[..at], judging.seed) else {
        return true;
    };
    match judging.hand_over(judging.next(), &before, snapshot, at, 1) {
        Update::Updated { mut worker, .. } => {
            let observed = judging.repeat(&mut worker, judging.next(), &played.calls[at..], at);
            can_be_told_apart(&played.observations[at..], &observed)
        }
        _ => true,
    }
}

/// Whether the new version can replay the old one's history up to call number `until`.
fn is_replayable(judging: &Judging<'_>, played: &Played, until: usize) -> bool {
    let old = judging.old();
    let record = || {
        let mut worker = replay::on_record(judging, old).ok()?;
        judging.repeat(&mut worker, old, &played.calls[..until], 0);
        worker.end_record()
    };
    let Some(record) = record() else {
        return false;
    };
    let lived = Lived {
        calls: &played.calls[..until],
        observations: &played.observations[..until],
        first: 0,
        version: old,
        record: &record,
    };
    replay::from_the_start(judging, judging.next(), lived).is_ok()
}

/// The version whose worker does not recover; none if each does.
pub(super) fn lived_in(judging: &Judging<'_>, case: &Case) -> Option<VersionId> {
    let fails = |from: &VersionId| matches!(recovers(judging, case, *from), Ok(Some(_)));
    versions(judging).into_iter().find(fails)
}

/// Where the round trips show nothing, what is missing was not saved.
fn whose_fault(judging: &Judging<'_>, finding: &Finding) -> Blame {
    let case = &finding.case;
    let from = lived_in(judging, case);
    let Some((from, Ok(life))) = from.map(|from| (from, lived(judging, case, from))) else {
        return Blame::Save;
    };
    let there = Played {
        updates: vec![life.saved_at],
        saves: Vec::new(),
        ..life.played
    };
    match blame::of_loss(judging, &there, 0, (from, judging.next())) {
        Blame::Load => Blame::Load,
        _ => Blame::Save,
    }
}
