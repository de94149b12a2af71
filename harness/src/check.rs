//! Runs the properties on generated cases, on all cores, and shrinks what fails. The same seed gives the same report:
//! a case is a function of the seed, the property and its number, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config as ProptestConfig, RngAlgorithm, TestRng, TestRunner};
use rayon::prelude::*;
use siphasher::sip::SipHasher13;

use crate::case::{Case, CaseKind, CaseTree, Generator};
use crate::component::Component;
use crate::host::Answerer;
use crate::pair::{Pair, Side};
use crate::properties::{ALL, Property};
use crate::snapshot::Snapshot;
use crate::trial::Trial;
use crate::verdict::{Finding, Outcome, PropertyReport, Report, ReportedFailure, Status};
use crate::worker::Worker;

/// What to check, and how long.
#[derive(Debug, Clone)]
pub struct Options {
    /// Cases of each property; the properties that feed bytes to load run sixteen inputs for each.
    pub cases: usize,
    /// The largest number of operations in a history.
    pub operations: usize,
    /// Determines every case.
    pub seed: u64,
    /// Stop after this time with the cases that were run until then. Only with it does a report depend on the machine.
    pub time: Option<Duration>,
    /// Only these properties; all where it is empty.
    pub properties: Vec<&'static Property>,
    /// Whether an advisory property can fail.
    pub strict: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cases: 256,
            operations: crate::case::MAX_OPERATIONS,
            seed: 0,
            time: None,
            properties: Vec::new(),
            strict: false,
        }
    }
}

/// Cases that run together. Of a fixed size, so that where a property stops does not depend on the number of threads.
const BATCH: usize = 32;
/// Once a property has failed, its further cases may use this much fuel in all: enough for every case of a component
/// that answers, soon reached by one that hangs.
const FUEL_AFTER_FAILURE: u64 = 20_000_000_000;
/// How many failures of one property are reported. The third rarely says more than the first two.
const MAX_FAILURES: usize = 3;
/// How many cases a failure is shrunk with at most.
const MAX_SHRINKS: usize = 3_000;
/// Fuel for shrinking one failure.
const SHRINK_FUEL: u64 = 60_000_000_000;
/// Real snapshots of each version that inputs are made from.
const CORPUS: usize = 64;
/// An operation that failed in each of at least this many calls of the survey is left out of histories.
const SURVEYED_CALLS: usize = 4;

