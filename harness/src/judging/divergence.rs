//! The first observation in which two workers that made the same calls differ, and that the update must answer for.

use crate::case::Call;
use crate::host::Seeds;
use crate::judging::Judging;
use crate::value::difference::{Difference, differences, permutations};
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
const OTHER_WORLDS: u64 = 24;

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
    let reordered = permutations(expected, observed);
    let is_reordered = |part: &Difference| reordered.iter().any(|it| is_inside(&part.path, it));
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
            known: Vec::new(),
        }
    }

    /// Removes the parts that differ between worlds; true if nothing is left to answer for.
    fn explain(&mut self, index: usize, parts: &mut Vec<Difference>) -> bool {
        if !self.judging.has_asked_host() {
            return false;
        }
        let fails = parts.is_empty();
        let Some(here) = self.play(0).get(index).cloned() else {
            return false;
        };
        for world in 1..=OTHER_WORLDS {
            // In another world the worker may have failed earlier: nothing can be said about this call then.
            let Some(elsewhere) = self.play(world).get(index) else {
                return true;
            };
            if is_unknown(elsewhere) {
                return true;
            }
            match compare(&here, elsewhere) {
                None => continue,
                Some(differing) if fails || differing.is_empty() => return true,
                Some(differing) => parts.retain(|part| {
                    !differing
                        .iter()
                        .any(|other| is_inside(&part.path, &other.path))
                }),
            }
            if parts.is_empty() {
                return true;
            }
        }
        false
    }

    /// The history in the world number `world`; the first of them is the one that is judged.
    fn play(&mut self, world: u64) -> &[Observation] {
        while self.known.len() as u64 <= world {
            let next = self.known.len() as u64;
            let played = match next {
                0 => (self.control)(self.judging.seed.into()),
                _ => (self.control)((self.seeds)(next)),
            };
            self.known.push(played);
        }
        usize::try_from(world)
            .ok()
            .and_then(|world| self.known.get(world))
            .map_or(&[], Vec::as_slice)
    }
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
