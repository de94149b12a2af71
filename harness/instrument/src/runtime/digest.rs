//! The digest of a module's state, by which one that was reset can be compared with a new one.

use wasm_encoder::{Function, InstructionSink, ValType};

use super::text::wat;
use super::{Parts, at, size};

/// Odd, so that no two states differ in one word alone and have the same digest.
const FACTOR: i64 = 0x9e37_79b9_7f4a_7c15_u64.cast_signed();

/// A factor for what is no word of the memory: as if it were beyond every address.
fn factor(number: i64) -> i64 {
    FACTOR.wrapping_mul((1 << 32) + number) | 1
}

// Locals.
const ADDRESS: u32 = 0;
const END: u32 = 1;
const SUM: u32 = 2;

/// `func() -> i32`: a digest of the memory, its size, and the mutable globals. Memory that is zero and beyond what the module
/// believes to have does not change it, nor does a global of references.
pub(crate) fn digest(parts: &Parts) -> Function {
    let mut function = Function::new([(2, ValType::I32), (1, ValType::I64)]);
    let mut code = function.instructions();
    if parts.own.is_some() {
        add_memory(&mut code);
        size(&mut code, parts.layout, parts.flags);
        wat!(code; (i64.extend_i32_u));
        add(&mut code, factor(0));
    }
    for (&(global, _, ty), number) in parts.globals.iter().zip(1..) {
        add_global(&mut code, global, ty, factor(number));
    }
    wat!(code;
        (i32.wrap_i64
            (i64.xor (i64.shr_u (local.get SUM) (i64.const 32)) (local.get SUM)))
    );
    code.end();
    function
}

/// Writes what adds the number on top of the stack, times a factor, to the sum.
fn add(code: &mut InstructionSink<'_>, factor: i64) {
    wat!(code;
        (i64.mul (i64.const factor))
        (local.set SUM (i64.add (local.get SUM)))
    );
}

/// Writes what adds each word of the memory to the sum. A memory of 4 GiB would wrap around to nothing; it is no memory that
/// limits allow.
fn add_memory(code: &mut InstructionSink<'_>) {
    let word = at(0, 0);
    wat!(code;
        (local.set END (i32.shl (memory.size 0) (i32.const 16)))
        (block
            (loop
                (br_if 1 (i32.ge_u (local.get ADDRESS) (local.get END)))
                (local.set SUM
                    (i64.add
                        (i64.mul
                            (i64.load word (local.get ADDRESS))
                            (i64.or
                                (i64.mul (i64.extend_i32_u (local.get ADDRESS)) (i64.const FACTOR))
                                (i64.const 1)))
                        (local.get SUM)))
                (local.set ADDRESS (i32.add (local.get ADDRESS) (i32.const 8)))
                (br 0)))
    );
}

/// Writes what adds a global to the sum.
fn add_global(code: &mut InstructionSink<'_>, global: u32, ty: ValType, factor: i64) {
    match ty {
        ValType::I32 => wat!(code; (i64.extend_i32_u (global.get global))),
        ValType::I64 => wat!(code; (global.get global)),
        ValType::F32 => {
            wat!(code; (i64.extend_i32_u (i32.reinterpret_f32 (global.get global))));
        }
        ValType::F64 => wat!(code; (i64.reinterpret_f64 (global.get global))),
        ValType::V128 => {
            wat!(code; (i64x2.extract_lane 0 (global.get global)));
            add(code, factor);
            wat!(code; (i64x2.extract_lane 1 (global.get global)));
        }
        ValType::Ref(_) => return,
    }
    add(code, factor);
}
