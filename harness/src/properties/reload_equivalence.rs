//! `reload-equivalence`: after a crash, a fresh instance loads the same snapshot once more, at another time and with
//! other random numbers. It must come to the same state.

use super::{NO_START, NO_UPDATE, Property, REFUSED, diverged, needs_operations};
use crate::case::{Case, CaseKind};
use crate::judging::divergence;
use crate::judging::trial::Trial;
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::versions::pair::Side;
use crate::worker::update::Update;

pub(super) const PROPERTY: Property = Property {
    id: "reload-equivalence",
    statement: "loading the same snapshot into a second fresh worker gives the same observations: recovery after a crash repeats the load",
    exercised: "histories; the second load sees another time and other random numbers",
    advisory: false,
    multiplier: 1,
    kind: || CaseKind::History { updates: 1..=1 },
    unmet: needs_operations,
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
    let (before, after) = played.calls.split_at(at);
    let Some(mut saver) = trial.worker_after(Side::Old, before, trial.seed) else {
        return Outcome::Discard(NO_UPDATE);
    };
    let Update::Updated {
        worker: mut first,
        snapshot,
    } = trial.update(&mut saver, Side::New, at)
    else {
        return Outcome::Discard(REFUSED);
    };
    let second = trial.hand_over(&saver, snapshot, at, 1);
    let Update::Updated {
        worker: mut second, ..
    } = second
    else {
        let message = "load accepts a snapshot at the update and not at the recovery after a crash";
        return Finding::new("refused at recovery", message, played.case(case)).fail();
    };
    let expected = trial.repeat(&mut first, Side::New, after, at);
    let observed = trial.repeat(&mut second, Side::New, after, at);
    let other_world = |seed| trial.twin_elsewhere(&played.calls, at, seed);
    match divergence::first(trial, after, at, (&expected, &observed), other_world) {
        Some(divergence) => diverged(
            &divergence,
            trial,
            &played,
            case,
            "after loading the same snapshot again",
        ),
        None => Outcome::Pass,
    }
}
