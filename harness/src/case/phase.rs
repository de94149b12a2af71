//! Phases of a history that random calls seldom come to: one operation with so many distinct values that bounded tables
//! overflow, then a look at the oldest, the newest and one between; many things opened and closed in another order; one
//! operation over and over on what it returned last, so that values nest.

use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

use super::Graft;
use crate::value::vary::{Manner, vary};
use crate::value::{Val, WitType};
use crate::versions::hop::Hop;

/// Of so many histories, one has such a phase.
const PHASES: u32 = 4;
/// Of so many phases, one is longer than the others.
const LONG: u32 = 10;
/// A long phase has so many calls for each operation that a history may have.
pub(crate) const LONGEST: usize = 6;
/// But no more than this, unless every history may: it overflows what is bounded, and its values must fit in memory.
const CROWD: usize = 3_000;
/// Looks at single values after a crowd.
const LOOKS: usize = 8;

/// A call in a phase.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Planned {
    pub(super) operation: usize,
    pub(super) how: How,
}

/// What its arguments are.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum How {
    /// The same as in the other calls of the phase, but for the parameters in `which`: they are others for each `number`.
    Distinct {
        number: usize,
        manner: Manner,
        which: u32,
    },
    /// Earlier values wherever there are some of the type.
    Earlier { choice: u32 },
}

/// The calls of a phase: those before the update, and those after it.
#[derive(Debug, Default)]
pub(super) struct Phase {
    pub(super) before: Vec<Planned>,
    pub(super) after: Vec<Planned>,
}

/// Whether a history has a phase.
pub(super) fn is_wanted(rng: &mut TestRng) -> bool {
    rng.random_ratio(1, PHASES)
}

/// A phase of a history of at most `most` operations; rarely several times as long, where that is `crowded`.
pub(super) fn draw(
    hop: Hop<'_>,
    callable: &[usize],
    (most, crowded): (usize, bool),
    rng: &mut TestRng,
) -> Phase {
    let (most, whole) = match crowded && rng.random_ratio(1, LONG) {
        true => {
            let most = most.saturating_mul(LONGEST).min(CROWD).max(most);
            (most, most)
        }
        false => (most - most / 4, most),
    };
    let with_parameters: Vec<usize> = callable
        .iter()
        .copied()
        .filter(|operation| !hop.operation(*operation).user_parameters().is_empty())
        .collect();
    let room = most.saturating_sub(LOOKS);
    if with_parameters.is_empty() || room < 2 {
        return Phase::default();
    }
    let operation = with_parameters[rng.random_range(0..with_parameters.len())];
    match rng.random_range(0..5u32) {
        0 => nest(operation, room, rng),
        1 | 2 => {
            // What closes takes what was opened, or is about what was opened last.
            let takes_nothing: Vec<usize> = callable
                .iter()
                .copied()
                .filter(|it| !with_parameters.contains(it))
                .collect();
            let close = match takes_nothing.is_empty() || rng.random() {
                true => with_parameters[rng.random_range(0..with_parameters.len())],
                false => takes_nothing[rng.random_range(0..takes_nothing.len())],
            };
            open_and_close(hop, (operation, close), whole.saturating_sub(LOOKS), rng)
        }
        _ => crowd(hop, operation, &with_parameters, room, rng),
    }
}

/// One operation with distinct values, then others on some of those values.
fn crowd(
    hop: Hop<'_>,
    operation: usize,
    others: &[usize],
    room: usize,
    rng: &mut TestRng,
) -> Phase {
    let count = rng.random_range(room / 2..=room);
    let mut before = distinct(hop, operation, count, rng);
    // A table may forget what was used least, not what came first.
    for _ in 0..[0, 0, 1, 3][rng.random_range(0..4usize)] {
        let again = before[rng.random_range(0..before.len().min(4))].clone();
        before.push(again);
    }
    let mut after = Vec::with_capacity(LOOKS);
    for _ in 0..LOOKS {
        let other = others[rng.random_range(0..others.len())];
        let how = How::Earlier {
            choice: anywhere(count, rng),
        };
        after.push(Planned {
            operation: other,
            how,
        });
    }
    Phase { before, after }
}

