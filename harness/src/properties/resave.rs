//! `resave`: the new version reads its own snapshots. The first update is the same for both workers; one of them is
//! updated again later, from the new version to itself.

use super::{NO_START, NO_UPDATE, Property, REFUSED, diverged, failed, needs_operations};
use crate::case::{Case, CaseKind};
use crate::judging::blame;
use crate::judging::divergence;
use crate::judging::trial::{Played, Trial};
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::versions::pair::{Pair, Side};
use crate::worker::Worker;
use crate::worker::observation::Observation;
use crate::worker::update::{Refusal, Update};

pub(super) const PROPERTY: Property = Property {
    id: "resave",
    statement: "the new version reads its own snapshots: a second update in a row loses nothing",
    exercised: "histories with two or more updates",
    advisory: false,
    multiplier: 1,
    kind: || CaseKind::History { updates: 2..=3 },
    unmet: |pair: &Pair| match pair.new.save() {
        Some(_) => needs_operations(pair),
        None => Some("the new version does not export save"),
    },
    judge,
    whose_fault: |trial, finding| {
        let Ok(mut worker) = trial.start(Side::New, trial.seed) else {
            return Blame::Load;
        };
        if finding.signature.starts_with(SAVE_FAILS) {
            return Blame::Save;
        }
        let played = trial.play(&mut worker, Side::New, &finding.case);
        let last = played.updates.len().saturating_sub(1);
        match blame::of_loss(trial, &played, last, (Side::New, Side::New)) {
            Blame::Save => Blame::Save,
            // Within one version there is nothing between save and load.
            Blame::Load | Blame::Mapping => Blame::Load,
        }
    },
};

const SAVE_FAILS: &str = "the new version's save";

fn judge(trial: &Trial<'_>, case: &Case) -> Outcome {
    let Some(played) = trial.twin(case) else {
        return Outcome::Discard(NO_START);
    };
    let [at, later @ ..] = played.updates.as_slice() else {
        return Outcome::Discard(NO_UPDATE);
    };
    if later.is_empty() {
        return Outcome::Discard("the worker failed before the second update");
    }
    let Some(mut once) = updated(trial, &played, *at, trial.seed) else {
        return Outcome::Discard(REFUSED);
    };
    let Some(mut often) = updated(trial, &played, *at, trial.seed) else {
        return Outcome::Discard(REFUSED);
    };
    let after = &played.calls[*at..];
    let expected = trial.repeat(&mut once, Side::New, after, *at);
    let mut observed: Vec<Observation> = Vec::new();
    for &next in later {
        let made = at + observed.len();
        observed.extend(trial.repeat(&mut often, Side::New, &played.calls[made..next], made));
        if observed.last().is_some_and(|last| last.failure().is_some()) {
            break;
        }
        match again(trial, &mut often, next, &played, case) {
            Ok(worker) => often = worker,
            Err(outcome) => return outcome,
        }
    }
    if observed.last().is_none_or(|last| last.failure().is_none()) {
        let made = at + observed.len();
        observed.extend(trial.repeat(&mut often, Side::New, &played.calls[made..], made));
    }
    let other_world = |seed| match updated(trial, &played, *at, seed) {
        Some(mut worker) => trial.repeat(&mut worker, Side::New, after, *at),
        None => Vec::new(),
    };
    match divergence::first(trial, after, *at, (&expected, &observed), other_world) {
        Some(divergence) => diverged(&divergence, trial, &played, case, "after a second update"),
        None => Outcome::Pass,
    }
}

/// The worker after the first update.
fn updated<'a>(trial: &Trial<'a>, played: &Played, at: usize, seed: u64) -> Option<Worker<'a>> {
    let mut worker = trial.worker_after(Side::Old, &played.calls[..at], seed)?;
    match trial.update(&mut worker, Side::New, at) {
        Update::Updated { worker, .. } => Some(worker),
        _ => None,
    }
}

/// The worker after another update of the new version to itself.
fn again<'a>(
    trial: &Trial<'a>,
    worker: &mut Worker<'a>,
    at: usize,
    played: &Played,
    case: &Case,
) -> Result<Worker<'a>, Outcome> {
    let case = || played.case(case);
    let finding = match trial.update(worker, Side::New, at) {
        Update::Updated { worker, .. } => return Ok(worker),
        Update::Reverted(Refusal::SaveFailed(failure) | Refusal::LoadFailed(failure))
        | Update::Stuck(failure)
        | Update::Lost(failure)
            if failure.is_unsupported() =>
        {
            return Err(Outcome::Discard(super::UNSUPPORTED));
        }
        Update::Reverted(Refusal::SaveFailed(failure)) => failed(SAVE_FAILS, &failure, case()),
        Update::Reverted(Refusal::LoadFailed(failure)) | Update::Lost(failure) => {
            failed("load of the new version's own snapshot", &failure, case())
        }
        Update::Stuck(failure) => failed("the start of the new version", &failure, case()),
        Update::Reverted(refusal) => Finding::new(
            "refused",
            format!("the second update fails: {refusal}"),
            case(),
        ),
    };
    Err(finding.fail())
}