/// Watches a check; every method may do nothing.
pub trait Progress: Sync {
    /// `property` will run so many cases.
    fn begin(&self, _property: &'static str, _cases: usize) {}
    /// So many more cases of `property` have run.
    fn advance(&self, _property: &'static str, _cases: usize) {}
    /// A failure is being shrunk.
    fn shrinking(&self, _property: &'static str) {}
}

impl Progress for () {}

/// Runs the properties on the pair.
///
/// # Errors
/// A version does not start at all, so that there is nothing to check.
pub fn check(pair: &Pair, options: &Options, progress: &impl Progress) -> Result<Report> {
    pair.threads.install(|| {
        starts(&pair.old, options.seed)?;
        starts(&pair.new, options.seed)?;
        let survey = Survey::take(pair, options);
        let mut runs: Vec<Run<'_>> = chosen(options)
            .into_iter()
            .map(|property| Run::new(property, pair, options, &survey))
            .collect();
        for run in runs.iter().filter(|run| run.unmet.is_none()) {
            progress.begin(run.property.id, run.wanted);
        }
        let deadline = options.time.map(|time| Instant::now() + time);
        // In turns, so that a time budget is shared fairly.
        while runs.iter().any(|run| !run.is_done()) {
            for run in runs.iter_mut().filter(|run| !run.is_done()) {
                run.batch(pair, options, &survey, progress);
                run.out_of_time = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            }
        }
        let mut notes = survey.notes.clone();
        let reports: Vec<PropertyReport> = runs
            .into_iter()
            .map(|run| run.report(pair, options, &survey, progress, &mut notes))
            .collect();
        notes.extend(left_out(pair));
        notes.extend(pair.unneeded_declarations());
        Ok(Report {
            old: (pair.old.label().to_owned(), pair.old.sha256().to_owned()),
            new: (pair.new.label().to_owned(), pair.new.sha256().to_owned()),
            seed: options.seed,
            properties: reports,
            operations: pair.operations.len(),
            notes,
        })
    })
}

fn chosen(options: &Options) -> Vec<&'static Property> {
    let chosen = |property: &Property| {
        options.properties.is_empty() || options.properties.iter().any(|it| it.id == property.id)
    };
    ALL.into_iter()
        .filter(|property| chosen(property))
        .collect()
}

fn starts(component: &Component, seed: u64) -> Result<()> {
    match Worker::start(component, seed) {
        Ok(_) => Ok(()),
        Err(failure) if failure.is_unsupported() => Err(anyhow!(
            "{} cannot be started here: {failure}. With `unknown-imports = \"synthesize\"` in the config file the call is answered",
            component.label()
        )),
        Err(failure) => Err(anyhow!(
            "{} does not start: {failure}. On Golem an update to such a component stays pending for ever",
            component.label()
        )),
    }
}

/// A runner whose random numbers are a function of the seed, a name and a number.
fn runner(seed: u64, name: &str, number: usize) -> TestRunner {
    let mut bytes = [0; 32];
    for (lane, chunk) in bytes.chunks_exact_mut(8).enumerate() {
        let mut hasher = SipHasher13::new_with_keys(seed, lane as u64);
        hasher.write(name.as_bytes());
        hasher.write_u64(number as u64);
        chunk.copy_from_slice(&hasher.finish().to_le_bytes());
    }
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    TestRunner::new_with_rng(ProptestConfig::default(), rng)
}

/// What ordinary histories show before the properties run: which operations always fail, and real snapshots.
struct Survey {
    always_fail: Vec<usize>,
    sometimes_fail: Vec<usize>,
    corpus: Vec<Snapshot>,
    notes: Vec<String>,
}

/// What one history of the survey showed.
struct Surveyed {
    calls: Vec<usize>,
    failed: Option<(usize, String)>,
    snapshots: Vec<Snapshot>,
}

impl Survey {
    fn take(pair: &Pair, options: &Options) -> Self {
        let kind = CaseKind::History { updates: 0..=0 };
        let generator = Generator::new(pair, kind, options.operations);
        let surveyed: Vec<Surveyed> = (0..CORPUS)
            .into_par_iter()
            .map(|number| survey_one(pair, options, &generator, number))
            .collect();
        let mut calls = vec![0; pair.operations.len()];
        let mut failures = vec![0; pair.operations.len()];
        let mut reasons: BTreeMap<usize, String> = BTreeMap::new();
        let mut corpus = Vec::new();
        for one in surveyed {
            for call in one.calls {
                calls[call] += 1;
            }
            if let Some((operation, reason)) = one.failed {
                failures[operation] += 1;
                reasons.entry(operation).or_insert(reason);
            }
            corpus.extend(one.snapshots);
        }
        let always = |operation: &usize| {
            calls[*operation] >= SURVEYED_CALLS && failures[*operation] == calls[*operation]
        };
        let (always_fail, sometimes_fail): (Vec<usize>, Vec<usize>) =
            reasons.keys().copied().partition(always);
        let notes = reasons
            .iter()
            .map(|(operation, reason)| {
                let name = &pair.operations[*operation].name;
                match always_fail.contains(operation) {
                    true => format!(
                        "{name} is left out of histories, because every call of it fails: {reason}"
                    ),
                    false => format!("{name} fails in some histories, which end there: {reason}"),
                }
            })
            .collect();
        Self {
            always_fail,
            sometimes_fail,
            corpus,
            notes,
        }
    }
}

fn survey_one(
    pair: &Pair,
    options: &Options,
    generator: &Generator<'_>,
    number: usize,
) -> Surveyed {
    let mut surveyed = Surveyed {
        calls: Vec::new(),
        failed: None,
        snapshots: Vec::new(),
    };
    let Ok(tree) = generator.tree(&mut runner(options.seed, "survey", number), &[], &[]) else {
        return surveyed;
    };
    let case = tree.current();
    let trial = Trial::new(pair, &case);
    for side in [Side::Old, Side::New] {
        let Ok(mut worker) = trial.start(side, trial.seed) else {
            continue;
        };
        let played = trial.play(&mut worker, side, &case);
        if side == Side::Old {
            surveyed.calls = played.calls.iter().map(|call| call.operation).collect();
            surveyed.failed = played
                .observations
                .last()
                .and_then(|last| last.failure())
                .zip(played.calls.last())
                .map(|(failure, call)| (call.operation, failure.to_string()));
        }
        let failed = played
            .observations
            .last()
            .is_some_and(|last| last.failure().is_some());
        let saved = match failed {
            false => trial.save(&mut worker, played.calls.len()),
            // The state before the failing call.
            true => {
                let calls = &played.calls[..played.calls.len() - 1];
                let worker = trial.worker_after(side, calls, trial.seed);
                worker.and_then(|mut worker| trial.save(&mut worker, calls.len()))
            }
        };
        surveyed.snapshots.extend(saved);
    }
    surveyed
}

/// One property under way.
struct Run<'a> {
    property: &'static Property,
    generator: Generator<'a>,
    unmet: Option<&'static str>,
    wanted: usize,
    ran: usize,
    discarded: BTreeMap<&'static str, usize>,
    /// Failing cases by signature: their numbers.
    failing: BTreeMap<String, usize>,
    covered: BTreeSet<usize>,
    notes: BTreeSet<String>,
    fuel_after_failure: u64,
    out_of_time: bool,
}

/// What judging one case showed.
struct Judged {
    outcome: Outcome,
    covered: BTreeSet<usize>,
    notes: BTreeSet<String>,
    fuel: u64,
}

impl<'a> Run<'a> {
    fn new(
        property: &'static Property,
        pair: &'a Pair,
        options: &Options,
        survey: &Survey,
    ) -> Self {
        let kind = (property.kind)();
        let left_out = match kind {
            CaseKind::History { .. } => survey.always_fail.clone(),
            // An operation that fails on ordinary states says nothing about a state that load accepted.
            CaseKind::Input { .. } => [&survey.always_fail[..], &survey.sometimes_fail].concat(),
        };
        Self {
            property,
            generator: Generator::new(pair, kind, options.operations).without(&left_out),
            unmet: (property.unmet)(pair),
            wanted: options.cases.saturating_mul(property.multiplier),
            ran: 0,
            discarded: BTreeMap::new(),
            failing: BTreeMap::new(),
            covered: BTreeSet::new(),
            notes: BTreeSet::new(),
            fuel_after_failure: 0,
            out_of_time: false,
        }
    }

