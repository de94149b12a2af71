//! What to check and how long, and who watches.

use std::time::Duration;

use crate::properties::{Property, RECOVERY, REPLAY};
use crate::testing::oplog::Production;

/// What to check, and how long.
#[derive(Debug, Clone)]
pub struct Options {
    /// Cases of each property; the properties that feed bytes to load run sixteen inputs for each.
    pub cases: usize,
    /// The largest number of operations in a history; one that is made of others may have two thirds more.
    pub operations: usize,
    /// Determines every case.
    pub seed: u64,
    /// Stop after this time with the cases that were run until then. Only with it does a report depend on the machine.
    pub time: Option<Duration>,
    /// Only these properties; all where it is empty.
    pub properties: Vec<&'static Property>,
    /// Which kind of update it is about.
    pub mode: Mode,
    /// How many of a hundred values of the state must be noticed if they are lost; a figure only, where it is none.
    pub sensitivity: Option<usize>,
    /// Whether one of four histories is made of those that brought the old version somewhere new.
    pub guided: bool,
    /// Whether an advisory property can fail.
    pub strict: bool,
    /// Whether a property stops at its first failure, and reports only that.
    pub first_failure: bool,
    /// What production calls, which histories then look like; nothing where none is known.
    pub production: Production,
}

/// Which kind of update a check is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// Updates with a snapshot must lose nothing; whether the versions allow automatic ones is told.
    #[default]
    Both,
    /// Updates that replay the history must not diverge; nothing else is checked but recovery.
    Automatic,
    /// Updates with a snapshot alone.
    Manual,
}

impl Mode {
    /// Whether a check of this kind asks for a property.
    pub(crate) fn asks_for(self, property: &Property) -> bool {
        match self {
            Self::Both => true,
            Self::Automatic => [REPLAY.id, RECOVERY.id].contains(&property.id),
            Self::Manual => property.id != REPLAY.id,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cases: 256,
            operations: crate::case::MAX_OPERATIONS,
            seed: 0,
            time: None,
            properties: Vec::new(),
            mode: Mode::Both,
            sensitivity: None,
            guided: true,
            strict: false,
            first_failure: false,
            production: Production::default(),
        }
    }
}

/// Watches a check; every method may do nothing.
pub trait Progress: Sync {
    /// `property` will run so many cases.
    fn begin(&self, _property: &'static str, _cases: usize) {}
    /// So many more cases of `property` have run.
    fn advance(&self, _property: &'static str, _cases: usize) {}
    /// A failure is being shrunk.
    fn shrinking(&self, _property: &'static str) {}
    /// Whether the check is to end now, with what was found until then.
    fn stop(&self) -> bool {
        false
    }
}

impl Progress for () {}
