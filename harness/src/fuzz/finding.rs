//! What a campaign found: confirmed on the component as it is, in its shortest form.

use super::executor::{Answer, Executor};
use super::minimise::minimised;
use crate::case::{Case, Step};
use crate::host::Pace;
use crate::judging::verdict::{Finding, Outcome, ReportedFailure, Weight};
use crate::properties::{ACCEPTED_IS_STABLE, LOAD_IS_TOTAL, Property};
use crate::versions::hop::Hop;
use crate::worker::observation::Failure;
use crate::worker::snapshot::Snapshot;

/// A fault that a campaign found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The property that it breaks: `load-is-total`, or `accepted-is-stable` for what is accepted but wrong.
    pub property: &'static Property,
    /// The finding with its shortest input, and the blame.
    pub failure: ReportedFailure,
    /// How many runs of the campaign had been made when it was confirmed.
    pub runs: u64,
}

/// What became of an input that failed in the build that is watched.
pub(super) enum Confirmation {
    Found(Box<Found>),
    /// Load needs that much fuel for it, which is within its limit.
    Slow(u64),
    /// Nobody can say what load would have done: it called a host function that nobody answers.
    Unsupported(String),
    /// It does not fail in the component as it is.
    Drifted,
}

impl From<Found> for Confirmation {
    fn from(found: Found) -> Self {
        Self::Found(Box::new(found))
    }
}

/// A load that goes on after this part of the fuel is taken for a hang until there is a shorter input to try with all of it.
const HANG_FRACTION: u64 = 25;
/// While an input that hangs is made shorter, each has so many times the fuel that was too little for it.
const HANG_FACTOR: u64 = 8;
/// To make one input shorter, all that are tried have the fuel of so many loads together.
const MOST_LOADS: u64 = 16;
/// The same, as long as it is not known whether the input hangs or is only slow.
const FEW_LOADS: u64 = 1;

/// Judges inputs on the component as it is.
pub(super) struct Judge<'a> {
    pub(super) hop: Hop<'a>,
    pub(super) seed: u64,
    /// Runs inputs of the component as it is.
    pub(super) executor: Executor,
    /// Whether the campaign is to end; then what was found is told as short as it is.
    pub(super) stop: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> Judge<'a> {
    /// Looks again at an input that `failed`; `fuel` is what it had.
    pub(super) fn confirm(
        &mut self,
        input: &Snapshot,
        failed: &Failure,
        fuel: u64,
    ) -> Confirmation {
        let most = self.hop.next().limits().fuel;
        let (again, spent) = match failed.is_hang() {
            true => self.executor.run(input, fuel.max(most / HANG_FRACTION)),
            false => self.executor.run_long(input),
        };
        let failure = match again {
            Answer::Failed(failure) => failure,
            Answer::Accepted | Answer::Refused if failed.is_hang() => {
                return Confirmation::Slow(spent);
            }
            Answer::Accepted | Answer::Refused => return Confirmation::Drifted,
        };
        if failure.is_unsupported() {
            return Confirmation::Unsupported(failure.to_string());
        }
        if failure.is_hang() {
            return self.confirm_hang(input, fuel);
        }
        let signature = failure.signature();
        let is_same = |failure: &Failure| failure.signature() == signature;
        let shortest = self.shortest(input, MOST_LOADS, Executor::run_long, is_same);
        match self.judge(&LOAD_IS_TOTAL, &self.case(input.with_bytes(shortest))) {
            Some(finding) => self.found(&LOAD_IS_TOTAL, finding).into(),
            None => Confirmation::Drifted,
        }
    }

    /// Looks for the shortest input that hangs. Only that one has all of the fuel, which takes a second; if it is not more
    /// than slow, it was too little fuel that the shorter ones had.
    fn confirm_hang(&mut self, input: &Snapshot, fuel: u64) -> Confirmation {
        let most = self.hop.next().limits().fuel;
        for enough in [fuel.saturating_mul(HANG_FACTOR), most / HANG_FRACTION] {
            let run =
                |executor: &mut Executor, input: &Snapshot| executor.run(input, enough.min(most));
            let mut confirmed: Option<Finding> = None;
            let mut best = input.clone();
            // Most are no hangs, and a few trials are enough to tell.
            for loads in [FEW_LOADS, MOST_LOADS] {
                let shorter = self.shortest(&best, loads, run, Failure::is_hang);
                if confirmed.is_some() && shorter == best.bytes {
                    break;
                }
                best.bytes = shorter;
                match self.judge(&LOAD_IS_TOTAL, &self.case(best.clone())) {
                    Some(finding) => confirmed = Some(finding),
                    None => break,
                }
            }
            if let Some(finding) = confirmed {
                return self.found(&LOAD_IS_TOTAL, finding).into();
            }
        }
        match self.judge(&LOAD_IS_TOTAL, &self.case(input.clone())) {
            Some(finding) => self.found(&LOAD_IS_TOTAL, finding).into(),
            None => Confirmation::Slow(self.executor.run_long(input).1),
        }
    }

    /// The shortest input that `run` still fails with in the same way, as far as the fuel of so many `loads` goes.
    fn shortest(
        &mut self,
        input: &Snapshot,
        loads: u64,
        run: impl Fn(&mut Executor, &Snapshot) -> (Answer, u64),
        is_same: impl Fn(&Failure) -> bool,
    ) -> Vec<u8> {
        let mut left = self.hop.next().limits().fuel.saturating_mul(loads);
        minimised(&input.bytes, |bytes| {
            if left == 0 || (self.stop)() {
                return None;
            }
            let (answer, spent) = run(&mut self.executor, &input.with_bytes(bytes.to_vec()));
            left = left.saturating_sub(spent);
            Some(matches!(answer, Answer::Failed(failure) if is_same(&failure)))
        })
    }

    /// Plays a history on what load accepted.
    pub(super) fn accepted(&self, case: &Case) -> Option<Found> {
        let property = &ACCEPTED_IS_STABLE;
        let mut best = self.judge(property, case)?;
        let input = best.case.input.clone()?;
        let first = best.clone();
        let mut shorter = |case: &Case| {
            let finding = self.judge(property, case);
            match finding.filter(|it| it.is_like(&first)) {
                Some(finding) => {
                    best = finding;
                    true
                }
                None => false,
            }
        };
        let mut case = case.clone();
        let mut at = case.steps.len();
        while at > 0 {
            at -= 1;
            let step: Step = case.steps.remove(at);
            if !shorter(&case) {
                case.steps.insert(at, step);
            }
        }
        minimised(&input.bytes, |bytes| {
            case.input = Some(input.with_bytes(bytes.to_vec()));
            (!(self.stop)()).then(|| shorter(&case))
        });
        Some(self.found(property, best))
    }

    fn case(&self, input: Snapshot) -> Case {
        Case {
            seed: self.seed,
            pace: Pace::default(),
            founding: None,
            input: Some(input),
            steps: Vec::new(),
        }
    }

    fn judge(&self, property: &Property, case: &Case) -> Option<Finding> {
        match property.judge_anew(self.hop, case) {
            // What only the SDK can mend is no finding of a campaign.
            Outcome::Fail(finding) if finding.weight == Weight::Failure => Some(*finding),
            Outcome::Fail(_) | Outcome::Pass | Outcome::Discard(_) => None,
        }
    }

    fn found(&self, property: &'static Property, finding: Finding) -> Found {
        let blame = property.blame(self.hop, &finding);
        Found {
            property,
            failure: ReportedFailure {
                finding,
                blame,
                file: None,
            },
            runs: 0,
        }
    }
}
