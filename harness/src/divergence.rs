//! The first observation in which two workers that made the same calls differ, and that the update must answer for.

use std::sync::atomic::Ordering;

use crate::case::Call;
use crate::observation::Observation;
use crate::trial::Trial;
use crate::value::difference::{Difference, differences};

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

/// How many other worlds are asked whether an observation depends on the host. A truth value that does shows itself in
/// one of them with probability 15/16.
const OTHER_WORLDS: u64 = 4;

/// Finds the first divergence. `calls` are those that were observed, the first of them number `first`. `control` plays
/// the history on a worker that has nothing to do with the update, in the world of another seed: what differs there
/// depends on the host, not on the state. It is only asked when something differs.
pub(crate) fn first(
    trial: &Trial<'_>,
    calls: &[Call],
    first: usize,
    (expected, observed): (&[Observation], &[Observation]),
    control: impl Fn(u64) -> Vec<Observation>,
) -> Option<Divergence> {
    let mut controls: Option<Vec<Vec<Observation>>> = None;
    for (index, (left, right)) in expected.iter().zip(observed).enumerate() {
        if is_unknown(left) || is_unknown(right) {
            return None;
        }
        let Some(mut parts) = compare(left, right) else {
            continue;
        };
        let controls = controls.get_or_insert_with(|| {
            (1..=OTHER_WORLDS)
                .map(|world| control(trial.seed.wrapping_add(world)))
                .collect()
        });
        let fails = parts.is_empty();
        if depends_on_host(left, controls.iter().map(|it| it.get(index)), &mut parts) {
            if fails {
                return None;
            }
            continue;
        }
        let declared = is_declared(trial, calls[index].operation, &mut parts);
        if declared {
            if fails {
                return None;
            }
            continue;
        }
        return Some(Divergence {
            at: first + index,
            expected: left.clone(),
            observed: right.clone(),
            parts,
        });
    }
    None
}

/// None if the two are the same; else the parts that differ, or nothing where one of the two failed.
fn compare(left: &Observation, right: &Observation) -> Option<Vec<Difference>> {
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

/// Removes the parts that differ between worlds; true if nothing is left to answer for.
fn depends_on_host<'o>(
    expected: &Observation,
    controls: impl Iterator<Item = Option<&'o Observation>>,
    parts: &mut Vec<Difference>,
) -> bool {
    let failed = parts.is_empty();
    for control in controls {
        // In another world the worker failed earlier: nothing can be said about this call.
        let Some(control) = control else {
            return true;
        };
        if is_unknown(control) {
            return true;
        }
        match compare(expected, control) {
            None => {}
            Some(differing) if differing.is_empty() => return true,
            Some(_) if failed => return true,
            Some(differing) => parts.retain(|part| {
                !differing
                    .iter()
                    .any(|other| is_inside(&part.path, &other.path))
            }),
        }
        if !failed && parts.is_empty() {
            return true;
        }
    }
    false
}

/// Removes the parts that the config declares; true if nothing is left to answer for.
fn is_declared(trial: &Trial<'_>, operation: usize, parts: &mut Vec<Difference>) -> bool {
    let failed = parts.is_empty();
    let declarations = trial.pair.declarations.iter();
    for declaration in declarations.filter(|declaration| declaration.operation == operation) {
        match &declaration.differs.field {
            None => {
                declaration.needed.store(true, Ordering::Relaxed);
                return true;
            }
            Some(field) => {
                let before = parts.len();
                parts.retain(|part| {
                    !is_inside(&without_indices(&part.path), &without_indices(field))
                });
                if parts.len() < before {
                    declaration.needed.store(true, Ordering::Relaxed);
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

fn without_indices(path: &str) -> String {
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
