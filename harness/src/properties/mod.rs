//! The properties: what must hold for every case. One file each; a property is one function over a case, which the
//! command, the tests and a fuzz target share.

mod accepted_is_stable;
mod accepts_saved;
mod lifecycle;
mod load_is_read_only;
mod load_is_strict;
mod load_is_total;
mod recovery;
mod reload_equivalence;
mod replay;
mod resave;
mod resources;
mod revert;
mod save_is_pure;
mod state_kept;
pub mod state_round_trip;
mod upgrade_equivalence;

use crate::case::{Call, Case, CaseKind};
use crate::host::Pace;
use crate::judging::cause::{Cause, Part};
use crate::judging::divergence::Divergence;
use crate::judging::played::Played;
use crate::judging::verdict::{Blame, Finding, Outcome, Weight};
use crate::judging::{Judging, Tally, Workers};
use crate::versions::chain::VersionId;
use crate::versions::hop::Hop;
use crate::worker::observation::{Failure, FailureKind};

/// A property.
pub struct Property {
    /// Its name.
    pub id: &'static str,
    /// What must hold.
    pub statement: &'static str,
    /// How it is exercised.
    pub exercised: &'static str,
    /// What it is worth to somebody whose component fails it.
    pub advice: Advice,
    /// Whether a failure is only a note, unless the check is strict.
    pub advisory: bool,
    pub(crate) scope: Scope,
    pub(crate) effort: Effort,
    pub(crate) workers: Workers,
    /// The properties that tell what they find, too: what this one finds beside them is theirs.
    pub(crate) yields_to: &'static [&'static str],
    /// Whether a check is refused where the versions do not export the functions that it needs: no update can succeed then.
    pub(crate) is_about_any_update: bool,
    pub(crate) kind: fn() -> CaseKind,
    pub(crate) unmet: fn(Hop<'_>) -> Option<&'static str>,
    pub(crate) judge: fn(&Judging<'_>, &Case) -> Outcome,
    pub(crate) whose_fault: fn(&Judging<'_>, &Finding) -> Blame,
}

/// What there is to say to somebody whose component fails a property.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Advice {
    /// Why it matters where workers are durable.
    pub matters: &'static str,
    /// What usually causes a failure, the most frequent first.
    pub causes: &'static [&'static str],
    /// What to do.
    pub remedy: &'static str,
}

/// What a property judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Each update of a chain by itself.
    EachHop,
    /// A chain as a whole.
    WholeChain,
}

/// How many cases a property has for those that the user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// So many for each: bytes are cheap, and most of them are refused at once.
    Times(usize),
    /// So many histories for each, and fewer where they are dear, but at least one.
    Histories(usize),
    /// One for so many cases, because it is worth that many; nor is it shrunk far.
    OneFor(usize),
}

pub(crate) use accepted_is_stable::PROPERTY as ACCEPTED_IS_STABLE;
pub(crate) use accepts_saved::PROPERTY as ACCEPTS_SAVED;
pub(crate) use load_is_total::PROPERTY as LOAD_IS_TOTAL;
pub(crate) use recovery::PROPERTY as RECOVERY;
pub(crate) use replay::PROPERTY as REPLAY;
pub(crate) use upgrade_equivalence::PROPERTY as UPGRADE_EQUIVALENCE;

/// Every property that needs no code, in the order of the report.
pub const ALL: [&Property; 15] = [
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
    &state_kept::PROPERTY,
    &recovery::PROPERTY,
    &replay::PROPERTY,
];

/// The property of this name.
pub fn named(id: &str) -> Option<&'static Property> {
    ALL.into_iter().find(|property| property.id == id)
}

impl Property {
    /// What it judges.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Whether its cases call operations; the others only feed bytes to load.
    pub(crate) fn calls(&self) -> bool {
        !matches!((self.kind)(), CaseKind::Input { operations: false })
    }

