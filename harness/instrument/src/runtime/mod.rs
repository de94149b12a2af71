//! The functions that are added to a module: what they refer to, one file for each purpose, and the text that they are
//! written in.

mod digest;
mod memory;
mod record;
mod reset;
mod restore;
pub(crate) mod text;

use wasm_encoder::{InstructionSink, MemArg, ValType};

use crate::layout::Layout;
use text::wat;

pub(crate) use digest::digest;
pub(crate) use memory::{grow, mark, realloc};
pub(crate) use record::{location, log};
pub(crate) use reset::{reset, reset_entries};

/// What the functions that are added refer to.
pub(crate) struct Parts {
    /// The memory of the record.
    pub(crate) record: u32,
    /// The memory of the flags: that of the record, or that of the record of the module whose memory this one shares.
    pub(crate) flags: u32,
    /// What the memory is restored from, if it is the module's own.
    pub(crate) own: Option<OwnMemory>,
    /// Where the cells and the record are.
    pub(crate) layout: Layout,
    /// How many bytes of the record are to be cleared.
    pub(crate) cleared: u64,
    /// Each mutable global with its saved copy.
    pub(crate) globals: Vec<(u32, u32, ValType)>,
    /// The function that computes a digest of the state.
    pub(crate) digest: u32,
    /// Whether the module can be reset at all.
    pub(crate) possible: bool,
}

/// What a module's own memory is restored from.
#[derive(Clone, Copy)]
pub(crate) struct OwnMemory {
    /// The memory that is a copy of memory 0 as it was.
    pub(crate) pristine: u32,
    /// The global that holds how many pages the module believed its memory to have.
    pub(crate) pages: u32,
}

/// A place in a memory, `offset` bytes behind the address on the stack.
pub(crate) fn at(offset: u64, memory_index: u32) -> MemArg {
    MemArg {
        offset,
        align: 0,
        memory_index,
    }
}

/// An address or a length as an operand.
pub(crate) fn address(number: u64) -> i32 {
    (number as u32).cast_signed()
}

/// Writes what replaces `memory.size`: how many pages the modules believe the memory to have. The flags are in `flags`.
pub(crate) fn size(code: &mut InstructionSink<'_>, layout: Layout, flags: u32) {
    let surplus = at(layout.surplus(), flags);
    wat!(code; (i32.sub (memory.size 0) (i32.load surplus (i32.const 0))));
}
