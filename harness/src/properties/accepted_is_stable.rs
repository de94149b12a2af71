//! `accepted-is-stable`: whatever load accepted is a state like any other. No operation traps on it that does not trap
//! on ordinary states too, and saving and loading it again changes nothing.

use super::{INPUTS, Property, UNSUPPORTED, diverged, failed, needs_load};
use crate::case::{Case, CaseKind};
use crate::judging::divergence;
use crate::judging::trial::{Loaded, Played, Trial};
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::versions::pair::{Pair, Side};
use crate::worker::snapshot::Snapshot;

pub(crate) const PROPERTY: Property = Property {
    id: "accepted-is-stable",
    statement: "whatever load accepted, no later operation traps on it, and saving and loading it again changes nothing",
    exercised: "mutated real snapshots of both versions, then histories",
    advisory: false,
    multiplier: INPUTS,
    kind: || CaseKind::Input { operations: true },
    unmet: |pair: &Pair| match pair.operations.is_empty() {
        true => Some("the versions have no operation in common"),
        false => needs_load(pair),
    },
    judge,
    whose_fault: |_, _| Blame::Load,
};

fn judge(trial: &Trial<'_>, case: &Case) -> Outcome {
    let Some(input) = &case.input else {
        return Outcome::Discard("the case has no bytes");
    };
    let mut worker = match trial.load(Side::New, input, trial.seed) {
        Ok(Loaded::Accepted(worker)) => worker,
        Ok(Loaded::Refused(_)) => return Outcome::Discard("load refused the bytes"),
        Err(_) => return Outcome::Discard("load failed, which is load-is-total's business"),
    };
    let played = trial.play(&mut worker, Side::New, case);
    if let Some(outcome) = trapped(trial, &played, case) {
        return outcome;
    }
    match trial.pair.new.save() {
        Some(_) => saved_and_loaded(trial, &played, case, input),
        None => Outcome::Pass,
    }
}

/// A call that fails on a worker that loaded nothing is the operation's own affair.
fn trapped(trial: &Trial<'_>, played: &Played, case: &Case) -> Option<Outcome> {
    let failure = played.observations.last()?.failure()?;
    if failure.is_unsupported() {
        return Some(Outcome::Discard(UNSUPPORTED));
    }
    let call = played.calls.last()?;
    let operation = &trial.pair.operations[call.operation];
    let mut fresh = trial.start(Side::New, trial.seed).ok()?;
    let without_load = trial.repeat(&mut fresh, Side::New, &played.calls, 0);
    if without_load
        .last()
        .is_some_and(|last| last.failure().is_some())
    {
        return Some(Outcome::Discard("an operation fails without any load, too"));
    }
    let at = played.calls.len() - 1;
    let finding = failed(&operation.name, failure, played.case(case));
    let finding = Finding {
        operation: Some(at),
        message: format!(
            "{} fails on a state that load accepted: {failure}",
            operation.call(&call.arguments)
        ),
        ..finding
    };
    Some(finding.fail())
}

fn saved_and_loaded(trial: &Trial<'_>, played: &Played, case: &Case, input: &Snapshot) -> Outcome {
    let Ok(Loaded::Accepted(mut worker)) = trial.load(Side::New, input, trial.seed) else {
        return Outcome::Discard("load did not accept the same bytes twice");
    };
    let Some(again) = trial.save(&mut worker, 0) else {
        return Finding::new(
            "save fails",
            "save fails on a state that load accepted",
            played.case(case),
        )
        .fail();
    };
    let mut worker = match trial.load(Side::New, &again, trial.seed) {
        Ok(Loaded::Accepted(worker)) => worker,
        Ok(Loaded::Refused(message)) => {
            let message =
                format!("load refuses what save wrote of a state that load accepted: {message:?}");
            return Finding::new("refuses", message, played.case(case)).fail();
        }
        Err(failure) => {
            return failed("the second load", &failure, played.case(case)).fail();
        }
    };
    let observed = trial.repeat(&mut worker, Side::New, &played.calls, 0);
    let other_world = |seed| match trial.load(Side::New, input, seed) {
        Ok(Loaded::Accepted(mut worker)) => trial.repeat(&mut worker, Side::New, &played.calls, 0),
        _ => Vec::new(),
    };
    let observations = (played.observations.as_slice(), observed.as_slice());
    match divergence::first(trial, &played.calls, 0, observations, other_world) {
        Some(divergence) => {
            let what = "after saving and loading what load accepted";
            diverged(&divergence, trial, played, case, what)
        }
        None => Outcome::Pass,
    }
}