    fn is_done(&self) -> bool {
        self.unmet.is_some()
            || self.ran >= self.wanted
            || self.out_of_time
            || self.fuel_after_failure > FUEL_AFTER_FAILURE
    }

    fn tree(&self, options: &Options, survey: &Survey, number: usize) -> Option<CaseTree> {
        let mut runner = runner(options.seed, self.property.id, number);
        self.generator.tree(&mut runner, &[], &survey.corpus).ok()
    }

    fn batch(&mut self, pair: &Pair, options: &Options, survey: &Survey, progress: &impl Progress) {
        let size = BATCH.saturating_mul(self.property.multiplier);
        let numbers = self.ran..self.wanted.min(self.ran.saturating_add(size));
        let judged: Vec<Option<Judged>> = numbers
            .clone()
            .into_par_iter()
            .map(|number| {
                let case = self.tree(options, survey, number)?.current();
                Some(judge(self.property, pair, &case))
            })
            .collect();
        progress.advance(self.property.id, numbers.len());
        let mut fuel = 0u64;
        for (number, judged) in numbers.clone().zip(judged) {
            let Some(judged) = judged else {
                *self
                    .discarded
                    .entry("no case could be generated")
                    .or_default() += 1;
                continue;
            };
            fuel = fuel.saturating_add(judged.fuel);
            self.covered.extend(judged.covered);
            self.notes.extend(judged.notes);
            match judged.outcome {
                Outcome::Pass => {}
                Outcome::Discard(reason) => *self.discarded.entry(reason).or_default() += 1,
                Outcome::Fail(finding) => {
                    self.failing.entry(finding.signature).or_insert(number);
                }
            }
        }
        self.ran = numbers.end;
        if !self.failing.is_empty() {
            self.fuel_after_failure = self.fuel_after_failure.saturating_add(fuel);
        }
    }

    fn report(
        self,
        pair: &Pair,
        options: &Options,
        survey: &Survey,
        progress: &impl Progress,
        notes: &mut Vec<String>,
    ) -> PropertyReport {
        let failures = self.failures(pair, options, survey, progress);
        let exercised = self.ran > self.discarded.values().sum();
        let is_note = self.property.advisory && !options.strict;
        let status = match (exercised, failures.is_empty()) {
            (false, _) => Status::NotExercised,
            (true, false) if !is_note => Status::Fail,
            (true, _) => Status::Pass,
        };
        notes.extend(
            self.notes
                .iter()
                .map(|note| format!("{}: {note}", self.property.id)),
        );
        let mut reason = self.reason(status);
        let mut failures = failures;
        if is_note && let Some(failure) = failures.first() {
            reason = "see the notes".to_owned();
            notes.push(format!(
                "{}: {} (a failure under --strict)",
                self.property.id, failure.finding.message
            ));
            failures.clear();
        }
        PropertyReport {
            id: self.property.id,
            status,
            cases: self.ran,
            discarded: self.discarded,
            reason,
            failures,
            covered: self
                .covered
                .iter()
                .map(|it| pair.operations[*it].name.clone())
                .collect(),
        }
    }