    /// Judges one case; nothing that a component does makes it panic. A case of another chain is discarded.
    pub fn judge<'a>(&self, hop: impl Into<Hop<'a>>, case: &Case) -> Outcome {
        let hop = hop.into();
        if !hop.fits(case) {
            return Outcome::Discard(FOREIGN);
        }
        let judge = || self.tally(hop, case).0;
        hop.chain().on_its_threads(judge)
    }

    /// As [`Self::judge`], on new workers alone: what is likely to fail is not judged twice.
    pub(crate) fn judge_anew(&self, hop: Hop<'_>, case: &Case) -> Outcome {
        if !hop.fits(case) {
            return Outcome::Discard(FOREIGN);
        }
        let judge = || self.judge_with(Workers::New, hop, case).0;
        hop.chain().on_its_threads(judge)
    }

    /// Which half is to blame for a finding of this property.
    pub fn blame<'a>(&self, hop: impl Into<Hop<'a>>, finding: &Finding) -> Blame {
        let hop = hop.into();
        let case = &finding.case;
        hop.chain().on_its_threads(|| match hop.fits(case) {
            true => (self.whose_fault)(&Judging::of(hop, case, Workers::New), finding),
            false => Blame::Mapping,
        })
    }

    /// Judges one case, and keeps count. What is found with workers that are used again, new ones confirm.
    pub(crate) fn tally(&self, hop: Hop<'_>, case: &Case) -> (Outcome, Tally) {
        if self.workers == Workers::Reused {
            let judged = self.judge_with(Workers::Reused, hop, case);
            if !matches!(judged.0, Outcome::Fail(_)) {
                return judged;
            }
        }
        self.judge_with(Workers::New, hop, case)
    }

    /// Judges one case with such workers, and keeps count.
    pub(crate) fn judge_with(
        &self,
        workers: Workers,
        hop: Hop<'_>,
        case: &Case,
    ) -> (Outcome, Tally) {
        let judging = Judging::of(hop, case, workers);
        let outcome = weighed((self.judge)(&judging, case), hop);
        let tally = judging.into_tally();
        // A worker that waits for what never comes, since the next operation is due, is not the component's fault.
        if tally.woken && case.pace != Pace::default() && matches!(outcome, Outcome::Fail(_)) {
            let slower = Case {
                pace: Pace::default(),
                ..case.clone()
            };
            return self.judge_with(workers, hop, &slower);
        }
        (outcome, tally)
    }
}

impl std::fmt::Debug for Property {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id)
    }
}

/// What agents are called with comes as JSON, and so do most of them save their state: it has no word for what is not finite. That it
/// becomes something else is worth knowing, and no reason to keep a worker from its update.
fn weighed(outcome: Outcome, hop: Hop<'_>) -> Outcome {
    match outcome {
        Outcome::Fail(finding)
            if finding.weight < Weight::Advice
                && hop.chain().agent().is_some()
                && !finding.case.is_finite() =>
        {
            let message = format!(
                "{}, where a call was given a number that is not finite",
                finding.message
            );
            let weight = Weight::Advice;
            Outcome::Fail(Box::new(Finding {
                weight,
                message,
                ..*finding
            }))
        }
        outcome => outcome,
    }
}

/// Inputs for one case of the user's.
const INPUTS: usize = 16;
/// How many cases of the user's one stands for that makes the state grow in every way that there is.
const GROWTH: usize = 64;

/// The version whose record a property replays; none of a property that replays none.
pub(crate) fn recorded_in(
    property: &Property,
    judging: &Judging<'_>,
    case: &Case,
) -> Option<VersionId> {
    match property.id {
        id if id == REPLAY.id => Some(judging.old()),
        id if id == RECOVERY.id => {
            Some(recovery::lived_in(judging, case).unwrap_or(judging.next()))
        }
        _ => None,
    }
}

