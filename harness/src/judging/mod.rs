//! The judging of one case: its workers are started and play its history, what they observe is compared, and the half that
//! lost the state is named.

pub(crate) mod blame;
pub(crate) mod divergence;
pub(crate) mod timeline;
pub(crate) mod trial;
pub mod verdict;
