//! Restoring a module's own memory from the copy, or the copy from the memory.

use wasm_encoder::InstructionSink;

use super::reset::WHAT;
use super::text::wat;
use super::{OwnMemory, Parts, at, size};
use crate::layout::GRANULE_BITS;
use crate::record::Request;

/// Granules of a page, as a power of two.
const PER_PAGE_BITS: i32 = 16 - GRANULE_BITS;
/// Bytes that the widest store writes, as a power of two; all but one of them may belong to the next granule.
const WIDEST_BITS: i32 = 4;

// Locals of the function that resets.
/// The granule under way, whose number is the address of its flag.
const FLAG: u32 = 1;
/// How many granules the memory has.
const FLAGS: u32 = 2;
/// Where the range that is copied starts.
const ADDRESS: u32 = 3;
/// How many granules the copy has.
const COPIED: u32 = 4;
/// The first granule of the range that is copied.
const FIRST: u32 = 5;
/// How many bytes the range has.
const LENGTH: u32 = 6;

/// Writes what restores the memory for [`Request::Reset`], and for any other request that gets here keeps it.
pub(super) fn restore(parts: &Parts, own: OwnMemory, code: &mut InstructionSink<'_>) {
    measure(own.pristine, code);
    keep_all(parts.record, own.pristine, code);
    code.block(wasm_encoder::BlockType::Empty);
    code.loop_(wasm_encoder::BlockType::Empty);
    next_range(parts.record, code);
    copy(own.pristine, code);
    wat!(code; (br 0));
    code.end();
    code.end();
    keep_size(parts, own, code);
}

/// Counts the granules that there are, and those that the copy has, which is made as large as the memory where that is to be
/// kept. The copy has another page, of zeros.
fn measure(pristine: u32, code: &mut InstructionSink<'_>) {
    wat!(code;
        (local.set FLAGS (i32.shl (memory.size 0) (i32.const PER_PAGE_BITS)))
        (if (local.get WHAT)
            (then
                (if (i32.eq
                        (memory.grow pristine
                            (i32.sub
                                (i32.add (memory.size 0) (i32.const 1))
                                (memory.size pristine)))
                        (i32.const -1))
                    (then (return (i32.const 0))))))
        (local.set COPIED
            (i32.shl
                (i32.sub (memory.size pristine) (i32.const 1))
                (i32.const PER_PAGE_BITS)))
    );
}

/// Copies the whole memory where all of it is to be kept. A memory of 4 GiB would wrap around to nothing; it is no memory that
/// limits allow.
fn keep_all(record: u32, pristine: u32, code: &mut InstructionSink<'_>) {
    wat!(code;
        (if (i32.eq (local.get WHAT) (i32.const Request::KeepAll.operand()))
            (then
                (memory.copy pristine 0
                    (i32.const 0)
                    (i32.const 0)
                    (i32.shl (memory.size 0) (i32.const 16)))
                (memory.fill record (i32.const 0) (i32.const 0) (local.get FLAGS))))
    );
}

/// In a loop in a block, leaves the block where there are no more granules that were written to, and otherwise finds the next
/// range of them, as far as the copy has them or has none of them, and clears their flags.
fn next_range(record: u32, code: &mut InstructionSink<'_>) {
    wat!(code; (br_if 1 (i32.ge_u (local.get FLAG) (local.get FLAGS))));
    // Most granules were not written to. Behind the last flag there is room to read on.
    for step in [32, 8] {
        for word in (0..step).step_by(8) {
            let flags = at(word, record);
            wat!(code; (i64.load flags (local.get FLAG)));
            if word > 0 {
                wat!(code; (i64.or));
            }
        }
        wat!(code;
            (if (i64.eqz)
                (then
                    (local.set FLAG (i32.add (local.get FLAG) (i32.const step as i32)))
                    (br 1)))
        );
    }
    let flag = at(0, record);
    wat!(code;
        (if (i32.eqz (i32.load8_u flag (local.get FLAG)))
            (then
                (local.set FLAG (i32.add (local.get FLAG) (i32.const 1)))
                (br 1)))
        (local.set FIRST (local.get FLAG))
        (block
            (loop
                (i32.store8 flag (local.get FLAG) (i32.const 0))
                (br_if 1
                    (i32.eq
                        (local.tee FLAG (i32.add (local.get FLAG) (i32.const 1)))
                        (local.get COPIED)))
                (br_if 1 (i32.ge_u (local.get FLAG) (local.get FLAGS)))
                (br_if 0 (i32.load8_u flag (local.get FLAG)))))
    );
}

/// Copies the range, to where it is kept or from there; what the copy does not have was zero. A store at the end of the range
/// may have written beyond it.
fn copy(pristine: u32, code: &mut InstructionSink<'_>) {
    wat!(code;
        (local.set LENGTH
            (i32.add
                (i32.shl
                    (i32.sub (local.get FLAG) (local.get FIRST))
                    (i32.const GRANULE_BITS))
                (i32.shl
                    (i32.lt_u (local.get FLAG) (local.get FLAGS))
                    (i32.const WIDEST_BITS))))
        (local.set ADDRESS (i32.shl (local.get FIRST) (i32.const GRANULE_BITS)))
        (if (local.get WHAT)
            (then
                (memory.copy pristine 0 (local.get ADDRESS) (local.get ADDRESS) (local.get LENGTH)))
            (else
                (if (i32.lt_u (local.get FIRST) (local.get COPIED))
                    (then
                        (memory.copy 0 pristine (local.get ADDRESS) (local.get ADDRESS) (local.get LENGTH)))
                    (else
                        (memory.fill 0 (local.get ADDRESS) (i32.const 0) (local.get LENGTH))))))
    );
}

/// Keeps how many pages the module believes its memory to have, or makes it believe that again.
fn keep_size(parts: &Parts, own: OwnMemory, code: &mut InstructionSink<'_>) {
    let surplus = at(parts.layout.surplus(), parts.record);
    let pages = own.pages;
    wat!(code; (local.get WHAT));
    code.if_(wasm_encoder::BlockType::Empty);
    size(code, parts.layout, parts.record);
    wat!(code; (global.set pages));
    code.else_();
    wat!(code;
        (i32.store surplus (i32.const 0) (i32.sub (memory.size 0) (global.get pages)))
    );
    code.end();
}
