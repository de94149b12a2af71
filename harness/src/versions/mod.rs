//! Versions of a component side by side: which operations all have, and what is declared to change.

pub mod config;
pub(crate) mod pair;
