//! Puts probes into one function.

use wasm_encoder::{Encode, Instruction, MemArg, ValType};
use wasmparser::{BinaryReaderError, FunctionBody, Operator};

use crate::Probes;
use crate::effect::{Effect, Import, StoreOf, effect};
use crate::flow::{Boundary, Flow};
use crate::frame::Frame;
use crate::layout::{BLOCK_COUNTER, GRANULE_BITS, Layout};
use crate::map::{Comparator, Site, SiteKind};
use crate::reset::size;

/// What a function's probes refer to.
pub(crate) struct Surroundings<'a> {
    /// Number of the function in its module.
    pub(crate) function: u32,
    /// How many parameters it has.
    pub(crate) parameters: u32,
    /// The memory that the module records in.
    pub(crate) memory: u32,
    pub(crate) layout: Layout,
    /// The function that records a comparison: site, left, right.
    pub(crate) log: u32,
    /// Whether the function is lifted.
    pub(crate) is_lifted: bool,
    /// What the module imports, by number.
    pub(crate) imports: &'a [Import],
    pub(crate) reset: Tracking,
}

/// Bytes of results that an imported function writes at most.
pub(crate) const RETURN_AREA: i32 = 512;

/// How it is noted what must be put back.
#[derive(Clone, Copy)]
pub(crate) enum Tracking {
    /// Not at all.
    None,
    /// That the module was entered.
    Entries,
    /// What it writes to.
    Writes(ResetParts),
}

/// What was found out about the instructions of a module's functions.
#[derive(Default)]
pub(crate) struct Found {
    /// The instruction that makes it impossible to put the module back.
    pub(crate) unknown: Option<&'static str>,
    /// Whether there are instructions that change something beside the memory and globals.
    pub(crate) leaves: bool,
}

/// What a function refers to for the sake of the reset.
#[derive(Clone, Copy)]
pub(crate) struct ResetParts {
    /// The function that notes that a range was written to: address, length.
    pub(crate) mark: u32,
    /// The function that `memory.grow` is replaced by.
    pub(crate) grow: u32,
    /// The memory of the flags.
    pub(crate) flags: u32,
}

