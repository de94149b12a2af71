//! A state value of the user's own through `state-round-trip`.

use std::fmt::{Debug, Display};
use std::marker::PhantomData;

use arbitrary::{Arbitrary, Unstructured};
use proptest::test_runner::TestCaseError;

use super::Target;
use super::watched::{End, Recorded, Watched};
use crate::error::Error;
use crate::fuzz::substitution::Substitution;
use crate::judging::{Judging, Loaded, Workers};
use crate::testing::assertions;
use crate::versions::chain::Chain;
use crate::versions::config::Config;
use crate::versions::hop::Hop;
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
    ) -> Result<impl Target + use<S, W, R, M, T, E>, Error> {
        Ok(HandOver {
            chain: Chain::open(&[old, new], config)?,
            watched: Watched::open(old, new, config)?,
            given: self,
        })
    }
}

struct HandOver<S, W, R, M> {
    chain: Chain,
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
        self.watched.count(|hop| play(hop, written));
        let held = assertions::state_round_trip(&self.chain, &state, encode, decode, expected);
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
        self.watched.substitutions(input, |hop| play(hop, written))
    }
}

/// Seed of the world that the workers live in.
const SEED: u64 = 0;

/// Load and save of the old version, then of the new one.
fn play(hop: Hop<'_>, written: Snapshot) -> Recorded {
    let judging = Judging::new(hop, SEED, Workers::New);
    let mut recorded = Recorded::default();
    let mut snapshot = written;
    for (end, version) in [(End::Old, judging.old()), (End::New, judging.next())] {
        let Ok(Loaded::Accepted(mut worker)) = judging.load(version, &snapshot, judging.seed)
        else {
            break;
        };
        let saved = recorded.during(end, &mut worker, |worker| judging.save(worker, 0));
        match saved {
            Some(saved) => snapshot = saved,
            None => break,
        }
    }
    recorded
}
