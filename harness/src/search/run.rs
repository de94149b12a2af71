//! One property under way: its cases in batches on all cores, what they showed, and its report.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use proptest::strategy::ValueTree;
use rayon::prelude::*;

use crate::case::{Case, CaseKind, CaseTree, Generator, runner};
use crate::judging::trial::Tally;
use crate::judging::verdict::{Finding, Hop, Outcome, PropertyReport, ReportedFailure, Status};
use crate::properties::Property;
use crate::search::calibration::Survey;
use crate::search::options::{Options, Progress};
use crate::search::shrink::{judge, shrink};
use crate::versions::pair::Pair;

/// Cases that run together at first. Where a property stops must not depend on the number of threads.
const BATCH: usize = 16;
/// As long as the guest has never hung, so many times that run together at most: fewer leave cores without work.
const MOST_BATCHES: usize = 16;
/// Batches of a property's turn, for each case of the user's that one of its own stands for.
const TURN: usize = 4;
/// After this many calls that used up their fuel a property stops: each takes the host half a second, and the first have
/// said what there is to say.
const MAX_HANGS: usize = 16;
/// How many cases of the user's one stands for that makes the state grow in every way that there is.
const GROWTH: usize = 64;
/// How many of those run together, and in one turn: what a check has of them by default.
const GROWTH_BATCH: usize = 4;
/// How many failures of one property are reported. The third rarely says more than the first two.
const MAX_FAILURES: usize = 3;

/// One property under way.
pub(crate) struct Run<'a> {
    pub(crate) property: &'static Property,
    generator: Generator<'a>,
    pub(crate) unmet: Option<&'static str>,
    pub(crate) wanted: usize,
    /// Cases that run together at first, and those of a turn.
    batch: usize,
    turn: usize,
    ran: usize,
    discarded: BTreeMap<&'static str, usize>,
    /// Failing cases by signature: whether that is advisory, and their numbers.
    failing: BTreeMap<String, (bool, usize)>,
    covered: BTreeSet<usize>,
    notes: BTreeSet<String>,
    hangs: usize,
    out_of_time: bool,
    /// How many failures are reported; with one, the property stops at it.
    failures: usize,
}

/// What the cases of every property need.
pub(crate) struct Context<'a> {
    pub(crate) pair: &'a Pair,
    /// Which hop of a chain the pair is; none where it is all of it.
    pub(crate) hop: Option<Hop>,
    pub(crate) options: &'a Options,
    pub(crate) survey: &'a Survey,
    pub(crate) deadline: Option<Instant>,
}

impl Context<'_> {
    /// Whether the time budget is used up.
    fn is_late(&self) -> bool {
        self.deadline
            .is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// A note that says which hop of a chain it is about.
    pub(crate) fn of_hop(&self, note: &str) -> String {
        match self.hop {
            Some(hop) => format!("{hop}: {note}"),
            None => note.to_owned(),
        }
    }
}

/// What became of one case.
enum Judging {
    Done(Outcome, Tally),
    NotGenerated,
    /// The time was up before.
    Late,
}