/// The function's body with probes; what they are about is appended to `sites`.
///
/// # Errors
/// An instruction that cannot be read.
pub(crate) fn probed(
    body: &FunctionBody<'_>,
    surroundings: &Surroundings<'_>,
    probes: Probes,
    sites: &mut Vec<Site>,
    found: &mut Found,
) -> Result<Vec<u8>, BinaryReaderError> {
    let bytes = body.as_bytes();
    let start = body.range().start;
    let mut locals = body.get_locals_reader()?;
    let (groups, first_group) = (locals.get_count(), locals.original_position());
    let mut declared = 0u32;
    for _ in 0..groups {
        declared = declared.saturating_add(locals.read()?.0);
    }
    let mut operators = body.get_operators_reader()?;
    let first_operator = operators.original_position();

    let mut output = Vec::with_capacity(bytes.len() * 2);
    (groups + SCRATCH.len() as u32).encode(&mut output);
    output.extend_from_slice(&bytes[first_group - start..first_operator - start]);
    for (count, ty) in SCRATCH {
        count.encode(&mut output);
        ty.encode(&mut output);
    }
    let mut writer = Writer {
        output,
        surroundings,
        sites,
        first_scratch: surroundings.parameters.saturating_add(declared),
        block: None,
    };

    // What has been copied so far; the rest follows where a probe is put, or at the end.
    let mut copied = first_operator;
    let mut flow = Flow::new();
    let frame = match surroundings.reset {
        Tracking::Writes(_) => Frame::of(body)?,
        Tracking::Entries | Tracking::None => None,
    };
    match surroundings.reset {
        Tracking::Entries => writer.leave(),
        Tracking::Writes(_) if surroundings.is_lifted => writer.enter(),
        Tracking::Writes(_) | Tracking::None => {}
    }
    match probes {
        Probes::Edges => writer.count(first_operator, SiteKind::Entry),
        Probes::Blocks => writer.begin_block(first_operator),
        Probes::Comparisons | Probes::None => {}
    }
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset()?;
        let after = operators.original_position();
        let mut copy_to = |writer: &mut Writer<'_>, end: usize| {
            let original = &bytes[copied - start..end - start];
            writer.output.extend_from_slice(original);
            copied = end;
        };
        let effect = effect(&operator, surroundings.imports);
        found.leaves |= matches!(effect, Effect::Leaves | Effect::Unknown(_));
        if let Tracking::Writes(reset) = surroundings.reset {
            match effect {
                Effect::None => {
                    if let Some(frame) = frame.as_ref().filter(|it| it.begins == after) {
                        copy_to(&mut writer, after);
                        writer.mark_frame(frame, reset);
                    }
                }
                Effect::Unknown(what) => found.unknown = Some(what),
                Effect::Import(import) => {
                    copy_to(&mut writer, offset);
                    match import.is_harmless {
                        true => {
                            writer.begin_import(import, reset);
                            copy_to(&mut writer, after);
                            writer.end_import();
                        }
                        false => writer.leave(),
                    }
                }
                Effect::Store(_) if frame.as_ref().is_some_and(|it| it.has(offset)) => {}
                Effect::Store(store) => {
                    copy_to(&mut writer, offset);
                    writer.mark_store(&store, reset);
                }
                Effect::Bulk => {
                    copy_to(&mut writer, offset);
                    writer.mark_bulk(reset);
                }
                Effect::Leaves => {
                    copy_to(&mut writer, offset);
                    writer.leave();
                }
                Effect::Size => {
                    copy_to(&mut writer, offset);
                    copied = after;
                    writer.write(&size(surroundings.layout, reset.flags));
                    continue;
                }
                Effect::Grow => {
                    copy_to(&mut writer, offset);
                    copied = after;
                    writer.write(&[Instruction::Call(reset.grow)]);
                    continue;
                }
            }
        }
        match probes {
            Probes::Edges => {
                let (before, behind) = decision(&operator);
                if let Some(outcomes) = before {
                    copy_to(&mut writer, offset);
                    writer.decide(offset, outcomes);
                }
                if behind {
                    copy_to(&mut writer, after);
                    writer.count(after, SiteKind::Outcome);
                }
            }
            Probes::Comparisons => {
                if let Some((width, comparator, targets)) = comparison(&operator) {
                    copy_to(&mut writer, offset);
                    writer.compare(offset, width, comparator, targets);
                }
            }
            Probes::None => {}
            Probes::Blocks => match flow.step(&operator) {
                Boundary::Inside => {}
                Boundary::Begins => {
                    copy_to(&mut writer, after);
                    writer.begin_block(after);
                }
                Boundary::Ends => writer.end_block(after),
            },
        }
    }
    let mut output = writer.output;
    output.extend_from_slice(&bytes[copied - start..]);
    Ok(output)
}

/// Locals that probes use, behind the function's own.
const SCRATCH: [(u32, ValType); 5] = [
    (3, ValType::I32),
    (2, ValType::I64),
    (1, ValType::F32),
    (1, ValType::F64),
    (1, ValType::V128),
];

/// How many outcomes a decision has that is made by the number on top of the stack; and whether what follows it is one
/// outcome of a decision that is made otherwise.
fn decision(operator: &Operator<'_>) -> (Option<u32>, bool) {
    match operator {
        Operator::If { .. } | Operator::BrIf { .. } => (Some(2), false),
        Operator::BrTable { targets } => (Some(targets.len().saturating_add(1)), false),
        Operator::BrOnNull { .. }
        | Operator::BrOnNonNull { .. }
        | Operator::BrOnCast { .. }
        | Operator::BrOnCastFail { .. } => (None, true),
        _ => (None, false),
    }
}

/// Width in bytes, comparator, and the number of targets of a `br_table`.
fn comparison(operator: &Operator<'_>) -> Option<(u8, Comparator, u32)> {
    use Comparator::{Difference, Equality, Order, Switch};
    Some(match operator {
        Operator::I32Eq | Operator::I32Ne => (4, Equality, 0),
        Operator::I64Eq | Operator::I64Ne => (8, Equality, 0),
        Operator::I32LtS
        | Operator::I32LtU
        | Operator::I32GtS
        | Operator::I32GtU
        | Operator::I32LeS
        | Operator::I32LeU
        | Operator::I32GeS
        | Operator::I32GeU => (4, Order, 0),
        Operator::I64LtS
        | Operator::I64LtU
        | Operator::I64GtS
        | Operator::I64GtU
        | Operator::I64LeS
        | Operator::I64LeU
        | Operator::I64GeS
        | Operator::I64GeU => (8, Order, 0),
        // What compilers make of `a == b` for arrays: both halves are xor-ed and the results or-ed.
        Operator::I32Xor => (4, Difference, 0),
        Operator::I64Xor => (8, Difference, 0),
        Operator::BrTable { targets } => (4, Switch, targets.len()),
        _ => return None,
    })
}

