//! Putting a module back into its initial state, without a new instance: a second copy of its memory stays as it was, the
//! functions note which granules they write to, and a function that is added puts those granules and the globals back.
//!
//! What is not noted makes the module say that it cannot be put back: a change of a table, a dropped segment, a call of an
//! imported function of which it is not known what it leaves. Growth of the memory is kept from the machine: the memory stays
//! as large as it has grown, and it is noted how much of that the module does not know of.
//!
//! A module that shares the memory of another notes what it writes to where the other does, and puts back its globals alone.

use wasm_encoder::{BlockType, Encode, Function, HeapType, Instruction, MemArg, ValType};

use crate::layout::{Ask, GRANULE_BITS, Layout, RESERVED_PAGES};

/// What the functions that are added refer to.
pub(crate) struct Parts {
    /// The memory of the record.
    pub(crate) record: u32,
    /// The memory of the flags: that of the record, or that of the record of the module whose memory this one shares.
    pub(crate) flags: u32,
    /// What the memory is restored from, if it is the module's own.
    pub(crate) own: Option<OwnMemory>,
    pub(crate) layout: Layout,
    /// How many bytes of the record are to be cleared.
    pub(crate) cleared: u64,
    /// Each mutable global with the one that it is restored from.
    pub(crate) globals: Vec<(u32, u32, ValType)>,
    /// The function that sums up the state.
    pub(crate) digest: u32,
    /// Whether the module can be put back at all.
    pub(crate) possible: bool,
}

/// What a module's own memory is restored from.
#[derive(Clone, Copy)]
pub(crate) struct OwnMemory {
    /// The memory that is a copy of memory 0 as it was.
    pub(crate) pristine: u32,
    /// The global that says how many pages the module believed its memory to have.
    pub(crate) pages: u32,
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
pub(crate) fn mark(parts: &Parts) -> Function {
    use Instruction as I;
    let (address, length, last) = (0, 1, 2);
    let flag = at(0, parts.flags);
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
        // Most ranges are short, and to fill is a call of the engine.
        I::LocalGet(address),
        I::I32Const(1),
        I::I32Store8(flag),
        I::LocalGet(last),
        I::I32Const(1),
        I::I32Store8(flag),
        I::LocalGet(last),
        I::LocalGet(address),
        I::I32Sub,
        I::LocalTee(length),
        I::I32Const(1),
        I::I32GtU,
        I::If(BlockType::Empty),
        I::LocalGet(address),
        I::I32Const(1),
        I::LocalGet(length),
        I::MemoryFill(parts.flags),
        I::End,
        I::End,
    ] {
        function.instruction(&instruction);
    }
    function
}

/// How many pages the modules believe the memory to have: what `memory.size` is replaced by. The flags are in `flags`.
pub(crate) fn size(layout: Layout, flags: u32) -> [Instruction<'static>; 4] {
    [
        Instruction::MemorySize(0),
        Instruction::I32Const(0),
        Instruction::I32Load(at(layout.surplus(), flags)),
        Instruction::I32Sub,
    ]
}

/// `func(pages: i32) -> i32`: what `memory.grow` is replaced by.
pub(crate) fn grow(parts: &Parts) -> Function {
    use Instruction as I;
    let (more, surplus, before) = (0, 1, 2);
    let cell = at(parts.layout.surplus(), parts.flags);
    let mut function = Function::new([(2, ValType::I32)]);
    for instruction in [
        I::MemorySize(0),
        I::I32Const(0),
        I::I32Load(cell),
        I::LocalTee(surplus),
        I::I32Sub,
        I::LocalSet(before),
        I::LocalGet(more),
        I::LocalGet(surplus),
        I::I32GtU,
        I::If(BlockType::Empty),
        I::LocalGet(more),
        I::LocalGet(surplus),
        I::I32Sub,
        I::MemoryGrow(0),
        I::I32Const(-1),
        I::I32Eq,
        I::If(BlockType::Empty),
        I::I32Const(-1),
        I::Return,
        I::End,
        I::LocalGet(surplus),
        I::LocalSet(more),
        I::End,
        I::I32Const(0),
        I::LocalGet(surplus),
        I::LocalGet(more),
        I::I32Sub,
        I::I32Store(cell),
        I::LocalGet(before),
        I::End,
    ] {
        function.instruction(&instruction);
    }
    function
}

