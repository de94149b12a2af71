//! Which half lost the state. Two states that can be told apart but saved to the same bytes: save lost it. Different
//! bytes, same behaviour after load: load lost it. Otherwise the round trips within each version tell.

use crate::case::Call;
use crate::divergence::can_be_told_apart;
use crate::observation::Observation;
use crate::pair::Side;
use crate::trial::{Played, Trial};
use crate::update::Update;
use crate::verdict::Blame;

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
    let calls = &played.calls;
    let whole = Life::lead(trial, calls, at, None, (from, to));
    let mut load_lost = false;
    for dropped in (0..at).rev() {
        let other = Life::lead(trial, calls, at, Some(dropped), (from, to));
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
    if load_lost || loses_by_itself(trial, calls, at, to) {
        return Blame::Load;
    }
    if loses_by_itself(trial, calls, at, from) {
        return Blame::Save;
    }
    Blame::Mapping
}

/// Whether a round trip within one version loses something in this history.
fn loses_by_itself(trial: &Trial<'_>, calls: &[Call], at: usize, side: Side) -> bool {
    match Life::lead(trial, calls, at, None, (side, side)) {
        Some(life) => can_be_told_apart(&life.without_update, &life.after_update),
        None => true,
    }
}

/// What a history leads to with and without the update.
struct Life {
    saved: Vec<u8>,
    without_update: Vec<Observation>,
    after_update: Vec<Observation>,
}

impl Life {
    /// Plays the history with one of its operations left out; none if the update fails. The others keep their numbers,
    /// so that the world answers them as before.
    fn lead(
        trial: &Trial<'_>,
        calls: &[Call],
        at: usize,
        dropped: Option<usize>,
        (from, to): (Side, Side),
    ) -> Option<Self> {
        let prefix = || {
            let mut worker = trial.start(from, trial.seed).ok()?;
            for (number, call) in calls[..at].iter().enumerate() {
                if Some(number) != dropped {
                    trial.repeat(&mut worker, from, std::slice::from_ref(call), number);
                }
            }
            Some(worker)
        };
        let mut twin = prefix()?;
        let without_update = trial.repeat(&mut twin, from, &calls[at..], at);
        let mut worker = prefix()?;
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
        Some(&at) => Life::lead(trial, &played.calls, at, None, (side, side)).is_some(),
        None => true,
    }
}
