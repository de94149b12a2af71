//! `save-is-pure`: a worker that saved and one that did not cannot be told apart, and saving twice in a row comes to the
//! same. Bytes that differ (a time stamp, a random boundary) are no failure as long as nobody can observe it.

use super::{NO_START, NO_UPDATE, Property, diverged, needs_operations};
use crate::case::{Case, CaseKind};
use crate::judging::divergence;
use crate::judging::trial::{Played, Trial};
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::versions::pair::Side;
use crate::worker::Worker;
use crate::worker::observation::Observation;
use crate::worker::snapshot::Snapshot;
use crate::worker::update::Update;

pub(super) const PROPERTY: Property = Property {
    id: "save-is-pure",
    statement: "save changes nothing that can be observed, and both of two saves in a row lead to the same observations after load",
    exercised: "histories with saves in the middle, in both versions",
    advisory: false,
    multiplier: 1,
    kind: || CaseKind::History { updates: 1..=3 },
    unmet: needs_operations,
    judge,
    whose_fault: |_, _| Blame::Save,
};

fn judge(trial: &Trial<'_>, case: &Case) -> Outcome {
    let Some(played) = trial.twin(case) else {
        return Outcome::Discard(NO_START);
    };
    if played.updates.is_empty() {
        return Outcome::Discard(NO_UPDATE);
    }
    let mut outcome = Outcome::Discard("neither version could save");
    for side in [Side::Old, Side::New] {
        if trial.pair.component(side).save().is_none() {
            continue;
        }
        match in_version(trial, case, &played, side) {
            Outcome::Fail(finding) => return Outcome::Fail(finding),
            Outcome::Pass => outcome = Outcome::Pass,
            Outcome::Discard(_) => {}
        }
    }
    outcome
}

fn in_version(trial: &Trial<'_>, case: &Case, played: &Played, side: Side) -> Outcome {
    let which = match side {
        Side::Old => "old",
        Side::Between(_) | Side::New => "new",
    };
    let Ok(mut saver) = trial.start(side, trial.seed) else {
        return Outcome::Discard(NO_START);
    };
    let mut observed = Vec::new();
    let mut saves = None;
    for &at in &played.updates {
        let made = observed.len();
        observed.extend(trial.repeat(&mut saver, side, &played.calls[made..at], made));
        if observed.last().is_some_and(|last| last.failure().is_some()) {
            break;
        }
        let first = trial.save(&mut saver, at);
        let second = first
            .is_some()
            .then(|| trial.save(&mut saver, at))
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
        observed.extend(trial.repeat(&mut saver, side, &played.calls[made..], made));
    }
    let unsaved = |seed| match trial.start(side, seed) {
        Ok(mut worker) => trial.repeat(&mut worker, side, &played.calls, 0),
        Err(_) => Vec::new(),
    };
    let expected = unsaved(trial.seed);
    let observations = (expected.as_slice(), observed.as_slice());
    if let Some(divergence) = divergence::first(trial, &played.calls, 0, observations, unsaved) {
        let what = format!("after the {which} version saved");
        return diverged(&divergence, trial, played, case, &what);
    }
    if first == second {
        return Outcome::Pass;
    }
    trial.note(format!(
        "two saves of the {which} version in a row write different bytes (no failure where nobody can observe it)"
    ));
    match two_saves(trial, played, &saver, at, [first, second]) {
        Some((what, Some(divergence))) => diverged(&divergence, trial, played, case, &what),
        Some((what, None)) => Finding::new("one of two saves", what, played.case(case)).fail(),
        None => Outcome::Pass,
    }
}

/// Loads both of two saves in a row into the new version and compares what follows.
fn two_saves(
    trial: &Trial<'_>,
    played: &Played,
    saver: &Worker<'_>,
    at: usize,
    saves: [Snapshot; 2],
) -> Option<(String, Option<divergence::Divergence>)> {
    let rest = &played.calls[at..];
    let mut lives = saves.map(|snapshot| -> Option<Vec<Observation>> {
        match trial.hand_over(saver, snapshot, at, 0) {
            Update::Updated { mut worker, .. } => {
                Some(trial.repeat(&mut worker, Side::New, rest, at))
            }
            _ => None,
        }
    });
    match (lives[0].take(), lives[1].take()) {
        (Some(first), Some(second)) => {
            let other_world = |seed| trial.twin_elsewhere(&played.calls, at, seed);
            divergence::first(trial, rest, at, (&first, &second), other_world).map(|it| {
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
