//! Arbitrary bytes into load of a fresh worker: `load-is-total`, then on what load accepts, `accepted-is-stable`.

use std::hash::Hasher;

use anyhow::{Context, Result};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestCaseError;
use siphasher::sip::SipHasher13;

use super::Target;
use crate::case::{Case, CaseKind, Generator, runner};
use crate::component;
use crate::error::{Error, ErrorKind};
use crate::fuzz::campaign::{FUEL, OPERATIONS};
use crate::fuzz::executor::{Answer, Executor};
use crate::fuzz::guide::Guide;
use crate::fuzz::mutation::Fix;
use crate::fuzz::substitution::{Substitution, substitutions};
use crate::host::Pace;
use crate::host::limits::Limits;
use crate::properties::{ACCEPTED_IS_STABLE, LOAD_IS_TOTAL};
use crate::search::calibration::Calibration;
use crate::search::options::Options;
use crate::testing::assertions;
use crate::versions::chain::Chain;
use crate::versions::config::Config;
use crate::worker::seen::{Seen, features};
use crate::worker::snapshot::Snapshot;

/// Seed of the world that every worker lives in.
const SEED: u64 = 0;
/// Of the inputs that load accepts and that show nothing new, one in so many is tried with operations, too.
const SAMPLE: u64 = 256;

/// The target `load`.
pub struct Load {
    chain: Chain,
    guide: Guide,
    edges: Executor,
    comparisons: Executor,
    /// The operations that histories on accepted inputs leave out.
    left_out: Vec<usize>,
    mime: String,
    /// Fuel of a load beside what its bytes are worth: what takes more is looked at as a hang.
    fuel: u64,
    counters: Vec<u8>,
    seen: Seen,
    fix: Option<Box<Fix>>,
}

impl Load {
    /// The load of a component: a `.wasm` file, or `embedded:NAME`.
    ///
    /// # Errors
    /// It is no component that can be used, or does not export load.
    pub fn open(new: &str, config: &Config) -> Result<Self, Error> {
        let runtime = config.runtime()?;
        let guide = Guide::new(&runtime, new, &component::read(new)?)?;
        Self::new(Chain::open(&[new, new], config)?, guide)
    }

    /// The load of a pair's new version, which `guide` watches.
    ///
    /// # Errors
    /// It does not export load.
    pub fn new(chain: Chain, guide: Guide) -> Result<Self, Error> {
        ErrorKind::Component.of(|| {
            let executors = guide.executors(SEED).with_context(|| {
                format!(
                    "{} does not export load, so there is nothing to fuzz",
                    chain.last().label()
                )
            })?;
            let (edges, comparisons) = executors;
            let options = Options {
                seed: SEED,
                operations: OPERATIONS,
                ..Options::default()
            };
            let calibrate = || Calibration::take(chain.whole(), &options, || false);
            let calibration = chain.on_its_threads(calibrate);
            let left_out = [&calibration.always_fail[..], &calibration.sometimes_fail].concat();
            let mime = calibration.corpus.into_iter().next();
            Ok(Self {
                fuel: FUEL.min(chain.last().limits().fuel),
                counters: vec![0; guide.edges()],
                seen: Seen::none_of(guide.edges()),
                chain,
                guide,
                edges,
                comparisons,
                left_out,
                mime: mime.unwrap_or_else(|| Snapshot::octets([])).mime,
                fix: None,
            })
        })
    }

    /// Changes each input after it was mutated: where the format has a checksum, `fix` writes the right one.
    #[must_use]
    pub fn fix(mut self, fix: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) -> Self {
        self.fix = Some(Box::new(fix));
        self
    }

    /// Loads the input into a worker that is watched.
    fn watched(edges: &mut Executor, mut rest: &mut [u8], input: &Snapshot, fuel: u64) -> Answer {
        let (answer, _) = edges.run(input, fuel);
        for record in edges.records() {
            let (counters, others) = rest.split_at_mut(record.len().min(rest.len()));
            counters.copy_from_slice(&record[..counters.len()]);
            rest = others;
        }
        rest.fill(0);
        answer
    }

