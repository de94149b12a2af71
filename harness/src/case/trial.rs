//! Trying calls while a history is drawn. Most random calls are refused: an id that nobody gave, a name that is not there, an amount
//! too large. A history whose calls are tried first, and drawn again where they are refused, brings the state much further.

use proptest::prelude::*;
use proptest::test_runner::{Reason, TestRunner};

use super::generate::Generator;
use super::scale::Scales;
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

    /// Makes the call, and says whether there was something to see: it was taken, and what it returned is not empty.
    fn shows(&mut self, call: &Call) -> bool {
        self.takes(call)
    }

    /// Saves, and says whether it wrote what it wrote the last time: what happened since is in no snapshot, if anything did.
    fn saves_the_same(&mut self) -> bool {
        false
    }
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
        call: (usize, f64),
        scales: &Scales,
        runner: &mut TestRunner,
        arguments: &[(usize, SBoxedStrategy<Vec<Val>>)],
        trial: &mut dyn Trial,
    ) -> Result<Option<StepTree>, Reason> {
        Ok(
            match self.taken_call(call, scales, runner, arguments, trial)? {
                Ok(taken) => Some(taken),
                Err(refused) => runner.rng().random_ratio(1, STAY).then_some(refused),
            },
        )
    }

    /// A call of an operation, with so much reuse of earlier values where it is drawn first, that is taken; or the last of a few, if
    /// none is.
    pub(super) fn taken_call(
        &self,
        (operation, mut reuse): (usize, f64),
        scales: &Scales,
        runner: &mut TestRunner,
        arguments: &[(usize, SBoxedStrategy<Vec<Val>>)],
        trial: &mut dyn Trial,
    ) -> Result<Result<StepTree, StepTree>, Reason> {
        let mut tries = 1;
        loop {
            let step = self.call((operation, reuse), scales, runner, arguments)?;
            if is_taken(&step, trial) {
                return Ok(Ok(step));
            }
            if tries == TRIES {
                return Ok(Err(step));
            }
            tries += 1;
            reuse = EARLIER[runner.rng().random_range(0..EARLIER.len())];
        }
    }
}

/// Tries a step; an event is always taken.
pub(super) fn is_taken(step: &StepTree, trial: &mut dyn Trial) -> bool {
    match step.current() {
        Step::Operation(call) => trial.takes(&call),
        _ => true,
    }
}
