//! `load-is-total`: load answers every byte string. It must not trap, hang, exhaust memory or stack, or exit.

use super::{Advice, Effort, INPUTS, Property, Scope, UNSUPPORTED, failed, is_thrown, needs_load};
use crate::case::document::{as_deep_in_envelope_of, in_envelope_of};
use crate::case::{Case, CaseKind};
use crate::judging::cause::Part;
use crate::judging::verdict::{Blame, Finding, Outcome, Weight};
use crate::judging::{Judging, Workers};
use crate::worker::observation::{Failure, FailureKind};
use crate::worker::snapshot::Snapshot;

pub(crate) const PROPERTY: Property = Property {
    id: "load-is-total",
    statement: "load answers every byte string with Ok or Err: no trap, no hang, no exhausted memory or stack, no exit",
    exercised: "mutated real snapshots of both versions, and arbitrary bytes",
    advice: Advice {
        matters: "A load that traps, or that never ends, is a failed update at best; a hang holds the worker's queue. Bytes reach load from older versions, from other tools, and from a store that was cut short.",
        causes: &[
            "a length from the bytes is trusted: an index out of range, an allocation of gigabytes",
            "`unwrap` on what a decoder answers",
            "recursion as deep as the bytes say",
            "arithmetic on numbers from the bytes overflows",
        ],
        remedy: "Answer `Err` with a sentence. Check each length against what is left before it is used, and decode with a library that bounds depth and allocation.",
    },
    advisory: false,
    scope: Scope::EachHop,
    effort: Effort::Times(INPUTS),
    workers: Workers::Reused,
    yields_to: &[],
    is_about_any_update: false,
    kind: || CaseKind::Input { operations: false },
    unmet: needs_load,
    judge,
    whose_fault: |_, _| Blame::Load,
};

fn judge(judging: &Judging<'_>, case: &Case) -> Outcome {
    let Some(input) = &case.input else {
        return Outcome::Discard("the case has no bytes");
    };
    match judging.load(judging.next(), input, judging.seed) {
        Ok(_) => Outcome::Pass,
        Err(failure) if failure.is_unsupported() => Outcome::Discard(UNSUPPORTED),
        Err(failure) if is_in_envelope(judging, input) => {
            let what = "load of a damaged envelope, which the SDK reads and not the agent,";
            advice(Part::Envelope, what, &failure, case)
        }
        Err(failure) if is_thrown(judging, &failure) => {
            let what = "load that throws an exception, of which the SDK makes a trap,";
            advice(Part::Load, what, &failure, case)
        }
        Err(failure) if is_of_the_reader(judging, &failure, input) => {
            let what = "load of JSON so deep that its reader, and not the agent, needs more stack than there is,";
            advice(Part::Load, what, &failure, case)
        }
        Err(failure) => failed(Part::Load, "load", &failure, case.clone()).fail(),
    }
}

fn advice(part: Part, what: &str, failure: &Failure, case: &Case) -> Outcome {
    Finding {
        weight: Weight::Advice,
        ..failed(part, what, failure, case.clone())
    }
    .fail()
}

/// Whether an agent's load exhausts the stack as well on JSON that is as deep and says nothing: the reader of the language's own does, as
/// that of QuickJS.
fn is_of_the_reader(judging: &Judging<'_>, failure: &Failure, input: &Snapshot) -> bool {
    if failure.kind != FailureKind::StackExhausted {
        return false;
    }
    let Some(deep) = sound(judging).and_then(|it| as_deep_in_envelope_of(&it, input)) else {
        return false;
    };
    let loaded = judging.load(judging.next(), &deep, judging.seed);
    loaded.is_err_and(|it| it.kind == FailureKind::StackExhausted)
}

/// Whether an agent's load answers the same state in a whole envelope, or no reader gets as far as the state.
fn is_in_envelope(judging: &Judging<'_>, input: &Snapshot) -> bool {
    let Some(sound) = sound(judging) else {
        return false;
    };
    match in_envelope_of(&sound, input) {
        Some(refitted) if refitted != *input => {
            let loaded = judging.load(judging.next(), &refitted, judging.seed);
            loaded.is_ok()
        }
        Some(_) => false,
        None => true,
    }
}

/// What the save of a new agent writes; none of a component that is no agent.
fn sound(judging: &Judging<'_>) -> Option<Snapshot> {
    judging.hop.next().agent()?;
    let mut worker = judging.start(judging.next(), judging.seed).ok()?;
    judging.save(&mut worker, 0)
}
