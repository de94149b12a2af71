//! Arbitrary bytes into load of a fresh worker: `load-is-total`, then on what load accepts, `accepted-is-stable`.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use anyhow::{Context, Result};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestCaseError;

use super::Target;
use crate::case::{Case, CaseKind, Generator, runner};
use crate::component;
use crate::fuzz::campaign::{FUEL, OPERATIONS};
use crate::fuzz::executor::{Answer, Executor};
use crate::fuzz::guide::Guide;
use crate::fuzz::mutation::Fix;
use crate::fuzz::seen::{Seen, features};
use crate::fuzz::substitution::{Substitution, substitutions};
use crate::host::limits::Limits;
use crate::properties::{ACCEPTED_IS_STABLE, LOAD_IS_TOTAL};
use crate::search::calibration::Survey;
use crate::search::options::Options;
use crate::testing::assertions;
use crate::versions::config::Config;
use crate::versions::pair::Pair;
use crate::worker::snapshot::Snapshot;

/// Seed of the world that every worker lives in.
const SEED: u64 = 0;
/// Of the inputs that load accepts and that show nothing new, one in so many is tried with operations, too.
const SAMPLE: u64 = 256;

/// The target `load`.
pub struct Load {
    pair: &'static Pair,
    guide: &'static Guide,
    edges: Executor<'static>,
    comparisons: Executor<'static>,
    /// What is played on inputs that load accepted.
    histories: Generator<'static>,
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
    pub fn open(new: &str, config: &Config) -> Result<Self> {
        let runtime = config.runtime()?;
        let guide = Guide::new(&runtime, new, &component::read(new)?)?;
        Self::new(Pair::open(new, new, config)?, guide)
    }

    /// The load of a pair's new version, which `guide` watches.
    ///
    /// # Errors
    /// It does not export load.
    pub fn new(pair: Pair, guide: Guide) -> Result<Self> {
        // A target lives as long as its process, and its workers refer to both.
        let (pair, guide): (&Pair, &Guide) =
            (Box::leak(Box::new(pair)), Box::leak(Box::new(guide)));
        let executors = guide.executors(SEED).with_context(|| {
            format!(
                "{} does not export load, so there is nothing to fuzz",
                pair.new.label()
            )
        })?;
        let (edges, comparisons) = executors;
        let options = Options {
            seed: SEED,
            operations: OPERATIONS,
            ..Options::default()
        };
        let survey = pair.threads.install(|| Survey::take(pair, &options, None));
        let left_out = [&survey.always_fail[..], &survey.sometimes_fail].concat();
        let kind = CaseKind::Input { operations: true };
        let mime = survey.corpus.into_iter().next();
        Ok(Self {
            pair,
            guide,
            edges,
            comparisons,
            histories: Generator::new(pair, kind, OPERATIONS).without(&left_out),
            mime: mime.unwrap_or_else(|| Snapshot::octets([])).mime,
            fuel: FUEL.min(pair.new.limits.fuel),
            counters: vec![0; guide.edges()],
            seen: Seen::none_of(guide.edges()),
            fix: None,
        })
    }

    /// Changes each input after it was mutated: where the format has a checksum, `fix` writes the right one.
    #[must_use]
    pub fn fix(mut self, fix: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) -> Self {
        self.fix = Some(Box::new(fix));
        self
    }

    /// Loads the input into a worker that is watched.
    fn watched(&mut self, input: &Snapshot) -> Answer {
        let (answer, _) = self.edges.run(input, self.fuel);
        let mut rest = self.counters.as_mut_slice();
        for record in self.edges.records() {
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
            input: Some(input),
            steps: Vec::new(),
        };
        assertions::property(&LOAD_IS_TOTAL, self.pair, &case)?;
        if hangs {
            // It was only slow.
            self.fuel = self.fuel.saturating_mul(4).min(self.pair.new.limits.fuel);
        }
        Ok(())
    }

    fn judge_accepted(&self, input: Snapshot) -> Result<(), TestCaseError> {
        let mut runner = runner(hash(&input), ACCEPTED_IS_STABLE.id, 0);
        let tree = self.histories.tree(&mut runner, &[], &[]);
        let tree = tree.map_err(TestCaseError::Reject)?;
        let case = Case {
            seed: SEED,
            input: Some(input),
            ..tree.current()
        };
        match assertions::property(&ACCEPTED_IS_STABLE, self.pair, &case) {
            // The input says something nevertheless: load accepted it.
            Err(TestCaseError::Reject(_)) => Ok(()),
            judged => judged,
        }
    }
}

fn hash(input: &Snapshot) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(&input.bytes)
}

impl Target for Load {
    fn run(&mut self, input: &[u8]) -> Result<(), TestCaseError> {
        let input = Snapshot {
            bytes: input.to_vec(),
            mime: self.mime.clone(),
        };
        // The caller's stack is as large as the ordinary limit wants it. A change of threads costs more than a load.
        let answer = match self.pair.new.limits.stack <= Limits::STACK {
            true => self.watched(&input),
            false => self.pair.threads.install(|| self.watched(&input)),
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
