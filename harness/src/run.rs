//! One property under way: its cases in batches on all cores, what they showed, and its report.

use std::collections::{BTreeMap, BTreeSet};

use proptest::strategy::ValueTree;
use rayon::prelude::*;

use crate::case::{CaseKind, CaseTree, Generator, runner};
use crate::check::{Options, Progress};
use crate::pair::Pair;
use crate::properties::Property;
use crate::shrink::{Judged, judge, shrink};
use crate::survey::Survey;
use crate::verdict::{Finding, Outcome, PropertyReport, ReportedFailure, Status};

/// Cases that run together. Of a fixed size, so that where a property stops does not depend on the number of threads.
const BATCH: usize = 32;
/// Once a property has failed, its further cases may use this much fuel in all: enough for every case of a component
/// that answers, soon reached by one that hangs.
const FUEL_AFTER_FAILURE: u64 = 20_000_000_000;
/// How many failures of one property are reported. The third rarely says more than the first two.
const MAX_FAILURES: usize = 3;

/// One property under way.
pub(crate) struct Run<'a> {
    pub(crate) property: &'static Property,
    generator: Generator<'a>,
    pub(crate) unmet: Option<&'static str>,
    pub(crate) wanted: usize,
    ran: usize,
    discarded: BTreeMap<&'static str, usize>,
    /// Failing cases by signature: their numbers.
    failing: BTreeMap<String, usize>,
    covered: BTreeSet<usize>,
    notes: BTreeSet<String>,
    fuel_after_failure: u64,
    pub(crate) out_of_time: bool,
}

impl<'a> Run<'a> {
    pub(crate) fn new(
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

    pub(crate) fn is_done(&self) -> bool {
        self.unmet.is_some()
            || self.ran >= self.wanted
            || self.out_of_time
            || self.fuel_after_failure > FUEL_AFTER_FAILURE
    }

    fn tree(&self, options: &Options, survey: &Survey, number: usize) -> Option<CaseTree> {
        let mut runner = runner(options.seed, self.property.id, number);
        self.generator.tree(&mut runner, &[], &survey.corpus).ok()
    }

    pub(crate) fn batch(
        &mut self,
        pair: &Pair,
        options: &Options,
        survey: &Survey,
        progress: &impl Progress,
    ) {
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

    pub(crate) fn report(
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
            let blame = self.property.blame(pair, &finding);
            failures.push(ReportedFailure {
                finding,
                blame,
                file: None,
            });
        }
        failures
    }
}
