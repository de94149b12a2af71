//! How a history makes the snapshot grow: which of its operations do, found out by trying each, and with which arguments.

use crate::case::Call;
use crate::judging::trial::Trial;
use crate::value::vary::{Manner, vary};
use crate::versions::pair::Side;
use crate::worker::Worker;

/// How often an operation is repeated to see whether the snapshot grows: by a byte for each time.
const TRIED: usize = 8;
/// The length of an argument, for each of the times that operations would be repeated.
const LENGTH: usize = 8;

/// What is done more and more often.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Growth {
    /// The calls are repeated, each in its manner.
    Repeated(Vec<(Call, Manner)>),
    /// One call has longer and longer arguments.
    Longer(Call),
}

impl Growth {
    /// The calls, as they stand in the history.
    pub(super) fn calls(&self) -> Vec<Call> {
        match self {
            Self::Repeated(steps) => steps.iter().map(|(call, _)| call.clone()).collect(),
            Self::Longer(call) => vec![call.clone()],
        }
    }

    /// Grows the state of `worker` from `from` times to `to` times; false if an operation failed. `at` is the number of the
    /// next operation.
    pub(super) fn grow(
        &self,
        trial: &Trial<'_>,
        worker: &mut Worker<'_>,
        (from, to): (usize, usize),
        at: &mut usize,
    ) -> bool {
        let mut returns = |call: &Call, manner, number| {
            let call = varied(trial, call, manner, number);
            let observations = trial.repeat(worker, Side::Old, &[call], *at);
            *at += 1;
            observations.iter().all(|it| it.failure().is_none())
        };
        match self {
            Self::Repeated(steps) => (from..to).all(|number| {
                let mut steps = steps.iter();
                steps.all(|(call, manner)| returns(call, *manner, number))
            }),
            Self::Longer(call) => to == 0 || returns(call, Manner::Longer, to * LENGTH),
        }
    }

    /// What is done, for a message.
    pub(super) fn describe(&self, trial: &Trial<'_>) -> String {
        let name = |call: &Call| trial.pair.operations[call.operation].name.as_str();
        match self {
            Self::Longer(call) => format!("{} with longer and longer arguments", name(call)),
            Self::Repeated(steps) => {
                let names: Vec<&str> = steps.iter().map(|(call, _)| name(call)).collect();
                let manner = match steps.iter().any(|(_, manner)| *manner != Manner::Same) {
                    true => ", with other arguments each time",
                    false => "",
                };
                format!("{} repeated{manner}", names.join(", "))
            }
        }
    }
}

/// What makes the snapshot grow.
pub(super) struct Found {
    /// Every way to make it grow that is worth measuring.
    pub(super) growths: Vec<Growth>,
    /// The calls that make it grow when they are repeated just as they are.
    pub(super) again: Vec<Call>,
}

/// Everything of `calls` that makes the snapshot of a worker grow that has made the calls `before`: each alone, each with long
/// arguments, and those that together grow it most.
pub(super) fn find(trial: &Trial<'_>, before: &[Call], calls: &[Call]) -> Found {
    let mut found = Found {
        growths: Vec::new(),
        again: Vec::new(),
    };
    let mut steps = Vec::new();
    let Some(size) = size_after(trial, before, &Growth::Repeated(Vec::new()), 0) else {
        return found;
    };
    let grown = |growth: &Growth| {
        let grown = size_after(trial, before, growth, TRIED);
        grown.map_or(0, |grown| grown.saturating_sub(size))
    };
    for call in distinct(calls) {
        let alone = |manner| Growth::Repeated(vec![(call.clone(), manner)]);
        let (mut best, mut most) = (Manner::Same, grown(&alone(Manner::Same)));
        if most >= TRIED {
            found.again.push(call.clone());
        }
        for manner in [Manner::Texts, Manner::Distinct] {
            if varies(trial, call, manner) {
                let grown = grown(&alone(manner));
                if grown >= most {
                    (best, most) = (manner, grown);
                }
            }
        }
        if most >= TRIED {
            found.growths.push(alone(best));
        }
        steps.push((call.clone(), best));
        let longer = Growth::Longer(call.clone());
        if varies(trial, call, Manner::Longer) && grown(&longer) >= TRIED * LENGTH / 2 {
            found.growths.push(longer);
        }
    }
    if let Some(together) = together(steps, &grown)
        && !found.growths.contains(&together)
    {
        found.growths.push(together);
    }
    found
}

/// All steps, without those that only hinder growth.
fn together(mut steps: Vec<(Call, Manner)>, grown: &impl Fn(&Growth) -> usize) -> Option<Growth> {
    let of = |steps: &[(Call, Manner)]| grown(&Growth::Repeated(steps.to_vec()));
    let mut most = of(&steps);
    for index in (0..steps.len()).rev() {
        let mut fewer = steps.clone();
        fewer.remove(index);
        let without = of(&fewer);
        if without >= most {
            (steps, most) = (fewer, without);
        }
    }
    (most >= TRIED).then_some(Growth::Repeated(steps))
}

/// The first call of each operation.
fn distinct(calls: &[Call]) -> impl Iterator<Item = &Call> {
    let is_first = |(index, call): &(usize, &Call)| {
        let mut earlier = calls[..*index].iter();
        earlier.all(|other| other.operation != call.operation)
    };
    calls
        .iter()
        .enumerate()
        .filter(is_first)
        .map(|(_, call)| call)
}

fn varies(trial: &Trial<'_>, call: &Call, manner: Manner) -> bool {
    let differs = || varied(trial, call, manner, LENGTH) != varied(trial, call, manner, 2 * LENGTH);
    manner == Manner::Same || differs()
}

fn varied(trial: &Trial<'_>, call: &Call, manner: Manner, number: usize) -> Call {
    let mut call = call.clone();
    let parameters = &trial.pair.operations[call.operation].old.parameters;
    for (argument, (_, ty)) in call.arguments.iter_mut().zip(parameters) {
        vary(argument, ty, manner, number);
    }
    call
}

/// Size of the snapshot, in bytes, of a worker that has made these calls and grown so many times.
fn size_after(trial: &Trial<'_>, calls: &[Call], growth: &Growth, times: usize) -> Option<usize> {
    let mut worker = trial.worker_after(Side::Old, calls, trial.seed)?;
    let mut at = calls.len();
    if !growth.grow(trial, &mut worker, (0, times), &mut at) {
        return None;
    }
    let snapshot = trial.save(&mut worker, at)?;
    Some(snapshot.bytes.len())
}
