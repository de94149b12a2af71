//! `upgrade-equivalence`: the updated worker and its twin, which is never updated, cannot be told apart.

use super::{
    Advice, Effort, NO_START, NO_UPDATE, Property, REFUSED, Scope, diverged, needs_operations,
};
use crate::case::{Case, CaseKind};
use crate::judging::blame;
use crate::judging::divergence;
use crate::judging::played::Played;
use crate::judging::verdict::{Blame, Outcome};
use crate::judging::{Judging, Workers};
use crate::worker::update::Update;

pub(crate) const PROPERTY: Property = Property {
    id: "upgrade-equivalence",
    statement: "after an update, every observation equals the twin's, at once and after any further operations",
    exercised: "histories with an update at one of several places, a twin without; needs no knowledge of the component",
    advice: Advice {
        matters: "The update is recorded as successful, and what is lost is lost: the old version is not asked again. Users notice long after.",
        causes: &[
            "a field is not written by save, or not read by load",
            "load fills a default where the old version had a value",
            "a unit, an order or an encoding changed between the versions (cents and euros, little and big endian)",
            "an index, a cache or a counter is not built again from what was loaded: everything looks right until the next operation",
        ],
        remedy: "The blame says which half to look at first. If the difference is wanted, declare it in the config file (`[[differs]]`) with the reason; all else must equal the twin that was never updated.",
    },
    advisory: false,
    scope: Scope::EachHop,
    // Nearly all that an update can lose shows here, and most of it in few histories, while what the others look at shows in many. Here
    // histories are worth most, and they cost no more than the inputs of one of the properties of load.
    effort: Effort::Histories(16),
    workers: Workers::Reused,
    yields_to: &[],
    is_about_any_update: false,
    kind: || CaseKind::History { updates: 1..=3 },
    unmet: needs_operations,
    judge,
    whose_fault: |judging, finding| {
        let Some(played) = judging.twin(&finding.case) else {
            return Blame::Mapping;
        };
        blame::of_loss(judging, &played, 0, (judging.old(), judging.next()))
    },
};

fn judge(judging: &Judging<'_>, case: &Case) -> Outcome {
    let Some(played) = judging.twin(case) else {
        return Outcome::Discard(NO_START);
    };
    let mut outcome = Outcome::Discard(NO_UPDATE);
    for &at in &played.updates {
        match updated_at(judging, case, &played, at) {
            Outcome::Fail(finding) => return Outcome::Fail(finding),
            Outcome::Pass => outcome = Outcome::Pass,
            Outcome::Discard(reason) if matches!(outcome, Outcome::Discard(_)) => {
                outcome = Outcome::Discard(reason);
            }
            Outcome::Discard(_) => {}
        }
    }
    outcome
}

/// One of the lives that the worker may lead: it is updated at this place alone.
fn updated_at(judging: &Judging<'_>, case: &Case, played: &Played, at: usize) -> Outcome {
    let after = &played.calls[at..];
    if after.is_empty() {
        return Outcome::Discard("nothing was observed after the update");
    }
    let Some(mut worker) = judging.worker_at(judging.old(), played, at) else {
        return Outcome::Discard(NO_UPDATE);
    };
    let Update::Updated { mut worker, .. } = judging.update(&mut worker, judging.next(), at) else {
        return Outcome::Discard(REFUSED);
    };
    let observed = judging.repeat(&mut worker, judging.next(), after, at);
    let other_world = |seeds| judging.twin_elsewhere(&played.calls, at, seeds);
    let observations = (&played.observations[at..], observed.as_slice());
    match divergence::first(judging, after, (at, at), observations, other_world) {
        Some(_) if saves_are_noticed(judging, played, at) => {
            Outcome::Discard("an earlier save is noticed, which is save-is-pure's business")
        }
        Some(divergence) => {
            let alone = Played {
                updates: vec![at],
                saves: played.saves.iter().copied().filter(|it| *it < at).collect(),
                ..played.clone()
            };
            diverged(&divergence, judging, &alone, case, "after the update")
        }
        None => Outcome::Pass,
    }
}

/// Whether the saves before the update that nobody loads change what is observed without an update.
fn saves_are_noticed(judging: &Judging<'_>, played: &Played, at: usize) -> bool {
    if !played.saves.iter().any(|save| *save < at) {
        return false;
    }
    let Some(mut saver) = judging.worker_at(judging.old(), played, at) else {
        return true;
    };
    let observed = judging.repeat(&mut saver, judging.old(), &played.calls[at..], at);
    divergence::can_be_told_apart(&played.observations[at..], &observed)
}
