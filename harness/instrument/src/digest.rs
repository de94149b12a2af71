//! The function that sums up the state of a module, so that one that was put back can be compared with a new one.

use wasm_encoder::{BlockType, Function, Instruction, MemArg, ValType};

use crate::reset::{Parts, size};

/// Odd, so that no two states differ in one word alone and have the same sum.
const FACTOR: i64 = 0x9e37_79b9_7f4a_7c15_u64.cast_signed();

/// A factor for what is no word of the memory: as if it were beyond every address.
fn factor(number: i64) -> i64 {
    FACTOR.wrapping_mul((1 << 32) + number) | 1
}

/// `func() -> i32`: a sum of the memory, its size, and the mutable globals. Memory beyond what the module believes to have counts
/// nothing as long as it is zero, as does a global of references.
pub(crate) fn digest(parts: &Parts) -> Function {
    use Instruction as I;
    let (address, end, sum) = (0, 1, 2);
    let word = MemArg {
        offset: 0,
        align: 0,
        memory_index: 0,
    };
    let mut function = Function::new([(2, ValType::I32), (1, ValType::I64)]);
    let mut write = |instructions: &[I<'_>]| {
        for instruction in instructions {
            function.instruction(instruction);
        }
    };
    if parts.own.is_some() {
        write(&[
            // A memory of 4 GiB would wrap around to nothing; it is no memory that limits allow.
            I::MemorySize(0),
            I::I32Const(16),
            I::I32Shl,
            I::LocalSet(end),
            I::Block(BlockType::Empty),
            I::Loop(BlockType::Empty),
            I::LocalGet(address),
            I::LocalGet(end),
            I::I32GeU,
            I::BrIf(1),
            I::LocalGet(address),
            I::I64Load(word),
            I::LocalGet(address),
            I::I64ExtendI32U,
            I::I64Const(FACTOR),
            I::I64Mul,
            I::I64Const(1),
            I::I64Or,
            I::I64Mul,
            I::LocalGet(sum),
            I::I64Add,
            I::LocalSet(sum),
            I::LocalGet(address),
            I::I32Const(8),
            I::I32Add,
            I::LocalSet(address),
            I::Br(0),
            I::End,
            I::End,
        ]);
        write(&size(parts.layout, parts.flags));
        write(&[
            I::I64ExtendI32U,
            I::I64Const(factor(0)),
            I::I64Mul,
            I::LocalGet(sum),
            I::I64Add,
            I::LocalSet(sum),
        ]);
    }
    for (number, (global, _, ty)) in parts.globals.iter().enumerate() {
        let halves: &[&[I<'_>]] = match ty {
            ValType::I32 => &[&[I::I64ExtendI32U]],
            ValType::I64 => &[&[]],
            ValType::F32 => &[&[I::I32ReinterpretF32, I::I64ExtendI32U]],
            ValType::F64 => &[&[I::I64ReinterpretF64]],
            ValType::V128 => &[&[I::I64x2ExtractLane(0)], &[I::I64x2ExtractLane(1)]],
            ValType::Ref(_) => &[],
        };
        for half in halves {
            write(&[I::GlobalGet(*global)]);
            write(half);
            write(&[
                I::I64Const(factor(number as i64 + 1)),
                I::I64Mul,
                I::LocalGet(sum),
                I::I64Add,
                I::LocalSet(sum),
            ]);
        }
    }
    write(&[
        I::LocalGet(sum),
        I::I64Const(32),
        I::I64ShrU,
        I::LocalGet(sum),
        I::I64Xor,
        I::I32WrapI64,
        I::End,
    ]);
    function
}
