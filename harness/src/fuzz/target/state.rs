//! A state value of the user's own through `state-round-trip`.

use std::fmt::{Debug, Display};
use std::marker::PhantomData;

use anyhow::Result;
use arbitrary::{Arbitrary, Unstructured};
use proptest::test_runner::TestCaseError;

use super::Target;
use super::watched::{Recorded, Watched};
use crate::case::Case;
use crate::fuzz::substitution::Substitution;
use crate::judging::trial::{Loaded, Trial};
use crate::testing::assertions;
use crate::versions::config::Config;
use crate::versions::pair::{Pair, Side};
use crate::worker::snapshot::Snapshot;

/// The target `state`: states, an encoder, a decoder and the expected mapping, as
/// [`assertions::state_round_trip`] takes them.
pub struct State<S, W, R, M> {
    states: PhantomData<fn() -> S>,
    encode: W,
    decode: R,
    expected: M,
}

impl<S, W, R, M, T, E> State<S, W, R, M>
where
    S: for<'a> Arbitrary<'a> + Debug,
    W: Fn(&S) -> Vec<u8>,
    R: Fn(&[u8]) -> Result<T, E>,
    M: Fn(&S) -> T,
    T: PartialEq + Debug,
    E: Display,
{
    /// The states that the bytes stand for, as their `Arbitrary` reads them. `encode` writes them as the old version's save does, `decode` reads what the next version's save writes,
    /// `expected` is the migration.
    pub fn of(encode: W, decode: R, expected: M) -> Self {
        Self {
            states: PhantomData,
            encode,
            decode,
            expected,
        }
    }

    /// Their update from the one component to the other: `.wasm` files, or `embedded:NAME`.
    ///
    /// # Errors
    /// One of them is no component that can be used, or the config names a function that does not exist.
    pub fn open(
        self,
        [old, new]: [&str; 2],
        config: &Config,
    ) -> Result<impl Target + use<S, W, R, M, T, E>> {
        Ok(HandOver {
            pair: Pair::open(old, new, config)?,
            watched: Watched::open(old, new, config)?,
            given: self,
        })
    }
}

struct HandOver<S, W, R, M> {
    pair: Pair,
    watched: Watched,
    given: State<S, W, R, M>,
}

impl<S, W, R, M, T, E> Target for HandOver<S, W, R, M>
where
    S: for<'a> Arbitrary<'a> + Debug,
    W: Fn(&S) -> Vec<u8>,
    R: Fn(&[u8]) -> Result<T, E>,
    M: Fn(&S) -> T,
    T: PartialEq + Debug,
    E: Display,
{
    fn run(&mut self, input: &[u8]) -> Result<(), TestCaseError> {
        let State {
            encode,
            decode,
            expected,
            ..
        } = &self.given;
        let state = S::arbitrary_take_rest(Unstructured::new(input));
        let state = state.map_err(|error| TestCaseError::reject(error.to_string()))?;
        let written = Snapshot::from(encode(&state));
        self.watched.count(|pair| play(pair, written));
        let held = assertions::state_round_trip(&self.pair, &state, encode, decode, expected);
        held.map_err(|error| match error {
            TestCaseError::Fail(reason) => {
                TestCaseError::fail(format!("{reason}\n  state    {state:?}"))
            }
            rejected => rejected,
        })
    }

    fn counters(&self) -> &[u8] {
        self.watched.counters()
    }

    fn substitutions(&mut self, input: &[u8]) -> Vec<Substitution> {
        let Ok(state) = S::arbitrary_take_rest(Unstructured::new(input)) else {
            return Vec::new();
        };
        let written = Snapshot::from((self.given.encode)(&state));
        self.watched
            .substitutions(input, |pair| play(pair, written))
    }
}

/// Load and save of the old version, then of the new one.
fn play(pair: &Pair, written: Snapshot) -> Recorded {
    let case = Case {
        seed: 0,
        input: None,
        steps: Vec::new(),
    };
    let trial = Trial::new(pair, &case);
    let mut recorded = Recorded::default();
    let mut snapshot = written;
    for side in [Side::Old, Side::New] {
        let Ok(Loaded::Accepted(mut worker)) = trial.load(side, &snapshot, trial.seed) else {
            break;
        };
        let saved = recorded.during(side, &mut worker, |worker| trial.save(worker, 0));
        match saved {
            Some(saved) => snapshot = saved,
            None => break,
        }
    }
    recorded
}
