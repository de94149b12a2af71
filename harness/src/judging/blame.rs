//! Which half lost the state. Two states that can be told apart but saved to the same bytes: save lost it. Different
//! bytes, same behaviour after load: load lost it. Otherwise the round trips within each version tell.

use crate::case::Call;
use crate::judging::divergence::can_be_told_apart;
use crate::judging::trial::{Played, Trial};
use crate::judging::verdict::Blame;
use crate::versions::pair::Side;
use crate::worker::Worker;
use crate::worker::observation::Observation;
use crate::worker::update::Update;

/// Whom to blame for a loss between the versions `from` and `to` at the update number `update` of a history.
pub(crate) fn of_loss(
    trial: &Trial<'_>,
    played: &Played,
    update: usize,
    (from, to): (Side, Side),
) -> Blame {
    let Some(&at) = played.updates.get(update) else {
        return Blame::Mapping;
    };
    let straight = |dropped| straight(trial, (&played.calls, &played.saves), at, dropped, from);
    of_loss_after(trial, &played.calls, at, (from, to), &straight)
}

/// Whom to blame for a loss at an update before operation number `at`, to a worker of the version `from` that `life` leads to:
/// with one of the operations left out, where it is told one.
pub(crate) fn of_loss_after<'a>(
    trial: &Trial<'a>,
    calls: &[Call],
    at: usize,
    (from, to): (Side, Side),
    life: &impl Fn(Option<usize>) -> Option<Worker<'a>>,
) -> Blame {
    let lead = |dropped| Fork::lead(trial, calls, at, (from, to), &|| life(dropped));
    let whole = lead(None);
    let mut load_lost = false;
    for dropped in (0..at).rev() {
        let other = lead(Some(dropped));
        let (Some(whole), Some(other)) = (&whole, &other) else {
            continue;
        };
        if !can_be_told_apart(&whole.without_update, &other.without_update) {
            continue;
        }
        if whole.saved == other.saved {
            return Blame::Save;
        }
        load_lost |= !can_be_told_apart(&whole.after_update, &other.after_update);
    }
    let to_itself = || straight(trial, (calls, &[]), at, None, to);
    if load_lost || loses(Fork::lead(trial, calls, at, (to, to), &to_itself)) {
        return Blame::Load;
    }
    if loses(Fork::lead(trial, calls, at, (from, from), &|| life(None))) {
        return Blame::Save;
    }
    Blame::Mapping
}

/// Whether a round trip within one version loses something.
fn loses(round_trip: Option<Fork>) -> bool {
    round_trip.is_none_or(|it| can_be_told_apart(&it.without_update, &it.after_update))
}

/// A worker of `side` before operation number `at`, with one of its operations left out. The others keep their numbers, so
/// that the world answers them as before. It makes the saves that nobody loads where they fall.
fn straight<'a>(
    trial: &Trial<'a>,
    (calls, saves): (&[Call], &[usize]),
    at: usize,
    dropped: Option<usize>,
    side: Side,
) -> Option<Worker<'a>> {
    let mut worker = trial.start(side, trial.seed).ok()?;
    for (number, call) in calls[..at].iter().enumerate() {
        for _ in saves.iter().filter(|save| **save == number) {
            trial.save(&mut worker, number);
        }
        if Some(number) != dropped {
            trial.repeat(&mut worker, side, std::slice::from_ref(call), number);
        }
    }
    Some(worker)
}

/// What a history leads to with and without the update.
struct Fork {
    saved: Vec<u8>,
    without_update: Vec<Observation>,
    after_update: Vec<Observation>,
}

impl Fork {
    /// Plays on from the worker that `life` leads to; none if it does not get there, or the update fails.
    fn lead<'a>(
        trial: &Trial<'a>,
        calls: &[Call],
        at: usize,
        (from, to): (Side, Side),
        life: &impl Fn() -> Option<Worker<'a>>,
    ) -> Option<Self> {
        let mut twin = life()?;
        let without_update = trial.repeat(&mut twin, from, &calls[at..], at);
        let mut worker = life()?;
        let Update::Updated {
            mut worker,
            snapshot,
        } = trial.update(&mut worker, to, at)
        else {
            return None;
        };
        Some(Self {
            saved: snapshot.bytes,
            without_update,
            after_update: trial.repeat(&mut worker, to, &calls[at..], at),
        })
    }
}

/// Whether a version accepts its own snapshot at the update number `update` of a history; a version that has only one of
/// the two functions has nothing to contradict it.
pub(crate) fn reads_its_own(trial: &Trial<'_>, played: &Played, update: usize, side: Side) -> bool {
    let component = trial.pair.component(side);
    if component.save().is_none() || component.load().is_none() {
        return true;
    }
    match played.updates.get(update) {
        Some(&at) => {
            let itself = || straight(trial, (&played.calls, &played.saves), at, None, side);
            Fork::lead(trial, &played.calls, at, (side, side), &itself).is_some()
        }
        None => true,
    }
}
