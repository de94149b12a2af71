//! Versions of a component side by side: which operations all have, and what is declared to change.

pub mod agents;
pub mod chain;
pub mod config;
pub mod operation;
