//! `accepted-is-stable`: whatever load accepted is a state like any other. No operation traps on it that does not trap
//! on ordinary states too, and saving and loading it again changes nothing.

use super::{
    Advice, Effort, INPUTS, Property, Scope, UNSUPPORTED, diverged, failed, is_thrown, needs_load,
};
use crate::case::{Case, CaseKind};
use crate::host::Seeds;
use crate::judging::cause::{Cause, Part};
use crate::judging::divergence;
use crate::judging::played::Played;
use crate::judging::verdict::{Blame, Finding, Outcome, Weight};
use crate::judging::{Judging, Loaded, Workers};
use crate::worker::snapshot::Snapshot;

pub(crate) const PROPERTY: Property = Property {
    id: "accepted-is-stable",
    statement: "whatever load accepted, no later operation traps on it, and saving and loading it again changes nothing",
    exercised: "mutated real snapshots of both versions, then histories",
    advice: Advice {
        matters: "What load accepts, the worker lives with. If it breaks an invariant of the operations, the trap comes days later, and there is no way back: replay loads the same snapshot again.",
        causes: &[
            "load checks the format and not the meaning: an id that points nowhere, a list that must be sorted, a counter behind the ids it gave",
            "two fields must agree (a length and a list, a total and its parts) and only one is checked",
        ],
        remedy: "Check the invariants in load and answer `Err`, or do not store what can be computed from the rest.",
    },
    advisory: false,
    scope: Scope::EachHop,
    effort: Effort::Times(INPUTS),
    workers: Workers::Reused,
    yields_to: &[],
    is_about_any_update: false,
    kind: || CaseKind::Input { operations: true },
    unmet: |hop| match hop.chain().operations().is_empty() {
        true => Some("the versions have no operation in common"),
        false => needs_load(hop),
    },
    judge,
    whose_fault: |_, _| Blame::Load,
};

fn judge(judging: &Judging<'_>, case: &Case) -> Outcome {
    let Some(input) = &case.input else {
        return Outcome::Discard("the case has no bytes");
    };
    let mut worker = match judging.load(judging.next(), input, judging.seed) {
        Ok(Loaded::Accepted(worker)) => worker,
        Ok(Loaded::Refused(_)) => return Outcome::Discard("load refused the bytes"),
        Err(_) => return Outcome::Discard("load failed, which is load-is-total's business"),
    };
    let played = judging.play(&mut worker, judging.next(), case);
    if let Some(outcome) = trapped(judging, &played, case) {
        return outcome;
    }
    if judging.hop.next().save().is_none() {
        return Outcome::Pass;
    }
    match saved_and_loaded(judging, &played, case, input) {
        // Where no type stands between the bytes and the state, load takes whatever they say.
        Outcome::Fail(finding) if judging.hop.next().agent().is_some() => Finding {
            weight: finding.weight.max(Weight::Advice),
            ..*finding
        }
        .fail(),
        outcome => outcome,
    }
}

/// A call that fails on a worker that loaded nothing is the operation's own affair.
fn trapped(judging: &Judging<'_>, played: &Played, case: &Case) -> Option<Outcome> {
    let failure = played.observations.last()?.failure()?;
    if failure.is_unsupported() {
        return Some(Outcome::Discard(UNSUPPORTED));
    }
    let call = played.calls.last()?;
    let mut fresh = judging.start(judging.next(), judging.seed).ok()?;
    let without_load = judging.repeat(&mut fresh, judging.next(), &played.calls, 0);
    if without_load
        .last()
        .is_some_and(|last| last.failure().is_some())
    {
        return Some(Outcome::Discard("an operation fails without any load, too"));
    }
    let at = played.calls.len() - 1;
    let name = judging.hop.name(call.operation);
    let part = Part::Operation(name.to_owned());
    let finding = failed(part, name, failure, played.case(case));
    let finding = Finding {
        operation: Some(at),
        weight: match is_thrown(judging, failure) {
            true => Weight::Advice,
            false => Weight::Failure,
        },
        message: format!(
            "{} fails on a state that load accepted: {failure}",
            judging.hop.call(call)
        ),
        ..finding
    };
    Some(finding.fail())
}

fn saved_and_loaded(
    judging: &Judging<'_>,
    played: &Played,
    case: &Case,
    input: &Snapshot,
) -> Outcome {
    let Ok(Loaded::Accepted(mut worker)) = judging.load(judging.next(), input, judging.seed) else {
        return Outcome::Discard("load did not accept the same bytes twice");
    };
    let Some(again) = judging.save(&mut worker, 0) else {
        return Finding::new(
            Cause::Failed {
                part: Part::Save,
                failure: String::new(),
            },
            "save fails on a state that load accepted",
            played.case(case),
        )
        .fail();
    };
    let mut worker = match judging.load(judging.next(), &again, judging.seed) {
        Ok(Loaded::Accepted(worker)) => worker,
        Ok(Loaded::Refused(message)) => {
            let message =
                format!("load refuses what save wrote of a state that load accepted: {message:?}");
            return Finding::new(Cause::Refused, message, played.case(case)).fail();
        }
        Err(failure) => {
            return failed(Part::Load, "the second load", &failure, played.case(case)).fail();
        }
    };
    let observed = judging.repeat(&mut worker, judging.next(), &played.calls, 0);
    let other_world = |seeds: Seeds| match judging.load(judging.next(), input, seeds) {
        Ok(Loaded::Accepted(mut worker)) => {
            judging.repeat(&mut worker, judging.next(), &played.calls, 0)
        }
        _ => Vec::new(),
    };
    let observations = (played.observations.as_slice(), observed.as_slice());
    match divergence::first(judging, &played.calls, (0, 0), observations, other_world) {
        Some(divergence) => {
            let what = "after saving and loading what load accepted";
            diverged(&divergence, judging, played, case, what)
        }
        None => Outcome::Pass,
    }
}
