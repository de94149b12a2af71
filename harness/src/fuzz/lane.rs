//! One of the threads of a campaign: mutates, runs, and notes what is new. What it finds depends on its seed and on what the
//! lanes knew when the round began, never on the other lanes' speed.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

use super::corpus::{Corpus, Entry};
use super::executor::{Answer, Execution, Executor};
use super::guide::Guide;
use super::mutation::{Fix, mutated};
use super::seen::{Seen, features};
use super::substitution::{Substitution, Suggestion};
use crate::observation::Failure;
use crate::snapshot::Snapshot;

/// Of the inputs that load accepts and that show nothing new, every so many-th is tried with operations, too.
const SAMPLE: u32 = 256;
/// Accepted inputs that are handed on for that in one round.
const MOST_ACCEPTED: usize = 32;

/// What the lanes of a campaign share.
pub(super) struct Shared<'a> {
    pub(super) guide: &'a Guide,
    pub(super) dictionary: &'a [Vec<u8>],
    pub(super) fix: Option<&'a Fix>,
    /// The MIME type of every input.
    pub(super) mime: String,
    /// Seed of the world that every worker lives in.
    pub(super) seed: u64,
    /// Bytes of the largest input.
    pub(super) longest: usize,
}

/// A lane.
pub(super) struct Lane<'a> {
    shared: &'a Shared<'a>,
    executor: Executor<'a>,
    pub(super) corpus: Corpus,
    pub(super) seen: Seen,
    rng: TestRng,
    /// Inputs that comparisons suggest, each to be run once.
    suggested: VecDeque<(Arc<Entry>, Substitution)>,
    /// How often each suggestion was tried.
    tried: HashMap<Suggestion, u8>,
    /// What failed, by what told it apart in the build that is watched.
    pub(super) failed: BTreeSet<String>,
    /// Fuel of a load beside what its bytes are worth: what takes more is looked at as a hang.
    pub(super) fuel: u64,
    /// Bytes of an ordinary input.
    pub(super) ordinary: usize,
    pub(super) harvest: Harvest,
}

/// What a lane found in a round.
#[derive(Default)]
pub(super) struct Harvest {
    pub(super) runs: u64,
    pub(super) entries: Vec<Arc<Entry>>,
    /// Inputs that failed, the first of each kind of failure.
    pub(super) failures: Vec<(Snapshot, Failure)>,
    /// How often each kind of failure was seen.
    pub(super) failed: BTreeMap<String, u64>,
    /// Inputs that load accepted and that are worth a history.
    pub(super) accepted: Vec<Snapshot>,
}

/// Bytes of an ordinary input, unless real snapshots are longer.
pub(super) const ORDINARY: usize = 2_048;
/// Every so many-th input may be longer than an ordinary one: deep nesting and large numbers of elements need that.
const OVERSIZED: u32 = 512;
/// Suggested inputs that wait.
const MOST_SUGGESTED: usize = 1 << 14;
/// How many inputs one suggestion is tried on, by itself. In other mutations it may come again.
const TRIES: u8 = 8;

impl<'a> Lane<'a> {
    pub(super) fn new(
        shared: &'a Shared<'a>,
        executor: Executor<'a>,
        rng: TestRng,
        fuel: u64,
    ) -> Self {
        Self {
            shared,
            executor,
            corpus: Corpus::default(),
            seen: Seen::none_of(shared.guide.edges()),
            rng,
            suggested: VecDeque::new(),
            tried: HashMap::new(),
            failed: BTreeSet::new(),
            fuel,
            ordinary: ORDINARY,
            harvest: Harvest::default(),
        }
    }

    /// Runs so many inputs, or until `stop` says so.
    pub(super) fn round(&mut self, runs: u64, stop: &(dyn Fn() -> bool + Sync)) {
        for _ in 0..runs {
            if stop() {
                return;
            }
            let (bytes, oversized) = self.next();
            let input = Snapshot {
                bytes,
                mime: self.shared.mime.clone(),
            };
            self.run(input, oversized);
        }
    }

    fn next(&mut self) -> (Vec<u8>, bool) {
        // Half of the runs: an input with many comparisons must not stop everything else.
        let suggested = match self.rng.random() {
            true => self.suggested.pop_front(),
            false => None,
        };
        let oversized = self.rng.random_ratio(1, OVERSIZED);
        let longest = match oversized {
            true => self.shared.longest,
            false => self.shared.longest.min(self.ordinary),
        };
        let mut bytes = match suggested {
            Some((entry, substitution)) => substitution.apply(&entry.input.bytes),
            None => match self.corpus.pick(&mut self.rng) {
                Some(entry) => {
                    let words = self.shared.dictionary;
                    mutated(entry, &self.corpus, words, longest, &mut self.rng)
                }
                None => Vec::new(),
            },
        };
        bytes.truncate(longest);
        if let Some(fix) = self.shared.fix {
            fix(&mut bytes);
        }
        (bytes, oversized)
    }

    /// Runs one input, and keeps it if it shows anything new: an oversized one only for a new edge, because every input that
    /// is made of it would be large too.
    pub(super) fn run(&mut self, input: Snapshot, oversized: bool) {
        self.harvest.runs += 1;
        let execution = self.executor.run(&input, self.fuel);
        let is_new = self.seen.is_new(execution.records());
        if let Answer::Failed(failure) = &execution.answer {
            return self.note_failure(input, failure);
        }
        let accepted = matches!(execution.answer, Answer::Accepted);
        let sampled = accepted && (is_new || self.rng.random_ratio(1, SAMPLE));
        if sampled && self.harvest.accepted.len() < MOST_ACCEPTED {
            self.harvest.accepted.push(input.clone());
        }
        if is_new || self.corpus.entries().is_empty() {
            self.keep(input, &execution, oversized);
        }
    }

    fn keep(&mut self, input: Snapshot, execution: &Execution<'_>, oversized: bool) {
        let features = features(execution.records());
        if self.seen.add(&features).edges == 0 && oversized {
            return;
        }
        let Shared { guide, seed, .. } = self.shared;
        let substitutions = guide.substitutions(&input, *seed, self.fuel);
        let entry = Arc::new(Entry {
            input,
            features,
            fuel: execution.fuel,
            substitutions,
        });
        self.corpus.add(Arc::clone(&entry));
        self.suggest(&entry);
        self.harvest.entries.push(entry);
    }

    fn suggest(&mut self, entry: &Arc<Entry>) {
        for substitution in &entry.substitutions {
            let tried = self.tried.entry(substitution.suggestion()).or_default();
            if *tried < TRIES && self.suggested.len() < MOST_SUGGESTED {
                *tried += 1;
                self.suggested
                    .push_back((Arc::clone(entry), substitution.clone()));
            }
        }
    }

    fn note_failure(&mut self, input: Snapshot, failure: &Failure) {
        let kind = failure.signature();
        *self.harvest.failed.entry(kind.clone()).or_default() += 1;
        if self.failed.insert(kind) {
            self.harvest.failures.push((input, failure.clone()));
        }
    }
}
