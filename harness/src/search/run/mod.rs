//! One property under way: its cases in batches on all cores, what they showed, and its report.

mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use proptest::prelude::SBoxedStrategy;
use proptest::strategy::ValueTree;
use rayon::prelude::*;

use crate::case::{Case, CaseKind, CaseTree, Generator, runner};
use crate::judging::cause::Cause;
use crate::judging::verdict::{Outcome, Weight};
use crate::judging::{Tally, Workers};
use crate::properties::{Effort, Property};
use crate::search::calibration::Calibration;
use crate::search::options::{Options, Progress};
use crate::search::trial::Double;
use crate::value::Val;
use crate::versions::hop::{Hop, HopId};
use crate::worker::meter::Strain;

/// Cases that run together at first. Where a property stops must not depend on the number of threads.
const BATCH: usize = 16;
/// As long as the guest has never hung, so many times that run together at most: fewer leave cores without work.
const MOST_BATCHES: usize = 16;
/// Batches of a property's turn, for each case of the user's that one of its own stands for.
const TURN: usize = 4;
/// After this many calls that used up their fuel a property stops: each takes the host half a second, and the first have
/// said what there is to say.
const MAX_HANGS: usize = 16;
/// How many run together, and in one turn, of a property whose cases each stand for many: what a check has of them by default.
const FEW: usize = 4;
/// For how many cases of the user's one input stands where each may cost the start of a language runtime.
const DEAR_INPUTS: usize = 8;
/// How many failures of one property are reported. The third rarely says more than the first two.
const MAX_FAILURES: usize = 3;

/// Of four histories, so many are made of no others.
const RANDOM: usize = 2;

/// A history that takes so much fuel is dear, and one that takes twice as much is twice as dear. Those of a small component take a tenth
/// of it, those of an agent some times as much, those of an interpreter many times.
const DEAR: u64 = 1_000_000;

/// One property under way.
pub(crate) struct Run<'a> {
    pub(crate) property: &'static Property,
    generator: Generator<'a>,
    /// Arguments that are drawn otherwise than always, by operation.
    arguments: Vec<(usize, SBoxedStrategy<Vec<Val>>)>,
    pub(crate) unmet: Option<&'static str>,
    pub(crate) wanted: usize,
    /// Cases that run together at first, and those of a turn.
    batch: usize,
    turn: usize,
    ran: usize,
    discarded: BTreeMap<&'static str, usize>,
    /// What fails, and in which cases.
    failing: BTreeMap<(Cause, Option<HopId>), Failing>,
    covered: BTreeSet<usize>,
    notes: BTreeSet<String>,
    /// The declarations of the config that a case needed, by their numbers.
    pub(crate) needed: BTreeSet<usize>,
    /// Cases in which a difference of an operation was not held against the update, by operation.
    excused: BTreeMap<usize, usize>,
    /// The first history after which an update failed that a case made by the way.
    pub(crate) not_updated: Option<Case>,
    strain: Strain,
    out_of_time: bool,
    /// How many failures are reported; with one, the property stops at it.
    failures: usize,
}

/// The cases that fail for one cause.
struct Failing {
    weight: Weight,
    /// The number of the first of them.
    first: usize,
    cases: usize,
    /// The first of them, where it was not generated but another property came upon it.
    met: Option<Case>,
}

/// Why a failing case is none of the property's own.
const TOLD: &str = "a history with less in it shows the loss, which another property tells";

/// What the cases of every property need.
pub(crate) struct Context<'a> {
    /// What is judged.
    pub(crate) judged: Hop<'a>,
    /// Which hop of a chain that is; none where it is all of it.
    pub(crate) hop: Option<HopId>,
    pub(crate) options: &'a Options,
    pub(crate) calibration: &'a Calibration,
    pub(crate) deadline: Option<Instant>,
    /// Whether somebody wants the check to end.
    pub(crate) stop: &'a (dyn Fn() -> bool + Sync),
}

impl Context<'_> {
    /// Whether the time budget is used up, or somebody wants an end.
    pub(super) fn is_late(&self) -> bool {
        let is_past = |deadline| Instant::now() >= deadline;
        (self.stop)() || self.deadline.is_some_and(is_past)
    }

    /// A note that says which hop of a chain it is about.
    pub(crate) fn of_hop(&self, note: &str) -> String {
        match self.hop {
            Some(hop) => format!("{hop}: {note}"),
            None => note.to_owned(),
        }
    }
}

