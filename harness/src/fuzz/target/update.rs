//! A history with an update, the worker compared with its twin: `accepts-saved` and `upgrade-equivalence`.

use anyhow::Result;
use proptest::test_runner::TestCaseError;

use super::Target;
use super::watched::{Recorded, Watched};
use crate::case::{Case, structured};
use crate::fuzz::substitution::Substitution;
use crate::judging::trial::Trial;
use crate::properties::{ACCEPTS_SAVED, UPGRADE_EQUIVALENCE};
use crate::testing::assertions;
use crate::versions::config::Config;
use crate::versions::pair::{Pair, Side};
use crate::worker::update::Update as Updating;

/// The target `update`.
pub struct Update {
    pair: Pair,
    watched: Watched,
}

impl Update {
    /// The update from the one component to the other: `.wasm` files, or `embedded:NAME`.
    ///
    /// # Errors
    /// One of them is no component that can be used, or the config names a function that does not exist.
    pub fn open([old, new]: [&str; 2], config: &Config) -> Result<Self> {
        Ok(Self {
            pair: Pair::open(old, new, config)?,
            watched: Watched::open(old, new, config)?,
        })
    }

    fn case(&self, input: &[u8]) -> Result<Case, TestCaseError> {
        let case = structured(&self.pair, input);
        case.map_err(|error| TestCaseError::reject(error.to_string()))
    }
}

impl Target for Update {
    fn run(&mut self, input: &[u8]) -> Result<(), TestCaseError> {
        let case = self.case(input)?;
        self.watched.count(|pair| play(pair, &case));
        let judged = [&ACCEPTS_SAVED, &UPGRADE_EQUIVALENCE]
            .map(|property| assertions::property(property, &self.pair, &case));
        let mut rejected = Vec::new();
        for outcome in judged {
            match outcome {
                Err(TestCaseError::Reject(reason)) => rejected.push(reason),
                outcome => outcome?,
            }
        }
        match rejected.as_slice() {
            [_, reason] => Err(TestCaseError::Reject(reason.clone())),
            _ => Ok(()),
        }
    }

    fn counters(&self) -> &[u8] {
        self.watched.counters()
    }

    fn substitutions(&mut self, input: &[u8]) -> Vec<Substitution> {
        match self.case(input) {
            Ok(case) => self.watched.substitutions(input, |pair| play(pair, &case)),
            Err(_) => Vec::new(),
        }
    }
}

/// Plays the case as `upgrade-equivalence` does: the old version until it has saved, the new one from its load on.
fn play(pair: &Pair, case: &Case) -> Recorded {
    let trial = Trial::new(pair, case);
    let mut recorded = Recorded::default();
    let Some((played, at)) = trial
        .twin(case)
        .and_then(|played| Some((played.updates.first().copied()?, played)))
        .map(|(at, played)| (played, at))
    else {
        return recorded;
    };
    let (before, after) = played.calls.split_at(at);
    let Ok(mut worker) = trial.start(Side::Old, trial.seed) else {
        return recorded;
    };
    let updated = recorded.during(Side::Old, &mut worker, |worker| {
        trial.repeat(worker, Side::Old, before, 0);
        trial.update(worker, Side::New, at)
    });
    if let Updating::Updated { mut worker, .. } = updated {
        recorded.during(Side::New, &mut worker, |worker| {
            trial.repeat(worker, Side::New, after, at)
        });
    }
    recorded
}