    /// Whether an input that load accepted is worth a history. Always the same for an input that runs alone, so that a crash
    /// can be looked at again.
    fn is_worth_a_history(&mut self, input: &Snapshot) -> bool {
        let counters = || std::iter::once(self.counters.as_slice());
        if self.seen.is_new(counters()) {
            self.seen.add(&features(counters()));
            return true;
        }
        hash(input).is_multiple_of(SAMPLE)
    }

    fn judge_total(&mut self, input: Snapshot, hangs: bool) -> Result<(), TestCaseError> {
        let case = Case {
            seed: SEED,
            pace: Pace::default(),
            founding: None,
            input: Some(input),
            steps: Vec::new(),
        };
        assertions::property(&LOAD_IS_TOTAL, &self.chain, &case)?;
        if hangs {
            // It was only slow.
            self.fuel = self
                .fuel
                .saturating_mul(4)
                .min(self.chain.last().limits().fuel);
        }
        Ok(())
    }

    fn judge_accepted(&self, input: Snapshot) -> Result<(), TestCaseError> {
        let mut runner = runner(hash(&input), ACCEPTED_IS_STABLE.id, 0);
        let kind = CaseKind::Input { operations: true };
        let histories = Generator::new(self.chain.whole(), kind, OPERATIONS);
        let tree = histories
            .without(&self.left_out)
            .tree(&mut runner, &[], &[]);
        let tree = tree.map_err(TestCaseError::Reject)?;
        let case = Case {
            seed: SEED,
            pace: Pace::default(),
            input: Some(input),
            ..tree.current()
        };
        match assertions::property(&ACCEPTED_IS_STABLE, &self.chain, &case) {
            // The input says something nevertheless: load accepted it.
            Err(TestCaseError::Reject(_)) => Ok(()),
            judged => judged,
        }
    }
}

/// Determines the history that is played on an input: one that crashed once must crash again, whatever compiled this.
fn hash(input: &Snapshot) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(&input.bytes);
    hasher.finish()
}

impl Target for Load {
    fn run(&mut self, input: &[u8]) -> Result<(), TestCaseError> {
        let input = Snapshot {
            bytes: input.to_vec(),
            mime: self.mime.clone(),
        };
        // The caller's stack is as large as the ordinary limit wants it. A change of threads costs more than a load.
        let (edges, counters, fuel) = (&mut self.edges, &mut self.counters, self.fuel);
        let mut watched = || Self::watched(edges, counters, &input, fuel);
        let answer = match self.chain.last().limits().stack <= Limits::STACK {
            true => watched(),
            false => self.chain.on_its_threads(watched),
        };
        match answer {
            Answer::Refused => Ok(()),
            Answer::Failed(failure) => self.judge_total(input, failure.is_hang()),
            Answer::Accepted if self.is_worth_a_history(&input) => self.judge_accepted(input),
            Answer::Accepted => Ok(()),
        }
    }

    fn counters(&self) -> &[u8] {
        &self.counters
    }

    fn substitutions(&mut self, input: &[u8]) -> Vec<Substitution> {
        let input = Snapshot {
            bytes: input.to_vec(),
            mime: self.mime.clone(),
        };
        let executor = &mut self.comparisons;
        let compared = self.guide.compared(executor, &input, self.fuel);
        substitutions(&input.bytes, &compared, |_| true)
    }

    fn mend(&self, input: &mut Vec<u8>) {
        if let Some(fix) = &self.fix {
            fix(input);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A crash that was kept as a file names no history: it is this number's.
    #[test]
    fn the_history_of_an_input_never_changes() {
        let hashes = [&b""[..], b"CART", &[0; 9]].map(|bytes| hash(&Snapshot::octets(bytes)));
        let expected = [
            0xd1fb_a762_150c_532c,
            0x7bde_cb28_ecd6_7098,
            0x66b1_b52b_4f6e_f1c4,
        ];
        assert_eq!(hashes, expected);
    }
}
