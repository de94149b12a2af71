//! What a campaign found: confirmed on the component as it is, in its shortest form.

use super::executor::{Answer, Executor};
use super::minimise::minimised;
use crate::case::{Case, Step};
use crate::observation::Failure;
use crate::pair::Pair;
use crate::properties::{ACCEPTED_IS_STABLE, LOAD_IS_TOTAL, Property};
use crate::snapshot::Snapshot;
use crate::verdict::{Finding, Outcome, ReportedFailure};

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

/// Judges inputs on the component as it is.
pub(super) struct Judge<'a> {
    pub(super) pair: &'a Pair,
    pub(super) seed: u64,
    /// Runs inputs of the component as it is.
    pub(super) executor: Executor<'a>,
}

impl Judge<'_> {
    /// Looks again at an input that `failed`; `fuel` is what it had.
    pub(super) fn confirm(
        &mut self,
        input: &Snapshot,
        failed: &Failure,
        fuel: u64,
    ) -> Confirmation {
        let most = self.pair.new.limits.fuel;
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
        let shortest = minimised(&input.bytes, |bytes| {
            let (answer, _) = self.executor.run_long(&input.with_bytes(bytes.to_vec()));
            matches!(answer, Answer::Failed(failure) if failure.signature() == signature)
        });
        match self.judge(&LOAD_IS_TOTAL, &self.case(input.with_bytes(shortest))) {
            Some(finding) => self.found(&LOAD_IS_TOTAL, finding).into(),
            None => Confirmation::Drifted,
        }
    }

    /// Looks for the shortest input that hangs. Only that one has all of the fuel, which takes a second; if it is not more
    /// than slow, it was too little fuel that the shorter ones had.
    fn confirm_hang(&mut self, input: &Snapshot, fuel: u64) -> Confirmation {
        let most = self.pair.new.limits.fuel;
        for enough in [fuel.saturating_mul(HANG_FACTOR), most / HANG_FRACTION] {
            let shortest = minimised(&input.bytes, |bytes| {
                let bytes = input.with_bytes(bytes.to_vec());
                let (answer, _) = self.executor.run(&bytes, enough.min(most));
                matches!(answer, Answer::Failed(failure) if failure.is_hang())
            });
            let case = self.case(input.with_bytes(shortest));
            if let Some(finding) = self.judge(&LOAD_IS_TOTAL, &case) {
                return self.found(&LOAD_IS_TOTAL, finding).into();
            }
        }
        match self.judge(&LOAD_IS_TOTAL, &self.case(input.clone())) {
            Some(finding) => self.found(&LOAD_IS_TOTAL, finding).into(),
            None => Confirmation::Slow(self.executor.run_long(input).1),
        }
    }

    /// Plays a history on what load accepted.
    pub(super) fn accepted(&self, case: &Case) -> Option<Found> {
        let property = &ACCEPTED_IS_STABLE;
        let mut best = self.judge(property, case)?;
        let input = best.case.input.clone()?;
        let signature = best.signature.clone();
        let mut shorter = |case: &Case| {
            let finding = self.judge(property, case);
            match finding.filter(|it| it.signature == signature) {
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
            shorter(&case)
        });
        Some(self.found(property, best))
    }

    fn case(&self, input: Snapshot) -> Case {
        Case {
            seed: self.seed,
            input: Some(input),
            steps: Vec::new(),
        }
    }

    fn judge(&self, property: &Property, case: &Case) -> Option<Finding> {
        match property.judge(self.pair, case) {
            Outcome::Fail(finding) => Some(*finding),
            Outcome::Pass | Outcome::Discard(_) => None,
        }
    }

    fn found(&self, property: &'static Property, finding: Finding) -> Found {
        let blame = property.blame(self.pair, &finding);
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
