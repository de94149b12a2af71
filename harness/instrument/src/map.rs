//! What the numbers of a record mean.

/// What a rewritten module's record is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleMap {
    /// The module's number in the component, in the order in which modules stand in the file.
    pub module: u32,
    /// Where the module starts in the file of the component, in bytes.
    pub start: u64,
    /// Where the contents of its code section start in that file: what DWARF's addresses count from.
    pub code_start: u64,
    /// How many functions it imports; the first function of its own has this number.
    pub imported_functions: u32,
    /// Bytes of the memories that were added to it, at the start.
    pub added_memory: u64,
    /// Whether all that it writes to a memory is noted from the start, so that [`crate::Request::KeepWritten`] is enough where this
    /// is so of all modules.
    pub notes_writes: bool,
    /// Names of its functions by number, from its name section.
    pub names: Vec<(u32, String)>,
    /// Which counter, or which number in a comparison, stands for which place.
    pub sites: Vec<Site>,
}

/// A probed place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Site {
    /// Number of the function in its module.
    pub function: u32,
    /// Where the instruction is in the file of the component before it was rewritten, in bytes; for a block, its first
    /// instruction.
    pub offset: u64,
    /// What is probed.
    pub kind: SiteKind,
}

/// What is probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SiteKind {
    /// The entry of a function.
    Entry,
    /// One outcome of a decision.
    Outcome,
    /// A basic block.
    Block {
        /// Where its last instruction ends, in bytes.
        end: u64,
    },
    /// A comparison of integers.
    Comparison {
        /// Bytes of the operands: 4 or 8.
        width: u8,
        /// How they are compared.
        comparator: Comparator,
    },
}

/// How two integers are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparator {
    /// Equal, or not equal.
    Equality,
    /// In which bits they differ. Compilers make this of some comparisons for equality, also of one number with the complement of
    /// the other.
    Difference,
    /// Which of them is smaller, signed or not.
    Order,
    /// Which target of a `br_table` an index chooses.
    Switch,
}
