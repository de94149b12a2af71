//! A campaign: rounds of runs on one or more lanes, and between them what the lanes found is put together, confirmed and
//! reported. With a number of runs instead of a time, the same seed finds the same, however many cores there are.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use proptest::strategy::ValueTree;
use rayon::prelude::*;

use super::corpus::Corpus;
use super::executor::{Executor, base_fuel};
use super::finding::{Confirmation, Found, Judge};
use super::guide::Guide;
use super::lane::{Harvest, Lane, ORDINARY, Shared};
use super::mutation::Fix;
use super::options::{Campaign, CampaignOptions, Status, Watch};
use crate::case::{Case, CaseKind, Generator, Step, runner};
use crate::error::{Error, ErrorKind};
use crate::host::Pace;
use crate::search::calibration::Calibration;
use crate::search::options::Options;
use crate::versions::chain::Chain;
use crate::worker::Worker;
use crate::worker::observation::Failure;
use crate::worker::seen::Seen;
use crate::worker::snapshot::Snapshot;

/// Runs of a lane in a round.
const ROUND: u64 = 1_024;
/// Fuel of a load beside what its bytes are worth: about a tenth of a millisecond. What needs more is looked at with the whole
/// limit.
pub(super) const FUEL: u64 = 100_000;
/// Bytes of an ordinary input at first: short ones take less time, and a change of one is more likely to matter.
const SHORT: usize = 64;
/// After so many runs without a new edge ordinary inputs become twice as long.
const PATIENCE: u64 = 1 << 15;
/// So many times what a load of a real snapshot takes is no sign of a hang.
const FUEL_FACTOR: u64 = 8;
/// Inputs are kept out of a history that would take the host long.
pub(super) const OPERATIONS: usize = 16;
/// After so many findings the campaign ends: the rest of them would say the same.
const MOST_FINDINGS: usize = 64;

const DRIFTED: &str = "a worker that was put back into its initial state was not as a new one, which is a fault of \
    handover; from then on every run had a new worker";

const UNCONFIRMED: &str =
    "some inputs that seemed to hang were not looked at, because the campaign was to end";

/// Runs a campaign against load of the last version, starting with `inputs`.
///
/// # Errors
/// The new version does not export load, or does not start.
pub fn campaign(
    chain: &Chain,
    guide: &Guide,
    options: &CampaignOptions,
    inputs: Vec<Vec<u8>>,
    fix: Option<&Fix>,
    watch: &impl Watch,
) -> Result<Campaign, Error> {
    ErrorKind::Component.of(|| {
        // A time beyond what the clock can tell is none.
        let deadline = options
            .time
            .and_then(|time| Instant::now().checked_add(time));
        let stop = || watch.stop() || deadline.is_some_and(|it| Instant::now() >= it);
        let no_load = || {
            format!(
                "{} does not export load, so there is nothing to fuzz",
                chain.last().label()
            )
        };
        if let Err(failure) = Worker::start(chain.last(), options.seed) {
            bail!("{} does not start: {failure}", chain.last().label());
        }
        let calibration_options = Options {
            seed: options.seed,
            operations: OPERATIONS,
            ..Options::default()
        };
        let is_late = || deadline.is_some_and(|it| Instant::now() >= it);
        let calibrate = || Calibration::take(chain.whole(), &calibration_options, is_late);
        let calibration = chain.on_its_threads(calibrate);
        let mime = calibration.corpus.first().map_or_else(
            || Snapshot::octets([]).mime,
            |snapshot| snapshot.mime.clone(),
        );
        let mut first: BTreeSet<Vec<u8>> = inputs.into_iter().collect();
        if options.seeds {
            first.extend(
                calibration
                    .corpus
                    .iter()
                    .map(|snapshot| snapshot.bytes.clone()),
            );
        }
        first.insert(Vec::new());
        let shared = Shared {
            guide,
            dictionary: &options.dictionary,
            fix,
            mime,
            longest: options.longest,
        };
        let mut lanes = Vec::new();
        for number in 0..options.jobs.max(1) {
            let executors = guide.executors(options.seed).with_context(no_load)?;
            let rng = runner(options.seed, "campaign", number).rng().clone();
            lanes.push(Lane::new(&shared, executors, rng, FUEL));
        }
        let judge = Judge {
            hop: chain.whole(),
            seed: options.seed,
            executor: Executor::new(chain.last(), options.seed).with_context(no_load)?,
            stop: &stop,
        };
        let left_out = [&calibration.always_fail[..], &calibration.sometimes_fail].concat();
        let kind = CaseKind::History { updates: 1..=1 };
        let mut coordinator = Coordinator {
            histories: Generator::new(chain.whole(), kind, OPERATIONS).without(&left_out),
            judge,
            watch,
            status: Status {
                of_edges: guide.edges(),
                ..Status::default()
            },
            findings: Vec::new(),
            signatures: BTreeSet::new(),
            hangs: Vec::new(),
            slow: BTreeSet::new(),
            ordinary: SHORT,
            lengthened: 0,
            notes: calibration.notes.into_iter().collect(),
            played: 0,
            first: 0,
        };

        // The first inputs all go through the first lane, so that what they show does not depend on the number of lanes.
        chain.on_its_threads(|| {
            let lane = &mut lanes[0];
            for bytes in first {
                if stop() {
                    break;
                }
                if bytes.len() <= options.longest {
                    let mime = shared.mime.clone();
                    lane.run(Snapshot { bytes, mime }, false);
                }
            }
        });
        let first = lanes[0].corpus.entries();
        let slowest = first
            .iter()
            .map(|entry| base_fuel(&entry.input, entry.fuel));
        let slowest = slowest.max().unwrap_or(0);
        let fuel = slowest.saturating_mul(FUEL_FACTOR).max(FUEL);
        let mut lengths: Vec<usize> = first.iter().map(|it| it.input.bytes.len()).collect();
        lengths.sort_unstable();
        // A few much longer ones would make every input long.
        let usual = lengths.get(lengths.len() / 2).copied().unwrap_or(0);
        coordinator.ordinary = usual.saturating_mul(2).max(SHORT);
        for lane in &mut lanes {
            lane.fuel = fuel.min(chain.last().limits().fuel);
        }
        coordinator.gather(&mut lanes);
        coordinator.first = coordinator.status.runs;
        // Threads that sleep between two rounds take longer to wake than a round of one lane may take.
        chain.on_its_threads(|| {
            while !stop() && !coordinator.is_done(options) {
                let runs = coordinator.runs_of_a_round(options, lanes.len());
                lanes
                    .par_iter_mut()
                    .zip(runs)
                    .for_each(|(lane, runs)| chain.within_budget(|| lane.round(runs, &stop)));
                coordinator.gather(&mut lanes);
            }
        });
        Ok(Campaign {
            status: coordinator.status,
            findings: coordinator.findings,
            notes: coordinator.notes.into_iter().collect(),
        })
    })
}

