//! `save-is-pure`: a worker that saved and one that did not cannot be told apart, and saving twice in a row comes to the
//! same. Bytes that differ (a time stamp, a random boundary) are no failure as long as nobody can observe it.

use super::{Advice, Effort, NO_START, NO_UPDATE, Property, Scope, diverged, needs_operations};
use crate::case::{Case, CaseKind};
use crate::host::Seeds;
use crate::judging::cause::Cause;
use crate::judging::divergence;
use crate::judging::played::Played;
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::judging::{Judging, Workers};
use crate::versions::chain::VersionId;
use crate::worker::Worker;
use crate::worker::observation::Observation;
use crate::worker::snapshot::Snapshot;
use crate::worker::update::Update;

pub(super) const PROPERTY: Property = Property {
    id: "save-is-pure",
    statement: "save changes nothing that can be observed, and both of two saves in a row lead to the same observations after load",
    exercised: "histories with saves in the middle, in both versions",
    advice: Advice {
        matters: "Golem calls save on the living worker. If the update then fails, the worker is built again by replay, without what save did to it; if save is called again, it must say the same.",
        causes: &[
            "save drains a queue, takes a value out of an `Option`, or advances a counter",
            "save keeps its bytes in a cache that some operation does not invalidate",
            "save calls the outside world",
        ],
        remedy: "Let save borrow the state and change nothing (`&self` in Rust).",
    },
    advisory: false,
    scope: Scope::EachHop,
    effort: Effort::Times(1),
    workers: Workers::Reused,
    yields_to: &[],
    is_about_any_update: false,
    kind: || CaseKind::History { updates: 1..=3 },
    unmet: needs_operations,
    judge,
    whose_fault: |_, _| Blame::Save,
};

fn judge(judging: &Judging<'_>, case: &Case) -> Outcome {
    let Some(played) = judging.twin(case) else {
        return Outcome::Discard(NO_START);
    };
    if played.updates.is_empty() {
        return Outcome::Discard(NO_UPDATE);
    }
    let mut outcome = Outcome::Discard("neither version could save");
    for version in [judging.old(), judging.next()] {
        if judging.hop.component(version).save().is_none() {
            continue;
        }
        match in_version(judging, case, &played, version) {
            Outcome::Fail(finding) => return Outcome::Fail(finding),
            Outcome::Pass => outcome = Outcome::Pass,
            Outcome::Discard(_) => {}
        }
    }
    outcome
}

fn in_version(judging: &Judging<'_>, case: &Case, played: &Played, version: VersionId) -> Outcome {
    let which = match version == judging.old() {
        true => "old",
        false => "new",
    };
    let Ok(mut saver) = judging.start(version, judging.seed) else {
        return Outcome::Discard(NO_START);
    };
    let mut observed = Vec::new();
    let mut saves = None;
    for &at in &played.updates {
        let made = observed.len();
        observed.extend(judging.repeat(&mut saver, version, &played.calls[made..at], made));
        if observed.last().is_some_and(|last| last.failure().is_some()) {
            break;
        }
        let first = judging.save(&mut saver, at);
        let second = first
            .is_some()
            .then(|| judging.save(&mut saver, at))
            .flatten();
        match (first, second) {
            (Some(first), Some(second)) => saves = Some((at, first, second)),
            _ => return Outcome::Discard("save failed, which is accepts-saved's business"),
        }
    }
    let Some((at, first, second)) = saves else {
        return Outcome::Discard(NO_UPDATE);
    };
    if observed.last().is_none_or(|last| last.failure().is_none()) {
        let made = observed.len();
        observed.extend(judging.repeat(&mut saver, version, &played.calls[made..], made));
    }
    let unsaved = |seeds: Seeds| match judging.start(version, seeds) {
        Ok(mut worker) => judging.repeat(&mut worker, version, &played.calls, 0),
        Err(_) => Vec::new(),
    };
    let expected = unsaved(judging.seed.into());
    let observations = (expected.as_slice(), observed.as_slice());
    let first_save = played.updates[0];
    let places = (0, first_save);
    if let Some(divergence) =
        divergence::first(judging, &played.calls, places, observations, unsaved)
    {
        let what = format!("after the {which} version saved");
        return diverged(&divergence, judging, played, case, &what);
    }
    if first == second {
        return Outcome::Pass;
    }
    judging.note(format!(
        "two saves of the {which} version in a row write different bytes (no failure where nobody can observe it)"
    ));
    match two_saves(judging, played, &saver, at, [first, second]) {
        Some((what, Some(divergence))) => diverged(&divergence, judging, played, case, &what),
        Some((what, None)) => Finding::new(Cause::OneOfTwoSaves, what, played.case(case)).fail(),
        None => Outcome::Pass,
    }
}

/// Loads both of two saves in a row into the new version and compares what follows.
fn two_saves(
    judging: &Judging<'_>,
    played: &Played,
    saver: &Worker,
    at: usize,
    saves: [Snapshot; 2],
) -> Option<(String, Option<divergence::Divergence>)> {
    let rest = &played.calls[at..];
    let mut lives = saves.map(|snapshot| -> Option<Vec<Observation>> {
        match judging.hand_over(judging.next(), saver, snapshot, at, 0) {
            Update::Updated { mut worker, .. } => {
                Some(judging.repeat(&mut worker, judging.next(), rest, at))
            }
            _ => None,
        }
    });
    match (lives[0].take(), lives[1].take()) {
        (Some(first), Some(second)) => {
            let other_world = |seeds| judging.twin_elsewhere(&played.calls, at, seeds);
            divergence::first(judging, rest, (at, at), (&first, &second), other_world).map(|it| {
                (
                    "after loading the second of two saves in a row".to_owned(),
                    Some(it),
                )
            })
        }
        (None, None) => None,
        _ => Some((
            "of two saves in a row, load accepts only one".to_owned(),
            None,
        )),
    }
}
