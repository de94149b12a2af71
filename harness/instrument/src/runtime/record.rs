//! What returns where the record is, and what writes a comparison to it.

use wasm_encoder::{Function, MemArg, ValType};

use super::text::wat;
use super::{address, at};
use crate::layout::{COMPARISON, Layout, PER_SITE, RIGHT, RING, SITE, STATUS};

/// `func() -> list<u8>`, lowered: writes where the status and the record are and how many bytes of both the host reads, and
/// returns where it wrote that.
pub(crate) fn location(memory: u32, layout: Layout, sites: usize) -> Function {
    let location = layout.location();
    let start = aligned(location, 2, memory);
    let length = aligned(location + 4, 2, memory);
    let mut function = Function::new([]);
    let mut code = function.instructions();
    wat!(code;
        (i32.store start (i32.const 0) (i32.const address(layout.status())))
        (i32.store length (i32.const 0) (i32.const address(STATUS as u64 + layout.read(sites))))
        (i32.const address(location))
    );
    code.end();
    function
}

/// `func(site: i32, left: i64, right: i64)`: writes a comparison to the ring, unless the site has had its share of it.
pub(crate) fn log(memory: u32, layout: Layout) -> Function {
    let (site, left, right, slot) = (0, 1, 2, 3);
    let share = at(layout.sites(), memory);
    let written = aligned(layout.written(), 2, memory);
    let ring = layout.record();
    let its_left = aligned(ring, 3, memory);
    let its_right = aligned(ring + RIGHT, 3, memory);
    let its_site = aligned(ring + SITE, 2, memory);
    let mut function = Function::new([(1, ValType::I32)]);
    let mut code = function.instructions();
    wat!(code;
        (if (i32.ge_u
                (local.tee slot (i32.load8_u share (local.get site)))
                (i32.const PER_SITE))
            (then (return)))
        (i32.store8 share (local.get site) (i32.add (local.get slot) (i32.const 1)))
        (local.tee slot
            (i32.mul
                (i32.and
                    (i32.load written (i32.const 0))
                    (i32.const RING.cast_signed() - 1))
                (i32.const COMPARISON.cast_signed())))
        (i64.store its_left (local.get left))
        (i64.store its_right (local.get slot) (local.get right))
        (i32.store its_site (local.get slot) (local.get site))
        (i32.store written
            (i32.const 0)
            (i32.add (i32.load written (i32.const 0)) (i32.const 1)))
    );
    code.end();
    function
}

/// As [`at`], for an address that is a multiple of 2^`align` bytes.
fn aligned(offset: u64, align: u32, memory: u32) -> MemArg {
    MemArg {
        align,
        ..at(offset, memory)
    }
}
