//! The state of the stamp machine: what it kept of the host's answers. The guest asks the host; nothing here does.

pub mod v1;
pub mod v2;

/// The first four bytes of a stamp machine's snapshot, in every version.
const MAGIC: &[u8; 4] = b"CLCK";

/// A moment of the wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Moment {
    pub seconds: u64,
    pub nanoseconds: u32,
}

/// What the machine prints.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stamp {
    pub label: String,
    pub at: Moment,
    pub ticket: u64,
    pub oplog_index: u64,
}
