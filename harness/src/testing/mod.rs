//! What a test of your own calls: properties inside a `proptest!`, failure files that must not fail again, and golden
//! snapshots that every later version must load.

pub mod assertions;
pub mod golden;
pub(crate) mod regressions;
pub(crate) mod update;
