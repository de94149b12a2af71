//! Resetting a module, without a new instance: a second copy of its memory stays as it was, the functions note which granules
//! they write to, and a function that is added restores those granules and the globals.
//!
//! What is not noted makes the module say that it cannot be reset: a change of a table, a dropped segment, a call of an
//! imported function whose lasting effects are unknown. Growth of the memory is hidden from the module: the memory stays
//! as large as it has grown, and it is noted how much of that the module does not know of.
//!
//! A module that shares the memory of another notes what it writes to where the other does, and restores its globals alone.

use wasm_encoder::{Function, InstructionSink, ValType};

use super::restore::restore;
use super::text::wat;
use super::{Parts, address, at};
use crate::layout::{Layout, RESERVED_PAGES};
use crate::record::Request;

/// What the function is asked for: its parameter.
pub(super) const WHAT: u32 = 0;

/// `func(what: i32) -> i32`: does what [`Request`] says; to reset the module, or to keep what is there, clears the record, too.
pub(crate) fn reset(parts: &Parts) -> Function {
    let mut function = Function::new([(6, ValType::I32)]);
    let mut code = function.instructions();
    if !parts.possible {
        wat!(code; (i32.const 0));
        code.end();
        return function;
    }
    reserve(parts, &mut code);
    other_requests(parts, &mut code);
    if let Some(own) = parts.own {
        restore(parts, own, &mut code);
    }
    wat!(code; (local.get WHAT));
    code.if_(wasm_encoder::BlockType::Empty);
    for &(global, saved, _) in &parts.globals {
        wat!(code; (global.set saved (global.get global)));
    }
    code.else_();
    for &(global, saved, _) in &parts.globals {
        wat!(code; (global.set global (global.get saved)));
    }
    code.end();
    clear(&mut code, parts.layout, parts.record, parts.cleared);
    wat!(code; (i32.const 1));
    code.end();
    function
}

/// Writes what answers [`Request::Reserve`], and refuses to reset a memory that has grown beyond what was reserved.
fn reserve(parts: &Parts, code: &mut InstructionSink<'_>) {
    let reserved = at(parts.layout.reserved(), parts.record);
    let surplus = at(parts.layout.surplus(), parts.record);
    wat!(code; (i32.eq (local.get WHAT) (i32.const Request::Reserve.operand())));
    code.if_(wasm_encoder::BlockType::Empty);
    // A module that shares a memory leaves it to the owner.
    if parts.own.is_some() {
        wat!(code;
            (if (i32.ne (memory.grow 0 (i32.const RESERVED_PAGES)) (i32.const -1))
                (then
                    (i32.store surplus
                        (i32.const 0)
                        (i32.add
                            (i32.load surplus (i32.const 0))
                            (i32.const RESERVED_PAGES)))))
            (i32.store reserved (i32.const 0) (memory.size 0))
        );
    }
    wat!(code; (return (i32.const 1)));
    code.end();
    if parts.own.is_some() {
        wat!(code;
            (if (i32.and
                    (i32.and
                        (i32.eqz (local.get WHAT))
                        (i32.ne (i32.load reserved (i32.const 0)) (i32.const 0)))
                    (i32.gt_u (memory.size 0) (i32.load reserved (i32.const 0))))
                (then (return (i32.const 0))))
        );
    }
}

/// Writes what answers the requests that change no state, and what happens after something irreversible: a reset is refused,
/// and of what is kept, all is kept.
fn other_requests(parts: &Parts, code: &mut InstructionSink<'_>) {
    let irreversible = at(parts.layout.irreversible(), parts.record);
    let resets_itself = at(parts.layout.resets_itself(), parts.record);
    let digest = parts.digest;
    wat!(code;
        (if (i32.eq (local.get WHAT) (i32.const Request::Digest.operand()))
            (then (return (call digest))))
        (if (i32.eq (local.get WHAT) (i32.const Request::ResetOnEntry.operand()))
            (then
                (i32.store8 resets_itself (i32.const 0) (i32.const 1))
                (return (i32.const 1))))
        (if (i32.load8_u irreversible (i32.const 0))
            (then
                (if (i32.eqz (local.get WHAT))
                    (then (return (i32.const 0))))
                (local.set WHAT (i32.const Request::KeepAll.operand()))
                (i32.store8 irreversible (i32.const 0) (i32.const 0))))
    );
}

/// As [`reset`], for a module of which is only known whether it was entered: it is as it was if it was not.
pub(crate) fn reset_entries(memory: u32, layout: Layout, cleared: u64) -> Function {
    let irreversible = at(layout.irreversible(), memory);
    let mut function = Function::new([]);
    let mut code = function.instructions();
    wat!(code;
        (if (i32.eqz (local.get WHAT))
            (then
                (if (i32.load8_u irreversible (i32.const 0))
                    (then (return (i32.const 0))))))
        (i32.store8 irreversible (i32.const 0) (i32.const 0))
    );
    clear(&mut code, layout, memory, cleared);
    wat!(code; (i32.const 1));
    code.end();
    function
}

/// Writes what clears the record.
fn clear(code: &mut InstructionSink<'_>, layout: Layout, memory: u32, length: u64) {
    wat!(code;
        (memory.fill memory
            (i32.const address(layout.cleared()))
            (i32.const 0)
            (i32.const address(length)))
    );
}
