//! `state-kept`: what the old version's snapshot says, the new version's next snapshot still says somewhere. Where both
//! describe themselves, this shows losses that no operation observes. A new version may drop something on purpose, so it is
//! advisory.

use super::{Advice, Effort, NO_START, NO_UPDATE, Property, REFUSED, Scope, needs_operations};
use crate::case::document::{Document, recognise};
use crate::case::{Case, CaseKind};
use crate::judging::cause::Cause;
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::judging::{Judging, Workers};
use crate::worker::update::Update;

pub(super) const PROPERTY: Property = Property {
    id: "state-kept",
    statement: "advisory: every value in a snapshot of the old version is still somewhere in what the new version saves after loading it",
    exercised: "histories; snapshots in JSON, CBOR or MessagePack, taken apart",
    advice: Advice {
        matters: "What no operation shows may still matter: to the next version, or to a person who reads the state. An automatic snapshot with a renamed field loses it without a word.",
        causes: &[
            "a field was renamed, and the new name has a default",
            "a field was removed, although nobody decided so",
            "the new version reads the field and forgets to write it",
        ],
        remedy: "Add an alias for the old name (`serde(alias = \"…\")`), or say in a comment that the field is gone on purpose. It is a note, unless the check is strict.",
    },
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
    // A format is the same in each snapshot; bytes that look like it by chance are not.
    let first = at_first(judging, *at);
    let first = first.filter(|it| it.format() == said.format() && it.is_comparable_with(&said));
    let Some(first) = first else {
        return Outcome::Discard(NO_FIELDS);
    };
    // A header, a version: what is there before anything happened is no loss.
    let leaves = first.leaves();
    let mut dropped = said.dropped(&says);
    dropped.retain(|value| !leaves.contains(value));
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
fn at_first(judging: &Judging<'_>, at: usize) -> Option<Document> {
    let mut fresh = judging.start(judging.old(), judging.seed).ok()?;
    recognise(&judging.save(&mut fresh, at)?)
}
