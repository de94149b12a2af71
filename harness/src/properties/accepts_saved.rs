//! `accepts-saved`: what save wrote, load accepts, wherever in a history the update falls.

use super::{
    Advice, Effort, NO_START, NO_UPDATE, Property, Scope, UNSUPPORTED, failed, needs_save_and_load,
};
use crate::case::{Case, CaseKind};
use crate::judging::blame;
use crate::judging::cause::{Cause, Part};
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::judging::{Judging, Workers};
use crate::worker::update::{Refusal, Update};

pub(crate) const PROPERTY: Property = Property {
    id: "accepts-saved",
    statement: "load accepts every snapshot that save wrote in the old version: a refused update is a failed update",
    exercised: "histories with updates anywhere",
    advice: Advice {
        matters: "A refused update is a failed update: the worker is built again from its whole history on the old version, and stays there. The next attempt meets the same bytes.",
        causes: &[
            "load checks a limit that save or the operations do not keep (a length, a depth, a highest id)",
            "load knows the newest format only, and the worker in production wrote an older one",
            "save or load traps: an `unwrap`, an index, a recursion that is deeper than the stack",
            "a worker that was updated before writes something else than one that never was",
        ],
        remedy: "Replay the failure: it shows the history and the bytes that were refused. Let load accept whatever save can write, and keep that snapshot as a golden one (`handover snapshot`).",
    },
    advisory: false,
    scope: Scope::EachHop,
    effort: Effort::Times(1),
    workers: Workers::Reused,
    yields_to: &[],
    is_about_any_update: true,
    kind: || CaseKind::History { updates: 1..=3 },
    unmet: needs_save_and_load,
    judge,
    whose_fault,
};

fn judge(judging: &Judging<'_>, case: &Case) -> Outcome {
    let Some(played) = judging.twin(case) else {
        return Outcome::Discard(NO_START);
    };
    let Ok(mut worker) = judging.start(judging.old(), judging.seed) else {
        return Outcome::Discard(NO_START);
    };
    let mut made = 0;
    let mut updated = false;
    for &at in &played.updates {
        let observations =
            judging.repeat(&mut worker, judging.old(), &played.calls[made..at], made);
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
        return match judging.update(&mut worker, judging.next(), at) {
            Update::Updated { .. } => continue,
            Update::Stuck(failure) if failure.is_unsupported() => Outcome::Discard(UNSUPPORTED),
            Update::Stuck(failure) => {
                failed(Part::Start, "the start of the new version", &failure, case).fail()
            }
            Update::Lost(failure) => {
                let mut finding = failed(Part::Load, "load", &failure, case);
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
                failed(Part::Save, "save", &failure, case).fail()
            }
            Update::Reverted(Refusal::LoadFailed(failure)) => {
                failed(Part::Load, "load", &failure, case).fail()
            }
            Update::Reverted(refusal) => {
                Finding::new(Cause::Refused, format!("the update fails: {refusal}"), case).fail()
            }
        };
    }
    match updated {
        true => Outcome::Pass,
        false => Outcome::Discard(NO_UPDATE),
    }
}

fn whose_fault(judging: &Judging<'_>, finding: &Finding) -> Blame {
    if finding.cause.is_failed_save() {
        return Blame::Save;
    }
    let Some(played) = judging.twin(&finding.case) else {
        return Blame::Load;
    };
    match played.updates.len().checked_sub(1) {
        // An accepted snapshot within the new version: its load and save agree with each other.
        Some(last) if blame::reads_its_own(judging, &played, last, judging.next()) => {
            match blame::reads_its_own(judging, &played, last, judging.old()) {
                true => Blame::Mapping,
                false => Blame::Save,
            }
        }
        _ => Blame::Load,
    }
}
