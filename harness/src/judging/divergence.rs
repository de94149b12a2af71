//! The first observation in which two workers that made the same calls differ, and that the update must answer for.

use std::collections::HashSet;
use std::ops::Range;

use crate::case::Call;
use crate::host::Seeds;
use crate::judging::Judging;
use crate::value::difference::{Difference, differences, outwards, permutations, places};
use crate::worker::observation::Observation;

/// The first observation that differs.
#[derive(Debug, Clone)]
pub(crate) struct Divergence {
    /// Number of the call.
    pub(crate) at: usize,
    pub(crate) expected: Observation,
    pub(crate) observed: Observation,
    /// The parts that differ; empty where one of the two failed.
    pub(crate) parts: Vec<Difference>,
}

impl Divergence {
    /// Which part of the observation differs first, with the indices left out: the same loss has the same place
    /// wherever in a list it shows.
    pub(crate) fn place(&self) -> String {
        match self.parts.first() {
            Some(part) => without_indices(&part.path),
            None => match (&self.expected, &self.observed) {
                (_, Observation::Failed(failure)) => format!("fails: {failure}"),
                (Observation::Failed(_), _) => "no longer fails".to_owned(),
                _ => String::new(),
            },
        }
    }
}

/// How many other worlds are asked whether an observation depends on the host. Two entries of a map whose order is drawn
/// at random stand the same way round in all of them, and so raise a false alarm, once in 2²⁴ times.
const OTHER_WORLDS: usize = 24;
/// How many bytes, about, is kept of what all of them observe. What comes after it is played again.
const KEPT: usize = 64 << 20;

/// Finds the first divergence. `calls` are those that were observed, the first of them number `first`. `control` plays
/// the history on a worker that has nothing to do with the update, in another world: what differs between worlds that have
/// the same past up to operation number `event` depends on the host, not on the state. What the host decided before is state.
/// It is only asked when something differs, and the host was asked for anything.
pub(crate) fn first(
    judging: &Judging<'_>,
    calls: &[Call],
    (first, event): (usize, usize),
    (expected, observed): (&[Observation], &[Observation]),
    control: impl Fn(Seeds) -> Vec<Observation>,
) -> Option<Divergence> {
    let seed = judging.seed;
    let other_future = |world| judging.seeds_from(event, seed.wrapping_add(world));
    let other_past = |world| Seeds::from(seed.wrapping_add(world));
    let mut futures = OtherWorlds::new(judging, &control, other_future);
    let mut pasts = OtherWorlds::new(judging, &control, other_past);
    for (index, (left, right)) in expected.iter().zip(observed).enumerate() {
        if is_unknown(left) || is_unknown(right) {
            return None;
        }
        let Some(mut parts) = compare(left, right) else {
            continue;
        };
        let fails = parts.is_empty();
        let operation = calls[index].operation;
        let all = parts.len();
        let depends_on_host = futures.explain(index, &mut parts)
            || is_other_order(&mut pasts, index, (left, right), &mut parts);
        if depends_on_host || parts.len() < all {
            judging.excuse(operation);
        }
        let excused = depends_on_host || is_declared(judging, operation, &mut parts);
        match (excused, fails) {
            (true, false) => {}
            // The two workers go different ways from here.
            (true, true) => return None,
            (false, _) => {
                return Some(Divergence {
                    at: first + index,
                    expected: left.clone(),
                    observed: right.clone(),
                    parts,
                });
            }
        }
    }
    None
}

/// Removes the parts that lie in what is only in another order, if that order differs between worlds of other seeds too: a hash
/// map's order may have been drawn before the update, and yet is no state. True if nothing is left to answer for.
fn is_other_order<F, S>(
    pasts: &mut OtherWorlds<'_, F, S>,
    index: usize,
    (expected, observed): (&Observation, &Observation),
    parts: &mut Vec<Difference>,
) -> bool
where
    F: Fn(Seeds) -> Vec<Observation>,
    S: Fn(u64) -> Seeds,
{
    let (Observation::Returned(Some(expected)), Observation::Returned(Some(observed))) =
        (expected, observed)
    else {
        return false;
    };
    let reordered: HashSet<String> = permutations(expected, observed).into_iter().collect();
    let is_reordered = |part: &Difference| lies_in_one(&part.path, &reordered);
    let (mut inside, mut left): (Vec<_>, Vec<_>) = parts.drain(..).partition(is_reordered);
    if !inside.is_empty() && !pasts.explain(index, &mut inside) {
        left.append(&mut inside);
    }
    *parts = left;
    parts.is_empty()
}

/// The history that has nothing to do with the update, in this world and in others, each played when it is first asked for.
struct OtherWorlds<'t, F, S> {
    judging: &'t Judging<'t>,
    control: &'t F,
    /// The seeds of the world with a number.
    seeds: S,
    /// Which calls it is known of what the worlds observe there.
    part: Range<usize>,
    known: Vec<Vec<Observation>>,
}