fn needs_save_and_load(hop: Hop<'_>) -> Option<&'static str> {
    if hop.old().save().is_none() {
        return Some("the old version does not export save");
    }
    needs_load(hop)
}

fn needs_load(hop: Hop<'_>) -> Option<&'static str> {
    (hop.next().load().is_none()).then_some("the new version does not export load")
}

fn needs_common_operations(hop: Hop<'_>) -> Option<&'static str> {
    let has_none = hop.chain().operations().is_empty();
    has_none.then_some("the versions have no operation in common")
}

fn needs_operations(hop: Hop<'_>) -> Option<&'static str> {
    needs_common_operations(hop).or_else(|| needs_save_and_load(hop))
}

const FOREIGN: &str = "a call of the history is of no operation that these versions have";
const NO_START: &str = "the worker does not start";
const NO_UPDATE: &str = "the worker failed before the update";
const REFUSED: &str = "the update failed, which is accepts-saved's business";
pub(crate) const UNSUPPORTED: &str = "the call of a host function that nobody answers";

fn diverged(
    divergence: &Divergence,
    judging: &Judging<'_>,
    played: &Played,
    case: &Case,
    what: &str,
) -> Outcome {
    let call = &played.calls[divergence.at];
    difference(divergence, judging, call, played.case(case), what).fail()
}

/// A finding about a call that one worker observes and another does not.
pub(crate) fn difference(
    divergence: &Divergence,
    judging: &Judging<'_>,
    call: &Call,
    case: Case,
    what: &str,
) -> Finding {
    let hint = match divergence.parts.first() {
        Some(part) if !part.path.is_empty() => format!(" in {}", part.path),
        _ => String::new(),
    };
    let cause = Cause::Differs {
        operation: judging.hop.name(call.operation).to_owned(),
        place: divergence.place(),
    };
    let message = format!("{what}: {} differs{hint}", judging.hop.call(call));
    Finding {
        expected: Some(divergence.expected.to_string()),
        observed: Some(divergence.observed.to_string()),
        operation: Some(divergence.at),
        ..Finding::new(cause, message, case)
    }
    .showing(divergence.observed.failure())
}

/// A finding about a call that failed, which reports call `what`.
pub(crate) fn failed(part: Part, what: &str, failure: &Failure, case: Case) -> Finding {
    let message = format!("{what} fails: {failure}");
    Finding::new(Cause::failed(part, failure), message, case).showing(Some(failure))
}

/// Whether an agent threw an exception, of which its SDK makes a trap or an error of the agent's. That is how such a language refuses what
/// it is given, and on the platform a load that traps is an update that failed, like one that answers `Err`.
pub(crate) fn is_thrown(judging: &Judging<'_>, failure: &Failure) -> bool {
    let is_answered = matches!(failure.kind, FailureKind::AgentError(_));
    judging.hop.next().agent().is_some() && (is_answered || failure.is_exception())
}

#[cfg(test)]
mod tests {
    use sample_component::agents::{GOLEM_1_5, file};

    use super::*;
    use crate::case::Step;
    use crate::value::Val;
    use crate::versions::chain::Chain;

    /// How much it weighs that something is lost of a history with this number in it.
    fn weight(chain: &Chain, given: f64) -> Weight {
        let number = Val::List(vec![Val::Float64(given)]);
        let case = Case {
            seed: 0,
            pace: Pace::default(),
            input: None,
            founding: None,
            steps: vec![Step::Operation(Call::new(0, vec![number]))],
        };
        let finding = Finding::new(Cause::Refused, "load refuses", case);
        match weighed(finding.fail(), chain.whole()) {
            Outcome::Fail(finding) => finding.weight,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_json_cannot_say_is_a_note_of_an_agent_and_a_failure_of_others() {
        let agents = ["cart-v1", "cart-v2"].map(|it| file(GOLEM_1_5, it).display().to_string());
        let agents = Chain::open(&agents, &Default::default()).expect("agents");
        let carts = ["embedded:cart-v1", "embedded:cart-v2"];
        let carts = Chain::open(&carts, &Default::default()).expect("a pair");
        for (given, of_agent) in [
            (0.5, Weight::Failure),
            (f64::NAN, Weight::Advice),
            (f64::INFINITY, Weight::Advice),
        ] {
            assert_eq!(weight(&agents, given), of_agent, "{given}");
            assert_eq!(weight(&carts, given), Weight::Failure, "{given}");
        }
    }
}
