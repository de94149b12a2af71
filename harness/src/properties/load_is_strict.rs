//! `load-is-strict`: load accepts only what save can have written. Bytes that save wrote are written again when the state
//! that they hold is saved; so what load accepts and no version's save gives back was accepted for something else: a
//! cut tail, a default in the place of a field, an altered field that the next save silently repairs. Fields that load does
//! not know and bytes at the end that it skips are less: most readers do so, and some versions count on it.

use super::{Advice, Effort, INPUTS, Property, Scope, needs_load};
use crate::case::document::is_read_in_part;
use crate::case::{Case, CaseKind};
use crate::judging::cause::Cause;
use crate::judging::verdict::{Blame, Finding, Outcome, Weight};
use crate::judging::{Judging, Loaded, Workers};
use crate::versions::chain::VersionId;
use crate::worker::snapshot::Snapshot;

pub(super) const PROPERTY: Property = Property {
    id: "load-is-strict",
    statement: "load does not take an error at the end of its bytes for nothing; advisory (a note; a failure under `--strict`): load accepts no bytes that save cannot have written (unknown fields and bytes at the end that it skips are a note even then)",
    exercised: "mutated real snapshots of both versions",
    advice: Advice {
        matters: "Bytes that load accepts and save never wrote were damaged, or are of another version. What load makes of them is a guess, and the update counts as a success.",
        causes: &[
            "missing fields become defaults (`serde(default)`)",
            "a cut tail is read as an empty list",
            "a checksum or a count is read and not compared",
        ],
        remedy: "Begin a snapshot with a magic and a version, end it with a length or a checksum, and make fields optional only where a version lacked them. Unknown fields that are skipped may be wanted, and are a note.",
    },
    advisory: false,
    scope: Scope::EachHop,
    effort: Effort::Times(INPUTS),
    workers: Workers::Reused,
    yields_to: &[],
    is_about_any_update: false,
    kind: || CaseKind::Input { operations: false },
    unmet: |hop| match hop.next().save() {
        Some(_) => needs_load(hop),
        None => Some("the new version does not export save"),
    },
    judge,
    whose_fault: |_, _| Blame::Load,
};

const VARY: &str = "two saves in a row write different bytes";
const UNKNOWN: &str = "load or save failed, which is load-is-total's business";

/// So many bytes are cut off at most.
const CUTS: usize = 4;

/// What a version makes of the bytes.
enum Resaved {
    Refused,
    SavesOther(Snapshot),
    SavesTheSame,
    /// Two saves in a row differ, so that bytes say nothing.
    SavesVary,
    Unknown,
}

fn judge(judging: &Judging<'_>, case: &Case) -> Outcome {
    let Some(input) = &case.input else {
        return Outcome::Discard("the case has no bytes");
    };
    let resaved = saved_again(judging, judging.next(), input);
    let whole = match &resaved {
        Resaved::Refused => return Outcome::Pass,
        Resaved::SavesVary => return Outcome::Discard(VARY),
        Resaved::Unknown => return Outcome::Discard(UNKNOWN),
        Resaved::SavesTheSame => input,
        Resaved::SavesOther(saved) => saved,
    };
    if let Some(cut) = swallowed(judging, input, whole) {
        let message = format!(
            "load accepts bytes ({input}) without the last {cut}, and without one more, and drops what they were part of"
        );
        return not_strict(Cause::NotStrict, Weight::Failure, message, whole, case);
    }
    let Resaved::SavesOther(saved) = resaved else {
        return Outcome::Pass;
    };
    match saved_again(judging, judging.old(), input) {
        Resaved::SavesTheSame => return Outcome::Pass,
        Resaved::SavesVary => return Outcome::Discard(VARY),
        Resaved::Refused | Resaved::SavesOther(_) | Resaved::Unknown => {}
    }
    if is_read_in_part(input, &saved) {
        let message =
            format!("load skips fields that it does not know, or bytes at the end ({input})");
        return not_strict(Cause::Skips, Weight::Note, message, &saved, case);
    }
    let message = format!("load accepts bytes that no version's save writes ({input})");
    not_strict(Cause::NotStrict, Weight::Advice, message, &saved, case)
}

fn not_strict(
    cause: Cause,
    weight: Weight,
    message: String,
    saved: &Snapshot,
    case: &Case,
) -> Outcome {
    let finding = Finding {
        expected: Some("Err".to_owned()),
        observed: Some(format!("Ok, and the next save writes {saved}")),
        weight,
        ..Finding::new(cause, message, case.clone())
    };
    finding.fail()
}

/// How many bytes can be cut off what load accepts, and one more, with the same loss each time: what reads them takes an error for nothing.
/// What ends anywhere, such as a text, loses more with each byte, and what ends between two fields is refused with one less. `whole` is what
/// save makes of all of it.
fn swallowed(judging: &Judging<'_>, input: &Snapshot, whole: &Snapshot) -> Option<usize> {
    // What is refused by a trap takes a new worker each time, and there a runtime is started.
    if judging.hop.next().starts_a_runtime() {
        return None;
    }
    let without = |cut: usize| {
        let rest = input.bytes.get(..input.bytes.len().checked_sub(cut)?)?;
        let rest = input.with_bytes(rest.to_vec());
        match saved_again(judging, judging.next(), &rest) {
            Resaved::SavesOther(left) if left.bytes != whole.bytes => Some(left.bytes),
            _ => None,
        }
    };
    let mut cuts = 1..=CUTS;
    cuts.find(|cut| without(*cut).is_some_and(|left| without(cut + 1) == Some(left)))
}

fn saved_again(judging: &Judging<'_>, version: VersionId, input: &Snapshot) -> Resaved {
    let component = judging.hop.component(version);
    if component.load().is_none() || component.save().is_none() {
        return Resaved::Unknown;
    }
    let mut worker = match judging.load(version, input, judging.seed) {
        Ok(Loaded::Accepted(worker)) => worker,
        Ok(Loaded::Refused(_)) => return Resaved::Refused,
        Err(_) => return Resaved::Unknown,
    };
    let Some(first) = judging.save(&mut worker, 0) else {
        return Resaved::Unknown;
    };
    if first.bytes == input.bytes {
        return Resaved::SavesTheSame;
    }
    // Another moment: a time stamp or a random boundary shows itself.
    match judging.save(&mut worker, 1) {
        Some(second) if second.bytes == first.bytes => Resaved::SavesOther(first),
        Some(_) => Resaved::SavesVary,
        None => Resaved::Unknown,
    }
}
