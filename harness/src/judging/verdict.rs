//! What came out: of one case, of a property, of a whole check.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::judging::cause::Cause;
use crate::properties::{self, Property};
use crate::report::foreign::shortened;
use crate::versions::hop::HopId;
use crate::worker::observation::Failure;

/// What the judging of one case came to.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The property holds.
    Pass,
    /// The case says nothing about the property, for this reason.
    Discard(&'static str),
    /// The property does not hold.
    Fail(Box<Finding>),
}

/// How a property failed in one case.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Finding {
    /// What is wrong: the same for two cases that show the same fault, as far as that can be seen.
    pub cause: Cause,
    /// One sentence: what is wrong.
    pub message: String,
    /// What should have been observed, where that can be said.
    pub expected: Option<String>,
    /// What was observed.
    pub observed: Option<String>,
    /// Number of the operation that showed it.
    pub operation: Option<usize>,
    /// Names of the guest's functions, innermost first, where it trapped.
    pub backtrace: Vec<String>,
    /// The end of what the guest wrote to standard error and to its log, oldest line first, where it trapped.
    pub last_words: Vec<String>,
    /// In the life of a whole chain, the update that lost the state, where it was one.
    pub hop: Option<HopId>,
    /// What was measured, where that is what it is about.
    pub points: Vec<Point>,
    /// How much it weighs, beside its property's own weight.
    pub weight: Weight,
    /// The case, with every argument known.
    pub case: Case,
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It fails its property.
    Failure,
    /// It is a note; a failure if the check is strict.
    Advice,
    /// It is a note, and what many a correct component does.
    Note,
}

/// What save or load used for a state of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Point {
    /// How often the operations were repeated, or the worker updated; for a longer argument, its length in units of 8 bytes.
    pub times: usize,
    /// Size of the snapshot, in bytes.
    pub snapshot: usize,
    /// Fuel that the call used.
    pub fuel: u64,
    /// Memory of the worker at the end of the call, in bytes: it never shrinks.
    pub memory: u64,
}

impl Finding {
    pub(crate) fn new(cause: Cause, message: impl Into<String>, case: Case) -> Self {
        Self {
            cause,
            message: message.into(),
            expected: None,
            observed: None,
            operation: None,
            backtrace: Vec::new(),
            last_words: Vec::new(),
            hop: None,
            points: Vec::new(),
            weight: Weight::Failure,
            case,
        }
    }

    /// The same, which shows where the guest failed and what it said last.
    pub(crate) fn showing(self, failure: Option<&Failure>) -> Self {
        match failure {
            Some(failure) => Self {
                backtrace: failure.backtrace.clone(),
                last_words: failure.last_words.clone(),
                ..self
            },
            None => self,
        }
    }

    /// The message, and what the guest said last, if it said anything.
    pub(crate) fn message_and_last_words(&self) -> String {
        match &self.last_words[..] {
            [] => self.message.clone(),
            lines => format!("{}; its last words: {}", self.message, lines.join(" / ")),
        }
    }

    /// What tells it from other findings, as failure files keep it: short, whatever the guest says.
    pub fn signature(&self) -> String {
        let whole = match self.hop {
            Some(hop) => format!("{} {hop}", self.cause),
            None => self.cause.to_string(),
        };
        shortened(&whole).into_owned()
    }

    /// Whether the two show the same fault, as far as that can be seen.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        (&self.cause, self.hop) == (&other.cause, other.hop)
    }

    pub(crate) fn fail(self) -> Outcome {
        Outcome::Fail(Box::new(self))
    }
}

/// Which half lost the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Blame {
    /// Save: what it wrote does not hold the state, or it changed something.
    Save,
    /// Load: what it was given held the state.
    Load,
    /// Both halves keep what is theirs, but the two versions mean different things by it.
    Mapping,
    /// Neither half: the new version does something else than the old one when it replays a history.
    Behaviour,
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Save => "save",
            Self::Load => "load",
            Self::Mapping => "mapping",
            Self::Behaviour => "behaviour",
        })
    }
}

/// A property's verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It held in every case, and there was at least one.
    Pass,
    /// It failed in at least one case.
    Fail,
    /// It does not hold, which is told and held against nobody: automatic updates of the pair diverge, where manual ones may do.
    Diverges,
    /// No case said anything about it.
    NotExercised,
}

/// What came out of one property.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PropertyReport {
    /// The property's name.
    pub id: &'static str,
    /// The hop of a chain that it was checked on; none where it was the whole.
    pub hop: Option<HopId>,
    /// Its verdict.
    pub status: Status,
    /// Cases that ran, those discarded included.
    pub cases: usize,
    /// Cases that said nothing, by reason.
    pub discarded: BTreeMap<&'static str, usize>,
    /// Why it was not exercised, or what else there is to say; empty where there is nothing.
    pub reason: String,
    /// The failures, each with the shortest history that was found, no two with the same signature.
    pub failures: Vec<ReportedFailure>,
    /// Names of the operations that returned in at least one case.
    pub covered: Vec<String>,
}

impl PropertyReport {
    /// How many cases were discarded.
    pub fn discards(&self) -> usize {
        self.discarded.values().sum()
    }
}

