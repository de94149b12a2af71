//! The second version: labels are kept once each, and the machine counts how long it was busy, which nobody can ask
//! for. A snapshot says when it was made.

use std::{collections::BTreeSet, mem};

use serde::{Deserialize, Serialize};

use super::{MAGIC, Moment, Stamp, v1};
use crate::{DecodeError, frame, invariants::ensure};

/// The fifth byte of this version's snapshots.
pub(crate) const VERSION: u8 = 2;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Sorted; every one is used.
    labels: Vec<String>,
    /// Oldest first.
    tape: Vec<Print>,
    watch: Watch,
    memory: Option<String>,
}

/// A stamp whose label is an index into the labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Print {
    label: u32,
    at: Moment,
    ticket: u64,
    oplog_index: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Watch {
    started: Option<u64>,
    /// Nanoseconds spent in making stamps.
    busy: u64,
}

#[derive(Serialize, Deserialize)]
struct Snapshot {
    made_at: Moment,
    clock: Clock,
}

/// The snapshot of a stamp machine, made at this moment.
pub fn encode(clock: &Clock, made_at: Moment) -> Vec<u8> {
    frame::seal(
        MAGIC,
        VERSION,
        &frame::to_postcard(&Snapshot {
            made_at,
            clock: clock.clone(),
        }),
    )
}

/// Reads snapshots of v1 and v2.
pub fn decode(bytes: &[u8]) -> Result<Clock, DecodeError> {
    match frame::open(MAGIC, bytes)? {
        (v1::VERSION, _) => v1::decode(bytes).map(Clock::from),
        (VERSION, body) => decode_body(body),
        (version, _) => Err(DecodeError::Version(version)),
    }
}

fn decode_body(body: &[u8]) -> Result<Clock, DecodeError> {
    let Snapshot { clock, .. } = frame::from_postcard(body)?;
    ensure(
        clock.labels.is_sorted_by(|a, b| a < b),
        "the order of the labels",
    )?;
    ensure(clock.uses_every_label(), "the labels in use")?;
    Ok(clock)
}

impl From<v1::Clock> for Clock {
    fn from(old: v1::Clock) -> Self {
        let mut labels = BTreeSet::new();
        labels.extend(old.stamps.iter().map(|stamp| stamp.label.clone()));
        let mut clock = Self {
            labels: labels.into_iter().collect(),
            tape: Vec::new(),
            watch: Watch {
                started: old.watch_started,
                busy: 0,
            },
            memory: old.remembered,
        };
        old.stamps.into_iter().for_each(|stamp| clock.keep(stamp));
        clock
    }
}

impl Clock {
    pub fn keep(&mut self, stamp: Stamp) {
        let label = self.intern(stamp.label);
        self.tape.push(Print {
            label,
            at: stamp.at,
            ticket: stamp.ticket,
            oplog_index: stamp.oplog_index,
        });
    }

    /// Oldest first.
    pub fn stamps(&self) -> Vec<Stamp> {
        self.tape
            .iter()
            .filter_map(|print| self.stamp(print))
            .collect()
    }

    /// The newest one with this label.
    pub fn find(&self, label: &str) -> Option<Stamp> {
        let index = self.index(label)?;
        self.tape
            .iter()
            .rfind(|print| print.label == index)
            .and_then(|print| self.stamp(print))
    }

    /// Drops those with this label and returns how many.
    pub fn discard(&mut self, label: &str) -> usize {
        let Some(index) = self.index(label) else {
            return 0;
        };
        let before = self.tape.len();
        self.labels.retain(|known| known != label);
        self.tape.retain(|print| print.label != index);
        for print in self.tape.iter_mut().filter(|print| print.label > index) {
            print.label -= 1;
        }
        before - self.tape.len()
    }

    /// Returns when the stop watch was started before.
    pub fn restart(&mut self, now: u64) -> Option<u64> {
        self.watch.started.replace(now)
    }

    /// When the stop watch was started.
    pub fn watch_started(&self) -> Option<u64> {
        self.watch.started
    }

    /// Counts time spent in making stamps.
    pub fn was_busy(&mut self, nanoseconds: u64) {
        self.watch.busy = self.watch.busy.saturating_add(nanoseconds);
    }

    /// Returns what was remembered before.
    pub fn remember(&mut self, value: Option<String>) -> Option<String> {
        mem::replace(&mut self.memory, value)
    }

    pub fn recall(&self) -> Option<String> {
        self.memory.clone()
    }

    fn stamp(&self, print: &Print) -> Option<Stamp> {
        let label = self.labels.get(usize::try_from(print.label).ok()?)?.clone();
        Some(Stamp {
            label,
            at: print.at,
            ticket: print.ticket,
            oplog_index: print.oplog_index,
        })
    }

    fn index(&self, label: &str) -> Option<u32> {
        let at = self
            .labels
            .binary_search_by(|known| known.as_str().cmp(label))
            .ok()?;
        u32::try_from(at).ok()
    }

    /// The index of a label, which is added where it is new; the later ones move up.
    fn intern(&mut self, label: String) -> u32 {
        let (at, is_new) = match self.labels.binary_search(&label) {
            Ok(at) => (at, false),
            Err(at) => (at, true),
        };
        let index = u32::try_from(at).unwrap_or(u32::MAX);
        if is_new {
            self.labels.insert(at, label);
            for print in self.tape.iter_mut().filter(|print| print.label >= index) {
                print.label += 1;
            }
        }
        index
    }

    fn uses_every_label(&self) -> bool {
        let mut used = vec![false; self.labels.len()];
        let all_known = self.tape.iter().all(|print| {
            usize::try_from(print.label)
                .ok()
                .and_then(|label| used.get_mut(label))
                .map(|seen| *seen = true)
                .is_some()
        });
        all_known && used.into_iter().all(|seen| seen)
    }
}
