//! `reload-equivalence`: after a crash, a fresh instance loads the same snapshot once more, at another time and with
//! other random numbers. It must come to the same state.

use super::{
    Advice, Effort, NO_START, NO_UPDATE, Property, REFUSED, Scope, diverged, needs_operations,
};
use crate::case::{Case, CaseKind};
use crate::judging::cause::Cause;
use crate::judging::divergence;
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::judging::{Judging, Workers};
use crate::worker::update::Update;

pub(super) const PROPERTY: Property = Property {
    id: "reload-equivalence",
    statement: "loading the same snapshot into a second fresh worker gives the same observations: recovery after a crash repeats the load",
    exercised: "histories; the second load sees another time and other random numbers",
    advice: Advice {
        matters: "After a crash Golem loads the same snapshot again, at another time and with other random numbers, and runs the operations since. The worker must become the one that it was.",
        causes: &[
            "load asks the clock, for example to drop what has expired",
            "load draws random numbers and keeps them",
            "load iterates over a hash map whose order depends on a random seed",
        ],
        remedy: "Let the state depend on the bytes alone. What must be drawn anew (a connection, a seed of a hash map) must not be visible.",
    },
    advisory: false,
    scope: Scope::EachHop,
    effort: Effort::Times(1),
    workers: Workers::Reused,
    yields_to: &[],
    is_about_any_update: false,
    kind: || CaseKind::History { updates: 1..=1 },
    unmet: needs_operations,
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
    let (before, after) = played.calls.split_at(at);
    let Some(mut saver) = judging.worker_after(judging.old(), before, judging.seed) else {
        return Outcome::Discard(NO_UPDATE);
    };
    let Update::Updated {
        worker: mut first,
        snapshot,
    } = judging.update(&mut saver, judging.next(), at)
    else {
        return Outcome::Discard(REFUSED);
    };
    let second = judging.hand_over(judging.next(), &saver, snapshot, at, 1);
    let Update::Updated {
        worker: mut second, ..
    } = second
    else {
        let message = "load accepts a snapshot at the update and not at the recovery after a crash";
        return Finding::new(Cause::RefusedAgain, message, played.case(case)).fail();
    };
    let expected = judging.repeat(&mut first, judging.next(), after, at);
    let observed = judging.repeat(&mut second, judging.next(), after, at);
    let other_world = |seeds| judging.twin_elsewhere(&played.calls, at, seeds);
    match divergence::first(
        judging,
        after,
        (at, at),
        (&expected, &observed),
        other_world,
    ) {
        Some(divergence) => diverged(
            &divergence,
            judging,
            &played,
            case,
            "after loading the same snapshot again",
        ),
        None => Outcome::Pass,
    }
}
