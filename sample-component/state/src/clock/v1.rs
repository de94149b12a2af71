//! The first version: a list of stamps.

use std::mem;

use serde::{Deserialize, Serialize};

use super::{MAGIC, Stamp};
use crate::{DecodeError, frame};

/// The fifth byte of this version's snapshots.
pub(crate) const VERSION: u8 = 1;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    pub(crate) stamps: Vec<Stamp>,
    pub(crate) watch_started: Option<u64>,
    pub(crate) remembered: Option<String>,
}

/// The snapshot of a stamp machine.
pub fn encode(clock: &Clock) -> Vec<u8> {
    frame::seal(MAGIC, VERSION, &frame::to_postcard(clock))
}

/// Reads snapshots of v1.
pub fn decode(bytes: &[u8]) -> Result<Clock, DecodeError> {
    match frame::open(MAGIC, bytes)? {
        (VERSION, body) => frame::from_postcard(body),
        (version, _) => Err(DecodeError::Version(version)),
    }
}

impl Clock {
    pub fn keep(&mut self, stamp: Stamp) {
        self.stamps.push(stamp);
    }

    /// Oldest first.
    pub fn stamps(&self) -> Vec<Stamp> {
        self.stamps.clone()
    }

    /// The newest one with this label.
    pub fn find(&self, label: &str) -> Option<Stamp> {
        self.stamps
            .iter()
            .rfind(|stamp| stamp.label == label)
            .cloned()
    }

    /// Drops those with this label and returns how many.
    pub fn discard(&mut self, label: &str) -> usize {
        let before = self.stamps.len();
        self.stamps.retain(|stamp| stamp.label != label);
        before - self.stamps.len()
    }

    /// Returns when the stop watch was started before.
    pub fn restart(&mut self, now: u64) -> Option<u64> {
        self.watch_started.replace(now)
    }

    /// When the stop watch was started.
    pub fn watch_started(&self) -> Option<u64> {
        self.watch_started
    }

    /// Returns what was remembered before.
    pub fn remember(&mut self, value: Option<String>) -> Option<String> {
        mem::replace(&mut self.remembered, value)
    }

    pub fn recall(&self) -> Option<String> {
        self.remembered.clone()
    }
}
