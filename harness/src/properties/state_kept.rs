//! `state-kept`: what the old version's snapshot says, the new version's next snapshot still says somewhere. Where both
//! describe themselves, this shows losses that no operation observes. A new version may drop something on purpose, so it is
//! advisory.

use super::{Effort, NO_START, NO_UPDATE, Property, REFUSED, Scope, needs_operations};
use crate::case::document::{Leaf, Path, recognise};
use crate::case::{Case, CaseKind};
use crate::judging::cause::Cause;
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::judging::{Judging, Workers};
use crate::worker::update::Update;

pub(super) const PROPERTY: Property = Property {
    id: "state-kept",
    statement: "advisory: every value in a snapshot of the old version is still somewhere in what the new version saves after loading it",
    exercised: "histories; snapshots in JSON, CBOR or MessagePack, taken apart",
    advisory: true,
    scope: Scope::EachHop,
    effort: Effort::Times(1),
    workers: Workers::Reused,
    yields_to: &[],
    is_about_any_update: false,
    kind: || CaseKind::History { updates: 1..=1 },
    unmet: |hop| match hop.next().save() {
        Some(_) => needs_operations(hop),
        None => Some("the new version does not export save"),
    },
    judge,
    whose_fault: |_, _| Blame::Load,
};

const NO_FIELDS: &str =
    "snapshots whose format does not name their fields, or that have few names in common";

fn judge(judging: &Judging<'_>, case: &Case) -> Outcome {
    let Some(played) = judging.twin(case) else {
        return Outcome::Discard(NO_START);
    };
    let [at, ..] = played.updates.as_slice() else {
        return Outcome::Discard(NO_UPDATE);
    };
    let before = &played.calls[..*at];
    let Some(mut worker) = judging.worker_after(judging.old(), before, judging.seed) else {
        return Outcome::Discard(NO_START);
    };
    let Update::Updated {
        mut worker,
        snapshot,
    } = judging.update(&mut worker, judging.next(), *at)
    else {
        return Outcome::Discard(REFUSED);
    };
    let Some(said) = recognise(&snapshot) else {
        return Outcome::Discard(NO_FIELDS);
    };
    let Some(saved) = judging.save(&mut worker, *at) else {
        return Outcome::Discard("the new version's save fails, which is resave's business");
    };
    let says = recognise(&saved).filter(|it| said.is_comparable_with(it));
    let Some(says) = says else {
        return Outcome::Discard(NO_FIELDS);
    };
    let mut dropped = said.dropped(&says);
    if !dropped.is_empty() {
        // A header, a version: what is there before anything happened is no loss.
        let first = at_first(judging, *at);
        dropped.retain(|value| !first.contains(value));
    }
    let Some((path, value)) = dropped.first() else {
        return Outcome::Pass;
    };
    let finding = Finding {
        expected: Some(snapshot.to_string()),
        observed: Some(saved.to_string()),
        ..Finding::new(
            Cause::Dropped {
                path: path.without_indices().to_string(),
            },
            format!(
                "after the update, nothing in the new version's snapshot says what the old one's says at {path}: {value}"
            ),
            played.case(case),
        )
    };
    finding.fail()
}

/// What the old version's snapshot says where nothing has happened yet.
fn at_first(judging: &Judging<'_>, at: usize) -> Vec<(Path, Leaf)> {
    let fresh = judging.start(judging.old(), judging.seed).ok();
    let saved = fresh.and_then(|mut worker| judging.save(&mut worker, at));
    let document = saved.as_ref().and_then(recognise);
    document.map(|it| it.leaves()).unwrap_or_default()
}
