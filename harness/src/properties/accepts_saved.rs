//! `accepts-saved`: what save wrote, load accepts, wherever in a history the update falls.

use super::{NO_START, NO_UPDATE, Property, UNSUPPORTED, failed, needs_save_and_load};
use crate::case::{Case, CaseKind};
use crate::judging::blame;
use crate::judging::trial::Trial;
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::versions::pair::Side;
use crate::worker::update::{Refusal, Update};

pub(crate) const PROPERTY: Property = Property {
    id: "accepts-saved",
    statement: "load accepts every snapshot that save wrote in the old version: a refused update is a failed update",
    exercised: "histories with updates anywhere",
    advisory: false,
    multiplier: 1,
    kind: || CaseKind::History { updates: 1..=3 },
    unmet: needs_save_and_load,
    judge,
    whose_fault,
};

const SAVE_FAILS: &str = "save";

fn judge(trial: &Trial<'_>, case: &Case) -> Outcome {
    let Some(played) = trial.twin(case) else {
        return Outcome::Discard(NO_START);
    };
    let Ok(mut worker) = trial.start(Side::Old, trial.seed) else {
        return Outcome::Discard(NO_START);
    };
    let mut made = 0;
    let mut updated = false;
    for &at in &played.updates {
        let observations = trial.repeat(&mut worker, Side::Old, &played.calls[made..at], made);
        if observations
            .last()
            .is_some_and(|last| last.failure().is_some())
        {
            break;
        }
        made = at;
        updated = true;
        let mut until_now = played.clone();
        until_now.calls.truncate(at);
        until_now.updates.retain(|update| *update <= at);
        let case = until_now.case(case);
        return match trial.update(&mut worker, Side::New, at) {
            Update::Updated { .. } => continue,
            Update::Stuck(failure) if failure.is_unsupported() => Outcome::Discard(UNSUPPORTED),
            Update::Stuck(failure) => failed("the start of the new version", &failure, case).fail(),
            Update::Lost(failure) => {
                let mut finding = failed("load", &failure, case);
                finding.message = format!(
                    "load calls exit ({failure}): Golem records a success, and the state is lost"
                );
                finding.fail()
            }
            Update::Reverted(Refusal::SaveFailed(failure) | Refusal::LoadFailed(failure))
                if failure.is_unsupported() =>
            {
                Outcome::Discard(UNSUPPORTED)
            }
            Update::Reverted(Refusal::SaveFailed(failure)) => {
                failed(SAVE_FAILS, &failure, case).fail()
            }
            Update::Reverted(Refusal::LoadFailed(failure)) => failed("load", &failure, case).fail(),
            Update::Reverted(refusal) => {
                Finding::new("refused", format!("the update fails: {refusal}"), case).fail()
            }
        };
    }
    match updated {
        true => Outcome::Pass,
        false => Outcome::Discard(NO_UPDATE),
    }
}

fn whose_fault(trial: &Trial<'_>, finding: &Finding) -> Blame {
    if finding.signature.starts_with(SAVE_FAILS) {
        return Blame::Save;
    }
    let Some(played) = trial.twin(&finding.case) else {
        return Blame::Load;
    };
    match played.updates.len().checked_sub(1) {
        // An accepted snapshot within the new version: its load and save agree with each other.
        Some(last) if blame::reads_its_own(trial, &played, last, Side::New) => {
            match blame::reads_its_own(trial, &played, last, Side::Old) {
                true => Blame::Mapping,
                false => Blame::Save,
            }
        }
        _ => Blame::Load,
    }
}
