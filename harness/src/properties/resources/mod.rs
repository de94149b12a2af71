//! `resources`: what save and load use grows in proportion to the snapshot. The history is played once; then those of its
//! operations that make the snapshot grow are repeated twice as often each time, alone and together, or called with twice
//! as long an argument, until the [`trend`] is clear. What is counted is fuel and memory, never time: save and load of the
//! old snapshot, and save and load of the new version's own.
//!
//! What the update makes no worse, and what takes less than a minute for a mebibyte, is advice.
//!
//! A snapshot that grows although nothing observable does is a [`leak`], which fails only a strict check: what nobody can
//! observe here, somebody may need.

mod growth;
mod leak;
mod measure;
mod trend;

use super::{Advice, Effort, GROWTH, NO_START, Property, Scope, needs_operations};
use crate::case::{Call, Case, CaseKind};
use crate::judging::cause::{Cause, Half};
use crate::judging::played::Played;
use crate::judging::verdict::{Blame, Finding, Outcome, Weight};
use crate::judging::{Judging, Workers};
use growth::Growth;
use trend::{FUEL, Series, is_slight};

pub(super) const PROPERTY: Property = Property {
    id: "resources",
    statement: "fuel and memory of save and load grow in proportion to the snapshot; advisory: a snapshot does not grow while nothing observable does",
    exercised: "histories whose operations are repeated, or whose arguments grow, twice as much each time until the trend is clear; updates in a row",
    advice: Advice {
        matters: "A save or load whose cost grows faster than the state works in every test and not on the worker that has lived for a year. A snapshot that grows with each update ends in a refusal.",
        causes: &[
            "a list is searched for each of its items, or bytes are appended by copying all",
            "history, tombstones or old snapshots are kept and never read",
            "load adds an entry (a log line, a migration mark) each time",
        ],
        remedy: "The measured points are in the report. Index what is searched, drop what no operation can observe.",
    },
    advisory: false,
    scope: Scope::EachHop,
    effort: Effort::OneFor(GROWTH),
    workers: Workers::New,
    yields_to: &[],
    is_about_any_update: false,
    kind: || CaseKind::Growth,
    unmet: needs_operations,
    judge,
    whose_fault: |_, finding| match &finding.cause {
        Cause::Grows { half, .. } | Cause::Leaks { half, .. } => half.blame(),
        _ => Blame::Save,
    },
};

fn judge(judging: &Judging<'_>, case: &Case) -> Outcome {
    let Some(played) = judging.twin(case) else {
        return Outcome::Discard(NO_START);
    };
    let calls = returned(&played);
    let (mut before, mut found) = (calls, growth::find(judging, calls, calls));
    if found.growths.is_empty() {
        // The history may lead to where nothing grows any more.
        (before, found) = (&[], growth::find(judging, &[], calls));
    }
    let mut has_doubled = false;
    for growth in &found.growths {
        let all = measure::series(judging, before, growth);
        if let Some(finding) = super_linear(judging, &all, growth, case.of_calls(calls)) {
            return reduced(judging, finding, &growth.calls(), calls, case);
        }
        has_doubled |= all.iter().any(Series::has_doubled);
    }
    if let Some((finding, needed)) = leak::find(judging, before, &found.again, case.of_calls(calls))
    {
        return reduced(judging, finding, &needed, calls, case);
    }
    match (has_doubled, found.growths.is_empty()) {
        (true, _) => Outcome::Pass,
        (false, true) => Outcome::Discard("no operation makes the snapshot grow"),
        (false, false) => Outcome::Discard("the snapshot cannot be doubled often enough"),
    }
}

/// The calls of a history, without the one that failed.
fn returned(played: &Played) -> &[Call] {
    let observations = played.observations.iter();
    let failed = observations.filter(|it| it.failure().is_some()).count();
    &played.calls[..played.calls.len() - failed]
}

/// What grows faster than the snapshot.
fn super_linear(
    judging: &Judging<'_>,
    all: &[Series],
    growth: &Growth,
    case: Case,
) -> Option<Finding> {
    all.iter().find_map(|series| {
        let (resource, points) = series.super_linear()?;
        let half = series.half;
        let how = growth.describe(judging);
        let mut others = all.iter().filter(|it| it.half == Half::Save);
        let was_so_before =
            half == Half::Resave && others.any(|save| save.super_linear().is_some());
        // What an update makes no worse is no reason to leave it.
        let is_no_worse = half == Half::Save || was_so_before || is_the_same(judging);
        let weight = match is_no_worse || resource == FUEL && is_slight(points) {
            true => Weight::Advice,
            false => Weight::Failure,
        };
        Some(Finding {
            weight,
            points: points.to_vec(),
            ..Finding::new(
                Cause::Grows { half, resource },
                format!("the {resource} of {half} grows faster than the snapshot: {how}"),
                case.clone(),
            )
        })
    })
}

fn is_the_same(judging: &Judging<'_>) -> bool {
    judging.hop.old().sha256() == judging.hop.next().sha256()
}

/// The same finding in a history of no more calls than it needs, if it shows itself there.
fn reduced(
    judging: &Judging<'_>,
    finding: Finding,
    needed: &[Call],
    calls: &[Call],
    case: &Case,
) -> Outcome {
    if needed.len() < calls.len()
        && let Outcome::Fail(reduced) = judge(judging, &case.of_calls(needed))
        && reduced.is_like(&finding)
    {
        return Outcome::Fail(reduced);
    }
    finding.fail()
}
