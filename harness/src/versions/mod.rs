//! Versions of a component side by side: which operations all have, and what is declared to change.

pub mod agents;
mod call_text;
pub mod chain;
pub mod config;
pub mod hop;
pub mod operation;

pub(crate) use call_text::anonymous;