impl<'t, F, S> OtherWorlds<'t, F, S>
where
    F: Fn(Seeds) -> Vec<Observation>,
    S: Fn(u64) -> Seeds,
{
    fn new(judging: &'t Judging<'t>, control: &'t F, seeds: S) -> Self {
        Self {
            judging,
            control,
            seeds,
            part: 0..0,
            known: Vec::new(),
        }
    }

    /// Removes the parts that differ between worlds; true if nothing is left to answer for.
    fn explain(&mut self, index: usize, parts: &mut Vec<Difference>) -> bool {
        if !self.judging.has_asked_host() {
            return false;
        }
        let fails = parts.is_empty();
        let Some(here) = self.observed(0, index).cloned() else {
            return false;
        };
        for world in 1..=OTHER_WORLDS {
            // In another world the worker may have failed earlier: nothing can be said about this call then.
            let Some(elsewhere) = self.observed(world, index) else {
                return true;
            };
            if is_unknown(elsewhere) {
                return true;
            }
            match differing(&here, elsewhere) {
                None => continue,
                Some(differing) if fails || differing.is_empty() => return true,
                Some(differing) => parts.retain(|part| !lies_in_one(&part.path, &differing)),
            }
            if parts.is_empty() {
                return true;
            }
        }
        false
    }

    /// What call number `index` observes in the world with this number; the first of them is the one that is judged.
    fn observed(&mut self, world: usize, index: usize) -> Option<&Observation> {
        if !self.part.contains(&index) {
            self.known.clear();
            self.part = index..usize::MAX;
        }
        while self.known.len() <= world {
            let mut played = match self.known.len() {
                0 => (self.control)(self.judging.seed.into()),
                next => (self.control)((self.seeds)(next as u64)),
            };
            if self.known.is_empty() {
                self.part.end = end_of_part(&played, index);
            }
            played.truncate(self.part.end);
            played.drain(..self.part.start.min(played.len()));
            played.shrink_to_fit();
            self.known.push(played);
        }
        self.known.get(world)?.get(index - self.part.start)
    }
}

/// Where a part of a history ends that is kept in each world: behind its last call, if there is room for all.
fn end_of_part(played: &[Observation], start: usize) -> usize {
    let mut room = KEPT / (1 + OTHER_WORLDS);
    for (index, observation) in played.iter().enumerate().skip(start) {
        let bytes = observation.footprint();
        if index > start && bytes > room {
            return index;
        }
        room = room.saturating_sub(bytes);
    }
    usize::MAX
}

/// None if the two are the same; else the places of the parts that differ, or nothing where one of the two failed.
fn differing(left: &Observation, right: &Observation) -> Option<HashSet<String>> {
    match (left, right) {
        (Observation::Returned(Some(left)), Observation::Returned(Some(right))) => {
            let places = places(left, right);
            (!places.is_empty()).then(|| places.into_iter().collect())
        }
        _ => compare(left, right).map(|_| HashSet::new()),
    }
}

/// Whether the place is one of these, or a part of one.
fn lies_in_one(path: &str, places: &HashSet<String>) -> bool {
    outwards(path).any(|outer| places.contains(outer))
}

/// None if the two are the same; else the parts that differ, or nothing where one of the two failed.
pub(crate) fn compare(left: &Observation, right: &Observation) -> Option<Vec<Difference>> {
    match (left, right) {
        (Observation::Returned(Some(left)), Observation::Returned(Some(right))) => {
            let parts = differences(left, right);
            (!parts.is_empty()).then_some(parts)
        }
        (Observation::Failed(left), Observation::Failed(right)) => {
            // Two versions may well trap in different ways on the same bad call; for the worker it is the same.
            let same = std::mem::discriminant(&left.kind) == std::mem::discriminant(&right.kind);
            (!same).then(Vec::new)
        }
        _ => (left != right).then(Vec::new),
    }
}

fn is_unknown(observation: &Observation) -> bool {
    observation
        .failure()
        .is_some_and(|failure| failure.is_unsupported())
}

/// Removes the parts that the config declares; true if nothing is left to answer for.
fn is_declared(judging: &Judging<'_>, operation: usize, parts: &mut Vec<Difference>) -> bool {
    let failed = parts.is_empty();
    let declarations = judging.hop.chain().declarations().iter().enumerate();
    for (number, declaration) in declarations.filter(|(_, it)| it.operation == operation) {
        match &declaration.differs.field {
            None => {
                judging.needs(number);
                return true;
            }
            Some(field) => {
                let before = parts.len();
                parts.retain(|part| {
                    !is_inside(&without_indices(&part.path), &without_indices(field))
                });
                if parts.len() < before {
                    judging.needs(number);
                }
            }
        }
    }
    !failed && parts.is_empty()
}

/// Whether the place `path` is `outer` or a part of it.
fn is_inside(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

pub(super) fn without_indices(path: &str) -> String {
    let mut kept = String::new();
    let mut inside = false;
    for character in path.chars() {
        inside &= character != ']';
        if !inside {
            kept.push(character);
        }
        inside |= character == '[';
    }
    kept
}

/// What the observations of two runs have in common, for blame: whether they can be told apart at all.
pub(crate) fn can_be_told_apart(left: &[Observation], right: &[Observation]) -> bool {
    left.len() != right.len()
        || left
            .iter()
            .zip(right)
            .any(|(left, right)| compare(left, right).is_some())
}
