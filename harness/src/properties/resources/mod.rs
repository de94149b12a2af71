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
use crate::trial::{Played, Trial};
use crate::verdict::{Blame, Finding, Outcome};
use growth::Growth;
use measure::Half;

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
    let (mut before, mut growths) = (calls, growth::find(trial, calls, calls));
    if growths.is_empty() {
        // The history may lead to where nothing grows any more.
        (before, growths) = (&[], growth::find(trial, &[], calls));
    }
    let mut has_doubled = false;
    for growth in &growths {
        match super_linear(trial, before, growth, case) {
            Ok(doubled) => has_doubled |= doubled,
            Err(finding) => return finding.fail(),
        }
    }
    if let Some(finding) = leak::find(trial, before, &growths, case) {
        return finding.fail();
    }
    match (has_doubled, growths.is_empty()) {
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

/// Whether the snapshot could be doubled often enough to say anything; or what grows faster, in as few operations as show it.
fn super_linear(
    trial: &Trial<'_>,
    calls: &[Call],
    growth: &Growth,
    case: &Case,
) -> Result<bool, Finding> {
    let found = |calls: &[Call]| {
        let series = measure::series(trial, calls, growth);
        let finding = series.iter().find_map(|series| {
            let (resource, points) = series.super_linear()?;
            Some(Finding {
                points: points.to_vec(),
                ..Finding::new(
                    format!("{}: {resource}", series.half),
                    format!(
                        "{} takes more {resource} than the snapshot grows by: {}",
                        series.half,
                        growth.describe(trial)
                    ),
                    case.of_calls(calls),
                )
            })
        });
        match finding {
            Some(finding) => Err(finding),
            None => Ok(series.iter().any(|series| series.has_doubled())),
        }
    };
    let whole = found(calls);
    if whole.is_ok() {
        return whole;
    }
    let alone = found(&growth.calls());
    if alone.is_err() { alone } else { whole }
}
