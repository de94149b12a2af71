#![doc = include_str!("../README.md")]
//!
//! ## The way of the data
//! ```text
//!   component ─► linkage: how its modules are put together, which stands behind them
//!             ├► each core module: probes in its functions, one more memory, functions that are added
//!             └► for each instance of such a module: its functions lifted and exported, up to the root
//! ```
//! [`instrument`] does that. Each export [`RECORD`]`0`, [`RECORD`]`1` … of type `func() -> list<u8>` returns where a record is,
//! with its [`Status`] before it ([`Status::split`]); [`Instrumented::maps`] say what the numbers in it are about. Each export
//! [`RESET`]`0` … of type `func(what: u32) -> u32` takes a [`Request`].

#![warn(missing_docs)]

mod component;
mod error;
mod function;
mod layout;
mod linkage;
mod map;
mod module;
mod record;
mod runtime;

pub use component::{Instrumented, instrument};
pub use error::{Error, Warning};
pub use map::{Comparator, ModuleMap, Site, SiteKind};
pub use record::{Comparison, Request, Status, block_counts, comparisons};

/// What a rewritten component records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Probes {
    /// A counter for each function's entry and for each outcome of each decision. What guides a fuzzer.
    Edges,
    /// A counter for each basic block: every instruction that can be reached belongs to one. What a coverage report is
    /// made of.
    Blocks,
    /// The operands of integer comparisons. What a mutation can learn from.
    Comparisons,
    /// Nothing.
    None,
}

/// How a component is rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rewrite {
    /// What it records.
    pub probes: Probes,
    /// Whether it gets functions that reset it to its initial state.
    pub reset: bool,
}

/// How the exported functions are named that return where a module's record is; a number follows.
pub const RECORD: &str = "handover-record-m";
/// How the exported functions are named that reset a module; a number follows. See [`Request`].
pub const RESET: &str = "handover-reset-m";
