//! What notes a write to the memory, and what stands in for its growth and for `realloc`.

use wasm_encoder::{Function, ValType};

use super::text::wat;
use super::{Parts, at};
use crate::layout::GRANULE_BITS;
use crate::record::Request;

/// `func(address: i32, length: i32)`: notes that a range was written to. The flags are in `flags`.
pub(crate) fn mark(flags: u32) -> Function {
    let (address, length, last) = (0, 1, 2);
    let flag = at(0, flags);
    let mut function = Function::new([(1, ValType::I32)]);
    let mut code = function.instructions();
    wat!(code;
        (if (i32.eqz (local.get length)) (then (return)))
        (local.set last
            (i32.shr_u
                (i32.sub (i32.add (local.get address) (local.get length)) (i32.const 1))
                (i32.const GRANULE_BITS)))
    );
    // A range that wraps around makes the instruction that writes it trap.
    wat!(code;
        (if (i32.gt_u
                (local.tee address (i32.shr_u (local.get address) (i32.const GRANULE_BITS)))
                (local.get last))
            (then (return)))
    );
    // Most ranges are short, and to fill is a call of the engine.
    wat!(code;
        (i32.store8 flag (local.get address) (i32.const 1))
        (i32.store8 flag (local.get last) (i32.const 1))
        (if (i32.gt_u
                (local.tee length (i32.sub (local.get last) (local.get address)))
                (i32.const 1))
            (then
                (memory.fill flags (local.get address) (i32.const 1) (local.get length))))
    );
    code.end();
    function
}

/// `func(pages: i32) -> i32`: what `memory.grow` is replaced by.
pub(crate) fn grow(parts: &Parts) -> Function {
    let (more, surplus, before) = (0, 1, 2);
    let cell = at(parts.layout.surplus(), parts.flags);
    let mut function = Function::new([(2, ValType::I32)]);
    let mut code = function.instructions();
    wat!(code;
        (local.set before
            (i32.sub (memory.size 0) (local.tee surplus (i32.load cell (i32.const 0)))))
        (if (i32.gt_u (local.get more) (local.get surplus))
            (then
                (if (i32.eq
                        (memory.grow 0 (i32.sub (local.get more) (local.get surplus)))
                        (i32.const -1))
                    (then (return (i32.const -1))))
                (local.set more (local.get surplus))))
        (i32.store cell (i32.const 0) (i32.sub (local.get surplus) (local.get more)))
        (local.get before)
    );
    code.end();
    function
}

/// `func(old: i32, old-size: i32, align: i32, size: i32) -> i32`: what `realloc` is wrapped in, because the host writes to
/// what it returns. It is also the first function that is called when an instance is entered with arguments: with `reset`,
/// the function that does so, a module that resets itself is reset here.
pub(crate) fn realloc(parts: &Parts, wrapped: u32, mark: u32, reset: Option<u32>) -> Function {
    let (size, result) = (3, 4);
    let mut function = Function::new([(1, ValType::I32)]);
    let mut code = function.instructions();
    if let Some(reset) = reset {
        let entered = at(parts.layout.entered(), parts.record);
        let outside = at(parts.layout.outside(), parts.record);
        let resets = at(parts.layout.resets(), parts.record);
        // An imported function asks for memory, too, while the module waits for it.
        wat!(code;
            (if (i32.gt_u
                    (i32.load8_u entered (i32.const 0))
                    (i32.load8_u outside (i32.const 0)))
                (then
                    (i32.store8 entered (i32.const 0) (i32.const 0))
                    (i32.store resets
                        (i32.const 0)
                        (i32.add
                            (call reset (i32.const Request::Reset.operand()))
                            (i32.load resets (i32.const 0))))))
        );
    }
    wat!(code;
        (call wrapped (local.get 0) (local.get 1) (local.get 2) (local.get 3))
        (call mark (local.tee result) (local.get size))
        (local.get result)
    );
    code.end();
    function
}