impl<'a> Run<'a> {
    pub(crate) fn new(property: &'static Property, context: &Context<'a>) -> Self {
        let Context {
            pair,
            options,
            survey,
            ..
        } = *context;
        let kind = (property.kind)();
        let left_out = match kind {
            CaseKind::History { .. } | CaseKind::Life => survey.always_fail.clone(),
            // An operation that fails on ordinary states says nothing about a state that load accepted.
            // Nor can one be repeated that fails at times.
            CaseKind::Input { .. } | CaseKind::Growth => {
                [&survey.always_fail[..], &survey.sometimes_fail].concat()
            }
        };
        let (wanted, batch, turn) = match kind {
            CaseKind::Growth => (options.cases.div_ceil(GROWTH), GROWTH_BATCH, GROWTH_BATCH),
            _ => (
                options.cases.saturating_mul(property.multiplier),
                BATCH,
                (TURN * BATCH).saturating_mul(property.multiplier),
            ),
        };
        Self {
            property,
            generator: Generator::new(pair, kind, options.operations)
                .crowded()
                .without(&left_out),
            unmet: (property.unmet)(pair),
            wanted,
            batch,
            turn,
            ran: 0,
            discarded: BTreeMap::new(),
            failing: BTreeMap::new(),
            covered: BTreeSet::new(),
            notes: BTreeSet::new(),
            hangs: 0,
            out_of_time: false,
            failures: match options.first_failure {
                true => 1,
                false => MAX_FAILURES,
            },
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.unmet.is_some()
            || self.ran >= self.wanted
            || self.out_of_time
            || self.hangs >= MAX_HANGS
            || self.has_found_enough()
    }

    fn has_found_enough(&self) -> bool {
        self.failures == 1 && !self.failing.is_empty()
    }

    fn judge_one(&self, context: &Context<'_>, number: usize) -> Judging {
        if context.is_late() {
            return Judging::Late;
        }
        // Load refuses most inputs, and then the operations that would follow are not worth generating.
        let mut runner = runner(context.options.seed, self.property.id, number);
        if let Some(case) = self.generator.bare(&mut runner, &context.survey.corpus)
            && let (outcome @ Outcome::Discard(_), tally) = self.judge(context, &case)
        {
            return Judging::Done(outcome, tally);
        }
        match self.tree(context, number) {
            Some(tree) => {
                let (outcome, tally) = self.judge(context, &tree.current());
                Judging::Done(outcome, tally)
            }
            None => Judging::NotGenerated,
        }
    }

    /// Judges with workers that are used again; what that finds, with new ones. They take more fuel, which must not be measured.
    fn judge(&self, context: &Context<'_>, case: &Case) -> (Outcome, Tally) {
        if (self.property.kind)() == CaseKind::Growth {
            return judge(self.property, context.pair, case);
        }
        let judged = judge(self.property, context.pair.renewing(), case);
        match judged.0 {
            Outcome::Fail(_) => judge(self.property, context.pair, case),
            Outcome::Pass | Outcome::Discard(_) => judged,
        }
    }

    fn tree(&self, context: &Context<'_>, number: usize) -> Option<CaseTree> {
        let mut runner = runner(context.options.seed, self.property.id, number);
        let corpus = &context.survey.corpus;
        self.generator.tree(&mut runner, &[], corpus).ok()
    }

    /// Runs all cases, or if there is a time budget so many that every property advances by the same share of its own. In small
    /// batches: one in which the guest hangs over and over must be noticed soon.
    pub(crate) fn turn(&mut self, context: &Context<'_>, progress: &impl Progress) {
        let end = match context.deadline {
            Some(_) => self.wanted.min(self.ran.saturating_add(self.turn)),
            None => self.wanted,
        };
        while self.ran < end && !self.is_done() {
            let before = self.ran;
            self.run_batch(context, end);
            progress.advance(self.property.id, self.ran - before);
        }
    }

    /// Runs the next cases, up to number `end`.
    fn run_batch(&mut self, context: &Context<'_>, end: usize) {
        let most = match self.hangs {
            0 => self.batch * MOST_BATCHES,
            _ => self.batch,
        };
        let batch = self.ran.clamp(self.batch, most);
        let numbers = self.ran..end.min(self.ran.saturating_add(batch));
        let judged: Vec<Judging> = numbers
            .clone()
            .into_par_iter()
            .map(|number| self.judge_one(context, number))
            .collect();
        for (number, judging) in numbers.zip(judged) {
            let (outcome, tally) = match judging {
                Judging::Done(outcome, tally) => (outcome, tally),
                Judging::NotGenerated => {
                    self.ran += 1;
                    self.discard("no case could be generated");
                    continue;
                }
                Judging::Late => {
                    self.out_of_time = true;
                    continue;
                }
            };
            self.ran += 1;
            self.hangs += tally.hangs;
            self.covered.extend(tally.covered);
            self.notes.extend(tally.notes);
            match outcome {
                Outcome::Pass => {}
                Outcome::Discard(reason) => self.discard(reason),
                Outcome::Fail(finding) => {
                    let first = (finding.advisory, number);
                    self.failing.entry(finding.signature).or_insert(first);
                }
            }
        }
    }

    fn discard(&mut self, reason: &'static str) {
        *self.discarded.entry(reason).or_default() += 1;
    }

    pub(crate) fn report(
        self,
        context: &Context<'_>,
        progress: &impl Progress,
        notes: &mut Vec<String>,
    ) -> PropertyReport {
        let is_note = |failure: &ReportedFailure| {
            let advisory = self.property.advisory || failure.finding.advisory;
            advisory && !context.options.strict
        };
        let found = self.failures(context, progress);
        let (noted, failures): (Vec<_>, Vec<_>) = found.into_iter().partition(is_note);
        let exercised = self.ran > self.discarded.values().sum();
        let status = match (exercised, failures.is_empty()) {
            (false, _) => Status::NotExercised,
            (true, false) => Status::Fail,
            (true, true) => Status::Pass,
        };
        notes.extend(
            self.notes
                .iter()
                .map(|note| context.of_hop(&format!("{}: {note}", self.property.id))),
        );
        let mut reason = self.reason(status);
        if let Some(failure) = noted.first() {
            reason = "see the notes".to_owned();
            notes.push(context.of_hop(&format!(
                "{}: {} (a failure under --strict)",
                self.property.id, failure.finding.message
            )));
        }
        PropertyReport {
            id: self.property.id,
            hop: context.hop,
            status,
            cases: self.ran,
            discarded: self.discarded,
            reason,
            failures,
            covered: self
                .covered
                .iter()
                .map(|it| context.pair.operations[*it].name.clone())
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
                None if self.out_of_time => {
                    format!("time was enough for 0 of {} cases", self.wanted)
                }
                None => "no case was run".to_owned(),
            };
        }
        let (ran, wanted) = (self.ran, self.wanted);
        match ran < wanted && !self.has_found_enough() {
            true if self.out_of_time => format!("time was enough for {ran} of {wanted} cases"),
            true => format!("stopped after {ran} of {wanted} cases, because the guest hangs"),
            false => String::new(),
        }
    }

    /// The failures, shrunk. Two that shrink to the same are one.
    fn failures(&self, context: &Context<'_>, progress: &impl Progress) -> Vec<ReportedFailure> {
        let mut first: Vec<(&String, (bool, usize))> = self
            .failing
            .iter()
            .map(|(it, first)| (it, *first))
            .collect();
        first.sort_by_key(|(_, first)| *first);
        first.truncate(self.failures);
        if !first.is_empty() {
            progress.shrinking(self.property.id);
        }
        let shrunk: Vec<Option<Finding>> = first
            .into_par_iter()
            .map(|(signature, (_, number))| {
                let tree = self.tree(context, number)?;
                shrink(self.property, context.pair, tree, signature)
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
            let blame = self.property.blame(context.pair, &finding);
            failures.push(ReportedFailure {
                finding,
                blame,
                file: None,
            });
        }
        failures
    }
}
