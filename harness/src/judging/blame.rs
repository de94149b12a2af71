//! Which half lost the state. Two states that can be told apart but saved to the same bytes: save lost it. Different
//! bytes, same behaviour after load: load lost it. Otherwise the round trips within each version tell.

use crate::case::Call;
use crate::judging::Judging;
use crate::judging::divergence::can_be_told_apart;
use crate::judging::played::Played;
use crate::judging::verdict::Blame;
use crate::versions::chain::VersionId;
use crate::worker::Worker;
use crate::worker::observation::Observation;
use crate::worker::update::Update;

/// Whom to blame for a loss between the versions `from` and `to` at the update number `update` of a history.
pub(crate) fn of_loss(
    judging: &Judging<'_>,
    played: &Played,
    update: usize,
    (from, to): (VersionId, VersionId),
) -> Blame {
    let Some(&at) = played.updates.get(update) else {
        return Blame::Mapping;
    };
    let straight = |dropped| straight(judging, &played.calls, at, dropped, from);
    of_loss_after(judging, &played.calls, at, (from, to), &straight)
}

/// Whom to blame for a loss at an update before operation number `at`, to a worker of the version `from` that `life` leads to:
/// with one of the operations left out, where it is told one.
pub(crate) fn of_loss_after(
    judging: &Judging<'_>,
    calls: &[Call],
    at: usize,
    (from, to): (VersionId, VersionId),
    life: &impl Fn(Option<usize>) -> Option<Worker>,
) -> Blame {
    let lead = |dropped| Fork::lead(judging, calls, at, (from, to), &|| life(dropped));
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
    let to_itself = || straight(judging, calls, at, None, to);
    if load_lost || loses(Fork::lead(judging, calls, at, (to, to), &to_itself)) {
        return Blame::Load;
    }
    if loses(Fork::lead(judging, calls, at, (from, from), &|| life(None))) {
        return Blame::Save;
    }
    Blame::Mapping
}

/// Whether a round trip within one version loses something.
fn loses(round_trip: Option<Fork>) -> bool {
    round_trip.is_none_or(|it| can_be_told_apart(&it.without_update, &it.after_update))
}

/// A worker of `version` before operation number `at`, with one of its operations left out. The others keep their numbers, so
/// that the world answers them as before.
fn straight(
    judging: &Judging<'_>,
    calls: &[Call],
    at: usize,
    dropped: Option<usize>,
    version: VersionId,
) -> Option<Worker> {
    let mut worker = judging.start(version, judging.seed).ok()?;
    for (number, call) in calls[..at].iter().enumerate() {
        if Some(number) != dropped {
            judging.repeat(&mut worker, version, std::slice::from_ref(call), number);
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
    fn lead(
        judging: &Judging<'_>,
        calls: &[Call],
        at: usize,
        (from, to): (VersionId, VersionId),
        life: &impl Fn() -> Option<Worker>,
    ) -> Option<Self> {
        let mut twin = life()?;
        let without_update = judging.repeat(&mut twin, from, &calls[at..], at);
        let mut worker = life()?;
        let Update::Updated {
            mut worker,
            snapshot,
        } = judging.update(&mut worker, to, at)
        else {
            return None;
        };
        Some(Self {
            saved: snapshot.bytes,
            without_update,
            after_update: judging.repeat(&mut worker, to, &calls[at..], at),
        })
    }
}

/// Whether a version accepts its own snapshot at the update number `update` of a history; a version that has only one of
/// the two functions has nothing to contradict it.
pub(crate) fn reads_its_own(
    judging: &Judging<'_>,
    played: &Played,
    update: usize,
    version: VersionId,
) -> bool {
    let component = judging.hop.component(version);
    if component.save().is_none() || component.load().is_none() {
        return true;
    }
    match played.updates.get(update) {
        Some(&at) => {
            let itself = || straight(judging, &played.calls, at, None, version);
            Fork::lead(judging, &played.calls, at, (version, version), &itself).is_some()
        }
        None => true,
    }
}