/// What became of one case. The case itself is not kept: it is a function of its number, and may be large.
enum Judged {
    Passed(Box<Tally>),
    Discarded(&'static str, Box<Tally>),
    Failed(Box<(Cause, Option<HopId>, Weight)>, Box<Tally>),
    NotGenerated,
    /// The time was up before.
    Late,
}

impl From<(Outcome, Tally)> for Judged {
    fn from((outcome, tally): (Outcome, Tally)) -> Self {
        let tally = Box::new(tally);
        match outcome {
            Outcome::Pass => Self::Passed(tally),
            Outcome::Discard(reason) => Self::Discarded(reason, tally),
            Outcome::Fail(finding) => Self::Failed(
                Box::new((finding.cause, finding.hop, finding.weight)),
                tally,
            ),
        }
    }
}

/// How many histories stand for a case, of at most so many, where one takes so much fuel.
fn affordable(most: usize, fuel: u64) -> usize {
    let dear = usize::try_from(fuel / DEAR).unwrap_or(usize::MAX);
    (most / dear.max(1)).max(1)
}

impl<'a> Run<'a> {
    pub(crate) fn new(property: &'static Property, context: &Context<'a>) -> Self {
        let Context {
            judged,
            options,
            calibration,
            ..
        } = *context;
        let kind = (property.kind)();
        let left_out = match kind {
            CaseKind::History { .. } | CaseKind::Life => calibration.always_fail.clone(),
            // An operation that fails on ordinary states says nothing about a state that load accepted.
            // Nor can one be repeated that fails at times.
            CaseKind::Input { .. } | CaseKind::Growth => {
                [&calibration.always_fail[..], &calibration.sometimes_fail].concat()
            }
        };
        let many = |times: usize| {
            let wanted = options.cases.saturating_mul(times);
            (wanted, BATCH, (TURN * BATCH).saturating_mul(times))
        };
        let (wanted, batch, turn) = match property.effort {
            Effort::OneFor(cases) => (options.cases.div_ceil(cases), FEW, FEW),
            // Most inputs are refused by a trap, and each of these costs a start: half a second.
            Effort::Times(2..) if judged.next().starts_a_runtime() => {
                (options.cases.div_ceil(DEAR_INPUTS), FEW, FEW)
            }
            Effort::Times(inputs) => many(inputs),
            Effort::Histories(most) => many(affordable(most, calibration.fuel)),
        };
        Self {
            property,
            generator: Generator::new(judged, kind, options.operations)
                .crowded()
                .with_sources(Arc::clone(&calibration.sources))
                .weighing(|operation| options.production.weight(operation))
                .without(&left_out),
            arguments: options.production.arguments(judged.chain()),
            unmet: (property.unmet)(judged),
            wanted,
            batch,
            turn,
            ran: 0,
            discarded: BTreeMap::new(),
            failing: BTreeMap::new(),
            covered: BTreeSet::new(),
            notes: BTreeSet::new(),
            needed: BTreeSet::new(),
            excused: BTreeMap::new(),
            not_updated: None,
            strain: Strain::default(),
            out_of_time: false,
            failures: match options.first_failure {
                true => 1,
                false => MAX_FAILURES,
            },
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.unmet.is_some()
            || self.ran >= self.enough()
            || self.out_of_time
            || self.strain.hangs() >= MAX_HANGS
            || self.has_found_enough()
    }

    /// How many cases are to run: as many as are wanted, or where these are so few that none was of any use, a few.
    fn enough(&self) -> usize {
        let is_about_few = matches!(self.property.effort, Effort::OneFor(_)) && self.wanted > 0;
        let discarded: usize = self.discarded.values().sum();
        match is_about_few && self.ran >= self.wanted && discarded == self.ran {
            true => self.wanted.max(FEW),
            false => self.wanted,
        }
    }

    fn has_found_enough(&self) -> bool {
        self.failures == 1 && !self.failing.is_empty()
    }

    fn judge_one(&self, context: &Context<'_>, number: usize) -> Judged {
        if context.is_late() {
            return Judged::Late;
        }
        // Load refuses most inputs, and then the operations that would follow are not worth generating.
        let mut runner = runner(context.options.seed, self.property.id, number);
        if let Some(case) = self
            .generator
            .bare(&mut runner, &context.calibration.corpus)
            && let (outcome @ Outcome::Discard(_), tally) =
                self.property.tally(context.judged, &case)
        {
            return (outcome, tally).into();
        }
        match self.tree(context, number) {
            Some(tree) => {
                let case = tree.current();
                drop(tree);
                self.property.tally(context.judged, &case).into()
            }
            None => Judged::NotGenerated,
        }
    }

    fn tree(&self, context: &Context<'_>, number: usize) -> Option<CaseTree> {
        let mut runner = runner(context.options.seed, self.property.id, number);
        let corpus = &context.calibration.corpus;
        let ancestry = &context.calibration.ancestry;
        if number % 4 >= RANDOM
            && self.generator.is_from_the_start()
            && let Some(grown) = self
                .generator
                .grown_tree(ancestry, &mut runner, &mut Double::new(context.judged))
                .ok()?
        {
            return Some(grown);
        }
        let is_tried = number % 2 == 1 && self.generator.is_from_the_start();
        match is_tried {
            true => {
                let double = &mut Double::new(context.judged);
                self.generator
                    .tried_tree(&mut runner, &self.arguments, corpus, double)
            }
            false => self.generator.tree(&mut runner, &self.arguments, corpus),
        }
        .ok()
    }

    /// Runs all cases, or if there is a time budget so many that every property advances by the same share of its own. In small
    /// batches: one in which the guest hangs over and over must be noticed soon.
    pub(crate) fn turn(&mut self, context: &Context<'_>, progress: &impl Progress) {
        let most = match context.deadline {
            Some(_) => self.ran.saturating_add(self.turn),
            None => usize::MAX,
        };
        while self.ran < most && !self.is_done() {
            let before = self.ran;
            self.run_batch(context, self.enough().min(most));
            progress.advance(self.property.id, self.ran - before);
        }
    }

    /// Runs the next cases, up to number `end`.
    fn run_batch(&mut self, context: &Context<'_>, end: usize) {
        let most = match self.strain.is_none() {
            true => self.batch * MOST_BATCHES,
            false => self.batch,
        };
        let batch = self.ran.clamp(self.batch, most);
        let numbers = self.ran..end.min(self.ran.saturating_add(batch));
        let chain = context.judged.chain();
        let judged: Vec<Judged> = numbers
            .clone()
            .into_par_iter()
            .map(|number| chain.within_budget(|| self.judge_one(context, number)))
            .collect();
        for (number, one) in numbers.zip(judged) {
            let tally = match one {
                Judged::Passed(tally) => tally,
                Judged::Discarded(reason, tally) => {
                    self.discard(reason);
                    tally
                }
                Judged::Failed(failed, tally) => {
                    let (cause, hop, weight) = *failed;
                    self.fails((cause, hop), weight, number, None);
                    tally
                }
                Judged::NotGenerated => {
                    self.ran += 1;
                    self.discard("no case could be generated");
                    continue;
                }
                Judged::Late => {
                    self.out_of_time = true;
                    continue;
                }
            };
            self.ran += 1;
            self.strain.add(tally.strain);
            self.covered.extend(tally.covered);
            self.notes.extend(tally.notes);
            self.needed.extend(tally.needed);
            self.not_updated = self.not_updated.take().or(tally.not_updated);
            for operation in tally.excused {
                *self.excused.entry(operation).or_default() += 1;
            }
        }
    }

    /// Counts a case that fails; `met` is the case, where it was not generated.
    fn fails(
        &mut self,
        cause: (Cause, Option<HopId>),
        weight: Weight,
        first: usize,
        met: Option<&Case>,
    ) {
        let failing = self.failing.entry(cause).or_insert_with(|| Failing {
            weight,
            first,
            cases: 0,
            met: met.cloned(),
        });
        failing.cases += 1;
        // What weighs most is what is told.
        if weight < failing.weight {
            (failing.weight, failing.first) = (weight, first);
            failing.met = met.cloned();
        }
    }

    fn discard(&mut self, reason: &'static str) {
        *self.discarded.entry(reason).or_default() += 1;
    }

    /// What its cases fail for, and how much that weighs.
    pub(crate) fn causes(&self) -> impl Iterator<Item = (&Cause, Weight)> {
        let failing = self.failing.iter();
        failing.map(|((cause, _), failing)| (cause, failing.weight))
    }

    /// Judges a case that another property came upon.
    pub(crate) fn meet(&mut self, context: &Context<'_>, case: &Case) {
        if self.unmet.is_some() || self.has_found_enough() {
            return;
        }
        let (outcome, _) = self.property.judge_with(Workers::New, context.judged, case);
        if let Outcome::Fail(finding) = outcome {
            let first = self.ran;
            self.fails(
                (finding.cause, finding.hop),
                finding.weight,
                first,
                Some(case),
            );
            self.ran += 1;
        }
    }

    /// Leaves to others what they find, too, and what weighs as much with them: one fault is told once.
    pub(crate) fn yield_to(&mut self, others: &BTreeMap<Cause, Weight>) {
        let found = std::mem::take(&mut self.failing).into_iter();
        let (theirs, own): (BTreeMap<_, _>, _) = found.partition(|((cause, _), failing)| {
            let told = others.get(cause);
            told.is_some_and(|weight| *weight <= failing.weight)
        });
        self.failing = own;
        let cases: usize = theirs.values().map(|it| it.cases).sum();
        if cases > 0 {
            *self.discarded.entry(TOLD).or_default() += cases;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dearer_a_history_the_fewer_there_are_but_at_least_one() {
        for (fuel, histories) in [
            (0, 8),
            (DEAR, 8),
            (2 * DEAR, 4),
            (3 * DEAR + 1, 2),
            (8 * DEAR, 1),
            (u64::MAX, 1),
        ] {
            assert_eq!(affordable(8, fuel), histories, "{fuel}");
        }
    }
}
