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

/// Judges inputs on the component as it is.
pub(super) struct Judge<'a> {
    pub(super) pair: &'a Pair,
    pub(super) seed: u64,
    /// Runs inputs of the component as it is.
    pub(super) executor: Executor<'a>,
}

impl Judge<'_> {
    /// Looks again at an input that `failed`; `fuel` is what it had.
    pub(super) fn confirm(&self, input: &Snapshot, failed: &Failure, fuel: u64) -> Confirmation {
        let limit = self.pair.new.limits.fuel;
        let again = self.executor.run(input, limit);
        let failure = match again.answer {
            Answer::Failed(failure) => failure,
            Answer::Accepted | Answer::Refused if failed.is_hang() => {
                return Confirmation::Slow(again.fuel);
            }
            Answer::Accepted | Answer::Refused => return Confirmation::Drifted,
        };
        if failure.is_unsupported() {
            return Confirmation::Unsupported(failure.to_string());
        }
        let (hangs, signature) = (failure.is_hang(), failure.signature());
        let fuel = if hangs { fuel } else { limit };
        let shortest = minimised(&input.bytes, |bytes| {
            let bytes = input.with_bytes(bytes.to_vec());
            match self.executor.run(&bytes, fuel).answer {
                Answer::Failed(failure) if hangs => failure.is_hang(),
                Answer::Failed(failure) => failure.signature() == signature,
                Answer::Accepted | Answer::Refused => false,
            }
        });
        // What hangs with little fuel may only be slow.
        let shortest = self.judge(&LOAD_IS_TOTAL, &self.case(input.with_bytes(shortest)));
        let found = shortest.or_else(|| self.judge(&LOAD_IS_TOTAL, &self.case(input.clone())));
        found.map_or(Confirmation::Drifted, |finding| {
            Confirmation::Found(Box::new(self.found(&LOAD_IS_TOTAL, finding)))
        })
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
