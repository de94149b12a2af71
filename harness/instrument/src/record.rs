//! What a host reads of a rewritten component: the status and the record of each module, and what the exported reset functions
//! are asked for.

use crate::layout::{COMPARISON, RIGHT, RING, SITE, STATUS, WRITTEN};

/// What an exported reset function is asked for: its parameter, as `request as u32`. It answers 1, or 0 if that is not
/// possible; to [`Request::Digest`] it answers the digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Request {
    /// Put the module into its initial state: the one it was in when that was last kept.
    Reset = 0,
    /// Make the present state the initial one, by what was written since the module was instantiated. Enough where each module of
    /// the component notes that ([`crate::ModuleMap::notes_writes`]).
    KeepWritten = 1,
    /// Make the present state the initial one, by copying all of the memory.
    KeepAll = 2,
    /// From now on, reset the module when it is entered again: with the first allocation for the arguments of a lifted
    /// function, which saves a call. Then [`Status::resets`] counts.
    ResetOnEntry = 3,
    /// Answer a digest of the module's memory and mutable globals, which is equal for equal states.
    Digest = 4,
    /// Enlarge the memory by some pages that the module does not know of, and refuse a reset once it has outgrown them: then
    /// what a read beyond its end finds is the same after each reset.
    Reserve = 5,
}

impl Request {
    /// As the operand of an instruction.
    pub(crate) const fn operand(self) -> i32 {
        self as i32
    }
}

/// What a module reports of its own state, before its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Something was changed that a reset cannot undo.
    pub irreversible: bool,
    /// It resets itself when it is entered again, and was entered since it last did so.
    pub entered: bool,
    /// How often it has reset itself, modulo 2³².
    pub resets: u32,
}

impl Status {
    /// Splits the bytes that a module lets the host read into its status and its record.
    pub fn split(bytes: &[u8]) -> (Self, &[u8]) {
        let (status, record) = bytes.split_first_chunk().unwrap_or((&[0; STATUS], &[]));
        let [irreversible, entered, _, _, resets @ ..] = *status;
        let status = Self {
            irreversible: irreversible != 0,
            entered: entered != 0,
            resets: u32::from_le_bytes(resets),
        };
        (status, record)
    }
}

/// A pair of integers that the component compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Comparison {
    /// Number of the site in its [`crate::ModuleMap`].
    pub site: u32,
    /// The left operand, sign-extended to 64 bits. For a `br_table`, its index.
    pub left: u64,
    /// The right operand, likewise. For a `br_table`, the number of its targets.
    pub right: u64,
}

/// How often each block was entered, in the order of the sites; for the record of a module with [`crate::Probes::Blocks`].
pub fn block_counts(record: &[u8]) -> impl Iterator<Item = u32> + '_ {
    let (counters, _) = record.as_chunks();
    counters.iter().map(|bytes| u32::from_le_bytes(*bytes))
}

/// The comparisons in a module's record with [`crate::Probes::Comparisons`], in the order in which they were made: at most the
/// last 4,096, and at most 8 of each site.
pub fn comparisons(record: &[u8]) -> impl Iterator<Item = Comparison> + '_ {
    let written = record
        .get(WRITTEN as usize..)
        .and_then(|rest| rest.first_chunk())
        .map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let first = written.saturating_sub(RING);
    (first..written).filter_map(move |number| {
        let start = (number % RING * COMPARISON) as usize;
        let record: &[u8; COMPARISON as usize] = record.get(start..)?.first_chunk()?;
        Some(Comparison {
            left: u64::from_le_bytes(*record.first_chunk()?),
            right: u64::from_le_bytes(*record[RIGHT as usize..].first_chunk()?),
            site: u32::from_le_bytes(*record[SITE as usize..].first_chunk()?),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_too_short_hold_nothing() {
        assert_eq!(Status::split(&[1, 1, 0]).0.resets, 0);
        assert!(Status::split(&[1, 1, 0]).1.is_empty());
        assert_eq!(block_counts(&[1, 0, 0]).count(), 0);
        assert_eq!(comparisons(&[0xff; 100]).count(), 0);
    }
}
