//! A history with an update, the worker compared with its twin: `accepts-saved` and `upgrade-equivalence`.

use proptest::test_runner::TestCaseError;

use super::Target;
use super::watched::{End, Recorded, Watched};
use crate::case::{Case, structured};
use crate::error::Error;
use crate::fuzz::substitution::Substitution;
use crate::judging::{Judging, Workers};
use crate::properties::{ACCEPTS_SAVED, UPGRADE_EQUIVALENCE};
use crate::testing::assertions;
use crate::versions::chain::Chain;
use crate::versions::config::Config;
use crate::versions::hop::Hop;
use crate::worker::update::Update as Updating;

/// The target `update`.
pub struct Update {
    chain: Chain,
    watched: Watched,
}

impl Update {
    /// The update from the one component to the other: `.wasm` files, or `embedded:NAME`.
    ///
    /// # Errors
    /// One of them is no component that can be used, or the config names a function that does not exist.
    pub fn open([old, new]: [&str; 2], config: &Config) -> Result<Self, Error> {
        Ok(Self {
            chain: Chain::open(&[old, new], config)?,
            watched: Watched::open(old, new, config)?,
        })
    }

    fn case(&self, input: &[u8]) -> Result<Case, TestCaseError> {
        let case = structured(self.chain.whole(), input);
        case.map_err(|error| TestCaseError::reject(error.to_string()))
    }
}

impl Target for Update {
    fn run(&mut self, input: &[u8]) -> Result<(), TestCaseError> {
        let case = self.case(input)?;
        self.watched.count(|hop| play(hop, &case));
        let judged = [&ACCEPTS_SAVED, &UPGRADE_EQUIVALENCE]
            .map(|property| assertions::property(property, &self.chain, &case));
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
            Ok(case) => self.watched.substitutions(input, |hop| play(hop, &case)),
            Err(_) => Vec::new(),
        }
    }
}

/// Plays the case as `upgrade-equivalence` does: the old version until it has saved, the new one from its load on.
fn play(hop: Hop<'_>, case: &Case) -> Recorded {
    let judging = Judging::of(hop, case, Workers::New);
    let mut recorded = Recorded::default();
    let Some((played, at)) = judging
        .twin(case)
        .and_then(|played| Some((played.updates.first().copied()?, played)))
        .map(|(at, played)| (played, at))
    else {
        return recorded;
    };
    let (before, after) = played.calls.split_at(at);
    let Ok(mut worker) = judging.start(judging.old(), judging.seed) else {
        return recorded;
    };
    let updated = recorded.during(End::Old, &mut worker, |worker| {
        judging.repeat(worker, judging.old(), before, 0);
        judging.update(worker, judging.next(), at)
    });
    if let Updating::Updated { mut worker, .. } = updated {
        recorded.during(End::New, &mut worker, |worker| {
            judging.repeat(worker, judging.next(), after, at)
        });
    }
    recorded
}
