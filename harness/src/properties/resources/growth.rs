//! How a history makes the snapshot grow: which of its operations do, found out by trying each, and with which arguments.

use crate::case::Call;
use crate::judging::Judging;
use crate::value::vary::{Manner, vary};
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

    /// Grows the state of `worker` from `from` times to `to` times; false if an operation failed. `history` has all calls that the
    /// worker has made.
    pub(super) fn grow(
        &self,
        judging: &Judging<'_>,
        worker: &mut Worker,
        (from, to): (usize, usize),
        history: &mut Vec<Call>,
    ) -> bool {
        let mut returns = |call: &Call, manner, number| {
            let call = varied(judging, call, manner, number);
            let at = history.len();
            history.push(call);
            let observations = judging.repeat(worker, judging.old(), &history[at..], at);
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
    pub(super) fn describe(&self, judging: &Judging<'_>) -> String {
        let name = |call: &Call| judging.hop.name(call.operation);
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
pub(super) fn find(judging: &Judging<'_>, before: &[Call], calls: &[Call]) -> Found {
    let mut found = Found {
        growths: Vec::new(),
        again: Vec::new(),
    };
    let mut steps = Vec::new();
    let Some(size) = size_after(judging, before, &Growth::Repeated(Vec::new()), 0) else {
        return found;
    };
    let grown = |growth: &Growth| {
        let grown = size_after(judging, before, growth, TRIED);
        grown.map_or(0, |grown| grown.saturating_sub(size))
    };
    for call in distinct(calls) {
        let alone = |manner| Growth::Repeated(vec![(call.clone(), manner)]);
        let (mut best, mut most) = (Manner::Same, grown(&alone(Manner::Same)));
        if most >= TRIED {
            found.again.push(call.clone());
        }
        for manner in [Manner::Texts, Manner::Distinct] {
            if varies(judging, call, manner) {
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
        if varies(judging, call, Manner::Longer) && grown(&longer) >= TRIED * LENGTH / 2 {
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

fn varies(judging: &Judging<'_>, call: &Call, manner: Manner) -> bool {
    let differs =
        || varied(judging, call, manner, LENGTH) != varied(judging, call, manner, 2 * LENGTH);
    manner == Manner::Same || differs()
}

fn varied(judging: &Judging<'_>, call: &Call, manner: Manner, number: usize) -> Call {
    let mut call = call.clone();
    let parameters = judging.hop.operation(call.operation).parameters();
    for (argument, (_, ty)) in call.arguments.iter_mut().zip(parameters) {
        vary(argument, ty, manner, number);
    }
    call
}

/// Size of the snapshot, in bytes, of a worker that has made these calls and grown so many times.
fn size_after(
    judging: &Judging<'_>,
    calls: &[Call],
    growth: &Growth,
    times: usize,
) -> Option<usize> {
    let mut worker = judging.worker_after(judging.old(), calls, judging.seed)?;
    let mut history = calls.to_vec();
    if !growth.grow(judging, &mut worker, (0, times), &mut history) {
        return None;
    }
    let snapshot = judging.save(&mut worker, history.len())?;
    Some(snapshot.bytes.len())
}
