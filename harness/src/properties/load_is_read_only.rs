//! `load-is-read-only`: load and the start of an instance are repeated at every recovery, so they must not change the
//! outside world; Golem traps host calls that would.

use super::{Advice, Effort, NO_START, NO_UPDATE, Property, Scope, needs_save_and_load};
use crate::case::{Case, CaseKind};
use crate::host::{Answerer, Effect, Moment};
use crate::judging::cause::{Cause, Part};
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::judging::{Judging, Workers};

pub(super) const PROPERTY: Property = Property {
    id: "load-is-read-only",
    statement: "load and instantiation make no host call that changes the outside world",
    exercised: "histories; the record of the new version's host calls",
    advice: Advice {
        matters: "Golem traps a load that writes: an update to such a version cannot succeed there. Where it is not trapped, each recovery repeats the write.",
        causes: &[
            "load sends a message, registers the worker, writes a key or a file",
            "a constructor or a global initialiser does so when the instance starts",
        ],
        remedy: "Do it in the first operation after the update, guarded by a flag in the state.",
    },
    advisory: false,
    scope: Scope::EachHop,
    effort: Effort::Times(1),
    workers: Workers::Reused,
    yields_to: &[],
    is_about_any_update: false,
    kind: || CaseKind::History { updates: 1..=1 },
    unmet: needs_save_and_load,
    judge,
    whose_fault: |_, _| Blame::Load,
};

fn judge(judging: &Judging<'_>, case: &Case) -> Outcome {
    let Some(played) = judging.twin(case) else {
        return Outcome::Discard(NO_START);
    };
    let Some(&at) = played.updates.first() else {
        return Outcome::Discard(NO_UPDATE);
    };
    let Some(mut saver) = judging.worker_after(judging.old(), &played.calls[..at], judging.seed)
    else {
        return Outcome::Discard(NO_UPDATE);
    };
    let Some(snapshot) = judging.save(&mut saver, at) else {
        return Outcome::Discard("save failed, which is accepts-saved's business");
    };
    let component = judging.hop.next();
    let (Ok(mut worker), Some(load)) = (
        judging.start_after(&saver, judging.next(), at),
        component.load(),
    ) else {
        return Outcome::Discard(NO_START);
    };
    // What load answers does not matter here: a refused load must not write either.
    let answer = worker.load(load, &snapshot, judging.number(at), 0);
    let written = worker
        .host_calls()
        .iter()
        .find(|call| call.effect == Effect::Write);
    match (written, answer) {
        (Some(call), _) => {
            let (part, when) = match call.moment {
                Moment::Instantiate { .. } => (Part::Start, "the start of the new version"),
                _ => (Part::Load, "load"),
            };
            let is_known = component
                .imports()
                .iter()
                .any(|import| import.name == call.function && import.answerer == Answerer::World);
            let hint = match is_known {
                true => "",
                false => {
                    " as far as is known; if it only reads, declare it under `reads` in the config file"
                }
            };
            let message = format!(
                "{when} calls {}, which changes the outside world{hint}",
                call.function
            );
            let cause = Cause::Writes {
                part,
                function: call.function.to_string(),
            };
            Finding::new(cause, message, played.case(case)).fail()
        }
        (None, Err(_)) => Outcome::Discard("load failed, which is accepts-saved's business"),
        (None, Ok(_)) => Outcome::Pass,
    }
}
