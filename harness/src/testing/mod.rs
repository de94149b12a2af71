//! What a test of your own calls: properties inside a `proptest!`, failure files that must not fail again, golden
//! snapshots that every later version must load, and production's own histories.

pub mod assertions;
pub mod golden;
pub mod oplog;
pub(crate) mod regressions;
pub(crate) mod update;
