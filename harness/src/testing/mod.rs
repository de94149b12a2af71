//! What a test of your own calls: properties inside a `proptest!`, and failure files that must not fail again.

pub mod assertions;
pub(crate) mod regressions;