/// Writes probes.
struct Writer<'a> {
    output: Vec<u8>,
    surroundings: &'a Surroundings<'a>,
    sites: &'a mut Vec<Site>,
    first_scratch: u32,
    /// The site of the block that has no end yet.
    block: Option<usize>,
}

impl Writer<'_> {
    fn site(&mut self, offset: usize, kind: SiteKind) -> u64 {
        let number = self.sites.len() as u64;
        self.sites.push(Site {
            function: self.surroundings.function,
            offset: offset as u64,
            kind,
        });
        number
    }

    fn write(&mut self, instructions: &[Instruction<'_>]) {
        for instruction in instructions {
            instruction.encode(&mut self.output);
        }
    }

    fn at(&self, offset: u64) -> MemArg {
        MemArg {
            offset,
            align: 0,
            memory_index: self.surroundings.memory,
        }
    }

    fn counter(&self, site: u64) -> MemArg {
        self.at(self.surroundings.layout.sites() + site)
    }

    /// The local for a value on top of the stack.
    fn scratch(&self, ty: ValType) -> u32 {
        let behind = match ty {
            ValType::I64 => 3,
            ValType::F32 => 5,
            ValType::F64 => 6,
            ValType::V128 => 7,
            ValType::I32 | ValType::Ref(_) => 0,
        };
        self.first_scratch + behind
    }

    /// The flag of the granule whose number is its address.
    fn flag(&self, reset: ResetParts) -> MemArg {
        MemArg {
            memory_index: reset.flags,
            ..self.at(0)
        }
    }

    /// Notes which granules the stores to a frame write to.
    fn mark_frame(&mut self, frame: &Frame, reset: ResetParts) {
        for offset in [frame.offsets.start(), frame.offsets.end()] {
            self.write(&[
                Instruction::LocalGet(frame.local),
                Instruction::I32Const(offset.cast_signed()),
                Instruction::I32Add,
                Instruction::I32Const(GRANULE_BITS),
                Instruction::I32ShrU,
                Instruction::I32Const(1),
                Instruction::I32Store8(self.flag(reset)),
            ]);
        }
    }

    /// Notes which granule the store to come writes to.
    fn mark_store(&mut self, store: &StoreOf, reset: ResetParts) {
        let (value, address) = (self.scratch(store.value), self.first_scratch + 1);
        self.write(&[Instruction::LocalSet(value), Instruction::LocalTee(address)]);
        if store.offset > 0 {
            let offset = (store.offset as u32).cast_signed();
            self.write(&[Instruction::I32Const(offset), Instruction::I32Add]);
        }
        self.write(&[
            Instruction::I32Const(GRANULE_BITS),
            Instruction::I32ShrU,
            Instruction::I32Const(1),
            Instruction::I32Store8(self.flag(reset)),
            Instruction::LocalGet(address),
            Instruction::LocalGet(value),
        ]);
    }

    /// Notes what the instruction to come writes to; address, something and length are on the stack.
    fn mark_bulk(&mut self, reset: ResetParts) {
        let first = self.first_scratch;
        let (address, between, length) = (first, first + 1, first + 2);
        self.write(&[
            Instruction::LocalSet(length),
            Instruction::LocalSet(between),
            Instruction::LocalTee(address),
            Instruction::LocalGet(length),
            Instruction::Call(reset.mark),
            Instruction::LocalGet(address),
            Instruction::LocalGet(between),
            Instruction::LocalGet(length),
        ]);
    }

    /// Notes that the instruction to come changes something that cannot be put back.
    fn leave(&mut self) {
        let left = self.at(self.surroundings.layout.left());
        self.write(&[
            Instruction::I32Const(0),
            Instruction::I32Const(1),
            Instruction::I32Store8(left),
        ]);
    }

    /// Notes that the module is entered, if it puts itself back.
    fn enter(&mut self) {
        let layout = self.surroundings.layout;
        let (by_itself, entered) = (self.at(layout.by_itself()), self.at(layout.entered()));
        self.write(&[
            Instruction::I32Const(0),
            Instruction::I32Const(0),
            Instruction::I32Load8U(by_itself),
            Instruction::I32Store8(entered),
        ]);
    }

    /// Notes what the call of an imported function to come may write, and that it is under way.
    fn begin_import(&mut self, import: Import, reset: ResetParts) {
        let (address, outside) = (
            self.first_scratch,
            self.at(self.surroundings.layout.outside()),
        );
        if import.returns_through_memory {
            self.write(&[
                Instruction::LocalTee(address),
                Instruction::LocalGet(address),
                Instruction::I32Const(RETURN_AREA),
                Instruction::Call(reset.mark),
            ]);
        }
        self.write(&[
            Instruction::I32Const(0),
            Instruction::I32Const(1),
            Instruction::I32Store8(outside),
        ]);
    }

    /// Notes that it has returned.
    fn end_import(&mut self) {
        let outside = self.at(self.surroundings.layout.outside());
        self.write(&[
            Instruction::I32Const(0),
            Instruction::I32Const(0),
            Instruction::I32Store8(outside),
        ]);
    }

    /// Counts up a counter.
    fn count(&mut self, offset: usize, kind: SiteKind) {
        let site = self.site(offset, kind);
        let (load, store) = match kind {
            SiteKind::Block { .. } => {
                let counter = self.at(self.surroundings.layout.sites() + site * BLOCK_COUNTER);
                (
                    Instruction::I32Load(counter),
                    Instruction::I32Store(counter),
                )
            }
            _ => {
                let counter = self.counter(site);
                (
                    Instruction::I32Load8U(counter),
                    Instruction::I32Store8(counter),
                )
            }
        };
        self.write(&[
            Instruction::I32Const(0),
            Instruction::I32Const(0),
            load,
            Instruction::I32Const(1),
            Instruction::I32Add,
            store,
        ]);
    }

    /// Counts up the counter of the outcome that the number on top of the stack chooses, and leaves the number there. The
    /// outcomes of a condition are: it holds, it does not.
    fn decide(&mut self, offset: usize, outcomes: u32) {
        let site = self.site(offset, SiteKind::Outcome);
        for _ in 1..outcomes {
            self.site(offset, SiteKind::Outcome);
        }
        let counter = self.counter(site);
        let (number, outcome) = (self.first_scratch, self.first_scratch + 1);
        self.write(&[Instruction::LocalTee(number)]);
        if outcomes == 2 {
            self.write(&[Instruction::I32Eqz, Instruction::LocalTee(outcome)]);
        } else {
            // `br_table` takes its last target for every number that is too large.
            let last = outcomes.saturating_sub(1).cast_signed();
            self.write(&[
                Instruction::I32Const(last),
                Instruction::LocalGet(number),
                Instruction::I32Const(last),
                Instruction::I32LtU,
                Instruction::Select,
                Instruction::LocalTee(outcome),
            ]);
        }
        self.write(&[
            Instruction::LocalGet(outcome),
            Instruction::I32Load8U(counter),
            Instruction::I32Const(1),
            Instruction::I32Add,
            Instruction::I32Store8(counter),
            Instruction::LocalGet(number),
        ]);
    }

    fn begin_block(&mut self, offset: usize) {
        self.end_block(offset);
        self.block = Some(self.sites.len());
        let end = offset as u64;
        self.count(offset, SiteKind::Block { end });
    }

    fn end_block(&mut self, offset: usize) {
        let block = self.block.take();
        if let Some(site) = block.and_then(|block| self.sites.get_mut(block)) {
            site.kind = SiteKind::Block { end: offset as u64 };
        }
    }

    /// Records the two operands on top of the stack, or the index there and the number of targets, and leaves them there.
    fn compare(&mut self, offset: usize, width: u8, comparator: Comparator, targets: u32) {
        let site = self.site(offset, SiteKind::Comparison { width, comparator });
        let site = Instruction::I32Const((site as u32).cast_signed());
        let log = Instruction::Call(self.surroundings.log);
        let first = self.first_scratch;
        let extend = Instruction::I64ExtendI32S;
        if comparator == Comparator::Switch {
            return self.write(&[
                Instruction::LocalTee(first),
                site,
                Instruction::LocalGet(first),
                extend,
                Instruction::I64Const(i64::from(targets)),
                log,
            ]);
        }
        let (left, right) = match width {
            4 => (first, first + 1),
            _ => (first + 3, first + 4),
        };
        self.write(&[
            Instruction::LocalSet(right),
            Instruction::LocalSet(left),
            site,
            Instruction::LocalGet(left),
        ]);
        if width == 4 {
            self.write(&[extend]);
        }
        let extend = Instruction::I64ExtendI32S;
        self.write(&[Instruction::LocalGet(right)]);
        if width == 4 {
            self.write(&[extend]);
        }
        self.write(&[
            log,
            Instruction::LocalGet(left),
            Instruction::LocalGet(right),
        ]);
    }
}
