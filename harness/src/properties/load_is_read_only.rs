//! `load-is-read-only`: load and the start of an instance are repeated at every recovery, so they must not change the
//! outside world; Golem traps host calls that would.

use super::{NO_START, NO_UPDATE, Property, needs_save_and_load};
use crate::case::{Case, CaseKind};
use crate::host::{Answerer, Effect, Moment};
use crate::judging::trial::{Trial, number};
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::versions::pair::Side;
use crate::worker::Worker;

pub(super) const PROPERTY: Property = Property {
    id: "load-is-read-only",
    statement: "load and instantiation make no host call that changes the outside world",
    exercised: "histories; the record of the new version's host calls",
    advisory: false,
    multiplier: 1,
    kind: || CaseKind::History { updates: 1..=1 },
    unmet: needs_save_and_load,
    judge,
    whose_fault: |_, _| Blame::Load,
};

fn judge(trial: &Trial<'_>, case: &Case) -> Outcome {
    let Some(played) = trial.twin(case) else {
        return Outcome::Discard(NO_START);
    };
    let Some(&at) = played.updates.first() else {
        return Outcome::Discard(NO_UPDATE);
    };
    let Some(mut saver) = trial.worker_after(Side::Old, &played.calls[..at], trial.seed) else {
        return Outcome::Discard(NO_UPDATE);
    };
    let Some(snapshot) = trial.save(&mut saver, at) else {
        return Outcome::Discard("save failed, which is accepts-saved's business");
    };
    let (component, operation) = (&trial.pair.new, number(at));
    let moment = Moment::Instantiate {
        operation,
        attempt: 0,
    };
    let (Ok(mut worker), Some(load)) = (
        Worker::start_after(&saver, component, moment),
        component.load(),
    ) else {
        return Outcome::Discard(NO_START);
    };
    // What load answers does not matter here: a refused load must not write either.
    let answer = worker.load(load, &snapshot, operation, 0);
    trial.count(&worker, 0);
    if let Err(failure) = &answer {
        trial.saw(failure);
    }
    let written = worker
        .host_calls()
        .iter()
        .find(|call| call.effect == Effect::Write);
    match (written, answer) {
        (Some(call), _) => {
            let when = match call.moment {
                Moment::Instantiate { .. } => "the start of the new version",
                _ => "load",
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
            let signature = format!("{when}: {}", call.function);
            Finding::new(signature, message, played.case(case)).fail()
        }
        (None, Err(_)) => Outcome::Discard("load failed, which is accepts-saved's business"),
        (None, Ok(_)) => Outcome::Pass,
    }
}
