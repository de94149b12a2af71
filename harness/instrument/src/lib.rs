//! What happens inside a component: rewrites it so that it records its own edges, blocks or comparisons, in a memory of its
//! own that the host reads in place. The component behaves as before; only its fuel and its export list are longer.
//!
//! ```text
//!   component ─► each core module: probes in its functions, one more memory, one more function that tells where it is
//!             └► for each instance of such a module: the function lifted and exported, up to the root
//! ```
//!
//! Everything is appended, so that no index changes and every instruction that is not probed is copied as it stands; but for
//! the core memories of a component whose modules share one, among which are put those that tell what was written to it.

mod component;
mod digest;
mod effect;
mod flow;
mod frame;
mod function;
mod layout;
mod linkage;
mod map;
mod memories;
mod module;
mod reset;
mod results;

pub use component::{Instrumented, instrument};
pub use layout::{Ask, Comparison, Status, block_counts, comparisons};
pub use map::{Comparator, ModuleMap, Site, SiteKind};

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
    /// Whether it gets functions that put it back into its initial state.
    pub reset: bool,
}

/// How the exported functions are named that tell where a module's record is, and that put a module back; a number follows.
pub const RECORD: &str = "handover-record-m";
/// As [`RECORD`], for the functions that put a module back.
pub const RESET: &str = "handover-reset-m";
