//! What is wrong, as data: by it two findings of one fault are known for one, and by it the half to blame is found. A finding's
//! message is for people, and nobody reads it for anything else.

use std::fmt;
use std::sync::Arc;

use crate::host::Departure;
use crate::judging::verdict::Blame;
use crate::worker::observation::Failure;
use crate::worker::update::{Refusal, Update};

/// What is wrong, as far as two findings of one fault have it in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Cause {
    /// An operation observes something else than it should.
    Differs {
        /// The operation's name.
        operation: String,
        /// Where in the observation, without the indices of lists.
        place: String,
    },
    /// A call failed that should not.
    Failed {
        /// Which call.
        part: Part,
        /// What tells the failure from others.
        failure: String,
    },
    /// Load refuses what save wrote, or one of the two functions is missing.
    Refused,
    /// A recovery does not load what the update did.
    RefusedAgain,
    /// Of two saves in a row, load accepts only one.
    OneOfTwoSaves,
    /// A worker's history cannot be replayed.
    NotReplayed,
    /// A replay does not go as its record says.
    Departs {
        /// The name of the operation that does not.
        operation: String,
        /// How it goes.
        way: Way,
    },
    /// A call that must not do so changes the outside world.
    Writes {
        /// Which call.
        part: Part,
        /// The host function that it calls.
        function: String,
    },
    /// Load accepts bytes that no version's save writes.
    NotStrict,
    /// Load accepts bytes of which it reads a part only: it skips fields that it does not know, or what stands at the end.
    Skips,
    /// What the old version's snapshot says there is nowhere in the new version's.
    Dropped {
        /// Its path in the old version's snapshot, without the indices of lists.
        path: String,
    },
    /// What a half uses grows faster than the snapshot.
    Grows {
        /// Which half.
        half: Half,
        /// `fuel` or `memory`.
        resource: &'static str,
    },
    /// The snapshot grows although nothing observable does.
    Leaks {
        /// The half that makes it grow.
        half: Half,
        /// The operation that does so, where it is one.
        operation: Option<String>,
    },
}

/// How a replay departs from its record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Way {
    /// By a host call.
    HostCall(Departure),
    /// By what the operation returns.
    Result {
        /// Where in it, without the indices of lists.
        place: String,
    },
    /// By a call that fails.
    Failure {
        /// What tells the failure from others.
        failure: String,
    },
    /// The version has no function of this name.
    Missing,
}

/// A call into a worker.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// The start of an instance.
    Start,
    /// Save.
    Save,
    /// Load.
    Load,
    /// Load, before it comes to the state: the SDK reads the envelope.
    Envelope,
    /// An operation, by its name.
    Operation(String),
}

/// A save or a load on the way through both versions and back into the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Half {
    /// Save of the old version.
    Save,
    /// Load of what it wrote, in the new version.
    Load,
    /// Save of the new version, of what it loaded.
    Resave,
    /// Load of what that wrote, in the new version.
    Reload,
}

impl Half {
    pub(crate) const ALL: [Self; 4] = [Self::Save, Self::Load, Self::Resave, Self::Reload];

    /// Whom to blame for it.
    pub(crate) fn blame(self) -> Blame {
        match self {
            Self::Save | Self::Resave => Blame::Save,
            Self::Load | Self::Reload => Blame::Load,
        }
    }
}

impl Cause {
    /// The failure of a call.
    pub(crate) fn failed(part: Part, failure: &Failure) -> Self {
        Self::Failed {
            part,
            failure: failure.signature(),
        }
    }

    /// Why the update failed; none if it did not.
    pub(crate) fn of_update(update: &Update) -> Option<Self> {
        Some(match update {
            Update::Updated { .. } => return None,
            Update::Stuck(failure) => Self::failed(Part::Start, failure),
            Update::Lost(failure) | Update::Reverted(Refusal::LoadFailed(failure)) => {
                Self::failed(Part::Load, failure)
            }
            Update::Reverted(Refusal::SaveFailed(failure)) => Self::failed(Part::Save, failure),
            Update::Reverted(Refusal::NoSave | Refusal::NoLoad | Refusal::Refused(_)) => {
                Self::Refused
            }
        })
    }

    /// Whether it is a call of save that failed.
    pub(crate) fn is_failed_save(&self) -> bool {
        matches!(
            self,
            Self::Failed {
                part: Part::Save,
                ..
            }
        )
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs { operation, place } => write!(f, "{operation}{place}"),
            Self::Failed { part, failure } => write!(f, "{part}: {failure}"),
            Self::Refused => f.write_str("refused"),
            Self::RefusedAgain => f.write_str("refused at recovery"),
            Self::OneOfTwoSaves => f.write_str("one of two saves"),
            Self::NotReplayed => f.write_str("replay fails"),
            Self::Departs { operation, way } => write!(f, "replay of {operation}: {way}"),
            Self::Writes { part, function } => write!(f, "{part} writes: {function}"),
            Self::NotStrict => f.write_str("accepts what save cannot have written"),
            Self::Skips => f.write_str("skips a part"),
            Self::Dropped { path } => write!(f, "drops {path}"),
            Self::Grows { half, resource } => write!(f, "{half}: {resource}"),
            Self::Leaks { half, operation } => match operation {
                Some(operation) => write!(f, "{half}: leak with {operation}"),
                None => write!(f, "{half}: leak"),
            },
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HostCall(Departure { recorded, made }) => {
                let named = |it: &Option<Arc<str>>| it.as_deref().unwrap_or("nothing").to_owned();
                write!(f, "{} for {}", named(made), named(recorded))
            }
            Self::Result { place } => write!(f, "result{place}"),
            Self::Failure { failure } => write!(f, "{failure}"),
            Self::Missing => f.write_str("missing"),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "start",
            Self::Save => "save",
            Self::Load => "load",
            Self::Envelope => "envelope",
            Self::Operation(name) => name,
        })
    }
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Save => "save",
            Self::Load => "load",
            Self::Resave => "save of the new version",
            Self::Reload => "load of the new version's own snapshot",
        })
    }
}
