//! Which half lost the state. If only the old version's own round trip loses it, save did; if only the new version's own does,
//! load did. Otherwise two states are compared that can be told apart: saved to the same bytes, save lost it; different bytes
//! and the same behaviour after load, load lost it. The round trips come first, because a lossy save also changes bytes that
//! the rest of the history does not observe.

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
    let lived = (played.calls.as_slice(), played.saves.as_slice());
    let straight = |dropped| straight(judging, lived, at, dropped, from);
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
    let to_itself = || straight(judging, (calls, &[]), at, None, to);
    let old_loses = round_trip_loses(judging, calls, at, from, &|| life(None));
    let new_loses = round_trip_loses(judging, calls, at, to, &to_itself);
    match (old_loses, new_loses) {
        (Some(true), Some(false)) => return Blame::Save,
        (Some(false) | None, Some(true)) => return Blame::Load,
        _ => {}
    }
    if let Some(blame) = by_bytes(judging, calls, at, (from, to), life) {
        return blame;
    }
    match (old_loses, new_loses) {
        (_, Some(true)) => Blame::Load,
        (Some(true), None) => Blame::Save,
        _ => Blame::Mapping,
    }
}

/// How many operations are left out, one at a time, the last ones first: each time the whole history is played.
const DROPPED: usize = 256;

/// Whom to blame by what a state is saved to when one operation is left out; none if that does not tell.
fn by_bytes(
    judging: &Judging<'_>,
    calls: &[Call],
    at: usize,
    (from, to): (VersionId, VersionId),
    life: &impl Fn(Option<usize>) -> Option<Worker>,
) -> Option<Blame> {
    let lead = |dropped| Fork::lead(judging, calls, at, (from, to), &|| life(dropped));
    let whole = lead(None)?;
    let mut load_lost = false;
    for dropped in (0..at).rev().take(DROPPED) {
        let other = lead(Some(dropped));
        let Some(other) = &other else {
            continue;
        };
        if !can_be_told_apart(&whole.without_update, &other.without_update) {
            continue;
        }
        if whole.saved == other.saved {
            return Some(Blame::Save);
        }
        load_lost |= !can_be_told_apart(&whole.after_update, &other.after_update);
    }
    load_lost.then_some(Blame::Load)
}

/// Whether a round trip within one version loses something, or does not come to its end; none if the version has only one of the
/// two halves.
fn round_trip_loses(
    judging: &Judging<'_>,
    calls: &[Call],
    at: usize,
    version: VersionId,
    life: &impl Fn() -> Option<Worker>,
) -> Option<bool> {
    let component = judging.hop.component(version);
    if component.save().is_none() || component.load().is_none() {
        return None;
    }
    let round_trip = Fork::lead(judging, calls, at, (version, version), life);
    Some(round_trip.is_none_or(|it| can_be_told_apart(&it.without_update, &it.after_update)))
}

/// A worker of `version` before operation number `at`, with one of its operations left out. The others keep their numbers, so
/// that the world answers them as before. It makes the saves that nobody loads where they fall.
fn straight(
    judging: &Judging<'_>,
    (calls, saves): (&[Call], &[usize]),
    at: usize,
    dropped: Option<usize>,
    version: VersionId,
) -> Option<Worker> {
    let mut worker = judging.start(version, judging.seed).ok()?;
    for (number, call) in calls[..at].iter().enumerate() {
        for _ in saves.iter().filter(|save| **save == number) {
            judging.save(&mut worker, number);
        }
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
            let lived = (played.calls.as_slice(), played.saves.as_slice());
            let itself = || straight(judging, lived, at, None, version);
            Fork::lead(judging, &played.calls, at, (version, version), &itself).is_some()
        }
        None => true,
    }
}
