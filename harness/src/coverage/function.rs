//! Puts probes into one function.

use wasm_encoder::{Encode, Instruction, MemArg, ValType};
use wasmparser::{BinaryReaderError, FunctionBody, Operator};

use super::Probes;
use super::map::{Comparator, Site, SiteKind};

/// What a function's probes refer to.
pub(super) struct Surroundings {
    /// Number of the function in its module.
    pub(super) function: u32,
    /// How many parameters it has.
    pub(super) parameters: u32,
    /// The memory that the module records in.
    pub(super) memory: u32,
    /// The function that records a comparison: site, left, right.
    pub(super) log: u32,
}

/// The function's body with probes, and what they are appended to `sites`.
///
/// # Errors
/// An instruction that cannot be read.
pub(super) fn probed(
    body: &FunctionBody<'_>,
    surroundings: &Surroundings,
    probes: Probes,
    sites: &mut Vec<Site>,
) -> Result<Vec<u8>, BinaryReaderError> {
    let original = body.get_binary_reader();
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
    let scratch: &[(u32, ValType)] = match probes {
        Probes::Edges => &[(2, ValType::I32)],
        Probes::Blocks => &[],
        Probes::Comparisons => &[(2, ValType::I32), (2, ValType::I64)],
    };

    let mut output = Vec::with_capacity(bytes.len() * 2);
    (groups + scratch.len() as u32).encode(&mut output);
    output.extend_from_slice(&bytes[first_group - start..first_operator - start]);
    for (count, ty) in scratch {
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
    let mut reachable = true;
    if probes == Probes::Edges {
        writer.count(first_operator, SiteKind::Entry);
    }
    if probes == Probes::Blocks {
        writer.begin_block(first_operator);
    }
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset()?;
        let after = operators.original_position();
        match probes {
            Probes::Edges => {
                let (before, behind) = decision(&operator);
                if let Some(outcomes) = before {
                    writer
                        .output
                        .extend_from_slice(&bytes[copied - start..offset - start]);
                    copied = offset;
                    writer.decide(offset, outcomes);
                }
                if behind {
                    writer
                        .output
                        .extend_from_slice(&bytes[copied - start..after - start]);
                    copied = after;
                    writer.count(after, SiteKind::Outcome);
                }
            }
            Probes::Comparisons => {
                if let Some((width, comparator, targets)) = comparison(&operator) {
                    writer
                        .output
                        .extend_from_slice(&bytes[copied - start..offset - start]);
                    copied = offset;
                    writer.compare(offset, width, comparator, targets);
                }
            }
            Probes::Blocks => {
                let boundary = boundary(&operator);
                if boundary == Boundary::Begins && operators.eof() {
                    // The end of the function, behind which nothing is.
                    writer.end_block(offset);
                } else if boundary == Boundary::Begins {
                    writer
                        .output
                        .extend_from_slice(&bytes[copied - start..after - start]);
                    copied = after;
                    writer.begin_block(after);
                    reachable = true;
                } else if boundary == Boundary::Ends && reachable {
                    writer.end_block(after);
                    reachable = false;
                }
            }
        }
    }
    let mut output = writer.output;
    output.extend_from_slice(&bytes[copied - start..]);
    debug_assert_eq!(original.range(), body.range());
    Ok(output)
}

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
    use Comparator::{Equality, Order, Switch};
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
        Operator::I32Xor => (4, Equality, 0),
        Operator::I64Xor => (8, Equality, 0),
        Operator::BrTable { targets } => (4, Switch, targets.len()),
        _ => return None,
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Boundary {
    Inside,
    /// What follows begins a block.
    Begins,
    /// What follows cannot be reached from here.
    Ends,
}

fn boundary(operator: &Operator<'_>) -> Boundary {
    match operator {
        Operator::Loop { .. }
        | Operator::If { .. }
        | Operator::Else
        | Operator::End
        | Operator::BrIf { .. }
        | Operator::BrOnNull { .. }
        | Operator::BrOnNonNull { .. }
        | Operator::BrOnCast { .. }
        | Operator::BrOnCastFail { .. }
        | Operator::Try { .. }
        | Operator::Catch { .. }
        | Operator::CatchAll => Boundary::Begins,
        Operator::Br { .. }
        | Operator::BrTable { .. }
        | Operator::Return
        | Operator::Unreachable
        | Operator::ReturnCall { .. }
        | Operator::ReturnCallIndirect { .. }
        | Operator::ReturnCallRef { .. }
        | Operator::Throw { .. }
        | Operator::ThrowRef
        | Operator::Rethrow { .. }
        | Operator::Delegate { .. } => Boundary::Ends,
        _ => Boundary::Inside,
    }
}

/// Writes probes.
struct Writer<'a> {
    output: Vec<u8>,
    surroundings: &'a Surroundings,
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

    fn counter(&self, site: u64) -> MemArg {
        MemArg {
            offset: site,
            align: 0,
            memory_index: self.surroundings.memory,
        }
    }

    /// Counts up a counter.
    fn count(&mut self, offset: usize, kind: SiteKind) {
        let site = self.site(offset, kind);
        let counter = self.counter(site);
        self.write(&[
            Instruction::I32Const(0),
            Instruction::I32Const(0),
            Instruction::I32Load8U(counter),
            Instruction::I32Const(1),
            Instruction::I32Add,
            Instruction::I32Store8(counter),
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
            _ => (first + 2, first + 3),
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
