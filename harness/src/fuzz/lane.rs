//! One of the threads of a campaign: mutates, runs, and notes what is new. What it finds depends on its seed and on what the
//! lanes knew when the round began, never on the other lanes' speed.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, OnceLock};

use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

use super::checksum::Checksums;
use super::corpus::{Corpus, Entry};
use super::executor::{Answer, Executor};
use super::guide::Guide;
use super::mutation::{Fix, mutated};
use super::substitution::{Substitution, Suggestion, substitutions};
use crate::worker::observation::Failure;
use crate::worker::seen::{Seen, features};
use crate::worker::snapshot::Snapshot;

/// Of the inputs that load accepts and that show nothing new, every so many-th is tried with operations, too.
const SAMPLE: u32 = 32;
/// Accepted inputs that are handed on for that in one round.
const MOST_ACCEPTED: usize = 32;

/// What the lanes of a campaign share.
pub(super) struct Shared<'a> {
    pub(super) guide: &'a Guide,
    pub(super) dictionary: &'a [Vec<u8>],
    pub(super) fix: Option<&'a Fix>,
    /// The MIME type of every input.
    pub(super) mime: String,
    /// Bytes of the largest input.
    pub(super) longest: usize,
}

/// A lane.
pub(super) struct Lane<'a> {
    shared: &'a Shared<'a>,
    /// Runs inputs and counts edges.
    edges: Executor,
    /// Runs inputs and records comparisons.
    comparisons: Executor,
    pub(super) corpus: Corpus,
    pub(super) seen: Seen,
    rng: TestRng,
    /// Inputs that comparisons suggest, each to be run once.
    suggested: VecDeque<(Arc<Entry>, Substitution)>,
    /// How often each suggestion was tried.
    tried: HashMap<Suggestion, u8>,
    checksums: Checksums,
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
    /// How many of them load accepted.
    pub(super) loaded: u64,
    pub(super) entries: Vec<Arc<Entry>>,
    /// Inputs that failed, the first of each kind of failure.
    pub(super) failures: Vec<(Snapshot, Failure)>,
    /// Inputs that load accepted and that are worth a history.
    pub(super) accepted: Vec<Snapshot>,
}

/// Bytes of an ordinary input at most, unless real snapshots are longer.
pub(super) const ORDINARY: usize = 2_048;
/// Every so many-th input may be longer than an ordinary one: deep nesting and large numbers of elements need that.
const OVERSIZED: u32 = 512;
/// Suggested inputs that wait.
const MOST_SUGGESTED: usize = 1 << 14;
/// How many inputs one suggestion is tried on.
const TRIES: u8 = 8;

impl<'a> Lane<'a> {
    pub(super) fn new(
        shared: &'a Shared<'a>,
        (edges, comparisons): (Executor, Executor),
        rng: TestRng,
        fuel: u64,
    ) -> Self {
        Self {
            shared,
            edges,
            comparisons,
            corpus: Corpus::default(),
            seen: Seen::none_of(shared.guide.edges()),
            rng,
            suggested: VecDeque::new(),
            tried: HashMap::new(),
            checksums: Checksums::default(),
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
        let (mut bytes, has_checksum) = match suggested {
            Some((entry, substitution)) => {
                let mut bytes = entry.input.bytes.clone();
                substitution.apply(&mut bytes);
                (bytes, entry.has_checksum)
            }
            None => match self.corpus.pick(&mut self.rng) {
                Some(entry) => {
                    let words = self.shared.dictionary;
                    let bytes = mutated(entry, &self.corpus, words, longest, &mut self.rng);
                    (bytes, entry.has_checksum)
                }
                None => (Vec::new(), false),
            },
        };
        bytes.truncate(longest);
        let Shared { guide, mime, .. } = self.shared;
        if let Some(fix) = self.shared.fix {
            fix(&mut bytes);
        } else if has_checksum && self.rng.random_ratio(15, 16) {
            // A few keep a wrong one: how load refuses it is of interest, too.
            let (executor, fuel) = (&mut self.comparisons, self.fuel);
            self.checksums.repair(&mut bytes, |bytes| {
                let input = Snapshot {
                    bytes: bytes.to_vec(),
                    mime: mime.clone(),
                };
                guide.compared(executor, &input, fuel)
            });
        }
        (bytes, oversized)
    }

    /// Runs one input, and keeps it if it shows anything new: an oversized one only for a new edge, because every input that
    /// is made of it would be large too.
    pub(super) fn run(&mut self, input: Snapshot, oversized: bool) {
        self.harvest.runs += 1;
        let (answer, fuel) = self.edges.run(&input, self.fuel);
        let is_new = self.seen.is_new(self.edges.records());
        if let Answer::Failed(failure) = &answer {
            return self.note_failure(input, failure);
        }
        let accepted = matches!(answer, Answer::Accepted);
        self.harvest.loaded += u64::from(accepted);
        let sampled = accepted && (is_new || self.rng.random_ratio(1, SAMPLE));
        if sampled && self.harvest.accepted.len() < MOST_ACCEPTED {
            self.harvest.accepted.push(input.clone());
        }
        if is_new || self.corpus.entries().is_empty() {
            self.keep(input, fuel, oversized);
        }
    }

    fn keep(&mut self, input: Snapshot, fuel: u64, oversized: bool) {
        let features = features(self.edges.records());
        if self.seen.add(&features).edges == 0 && oversized {
            return;
        }
        let Shared { guide, fix, .. } = self.shared;
        let (executor, fuel_of_all) = (&mut self.comparisons, self.fuel);
        let mut run =
            |bytes: &[u8]| guide.compared(executor, &input.with_bytes(bytes.to_vec()), fuel_of_all);
        let compared = run(&input.bytes);
        let tried = &mut self.tried;
        let substitutions = substitutions(&input.bytes, &compared, |it| {
            let tries = tried.entry(it).or_default();
            *tries = tries.saturating_add(1);
            *tries <= TRIES
        });
        let has_checksum = fix.is_none()
            && input.bytes.len() <= ORDINARY
            && self
                .checksums
                .learn(&input.bytes, &compared, &mut self.rng, run);
        let entry = Arc::new(Entry {
            input,
            features,
            fuel,
            has_checksum,
            substitutions,
            document: OnceLock::new(),
        });
        self.corpus.add(Arc::clone(&entry));
        self.suggest(&entry);
        self.harvest.entries.push(entry);
    }

    /// How many workers it started.
    pub(super) fn started(&self) -> u64 {
        self.edges.started()
    }

    /// Whether a worker that was put back was not as a new one.
    pub(super) fn has_drifted(&self) -> bool {
        self.edges.drifted() > 0 || self.comparisons.drifted() > 0
    }

    fn suggest(&mut self, entry: &Arc<Entry>) {
        let room = MOST_SUGGESTED.saturating_sub(self.suggested.len());
        let suggested = entry.substitutions.iter().take(room);
        self.suggested
            .extend(suggested.map(|it| (Arc::clone(entry), it.clone())));
    }

    fn note_failure(&mut self, input: Snapshot, failure: &Failure) {
        if self.failed.insert(failure.place()) {
            self.harvest.failures.push((input, failure.clone()));
        }
    }
}
