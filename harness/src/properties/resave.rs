//! `resave`: the new version reads its own snapshots. The first update is the same for both workers; one of them is
//! updated again later, from the new version to itself.

use super::{
    Advice, Effort, NO_START, NO_UPDATE, Property, REFUSED, Scope, diverged, failed,
    needs_operations,
};
use crate::case::{Case, CaseKind};
use crate::host::Seeds;
use crate::judging::blame;
use crate::judging::cause::{Cause, Part};
use crate::judging::divergence;
use crate::judging::played::Played;
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::judging::{Judging, Workers};
use crate::worker::Worker;
use crate::worker::observation::Observation;
use crate::worker::update::{Refusal, Update};

pub(super) const PROPERTY: Property = Property {
    id: "resave",
    statement: "the new version reads its own snapshots: a second update in a row loses nothing",
    exercised: "histories with two or more updates",
    advice: Advice {
        matters: "The second update in a row is the one that fails in production: the bytes come from a worker that was itself loaded.",
        causes: &[
            "save writes the bytes that were loaded, not the state that they became",
            "load reads the old format and save writes a new one that load does not know",
            "each load adds something: the snapshot grows, until a limit refuses it",
        ],
        remedy: "Test load on what the new version's own save writes after loading an old snapshot; let save write the newest format only.",
    },
    advisory: false,
    scope: Scope::EachHop,
    effort: Effort::Times(1),
    workers: Workers::Reused,
    yields_to: &[],
    is_about_any_update: false,
    kind: || CaseKind::History { updates: 2..=3 },
    unmet: |hop| match hop.next().save() {
        Some(_) => needs_operations(hop),
        None => Some("the new version does not export save"),
    },
    judge,
    whose_fault: |judging, finding| {
        let Ok(mut worker) = judging.start(judging.next(), judging.seed) else {
            return Blame::Load;
        };
        if finding.cause.is_failed_save() {
            return Blame::Save;
        }
        let played = judging.play(&mut worker, judging.next(), &finding.case);
        let last = played.updates.len().saturating_sub(1);
        match blame::of_loss(judging, &played, last, (judging.next(), judging.next())) {
            Blame::Save => Blame::Save,
            // Within one version there is nothing between save and load.
            Blame::Load | Blame::Mapping | Blame::Behaviour => Blame::Load,
        }
    },
};

fn judge(judging: &Judging<'_>, case: &Case) -> Outcome {
    let Some(played) = judging.twin(case) else {
        return Outcome::Discard(NO_START);
    };
    let [at, later @ ..] = played.updates.as_slice() else {
        return Outcome::Discard(NO_UPDATE);
    };
    if later.is_empty() {
        return Outcome::Discard("the worker failed before the second update");
    }
    let Some(mut once) = updated(judging, &played, *at, judging.seed) else {
        return Outcome::Discard(REFUSED);
    };
    let Some(mut often) = updated(judging, &played, *at, judging.seed) else {
        return Outcome::Discard(REFUSED);
    };
    let after = &played.calls[*at..];
    let expected = judging.repeat(&mut once, judging.next(), after, *at);
    let mut observed: Vec<Observation> = Vec::new();
    for &next in later {
        let made = at + observed.len();
        observed.extend(judging.repeat(
            &mut often,
            judging.next(),
            &played.calls[made..next],
            made,
        ));
        if observed.last().is_some_and(|last| last.failure().is_some()) {
            break;
        }
        match again(judging, &mut often, next, &played, case) {
            Ok(worker) => often = worker,
            Err(outcome) => return outcome,
        }
    }
    if observed.last().is_none_or(|last| last.failure().is_none()) {
        let made = at + observed.len();
        observed.extend(judging.repeat(&mut often, judging.next(), &played.calls[made..], made));
    }
    let other_world = |seeds| match updated(judging, &played, *at, seeds) {
        Some(mut worker) => judging.repeat(&mut worker, judging.next(), after, *at),
        None => Vec::new(),
    };
    let observations = (expected.as_slice(), observed.as_slice());
    match divergence::first(judging, after, (*at, later[0]), observations, other_world) {
        Some(divergence) => diverged(&divergence, judging, &played, case, "after a second update"),
        None => Outcome::Pass,
    }
}

/// The worker after the first update.
fn updated(
    judging: &Judging<'_>,
    played: &Played,
    at: usize,
    seeds: impl Into<Seeds>,
) -> Option<Worker> {
    let mut worker = judging.worker_after(judging.old(), &played.calls[..at], seeds)?;
    match judging.update(&mut worker, judging.next(), at) {
        Update::Updated { worker, .. } => Some(worker),
        _ => None,
    }
}

/// The worker after another update of the new version to itself.
fn again<'a>(
    judging: &Judging<'a>,
    worker: &mut Worker,
    at: usize,
    played: &Played,
    case: &Case,
) -> Result<Worker, Outcome> {
    let case = || played.case(case);
    let finding = match judging.update(worker, judging.next(), at) {
        Update::Updated { worker, .. } => return Ok(worker),
        Update::Reverted(Refusal::SaveFailed(failure) | Refusal::LoadFailed(failure))
        | Update::Stuck(failure)
        | Update::Lost(failure)
            if failure.is_unsupported() =>
        {
            return Err(Outcome::Discard(super::UNSUPPORTED));
        }
        Update::Reverted(Refusal::SaveFailed(failure)) => {
            failed(Part::Save, "the new version's save", &failure, case())
        }
        Update::Reverted(Refusal::LoadFailed(failure)) | Update::Lost(failure) => {
            let what = "load of the new version's own snapshot";
            failed(Part::Load, what, &failure, case())
        }
        Update::Stuck(failure) => failed(
            Part::Start,
            "the start of the new version",
            &failure,
            case(),
        ),
        Update::Reverted(refusal) => Finding::new(
            Cause::Refused,
            format!("the second update fails: {refusal}"),
            case(),
        ),
    };
    Err(finding.fail())
}
