//! `resources`: what save and load use grows in proportion to the snapshot. The history is played once; then those of its
//! operations that make the snapshot grow are repeated twice as often each time, alone and together, or called with twice
//! as long an argument, until the [`trend`] is clear. What is counted is fuel and memory, never time: save and load of the
//! old snapshot, and save and load of the new version's own.
//!
//! A snapshot that grows although nothing observable does is a [`leak`], which fails only a strict check: what nobody can
//! observe here, somebody may need.

mod growth;
mod leak;
mod measure;
mod trend;

use super::{NO_START, Property, needs_operations};
use crate::case::{Call, Case, CaseKind};
use crate::judging::trial::{Played, Trial};
use crate::judging::verdict::{Blame, Finding, Outcome};
use growth::Growth;
use measure::Half;
use trend::Series;

pub(super) const PROPERTY: Property = Property {
    id: "resources",
    statement: "fuel and memory of save and load grow in proportion to the snapshot; advisory: a snapshot does not grow while nothing observable does",
    exercised: "histories whose operations are repeated, or whose arguments grow, twice as much each time until the trend is clear; updates in a row",
    advisory: false,
    multiplier: 1,
    kind: || CaseKind::Growth,
    unmet: needs_operations,
    judge,
    whose_fault: |_, finding| match finding.signature.starts_with(Half::LOADS) {
        true => Blame::Load,
        false => Blame::Save,
    },
};

fn judge(trial: &Trial<'_>, case: &Case) -> Outcome {
    let Some(played) = trial.twin(case) else {
        return Outcome::Discard(NO_START);
    };
    let calls = returned(&played);
    let (mut before, mut found) = (calls, growth::find(trial, calls, calls));
    if found.growths.is_empty() {
        // The history may lead to where nothing grows any more.
        (before, found) = (&[], growth::find(trial, &[], calls));
    }
    let mut has_doubled = false;
    for growth in &found.growths {
        let all = measure::series(trial, before, growth);
        if let Some(finding) = super_linear(trial, &all, growth, case.of_calls(calls)) {
            return reduced(trial, finding, &growth.calls(), calls, case);
        }
        has_doubled |= all.iter().any(Series::has_doubled);
    }
    if let Some((finding, needed)) = leak::find(trial, before, &found.again, case.of_calls(calls)) {
        return reduced(trial, finding, &needed, calls, case);
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
fn super_linear(trial: &Trial<'_>, all: &[Series], growth: &Growth, case: Case) -> Option<Finding> {
    all.iter().find_map(|series| {
        let (resource, points) = series.super_linear()?;
        let half = series.half;
        let how = growth.describe(trial);
        Some(Finding {
            points: points.to_vec(),
            ..Finding::new(
                format!("{half}: {resource}"),
                format!("the {resource} of {half} grows faster than the snapshot: {how}"),
                case.clone(),
            )
        })
    })
}

/// The same finding in a history of no more calls than it needs, if it shows itself there.
fn reduced(
    trial: &Trial<'_>,
    finding: Finding,
    needed: &[Call],
    calls: &[Call],
    case: &Case,
) -> Outcome {
    if needed.len() < calls.len()
        && let Outcome::Fail(reduced) = judge(trial, &case.of_calls(needed))
        && reduced.signature == finding.signature
    {
        return Outcome::Fail(reduced);
    }
    finding.fail()
}