/// `func(old: i32, old-size: i32, align: i32, size: i32) -> i32`: what `realloc` is wrapped in, because the host writes to
/// what it returns. It is also the first function that is called when a worker is entered with arguments: with `puts_back`,
/// which is the function that does so, a module that puts itself back does it here.
pub(crate) fn realloc(parts: &Parts, wrapped: u32, mark: u32, puts_back: Option<u32>) -> Function {
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
pub(crate) fn reset_entries(memory: u32, layout: Layout, cleared: u64) -> Function {
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
pub(crate) fn reset(parts: &Parts) -> Function {
    use Instruction as I;
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
    reserve(parts, &mut write);
    write(&[
        I::LocalGet(WHAT),
        Ask::SumUp.constant(),
        I::I32Eq,
        I::If(BlockType::Empty),
        I::Call(parts.digest),
        I::Return,
        I::End,
        I::LocalGet(WHAT),
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
        I::LocalGet(WHAT),
        I::I32Eqz,
        I::If(BlockType::Empty),
        I::I32Const(0),
        I::Return,
        I::End,
        Ask::KeepAll.constant(),
        I::LocalSet(WHAT),
        I::I32Const(0),
        I::I32Const(0),
        I::I32Store8(left),
        I::End,
    ]);
    if let Some(own) = parts.own {
        restore(parts, own, &mut write);
    }
    write(&[I::LocalGet(WHAT), I::If(BlockType::Empty)]);
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
        I::MemoryFill(parts.record),
        I::I32Const(1),
        I::End,
    ]);
    function
}

/// What [`reset`] is asked for.
const WHAT: u32 = 0;

/// Writes what answers [`Ask::Reserve`], and refuses to put back a memory that has grown beyond what was reserved.
fn reserve(parts: &Parts, write: &mut impl FnMut(&[Instruction<'_>])) {
    use Instruction as I;
    let reserved = at(parts.layout.reserved(), parts.record);
    let surplus = at(parts.layout.surplus(), parts.record);
    write(&[
        I::LocalGet(WHAT),
        Ask::Reserve.constant(),
        I::I32Eq,
        I::If(BlockType::Empty),
    ]);
    // What shares a memory leaves it to its owner.
    if parts.own.is_some() {
        write(&[
            I::I32Const(RESERVED_PAGES),
            I::MemoryGrow(0),
            I::I32Const(-1),
            I::I32Ne,
            I::If(BlockType::Empty),
            I::I32Const(0),
            I::I32Const(0),
            I::I32Load(surplus),
            I::I32Const(RESERVED_PAGES),
            I::I32Add,
            I::I32Store(surplus),
            I::End,
            I::I32Const(0),
            I::MemorySize(0),
            I::I32Store(reserved),
        ]);
    }
    write(&[I::I32Const(1), I::Return, I::End]);
    if parts.own.is_some() {
        write(&[
            I::LocalGet(WHAT),
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
        ]);
    }
}

/// Writes what puts the memory back, or keeps it.
fn restore(parts: &Parts, own: OwnMemory, write: &mut impl FnMut(&[Instruction<'_>])) {
    use Instruction as I;
    let (flag, flags, address, copied, first, length) = (1, 2, 3, 4, 5, 6);
    let (record, pristine) = (parts.record, own.pristine);
    let surplus = at(parts.layout.surplus(), record);
    let copy_to_pristine = I::MemoryCopy {
        src_mem: 0,
        dst_mem: pristine,
    };
    let copy_back = I::MemoryCopy {
        src_mem: pristine,
        dst_mem: 0,
    };
    write(&[
        // The granules that there are, and those that the copy has. The copy has another page, of zeros.
        I::MemorySize(0),
        I::I32Const(PER_PAGE_BITS),
        I::I32Shl,
        I::LocalSet(flags),
        I::LocalGet(WHAT),
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
        I::LocalGet(WHAT),
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
        I::LocalGet(WHAT),
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
        I::LocalGet(WHAT),
        I::If(BlockType::Empty),
    ]);
    write(&size(parts.layout, record));
    write(&[
        I::GlobalSet(own.pages),
        I::Else,
        I::I32Const(0),
        I::MemorySize(0),
        I::GlobalGet(own.pages),
        I::I32Sub,
        I::I32Store(surplus),
        I::End,
    ]);
}

/// Appends a mutable global of this type to the items of a global section, and answers its type; none if it would need a value
/// that nothing can be.
pub(crate) fn global(ty: wasmparser::ValType, items: &mut Vec<u8>) -> Option<ValType> {
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
