//! `load-is-strict`: load accepts only what save can have written. Bytes that save wrote are written again when the state
//! that they hold is saved; so what load accepts and no version's save gives back was accepted for something else: a
//! trailing byte, a cut tail, an altered field that load ignores and that the next save silently repairs.

use super::{INPUTS, Property, needs_load};
use crate::case::{Case, CaseKind};
use crate::judging::trial::{Loaded, Trial};
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::versions::pair::{Pair, Side};
use crate::worker::snapshot::Snapshot;

pub(super) const PROPERTY: Property = Property {
    id: "load-is-strict",
    statement: "advisory (a note; a failure under `--strict`): load accepts no bytes that save cannot have written",
    exercised: "mutated real snapshots of both versions",
    advisory: true,
    multiplier: INPUTS,
    kind: || CaseKind::Input { operations: false },
    unmet: |pair: &Pair| match pair.new.save() {
        Some(_) => needs_load(pair),
        None => Some("the new version does not export save"),
    },
    judge,
    whose_fault: |_, _| Blame::Load,
};

/// What a version makes of the bytes.
enum Answer {
    Refused,
    SavesOther(Snapshot),
    SavesTheSame,
    /// Two saves in a row differ, so that bytes say nothing.
    SavesVary,
    Unknown,
}

fn judge(trial: &Trial<'_>, case: &Case) -> Outcome {
    let Some(input) = &case.input else {
        return Outcome::Discard("the case has no bytes");
    };
    let saved = match saved_again(trial, Side::New, input) {
        Answer::Refused | Answer::SavesTheSame => return Outcome::Pass,
        Answer::SavesVary => return Outcome::Discard("two saves in a row write different bytes"),
        Answer::Unknown => {
            return Outcome::Discard("load or save failed, which is load-is-total's business");
        }
        Answer::SavesOther(saved) => saved,
    };
    match saved_again(trial, Side::Old, input) {
        Answer::SavesTheSame => return Outcome::Pass,
        Answer::SavesVary => return Outcome::Discard("two saves in a row write different bytes"),
        Answer::Refused | Answer::SavesOther(_) | Answer::Unknown => {}
    }
    let finding = Finding {
        expected: Some("Err".to_owned()),
        observed: Some(format!("Ok, and the next save writes {saved}")),
        ..Finding::new(
            "accepts what save cannot have written",
            format!("load accepts bytes that no version's save writes ({input})"),
            case.clone(),
        )
    };
    finding.fail()
}

fn saved_again(trial: &Trial<'_>, side: Side, input: &Snapshot) -> Answer {
    let component = trial.pair.component(side);
    if component.load().is_none() || component.save().is_none() {
        return Answer::Unknown;
    }
    let mut worker = match trial.load(side, input, trial.seed) {
        Ok(Loaded::Accepted(worker)) => worker,
        Ok(Loaded::Refused(_)) => return Answer::Refused,
        Err(_) => return Answer::Unknown,
    };
    let Some(first) = trial.save(&mut worker, 0) else {
        return Answer::Unknown;
    };
    if first.bytes == input.bytes {
        return Answer::SavesTheSame;
    }
    // Another moment: a time stamp or a random boundary shows itself.
    match trial.save(&mut worker, 1) {
        Some(second) if second.bytes == first.bytes => Answer::SavesOther(first),
        Some(_) => Answer::SavesVary,
        None => Answer::Unknown,
    }
}
