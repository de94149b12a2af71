//! Rewrites one function: copies its instructions, and writes probes and the tracking of what it changes between them.

pub(crate) mod effect;
mod flow;
mod frame;
mod probes;
mod tracking;

use wasm_encoder::{Encode, InstructionSink, MemArg, ValType};
use wasmparser::{BinaryReaderError, FunctionBody};

use crate::Probes;
use crate::layout::Layout;
use crate::map::{Site, SiteKind};
use crate::runtime::at;
use effect::{Effect, Import, effect};
use flow::Flow;
use frame::Frame;
pub(crate) use tracking::RETURN_AREA;

/// What a function's probes refer to.
pub(crate) struct Surroundings<'a> {
    /// Number of the function in its module.
    pub(crate) function: u32,
    /// How many parameters it has.
    pub(crate) parameters: u32,
    /// The memory that the module records in.
    pub(crate) memory: u32,
    /// Where the record is in that memory.
    pub(crate) layout: Layout,
    /// The function that records a comparison: site, left, right.
    pub(crate) log: u32,
    /// Whether the function is lifted.
    pub(crate) is_lifted: bool,
    /// What the module imports, by number.
    pub(crate) imports: &'a [Import],
    /// What is noted for the sake of the reset.
    pub(crate) tracking: Tracking,
}

/// What is noted for the sake of the reset.
#[derive(Clone, Copy)]
pub(crate) enum Tracking {
    /// Nothing.
    None,
    /// That the module was entered.
    Entries,
    /// What it writes to.
    Writes(ResetParts),
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

/// What was found out about the instructions of a module's functions.
#[derive(Default)]
pub(crate) struct Found {
    /// The instruction that makes it impossible to reset the module.
    pub(crate) unknown: Option<&'static str>,
    /// Whether there are instructions that change something beside the memory and globals.
    pub(crate) irreversible: bool,
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
    let (output, declared) = with_scratch(body)?;
    let mut operators = body.get_operators_reader()?;
    let first = operators.original_position();
    let mut writer = Writer {
        output,
        original: body.as_bytes(),
        start: body.range().start,
        copied: first,
        surroundings,
        sites,
        first_scratch: surroundings.parameters.saturating_add(declared),
        block: None,
    };
    let frame = match surroundings.tracking {
        Tracking::Writes(_) => Frame::of(body)?,
        Tracking::Entries | Tracking::None => None,
    };
    match surroundings.tracking {
        Tracking::Entries => writer.note_irreversible(),
        Tracking::Writes(_) if surroundings.is_lifted => writer.enter(),
        Tracking::Writes(_) | Tracking::None => {}
    }
    match probes {
        Probes::Edges => writer.count(first, SiteKind::Entry),
        Probes::Blocks => writer.begin_block(first),
        Probes::Comparisons | Probes::None => {}
    }
    let mut flow = Flow::new();
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset()?;
        let after = operators.original_position();
        let effect = effect(&operator, surroundings.imports);
        found.irreversible |= matches!(effect, Effect::Irreversible | Effect::Unknown(_));
        if let Tracking::Writes(reset) = surroundings.tracking {
            if let Effect::Unknown(what) = effect {
                found.unknown = Some(what);
            }
            writer.track(&effect, frame.as_ref(), reset, offset..after);
        }
        writer.probe(&operator, probes, &mut flow, offset..after);
    }
    Ok(writer.finish())
}

/// Locals that probes use, behind the function's own.
const SCRATCH: [(u32, ValType); 5] = [
    (3, ValType::I32),
    (2, ValType::I64),
    (1, ValType::F32),
    (1, ValType::F64),
    (1, ValType::V128),
];

/// The declaration of a function's locals with those of the probes; and how many locals it declared before.
fn with_scratch(body: &FunctionBody<'_>) -> Result<(Vec<u8>, u32), BinaryReaderError> {
    let bytes = body.as_bytes();
    let start = body.range().start;
    let mut locals = body.get_locals_reader()?;
    let (groups, first_group) = (locals.get_count(), locals.original_position());
    let mut declared = 0u32;
    for _ in 0..groups {
        declared = declared.saturating_add(locals.read()?.0);
    }
    let end = locals.original_position();
    let mut output = Vec::with_capacity(bytes.len() * 2);
    (groups + SCRATCH.len() as u32).encode(&mut output);
    output.extend_from_slice(&bytes[first_group - start..end - start]);
    for (count, ty) in SCRATCH {
        count.encode(&mut output);
        ty.encode(&mut output);
    }
    Ok((output, declared))
}

/// Copies the instructions of a function, and writes others between them.
struct Writer<'a> {
    output: Vec<u8>,
    /// The function's body, which starts at `start` in the file.
    original: &'a [u8],
    start: usize,
    /// Where in the file the part ends that has been copied; the rest follows where something is put, or at the end.
    copied: usize,
    surroundings: &'a Surroundings<'a>,
    sites: &'a mut Vec<Site>,
    /// The first local of the probes.
    first_scratch: u32,
    /// The site of the block that has no end yet.
    block: Option<usize>,
}

impl Writer<'_> {
    /// Copies what stands before this place in the file.
    fn copy_to(&mut self, end: usize) {
        let original = &self.original[self.copied - self.start..end - self.start];
        self.output.extend_from_slice(original);
        self.copied = end;
    }

    /// Leaves out what stands from where was copied to before this place.
    fn skip_to(&mut self, end: usize) {
        self.copied = end;
    }

    fn finish(mut self) -> Vec<u8> {
        self.copy_to(self.start + self.original.len());
        self.output
    }

    /// What instructions are written to.
    fn code(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.output)
    }

    /// A place in the memory of the record.
    fn in_record(&self, offset: u64) -> MemArg {
        at(offset, self.surroundings.memory)
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
}
