//! `replay`: an automatic update. The next version replays the worker's whole history, answered by the host as the old version
//! was: it must make the same host calls and return the same, and afterwards observe what the twin observes.
//!
//! That a pair only allows the other kind of update, with a snapshot, is no fault of it: what this property finds is told, and
//! held against the update only where it is to be an automatic one.

use super::{
    Advice, Effort, NO_START, NO_UPDATE, Property, Scope, UNSUPPORTED, difference,
    needs_common_operations,
};
use crate::case::{Case, CaseKind, Step};
use crate::judging::divergence;
use crate::judging::played::Played;
use crate::judging::replay::{self, Lived};
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::judging::{Judging, Workers};
use crate::worker::Recorded;

pub(crate) const PROPERTY: Property = Property {
    id: "replay",
    statement: "an automatic update succeeds: the new version, replaying the history with the recorded results of its host calls, makes the same host calls and returns the same",
    exercised: "histories, each on record; told and not held against the update, unless the mode is `automatic`",
    advice: Advice {
        matters: "An automatic update replays every worker's whole history on the new version. At the first difference the update fails, and the worker stays on the old version; nobody sees beforehand which workers these are.",
        causes: &[
            "the new version makes another host call, one more or one less: it reads the clock, draws a random number, sends a request",
            "an operation returns something else than it did",
            "an operation was renamed or removed, or has another type",
        ],
        remedy: "Where the change is wanted, update manually, with a snapshot. Otherwise keep the order of host calls for histories that exist already, for example by a flag that new workers set.",
    },
    advisory: false,
    scope: Scope::EachHop,
    effort: Effort::Times(1),
    workers: Workers::Reused,
    yields_to: &[],
    is_about_any_update: false,
    kind: || CaseKind::History { updates: 1..=1 },
    unmet: needs_common_operations,
    judge,
    whose_fault: |_, _| Blame::Behaviour,
};

const WHAT: &str = "the automatic update";
const AFTER: &str = "after the automatic update";
pub(super) const TOO_LONG: &str = "the record of its host calls is too long to be kept";

fn judge(judging: &Judging<'_>, case: &Case) -> Outcome {
    let (played, at, record) = match lived(judging, case) {
        Ok(lived) => lived,
        Err(reason) => return Outcome::Discard(reason),
    };
    let lived = Lived {
        calls: &played.calls[..at],
        observations: &played.observations[..at],
        first: 0,
        version: judging.old(),
        record: &record,
    };
    let alone = Played {
        saves: Vec::new(),
        updates: vec![at],
        ..played.clone()
    };
    let mut worker = match replay::from_the_start(judging, judging.next(), lived) {
        Ok(worker) => worker,
        Err(departs) if departs.is_unknown() => return Outcome::Discard(UNSUPPORTED),
        Err(departs) => {
            let case = alone.case(case);
            return departs.finding(judging, WHAT, lived.calls, case).fail();
        }
    };
    let after = &played.calls[at..];
    let observed = judging.repeat(&mut worker, judging.next(), after, at);
    let other_world = |seeds| judging.twin_elsewhere(&played.calls, at, seeds);
    let observations = (&played.observations[at..], observed.as_slice());
    match divergence::first(judging, after, (at, at), observations, other_world) {
        Some(divergence) => {
            let call = &played.calls[divergence.at];
            let finding = difference(&divergence, judging, call, alone.case(case), AFTER);
            // The same as if it were on record: only chance decides whether the update comes before it.
            let cause = replay::cause_of(judging, call, &divergence);
            Finding { cause, ..finding }.fail()
        }
        None => Outcome::Pass,
    }
}

/// The twin's life, where it is to be updated, and what it was answered up to there; or why there is no such record.
fn lived(judging: &Judging<'_>, case: &Case) -> Result<(Played, usize, Recorded), &'static str> {
    let old = judging.old();
    let mut worker = replay::on_record(judging, old).map_err(|_| NO_START)?;
    let mut recorded = None;
    let played = judging.play_watched(&mut worker, old, case, |worker, event, at| {
        if *event == Step::Update && recorded.is_none() {
            recorded = Some((at, worker.end_record()));
        }
    });
    let (at, record) = recorded.ok_or(NO_UPDATE)?;
    Ok((played, at, record.ok_or(TOO_LONG)?))
}