/// What happens between two rounds.
struct Coordinator<'a, W> {
    judge: Judge<'a>,
    /// What is played on inputs that load accepted.
    histories: Generator<'a>,
    watch: &'a W,
    status: Status,
    findings: Vec<Found>,
    signatures: BTreeSet<String>,
    /// Backtraces of the hangs that were confirmed.
    hangs: Vec<Vec<String>>,
    /// What looked like hangs in this round and were only slow: real ones may be told apart by the same.
    slow: BTreeSet<String>,
    /// Bytes of an ordinary input, and how many runs had been made when that was increased last.
    ordinary: usize,
    lengthened: u64,
    notes: BTreeSet<String>,
    /// How many accepted inputs were tried with operations.
    played: usize,
    /// Runs of the first inputs, which are not among those that were asked for.
    first: u64,
}

impl<W: Watch> Coordinator<'_, W> {
    fn is_done(&self, options: &CampaignOptions) -> bool {
        let enough = if options.stop_on_finding {
            1
        } else {
            MOST_FINDINGS
        };
        self.findings.len() >= enough || self.runs_left(options) == 0
    }

    fn runs_left(&self, options: &CampaignOptions) -> u64 {
        let made = self.status.runs - self.first;
        options.runs.unwrap_or(u64::MAX).saturating_sub(made)
    }

    /// What each lane runs in the next round: together no more than is left.
    fn runs_of_a_round(&self, options: &CampaignOptions, lanes: usize) -> Vec<u64> {
        let (left, of) = (self.runs_left(options), lanes as u64);
        (0..of)
            .map(|lane| ROUND.min(left / of + u64::from(lane < left % of)))
            .collect()
    }

    /// Puts together what the lanes found, in the order of the lanes.
    fn gather(&mut self, lanes: &mut [Lane<'_>]) {
        let harvests: Vec<Harvest> = lanes
            .iter_mut()
            .map(|it| std::mem::take(&mut it.harvest))
            .collect();
        let before = self.status;
        self.status.runs += harvests.iter().map(|it| it.runs).sum::<u64>();
        self.status.accepted += harvests.iter().map(|it| it.loaded).sum::<u64>();
        self.share(lanes, &harvests);
        if self.status.edges > before.edges {
            self.status.last_new_edge = self.status.runs;
        }
        let mut fuel = lanes[0].fuel;
        for harvest in harvests {
            for (input, failure) in harvest.failures {
                fuel = self.confirm(&input, &failure, fuel).max(fuel);
            }
            for input in harvest.accepted {
                self.play(input);
            }
        }
        if self.status.runs - self.status.last_new_edge.max(self.lengthened) >= PATIENCE
            && self.ordinary < ORDINARY
        {
            self.ordinary *= 2;
            self.lengthened = self.status.runs;
        }
        self.status.started = lanes.iter().map(Lane::started).sum();
        if lanes.iter().any(Lane::has_drifted) {
            self.notes.insert(DRIFTED.to_owned());
        }
        let slow = std::mem::take(&mut self.slow);
        for lane in lanes {
            lane.ordinary = self.ordinary;
            lane.fuel = fuel;
            lane.failed.retain(|signature| !slow.contains(signature));
        }
        self.status.findings = self.findings.len();
        self.watch.status(&self.status);
    }

    /// Brings every lane to what all of them know.
    fn share(&mut self, lanes: &mut [Lane<'_>], harvests: &[Harvest]) {
        for entry in harvests.iter().flat_map(|harvest| &harvest.entries) {
            self.watch.kept(&entry.input);
        }
        if let [lane] = lanes {
            self.status.edges = lane.seen.edges();
            self.status.corpus = lane.corpus.entries().len();
            return;
        }
        let failed: BTreeSet<String> = lanes.iter().flat_map(|lane| lane.failed.clone()).collect();
        let anything = harvests.iter().any(|it| !it.entries.is_empty());
        if anything {
            // What all knew before the round is what each lane has beside its own harvest.
            let known = lanes[0].corpus.entries().len() - harvests[0].entries.len();
            let mut corpus = Corpus::default();
            let mut seen = Seen::none_of(self.status.of_edges);
            for entry in &lanes[0].corpus.entries()[..known] {
                seen.add(&entry.features);
                corpus.add(Arc::clone(entry));
            }
            for entry in harvests.iter().flat_map(|harvest| &harvest.entries) {
                // Two lanes may have found the same.
                if seen.add(&entry.features).features > 0 {
                    corpus.add(Arc::clone(entry));
                }
            }
            for lane in &mut *lanes {
                lane.corpus = corpus.clone();
                lane.seen = seen.clone();
            }
        }
        for lane in &mut *lanes {
            lane.failed.clone_from(&failed);
        }
        self.status.edges = lanes[0].seen.edges();
        self.status.corpus = lanes[0].corpus.entries().len();
    }

    /// Looks at an input that failed; how much fuel a load should have from now on.
    fn confirm(&mut self, input: &Snapshot, failure: &Failure, fuel: u64) -> u64 {
        // A loop is left at any of its instructions when the fuel ends: in the function that loops or in one that it calls.
        let same_loop = |known: &Vec<String>| {
            known.ends_with(&failure.backtrace) || failure.backtrace.ends_with(known)
        };
        if failure.is_hang() && self.hangs.iter().any(same_loop) {
            return fuel;
        }
        // It would take another second.
        if failure.is_hang() && (self.judge.stop)() {
            self.notes.insert(UNCONFIRMED.to_owned());
            return fuel;
        }
        match self.judge.confirm(input, failure, fuel) {
            Confirmation::Found(found) => {
                if failure.is_hang() {
                    self.hangs.push(failure.backtrace.clone());
                }
                self.keep(*found);
            }
            Confirmation::Slow(needed) => {
                let limit = self.judge.hop.next().limits().fuel;
                self.slow.insert(failure.signature());
                return needed.saturating_mul(4).min(limit).max(fuel);
            }
            Confirmation::Unsupported(what) => {
                self.notes
                    .insert(format!("some inputs could not be judged: {what}"));
            }
            Confirmation::Drifted => {
                self.notes.insert(format!(
                    "inputs that fail only in the build that is watched are no findings: {failure}"
                ));
            }
        }
        fuel
    }

    /// Plays a history on an input that load accepted.
    fn play(&mut self, input: Snapshot) {
        let mut runner = runner(self.judge.seed, "accepted", self.played);
        self.played += 1;
        let Ok(tree) = self.histories.tree(&mut runner, &[], &[]) else {
            return;
        };
        // What follows an update: every function is probed, most of the time.
        let mut steps = tree.current().steps;
        let update = steps.iter().position(|step| *step == Step::Update);
        steps.drain(..update.map_or(0, |update| update + 1));
        let case = Case {
            seed: self.judge.seed,
            pace: Pace::default(),
            founding: None,
            input: Some(input),
            steps,
        };
        if let Some(found) = self.judge.accepted(&case) {
            self.keep(found);
        }
    }

    fn keep(&mut self, mut found: Found) {
        let signature = format!(
            "{}: {}",
            found.property.id,
            found.failure.finding.signature()
        );
        if self.signatures.insert(signature) {
            found.runs = self.status.runs;
            self.watch.found(&mut found);
            self.findings.push(found);
        }
    }
}
