//! The properties: what must hold for every case. One file each; a property is one function over a case, which the
//! command, the tests and a fuzz target share.

mod accepted_is_stable;
mod accepts_saved;
mod lifecycle;
mod load_is_read_only;
mod load_is_strict;
mod load_is_total;
mod reload_equivalence;
mod resave;
mod resources;
mod revert;
mod save_is_pure;
pub mod state_round_trip;
mod upgrade_equivalence;

use crate::case::{Call, Case, CaseKind};
use crate::judging::divergence::Divergence;
use crate::judging::trial::{Played, Trial};
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::versions::pair::Pair;
use crate::worker::observation::Failure;

/// A property.
pub struct Property {
    /// Its name.
    pub id: &'static str,
    /// What must hold.
    pub statement: &'static str,
    /// How it is exercised.
    pub exercised: &'static str,
    /// Whether a failure is only a note, unless the check is strict.
    pub advisory: bool,
    /// How many cases stand for one of the user's: bytes are cheap, and most of them are refused at once.
    pub(crate) multiplier: usize,
    pub(crate) kind: fn() -> CaseKind,
    pub(crate) unmet: fn(&Pair) -> Option<&'static str>,
    pub(crate) judge: fn(&Trial<'_>, &Case) -> Outcome,
    pub(crate) whose_fault: fn(&Trial<'_>, &Finding) -> Blame,
}

pub(crate) use accepted_is_stable::PROPERTY as ACCEPTED_IS_STABLE;
pub(crate) use accepts_saved::PROPERTY as ACCEPTS_SAVED;
pub(crate) use load_is_total::PROPERTY as LOAD_IS_TOTAL;
pub(crate) use upgrade_equivalence::PROPERTY as UPGRADE_EQUIVALENCE;

/// Every property that needs no code, in the order of the report.
pub const ALL: [&Property; 12] = [
    &accepts_saved::PROPERTY,
    &upgrade_equivalence::PROPERTY,
    &save_is_pure::PROPERTY,
    &load_is_total::PROPERTY,
    &load_is_strict::PROPERTY,
    &accepted_is_stable::PROPERTY,
    &reload_equivalence::PROPERTY,
    &resave::PROPERTY,
    &revert::PROPERTY,
    &lifecycle::PROPERTY,
    &load_is_read_only::PROPERTY,
    &resources::PROPERTY,
];

/// The property of this name.
pub fn named(id: &str) -> Option<&'static Property> {
    ALL.into_iter().find(|property| property.id == id)
}

impl Property {
    /// Whether it judges a chain as a whole, not each of its hops.
    pub fn judges_whole_chains(&self) -> bool {
        self.id == lifecycle::PROPERTY.id
    }

    /// Judges one case; nothing that a component does makes it panic.
    pub fn judge(&self, pair: &Pair, case: &Case) -> Outcome {
        pair.threads
            .install(|| (self.judge)(&Trial::new(pair, case), case))
    }

    /// Which half is to blame for a finding of this property.
    pub fn blame(&self, pair: &Pair, finding: &Finding) -> Blame {
        let threads = &pair.threads;
        threads.install(|| (self.whose_fault)(&Trial::new(pair, &finding.case), finding))
    }
}

impl std::fmt::Debug for Property {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// Inputs for one case of the user's.
const INPUTS: usize = 16;

fn needs_save_and_load(pair: &Pair) -> Option<&'static str> {
    if pair.old.save().is_none() {
        return Some("the old version does not export save");
    }
    needs_load(pair)
}

fn needs_load(pair: &Pair) -> Option<&'static str> {
    (pair.new.load().is_none()).then_some("the new version does not export load")
}

fn needs_operations(pair: &Pair) -> Option<&'static str> {
    if pair.operations.is_empty() {
        return Some("the versions have no operation in common");
    }
    needs_save_and_load(pair)
}

const NO_START: &str = "the worker does not start";
const NO_UPDATE: &str = "the worker failed before the update";
const REFUSED: &str = "the update failed, which is accepts-saved's business";
const UNSUPPORTED: &str = "the call of a host function that nobody answers";

fn diverged(
    divergence: &Divergence,
    trial: &Trial<'_>,
    played: &Played,
    case: &Case,
    what: &str,
) -> Outcome {
    let call = &played.calls[divergence.at];
    difference(divergence, trial, call, played.case(case), what).fail()
}

/// A finding about a call that one worker observes and another does not.
fn difference(
    divergence: &Divergence,
    trial: &Trial<'_>,
    call: &Call,
    case: Case,
    what: &str,
) -> Finding {
    let operation = &trial.pair.operations[call.operation];
    let hint = match divergence.parts.first() {
        Some(part) if !part.path.is_empty() => format!(" in {}", part.path),
        _ => String::new(),
    };
    Finding {
        expected: Some(divergence.expected.to_string()),
        observed: Some(divergence.observed.to_string()),
        operation: Some(divergence.at),
        backtrace: divergence
            .observed
            .failure()
            .map(|failure| failure.backtrace.clone())
            .unwrap_or_default(),
        ..Finding::new(
            format!("{}{}", operation.name, divergence.place()),
            format!("{what}: {} differs{hint}", operation.call(&call.arguments)),
            case,
        )
    }
}

/// A finding about a call that failed; told apart by kind and by the innermost functions.
fn failed(what: &str, failure: &Failure, case: Case) -> Finding {
    let signature = format!("{what}: {}", failure.signature());
    Finding {
        backtrace: failure.backtrace.clone(),
        ..Finding::new(signature, format!("{what} fails: {failure}"), case)
    }
}