    fn reason(&self, status: Status) -> String {
        if let Some(unmet) = self.unmet {
            return unmet.to_owned();
        }
        if status == Status::NotExercised {
            let most = self.discarded.iter().max_by_key(|(_, count)| **count);
            return match most {
                Some((reason, _)) => format!("every case was discarded: {reason}"),
                None => "no case was run".to_owned(),
            };
        }
        match self.out_of_time && self.ran < self.wanted {
            true => format!("time was enough for {} of {} cases", self.ran, self.wanted),
            false => String::new(),
        }
    }

    /// The failures, shrunk. Two that shrink to the same are one.
    fn failures(
        &self,
        pair: &Pair,
        options: &Options,
        survey: &Survey,
        progress: &impl Progress,
    ) -> Vec<ReportedFailure> {
        let mut first: Vec<(&String, usize)> = self
            .failing
            .iter()
            .map(|(it, number)| (it, *number))
            .collect();
        first.sort_by_key(|(_, number)| *number);
        first.truncate(MAX_FAILURES);
        if !first.is_empty() {
            progress.shrinking(self.property.id);
        }
        let shrunk: Vec<Option<Finding>> = first
            .into_par_iter()
            .map(|(signature, number)| {
                let tree = self.tree(options, survey, number)?;
                shrink(self.property, pair, tree, signature)
            })
            .collect();
        let mut failures: Vec<ReportedFailure> = Vec::new();
        for finding in shrunk.into_iter().flatten() {
            if failures
                .iter()
                .any(|known| known.finding.case == finding.case)
            {
                continue;
            }
            let blame = blame(self.property, pair, &finding);
            failures.push(ReportedFailure {
                finding,
                blame,
                file: None,
            });
        }
        failures
    }
}

fn judge(property: &Property, pair: &Pair, case: &Case) -> Judged {
    let trial = Trial::new(pair, case);
    let outcome = (property.judge)(&trial, case);
    let (covered, notes, fuel) = trial.into_tally();
    Judged {
        outcome,
        covered,
        notes,
        fuel,
    }
}

/// Which half is to blame for a finding.
pub(crate) fn blame(property: &Property, pair: &Pair, finding: &Finding) -> crate::verdict::Blame {
    (property.blame)(&Trial::new(pair, &finding.case), finding)
}

/// The finding of the simplest case with the same signature.
fn shrink(
    property: &Property,
    pair: &Pair,
    mut tree: CaseTree,
    signature: &str,
) -> Option<Finding> {
    let mut fuel = 0u64;
    let mut fails = |case: &Case| {
        let judged = judge(property, pair, case);
        fuel = fuel.saturating_add(judged.fuel);
        let spent = fuel > SHRINK_FUEL;
        match judged.outcome {
            Outcome::Fail(finding) if finding.signature == signature => (Some(*finding), spent),
            _ => (None, spent),
        }
    };
    let (mut simplest, _) = fails(&tree.current());
    let mut more = simplest.is_some() && tree.simplify();
    for _ in 0..MAX_SHRINKS {
        if !more {
            break;
        }
        let (finding, spent) = fails(&tree.current());
        if spent {
            break;
        }
        more = match finding {
            Some(finding) => {
                simplest = Some(finding);
                tree.simplify()
            }
            None => tree.complicate(),
        };
    }
    simplest
}

/// What histories could not use, and which imports nobody answers.
fn left_out(pair: &Pair) -> Vec<String> {
    let mut notes: Vec<String> = pair
        .left_out
        .iter()
        .map(|(name, reason)| format!("{name} is not exercised: {reason}"))
        .collect();
    for component in [&pair.old, &pair.new] {
        let unanswered: Vec<String> = component
            .imports()
            .iter()
            .filter(|import| import.answerer == Answerer::Nobody)
            .map(|import| format!("{}.{}", import.interface, import.function))
            .collect();
        if !unanswered.is_empty() {
            notes.push(format!(
                "{} imports what nobody answers here (a call ends the operation as unsupported): {}",
                component.label(),
                unanswered.join(", ")
            ));
        }
    }
    notes
}