/// The oldest values, the newest, and any between.
fn anywhere(count: usize, rng: &mut TestRng) -> u32 {
    let near = rng.random_range(0..3u32);
    match rng.random_range(0..3u32) {
        0 => Graft::OLDEST + near,
        1 => near,
        _ => rng.random_range(0..u32::try_from(count).unwrap_or(u32::MAX).max(1)),
    }
}

fn distinct(hop: Hop<'_>, operation: usize, count: usize, rng: &mut TestRng) -> Vec<Planned> {
    let parameters = hop.operation(operation).user_parameters().len();
    let manner = match rng.random() {
        true => Manner::Distinct,
        false => Manner::Texts,
    };
    // Often a key alone: what is valid about the others stays valid.
    let which = match rng.random_range(0..3u32) {
        0 => u32::MAX,
        1 => 1,
        _ => 1 << rng.random_range(0..parameters.clamp(1, 32)),
    };
    let mut numbers: Vec<usize> = (0..count).collect();
    match rng.random_range(0..3u32) {
        0 => {}
        1 => numbers.reverse(),
        _ => {
            for index in (1..count).rev() {
                numbers.swap(index, rng.random_range(0..=index));
            }
        }
    }
    let numbers = numbers.into_iter().map(|number| Planned {
        operation,
        how: How::Distinct {
            number,
            manner,
            which,
        },
    });
    numbers.collect()
}

/// Opens many things and closes them: the first first, the last first, or anyhow. Some are closed after the update only.
fn open_and_close(
    hop: Hop<'_>,
    (open, close): (usize, usize),
    room: usize,
    rng: &mut TestRng,
) -> Phase {
    let count = rng.random_range(room / 4..=room / 2).max(1);
    let mut before = distinct(hop, open, count, rng);
    let order = rng.random_range(0..3u32);
    let mut closed = Vec::with_capacity(count);
    for number in 0..u32::try_from(count).unwrap_or(u32::MAX) {
        let choice = match order {
            0 => Graft::OLDEST + number,
            1 => number,
            _ => anywhere(count, rng),
        };
        let how = How::Earlier { choice };
        closed.push(Planned {
            operation: close,
            how,
        });
    }
    let after = closed.split_off(rng.random_range(0..=count));
    before.extend(closed);
    Phase { before, after }
}

/// One operation, over and over, on what was seen last.
fn nest(operation: usize, room: usize, rng: &mut TestRng) -> Phase {
    let count = rng.random_range(2..=room);
    let call = |_| Planned {
        operation,
        how: How::Earlier { choice: 0 },
    };
    let before = (0..count).map(call).collect();
    let after = (0..LOOKS.min(room)).map(call).collect();
    Phase { before, after }
}

/// The arguments of a call with distinct values, made from those of the phase's first.
pub(super) fn arguments(base: &[Val], types: &[(String, WitType)], how: &How) -> Vec<Val> {
    let mut arguments = base.to_vec();
    if let How::Distinct {
        number,
        manner,
        which,
    } = how
    {
        for (index, (argument, (_, ty))) in arguments.iter_mut().zip(types).enumerate() {
            if which >> index.min(31) & 1 == 1 {
                vary(argument, ty, *manner, *number);
            }
        }
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::runner;
    use crate::versions::chain::Chain;

    /// The longest of many phases of histories of at most so many operations.
    fn longest(pair: &Chain, most: usize) -> usize {
        let callable: Vec<usize> = (0..pair.operations().len()).collect();
        let phases = (0..400).map(|number| {
            let mut runner = runner(7, "phase", number);
            draw(pair.whole(), &callable, (most, true), runner.rng())
                .before
                .len()
        });
        phases.max().unwrap_or(0)
    }

    #[test]
    fn a_crowd_is_several_times_a_history_and_never_fills_the_memory() -> anyhow::Result<()> {
        let pair = ["embedded:stall-v1", "embedded:stall-v3"];
        let pair = Chain::open(&pair, &Default::default())?;
        // Openings are closed, and a few calls are repeated.
        assert!((200..=300).contains(&longest(&pair, 50)));
        assert!((2_000..=CROWD + 3).contains(&longest(&pair, 500)));
        assert!((2_000..=CROWD + 3).contains(&longest(&pair, 1_000)));
        assert!((8_000..=10_003).contains(&longest(&pair, 10_000)));
        Ok(())
    }
}
