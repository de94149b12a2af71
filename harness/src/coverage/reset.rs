//! Putting a module back into its initial state, without a new instance: a second copy of its memory stays as it was, the
//! functions note which granules they write to, and a function that is added puts those granules and the globals back.
//!
//! What is not noted makes the module say that it cannot be put back: a call of an imported function (whoever answers it may
//! write to the memory, and has a state of its own), a change of a table, a dropped segment. Growth of the memory is kept
//! from the machine: the memory stays as large as it has grown, and a global says how large the module believes it to be.

use wasm_encoder::{BlockType, Encode, Function, HeapType, Instruction, MemArg, ValType};
use wasmparser::Operator;

use super::layout::{Ask, GRANULE_BITS, Layout, RESERVED_PAGES};

/// What a store writes.
pub(super) struct StoreOf {
    pub(super) offset: u64,
    pub(super) value: ValType,
}

/// What an instruction does to what must be put back.
pub(super) enum Effect {
    /// Nothing, or to locals, the stack and globals only.
    None,
    /// It writes to the memory at the address below the value.
    Store(StoreOf),
    /// It writes to the memory: address, something, and length are on the stack.
    Bulk,
    /// It asks for the size of the memory.
    Size,
    /// It grows the memory.
    Grow,
    /// It calls this function, which the module imports.
    Import(u32),
    /// It changes something that cannot be put back.
    Leaves,
    /// It is not known what it changes.
    Unknown(&'static str),
}

/// The effect of an instruction in a module that imports so many functions.
pub(super) fn effect(operator: &Operator<'_>, imported: u32) -> Effect {
    let store = |memarg: &wasmparser::MemArg, value| {
        Effect::Store(StoreOf {
            offset: memarg.offset,
            value,
        })
    };
    match operator {
        Operator::I32Store { memarg }
        | Operator::I32Store8 { memarg }
        | Operator::I32Store16 { memarg } => store(memarg, ValType::I32),
        Operator::I64Store { memarg }
        | Operator::I64Store8 { memarg }
        | Operator::I64Store16 { memarg }
        | Operator::I64Store32 { memarg } => store(memarg, ValType::I64),
        Operator::F32Store { memarg } => store(memarg, ValType::F32),
        Operator::F64Store { memarg } => store(memarg, ValType::F64),
        Operator::V128Store { memarg }
        | Operator::V128Store8Lane { memarg, .. }
        | Operator::V128Store16Lane { memarg, .. }
        | Operator::V128Store32Lane { memarg, .. }
        | Operator::V128Store64Lane { memarg, .. } => store(memarg, ValType::V128),
        Operator::MemoryFill { .. } | Operator::MemoryCopy { .. } | Operator::MemoryInit { .. } => {
            Effect::Bulk
        }
        Operator::MemorySize { .. } => Effect::Size,
        Operator::MemoryGrow { .. } => Effect::Grow,
        Operator::Call { function_index } if *function_index < imported => {
            Effect::Import(*function_index)
        }
        Operator::ReturnCall { function_index } if *function_index < imported => Effect::Leaves,
        Operator::RefFunc { function_index } if *function_index < imported => {
            Effect::Unknown("a reference to an imported function")
        }
        Operator::TableSet { .. }
        | Operator::TableGrow { .. }
        | Operator::TableFill { .. }
        | Operator::TableCopy { .. }
        | Operator::TableInit { .. }
        | Operator::ElemDrop { .. }
        | Operator::DataDrop { .. } => Effect::Leaves,
        _ => match proposal(operator) {
            "mvp"
            | "sign_extension"
            | "saturating_float_to_int"
            | "bulk_memory"
            | "reference_types"
            | "tail_call"
            | "simd"
            | "relaxed_simd"
            | "exceptions"
            | "legacy_exceptions"
            | "function_references"
            | "wide_arithmetic" => Effect::None,
            other => Effect::Unknown(other),
        },
    }
}

/// The name of the proposal that an instruction belongs to.
fn proposal(operator: &Operator<'_>) -> &'static str {
    macro_rules! names {
        ($( @$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            match operator {
                $( Operator::$op { .. } => stringify!($proposal), )*
                _ => "an unknown instruction",
            }
        };
    }
    wasmparser::for_each_operator!(names)
}

/// What the functions that are added refer to.
pub(super) struct Parts {
    /// The memory of the record.
    pub(super) record: u32,
    /// The copy of memory 0 as it was.
    pub(super) pristine: u32,
    pub(super) layout: Layout,
    /// How many bytes of the record are to be cleared.
    pub(super) cleared: u64,
    /// How many pages the module believes its memory to have, and the global that this is restored from.
    pub(super) pages: u32,
    /// Each mutable global with the one that it is restored from.
    pub(super) globals: Vec<(u32, u32, ValType)>,
    /// The function that sums up the state.
    pub(super) digest: u32,
    /// Whether the module can be put back at all.
    pub(super) possible: bool,
}

/// Granules of a page, as a power of two.
const PER_PAGE_BITS: i32 = 16 - GRANULE_BITS;
/// The widest store writes so many bytes, as a power of two; all but one of them may belong to the next granule.
const WIDEST_BITS: i32 = 4;

fn at(offset: u64, memory_index: u32) -> MemArg {
    MemArg {
        offset,
        align: 0,
        memory_index,
    }
}

/// `func(address: i32, length: i32)`: notes that a range was written to.
pub(super) fn mark(parts: &Parts) -> Function {
    use Instruction as I;
    let (address, length, last) = (0, 1, 2);
    let mut function = Function::new([(1, ValType::I32)]);
    for instruction in [
        I::LocalGet(length),
        I::I32Eqz,
        I::If(BlockType::Empty),
        I::Return,
        I::End,
        I::LocalGet(address),
        I::LocalGet(length),
        I::I32Add,
        I::I32Const(1),
        I::I32Sub,
        I::I32Const(GRANULE_BITS),
        I::I32ShrU,
        I::LocalSet(last),
        I::LocalGet(address),
        I::I32Const(GRANULE_BITS),
        I::I32ShrU,
        I::LocalTee(address),
        I::LocalGet(last),
        // A range that wraps around makes the instruction that writes it trap.
        I::I32GtU,
        I::If(BlockType::Empty),
        I::Return,
        I::End,
        I::LocalGet(address),
        I::I32Const(1),
        I::LocalGet(last),
        I::LocalGet(address),
        I::I32Sub,
        I::I32Const(1),
        I::I32Add,
        I::MemoryFill(parts.record),
        I::End,
    ] {
        function.instruction(&instruction);
    }
    function
}

/// `func(pages: i32) -> i32`: what `memory.grow` is replaced by.
pub(super) fn grow(parts: &Parts) -> Function {
    use Instruction as I;
    let (more, wanted) = (0, 1);
    let mut function = Function::new([(1, ValType::I32)]);
    for instruction in [
        // Both numbers are at most 65,536 then, so that their sum does not wrap around.
        I::LocalGet(more),
        I::I32Const(1 << 16),
        I::I32GtU,
        I::If(BlockType::Empty),
        I::I32Const(-1),
        I::Return,
        I::End,
        I::GlobalGet(parts.pages),
        I::LocalGet(more),
        I::I32Add,
        I::LocalTee(wanted),
        I::MemorySize(0),
        I::I32GtU,
        I::If(BlockType::Empty),
        I::LocalGet(wanted),
        I::MemorySize(0),
        I::I32Sub,
        I::MemoryGrow(0),
        I::I32Const(-1),
        I::I32Eq,
        I::If(BlockType::Empty),
        I::I32Const(-1),
        I::Return,
        I::End,
        I::End,
        I::GlobalGet(parts.pages),
        I::LocalGet(wanted),
        I::GlobalSet(parts.pages),
        I::End,
    ] {
        function.instruction(&instruction);
    }
    function
}

/// `func(old: i32, old-size: i32, align: i32, size: i32) -> i32`: what `realloc` is wrapped in, because the host writes to
/// what it returns. It is also the first function that is called when a worker is entered with arguments: with `puts_back`,
/// which is the function that does so, a module that puts itself back does it here.
pub(super) fn realloc(parts: &Parts, wrapped: u32, mark: u32, puts_back: Option<u32>) -> Function {
    use Instruction as I;
    let (size, result) = (3, 4);
    let mut function = Function::new([(1, ValType::I32)]);
    if let Some(reset) = puts_back {
        let entered = at(parts.layout.entered(), parts.record);
        let outside = at(parts.layout.outside(), parts.record);
        let times = at(parts.layout.times(), parts.record);
        for instruction in [
            I::I32Const(0),
            I::I32Load8U(entered),
            // An imported function asks for memory, too, while the worker is under way.
            I::I32Const(0),
            I::I32Load8U(outside),
            I::I32GtU,
            I::If(BlockType::Empty),
            I::I32Const(0),
            I::I32Const(0),
            I::I32Store8(entered),
            I::I32Const(0),
            Ask::PutBack.constant(),
            I::Call(reset),
            I::I32Const(0),
            I::I32Load(times),
            I::I32Add,
            I::I32Store(times),
            I::End,
        ] {
            function.instruction(&instruction);
        }
    }
    for parameter in 0..4 {
        function.instruction(&I::LocalGet(parameter));
    }
    for instruction in [
        I::Call(wrapped),
        I::LocalTee(result),
        I::LocalGet(size),
        I::Call(mark),
        I::LocalGet(result),
        I::End,
    ] {
        function.instruction(&instruction);
    }
    function
}

/// What puts back a module of which is only known whether it was entered: it is as it was if it was not.
pub(super) fn reset_entries(memory: u32, layout: Layout, cleared: u64) -> Function {
    use Instruction as I;
    let what = 0;
    let left = at(layout.left(), memory);
    let mut function = Function::new([]);
    for instruction in [
        I::LocalGet(what),
        I::I32Eqz,
        I::If(BlockType::Empty),
        I::I32Const(0),
        I::I32Load8U(left),
        I::If(BlockType::Empty),
        I::I32Const(0),
        I::Return,
        I::End,
        I::End,
        I::I32Const(0),
        I::I32Const(0),
        I::I32Store8(left),
        I::I32Const((layout.cleared() as u32).cast_signed()),
        I::I32Const(0),
        I::I32Const((cleared as u32).cast_signed()),
        I::MemoryFill(memory),
        I::I32Const(1),
        I::End,
    ] {
        function.instruction(&instruction);
    }
    function
}

/// `func(what: i32) -> i32`: does what [`Ask`] says; to put the module back, or to keep what is there, clears the record, too.
pub(super) fn reset(parts: &Parts) -> Function {
    use Instruction as I;
    let (what, flag, flags, address, copied, first, length) = (0, 1, 2, 3, 4, 5, 6);
    let mut function = Function::new([(6, ValType::I32)]);
    let mut write = |instructions: &[I<'_>]| {
        for instruction in instructions {
            function.instruction(instruction);
        }
    };
    if !parts.possible {
        write(&[I::I32Const(0), I::End]);
        return function;
    }
    let left = at(parts.layout.left(), parts.record);
    let by_itself = at(parts.layout.by_itself(), parts.record);
    let (record, pristine) = (parts.record, parts.pristine);
    let copy_to_pristine = I::MemoryCopy {
        src_mem: 0,
        dst_mem: pristine,
    };
    let copy_back = I::MemoryCopy {
        src_mem: pristine,
        dst_mem: 0,
    };
    let reserved = at(parts.layout.reserved(), parts.record);
    write(&[
        I::LocalGet(what),
        Ask::Reserve.constant(),
        I::I32Eq,
        I::If(BlockType::Empty),
        I::I32Const(RESERVED_PAGES),
        I::MemoryGrow(0),
        I::Drop,
        I::I32Const(0),
        I::MemorySize(0),
        I::I32Store(reserved),
        I::I32Const(1),
        I::Return,
        I::End,
        I::LocalGet(what),
        I::I32Eqz,
        I::I32Const(0),
        I::I32Load(reserved),
        I::I32Const(0),
        I::I32Ne,
        I::I32And,
        I::MemorySize(0),
        I::I32Const(0),
        I::I32Load(reserved),
        I::I32GtU,
        I::I32And,
        I::If(BlockType::Empty),
        I::I32Const(0),
        I::Return,
        I::End,
        I::LocalGet(what),
        Ask::SumUp.constant(),
        I::I32Eq,
        I::If(BlockType::Empty),
        I::Call(parts.digest),
        I::Return,
        I::End,
        I::LocalGet(what),
        Ask::ByItself.constant(),
        I::I32Eq,
        I::If(BlockType::Empty),
        I::I32Const(0),
        I::I32Const(1),
        I::I32Store8(by_itself),
        I::I32Const(1),
        I::Return,
        I::End,
        I::I32Const(0),
        I::I32Load8U(left),
        I::If(BlockType::Empty),
        I::LocalGet(what),
        I::I32Eqz,
        I::If(BlockType::Empty),
        I::I32Const(0),
        I::Return,
        I::End,
        Ask::KeepAll.constant(),
        I::LocalSet(what),
        I::I32Const(0),
        I::I32Const(0),
        I::I32Store8(left),
        I::End,
        // The granules that there are, and those that the copy has. The copy has another page, of zeros.
        I::MemorySize(0),
        I::I32Const(PER_PAGE_BITS),
        I::I32Shl,
        I::LocalSet(flags),
        I::LocalGet(what),
        I::If(BlockType::Empty),
        I::MemorySize(0),
        I::I32Const(1),
        I::I32Add,
        I::MemorySize(pristine),
        I::I32Sub,
        I::MemoryGrow(pristine),
        I::I32Const(-1),
        I::I32Eq,
        I::If(BlockType::Empty),
        I::I32Const(0),
        I::Return,
        I::End,
        I::End,
        I::MemorySize(pristine),
        I::I32Const(1),
        I::I32Sub,
        I::I32Const(PER_PAGE_BITS),
        I::I32Shl,
        I::LocalSet(copied),
        I::LocalGet(what),
        Ask::KeepAll.constant(),
        I::I32Eq,
        I::If(BlockType::Empty),
        I::I32Const(0),
        I::I32Const(0),
        // A memory of 4 GiB would wrap around to nothing; it is no memory that limits allow.
        I::MemorySize(0),
        I::I32Const(16),
        I::I32Shl,
        copy_to_pristine.clone(),
        I::I32Const(0),
        I::I32Const(0),
        I::LocalGet(flags),
        I::MemoryFill(record),
        I::End,
        I::Block(BlockType::Empty),
        I::Loop(BlockType::Empty),
        I::LocalGet(flag),
        I::LocalGet(flags),
        I::I32GeU,
        I::BrIf(1),
    ]);
    // Most granules were not written to. Behind the last flag there is room to read on.
    for step in [32, 8] {
        for word in (0..step).step_by(8) {
            write(&[I::LocalGet(flag), I::I64Load(at(word, record))]);
            if word > 0 {
                write(&[I::I64Or]);
            }
        }
        write(&[
            I::I64Eqz,
            I::If(BlockType::Empty),
            I::LocalGet(flag),
            I::I32Const(step as i32),
            I::I32Add,
            I::LocalSet(flag),
            I::Br(1),
            I::End,
        ]);
    }
    write(&[
        I::LocalGet(flag),
        I::I32Load8U(at(0, record)),
        I::I32Eqz,
        I::If(BlockType::Empty),
        I::LocalGet(flag),
        I::I32Const(1),
        I::I32Add,
        I::LocalSet(flag),
        I::Br(1),
        I::End,
        // A range of granules that were written to, as far as the copy has them or has none of them.
        I::LocalGet(flag),
        I::LocalSet(first),
        I::Block(BlockType::Empty),
        I::Loop(BlockType::Empty),
        I::LocalGet(flag),
        I::I32Const(0),
        I::I32Store8(at(0, record)),
        I::LocalGet(flag),
        I::I32Const(1),
        I::I32Add,
        I::LocalTee(flag),
        I::LocalGet(copied),
        I::I32Eq,
        I::BrIf(1),
        I::LocalGet(flag),
        I::LocalGet(flags),
        I::I32GeU,
        I::BrIf(1),
        I::LocalGet(flag),
        I::I32Load8U(at(0, record)),
        I::BrIf(0),
        I::End,
        I::End,
        // A store at its end may have written beyond it.
        I::LocalGet(flag),
        I::LocalGet(first),
        I::I32Sub,
        I::I32Const(GRANULE_BITS),
        I::I32Shl,
        I::LocalGet(flag),
        I::LocalGet(flags),
        I::I32LtU,
        I::I32Const(WIDEST_BITS),
        I::I32Shl,
        I::I32Add,
        I::LocalSet(length),
        I::LocalGet(first),
        I::I32Const(GRANULE_BITS),
        I::I32Shl,
        I::LocalSet(address),
        I::LocalGet(what),
        I::If(BlockType::Empty),
        I::LocalGet(address),
        I::LocalGet(address),
        I::LocalGet(length),
        copy_to_pristine,
        I::Else,
        I::LocalGet(first),
        I::LocalGet(copied),
        I::I32LtU,
        I::If(BlockType::Empty),
        I::LocalGet(address),
        I::LocalGet(address),
        I::LocalGet(length),
        copy_back,
        I::Else,
        I::LocalGet(address),
        I::I32Const(0),
        I::LocalGet(length),
        I::MemoryFill(0),
        I::End,
        I::End,
        I::Br(0),
        I::End,
        I::End,
        I::LocalGet(what),
        I::If(BlockType::Empty),
    ]);
    for (global, saved, _) in &parts.globals {
        write(&[I::GlobalGet(*global), I::GlobalSet(*saved)]);
    }
    write(&[I::Else]);
    for (global, saved, _) in &parts.globals {
        write(&[I::GlobalGet(*saved), I::GlobalSet(*global)]);
    }
    write(&[
        I::End,
        I::I32Const((parts.layout.cleared() as u32).cast_signed()),
        I::I32Const(0),
        I::I32Const((parts.cleared as u32).cast_signed()),
        I::MemoryFill(record),
        I::I32Const(1),
        I::End,
    ]);
    function
}

/// Appends a mutable global of this type to the items of a global section, and answers its type; none if it would need a value
/// that nothing can be.
pub(super) fn global(ty: wasmparser::ValType, items: &mut Vec<u8>) -> Option<ValType> {
    let (ty, zero) = match ty {
        wasmparser::ValType::I32 => (ValType::I32, Instruction::I32Const(0)),
        wasmparser::ValType::I64 => (ValType::I64, Instruction::I64Const(0)),
        wasmparser::ValType::F32 => (ValType::F32, Instruction::F32Const(0.0.into())),
        wasmparser::ValType::F64 => (ValType::F64, Instruction::F64Const(0.0.into())),
        wasmparser::ValType::V128 => (ValType::V128, Instruction::V128Const(0)),
        wasmparser::ValType::Ref(wasmparser::RefType::FUNCREF) => {
            (ValType::FUNCREF, Instruction::RefNull(HeapType::FUNC))
        }
        wasmparser::ValType::Ref(wasmparser::RefType::EXTERNREF) => {
            (ValType::EXTERNREF, Instruction::RefNull(HeapType::EXTERN))
        }
        wasmparser::ValType::Ref(_) => return None,
    };
    ty.encode(items);
    items.push(1);
    zero.encode(items);
    Instruction::End.encode(items);
    Some(ty)
}
