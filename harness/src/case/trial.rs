//! Trying calls while a history is drawn. Most random calls are refused: an id that nobody gave, a name that is not there, an amount
//! too large. A history whose calls are tried first, and drawn again where they are refused, brings the state much further.

use proptest::prelude::*;
use proptest::test_runner::{Reason, TestRunner};

use super::generate::Generator;
use super::step::StepTree;
use super::{Call, Step};
use crate::host::Pace;
use crate::value::Val;

/// How often a call is drawn at most.
const TRIES: usize = 8;
/// Of so many calls that are refused each time, one stays.
const STAY: u32 = 4;
/// How many arguments are earlier values where a call is drawn again.
const EARLIER: [f64; 3] = [0.5, 0.8, 1.0];

/// A worker that calls are tried on.
pub(crate) trait Trial {
    /// Starts with a worker of its own.
    fn begin(&mut self, seed: u64, pace: Pace, founding: Option<Vec<Val>>);

    /// Makes the call, and says whether it was taken: not refused. What cannot be tried counts as taken.
    fn takes(&mut self, call: &Call) -> bool;
}

/// The trial of histories that are not tried.
pub(crate) struct Untried;

impl Trial for Untried {
    fn begin(&mut self, _seed: u64, _pace: Pace, _founding: Option<Vec<Val>>) {}

    fn takes(&mut self, _call: &Call) -> bool {
        true
    }
}

impl Generator<'_> {
    /// A call of this operation that is taken, if one of a few is; none, mostly, if none is.
    pub(super) fn tried_call(
        &self,
        operation: usize,
        reuse: f64,
        runner: &mut TestRunner,
        arguments: &[(usize, SBoxedStrategy<Vec<Val>>)],
        trial: &mut dyn Trial,
    ) -> Result<Option<StepTree>, Reason> {
        let mut step = self.call(operation, reuse, runner, arguments)?;
        for _ in 1..TRIES {
            if is_taken(&step, trial) {
                return Ok(Some(step));
            }
            let reuse = EARLIER[runner.rng().random_range(0..EARLIER.len())];
            step = self.call(operation, reuse, runner, arguments)?;
        }
        let stays = is_taken(&step, trial) || runner.rng().random_ratio(1, STAY);
        Ok(stays.then_some(step))
    }
}

/// Tries a step; an event is always taken.
pub(super) fn is_taken(step: &StepTree, trial: &mut dyn Trial) -> bool {
    match step.current() {
        Step::Operation(call) => trial.takes(&call),
        _ => true,
    }
}