/// A failure as it is reported.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ReportedFailure {
    /// What was found, in the shortest case.
    pub finding: Finding,
    /// Which half is to blame.
    pub blame: Blame,
    /// Path of the failure file, where one was written.
    pub file: Option<String>,
}

/// How much of the state somebody would notice if it were lost: every value in snapshots of the old version was changed, one at a time,
/// and loaded into the new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Sensitivity {
    /// What was changed: `fields` of formats that name them, `bytes` of others.
    pub unit: &'static str,
    /// How many there are.
    pub of: usize,
    /// How many of them load refuses to have changed, or some operation shows.
    pub noticed: usize,
    /// The others.
    pub unnoticed: Vec<Unnoticed>,
}

/// A part of the state that nobody would miss.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unnoticed {
    /// Its path, with the indices of lists left out, or its offset.
    pub place: String,
    /// What it was.
    pub was: String,
    /// What it was changed to, and nobody noticed.
    pub became: String,
}

impl Sensitivity {
    /// How many of a hundred are noticed, rounded down.
    pub fn percent(&self) -> usize {
        self.noticed * 100 / self.of.max(1)
    }
}

/// Which kinds of update a pair or a chain allows, as far as was exercised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Updates {
    /// By replaying the history on the new version.
    pub automatic: bool,
    /// With a snapshot.
    pub manual: bool,
}

impl fmt::Display for Updates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.automatic, self.manual) {
            (true, true) => "automatic and manual",
            (true, false) => "automatic only",
            (false, true) => "manual only",
            (false, false) => "neither",
        })
    }
}

/// What came out of a check.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Report {
    /// Path and SHA-256 of the version in production.
    pub old: (String, String),
    /// Path and SHA-256 of the next version; of a chain, the last.
    pub new: (String, String),
    /// Path and SHA-256 of every version of a chain; none of a pair.
    pub chain: Vec<(String, String)>,
    /// The agent type that it is about; none of ordinary components.
    pub agent: Option<String>,
    /// The seed.
    pub seed: u64,
    /// One for each property, in the order of [`crate::properties::ALL`]; of a chain, for each hop one after the other, and
    /// then for the whole.
    pub properties: Vec<PropertyReport>,
    /// How much of the state would be noticed if it were lost; of a chain, at its last update. None where something failed, or no state
    /// could be changed.
    pub sensitivity: Option<Sensitivity>,
    /// How many of a hundred must be noticed.
    pub wanted_sensitivity: Option<usize>,
    /// How many operations histories could use.
    pub operations: usize,
    /// What else there is to know.
    pub notes: Vec<String>,
}

impl Status {
    /// What two of them come to: fail if one failed, and pass if one passed and none failed.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Fail, _) | (_, Self::Fail) => Self::Fail,
            (Self::Pass, _) | (_, Self::Pass) => Self::Pass,
            (Self::Diverges, _) | (_, Self::Diverges) => Self::Diverges,
            (Self::NotExercised, Self::NotExercised) => Self::NotExercised,
        }
    }
}

impl Report {
    /// Fail if a property failed, or less of the state would be noticed than is wanted; else pass if one was exercised, and where operations are part of it at least one of them
    /// returned; else not exercised.
    pub fn verdict(&self) -> Status {
        let idle = self.is_idle();
        let exercised = |it: &PropertyReport| {
            matches!(it.status, Status::Pass | Status::Diverges)
                && !(idle && properties::named(it.id).is_some())
        };
        let fails = |it: &PropertyReport| it.status == Status::Fail;
        if self.properties.iter().any(fails) || self.is_blind() {
            Status::Fail
        } else if self.properties.iter().any(exercised) {
            Status::Pass
        } else {
            Status::NotExercised
        }
    }

    /// Whether less of the state would be noticed than is wanted.
    pub fn is_blind(&self) -> bool {
        let is_blind = |it: &Sensitivity| Some(it.percent()) < self.wanted_sensitivity;
        self.sensitivity.as_ref().is_some_and(is_blind)
    }

    /// Which kinds of update the versions allow; none unless both were judged.
    pub fn updates(&self) -> Option<Updates> {
        let came_to = |is_replay: bool| {
            let rows = self.properties.iter();
            let rows = rows.filter(|it| (it.id == properties::REPLAY.id) == is_replay);
            let rows = rows.map(|it| it.status);
            rows.fold(Status::NotExercised, Status::and)
        };
        let (automatic, manual) = (came_to(true), came_to(false));
        let is_known = |it: Status| it != Status::NotExercised;
        let is_known = is_known(automatic) && is_known(manual) && !self.is_idle();
        is_known.then(|| Updates {
            automatic: automatic == Status::Pass,
            manual: manual == Status::Pass,
        })
    }

    /// Whether operations were to be called, and none returned: then every state was the initial one, whose survival says
    /// nothing.
    fn is_idle(&self) -> bool {
        let calls = |it: &PropertyReport| properties::named(it.id).is_some_and(Property::calls);
        self.operations > 0
            && self.properties.iter().any(calls)
            && self.properties.iter().all(|it| it.covered.is_empty())
    }
}
