//! Rewrites one core module, section by section.

use anyhow::{Context, Result, bail};
use wasm_encoder::{
    BlockType, Encode, ExportKind, Function, Instruction, MemArg, MemoryType, ValType,
};
use wasmparser::types::TypesRef;
use wasmparser::{FunctionBody, KnownCustom, Payload};

use super::function::{Surroundings, probed};
use super::layout::{PER_SITE, RECORD, RIGHT, RING, RING_START, SITE, SITES_START, WRITTEN};
use super::map::ModuleMap;
use super::{Probes, layout};

/// Under these names a rewritten module exports its memory and the function that tells where the record is.
pub(super) const MEMORY_EXPORT: &str = "handover:coverage/memory";
pub(super) const RECORD_EXPORT: &str = "handover:coverage/record";

/// Ids of sections, in the order in which they must stand.
const ORDER: [u8; 13] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];
const TYPES: u8 = 1;
const FUNCTIONS: u8 = 3;
const MEMORIES: u8 = 5;
const EXPORTS: u8 = 7;
const CODE: u8 = 10;
const CUSTOM: u8 = 0;

/// A module under way.
pub(super) struct Module<'a> {
    bytes: &'a [u8],
    probes: Probes,
    sections: Vec<Section>,
    /// How the module would be left as it is: the code with its probes is built beside it.
    code: Vec<u8>,
    bodies: u32,
    header: Vec<u8>,
    types: u32,
    memories: u32,
    functions: u32,
    map: ModuleMap,
    /// Why the module cannot be rewritten.
    refused: Option<anyhow::Error>,
}

struct Section {
    id: u8,
    contents: Vec<u8>,
}

/// A module, rewritten or as it was.
pub(super) struct Rewritten {
    pub(super) bytes: Vec<u8>,
    /// None where it was left as it was.
    pub(super) map: Option<ModuleMap>,
    /// Why it was left as it was, if that says something.
    pub(super) refused: Option<anyhow::Error>,
}

impl<'a> Module<'a> {
    /// `bytes` is the whole file that the module stands in.
    pub(super) fn new(bytes: &'a [u8], number: u32, start: usize, probes: Probes) -> Self {
        Self {
            bytes,
            probes,
            sections: Vec::new(),
            code: Vec::new(),
            bodies: 0,
            header: Vec::new(),
            types: 0,
            memories: 0,
            functions: 0,
            map: ModuleMap {
                module: number,
                start: start as u64,
                code_start: 0,
                imported_functions: 0,
                names: Vec::new(),
                sites: Vec::new(),
            },
            refused: None,
        }
    }

    /// Takes the next part of the module; `types` is what the validator knows after it.
    pub(super) fn payload(&mut self, payload: &Payload<'_>, types: TypesRef<'_>) {
        if self.refused.is_none()
            && let Err(error) = self.take(payload, types)
        {
            self.refused = Some(error);
        }
    }

    fn take(&mut self, payload: &Payload<'_>, types: TypesRef<'_>) -> Result<()> {
        match payload {
            Payload::Version { range, .. } => {
                self.header = self.bytes[range.clone()].to_vec();
                return Ok(());
            }
            Payload::CodeSectionStart { range, .. } => {
                self.types = types.core_type_count_in_module();
                self.memories = types.memory_count();
                self.functions = types.function_count();
                self.map.code_start = range.start as u64;
                self.sections.push(Section {
                    id: CODE,
                    contents: Vec::new(),
                });
                return Ok(());
            }
            Payload::CodeSectionEntry(body) => return self.function(body, types),
            Payload::FunctionSection(section) => {
                self.map.imported_functions = types.function_count() - section.count();
            }
            Payload::CustomSection(section) => {
                let name = section.name();
                // Both speak of places in the code, which are other places now.
                if name.starts_with(".debug_") || name.starts_with("metadata.code.") {
                    return Ok(());
                }
                if let KnownCustom::Name(names) = section.as_known() {
                    self.map.names = function_names(names);
                }
            }
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            self.sections.push(Section {
                id,
                contents: self.bytes[range].to_vec(),
            });
        }
        Ok(())
    }

    fn function(&mut self, body: &FunctionBody<'_>, types: TypesRef<'_>) -> Result<()> {
        let function = self.map.imported_functions + self.bodies;
        self.bodies += 1;
        let ty = types.get(types.core_function_at(function));
        let ty = ty.context("a function has no type")?;
        let surroundings = Surroundings {
            function,
            parameters: u32::try_from(ty.unwrap_func().params().len())?,
            memory: self.memories,
            log: self.functions + 1,
        };
        let body = probed(body, &surroundings, self.probes, &mut self.map.sites)?;
        body.as_slice().encode(&mut self.code);
        Ok(())
    }

    /// The module with all that its probes need; as it was, where there is nothing to probe or it cannot be done.
    pub(super) fn finish(mut self, original: &[u8]) -> Rewritten {
        let unchanged = |refused| Rewritten {
            bytes: original.to_vec(),
            map: None,
            refused,
        };
        if let Some(error) = self.refused.take() {
            return unchanged(Some(error));
        }
        if self.map.sites.is_empty() || self.bodies == 0 {
            return unchanged(None);
        }
        match self.assemble() {
            Ok(bytes) => Rewritten {
                bytes,
                map: Some(self.map),
                refused: None,
            },
            Err(error) => unchanged(Some(error)),
        }
    }

    fn assemble(&mut self) -> Result<Vec<u8>> {
        let with_log = self.probes == Probes::Comparisons;
        let sites = self.map.sites.len();
        let (types, functions, memory) = (self.types, self.functions, self.memories);

        let mut added = Vec::new();
        function_type(&[], &[ValType::I32], &mut added);
        if with_log {
            function_type(&[ValType::I32, ValType::I64, ValType::I64], &[], &mut added);
        }
        let count = 1 + u32::from(with_log);
        self.append(TYPES, count, &added)?;

        let mut added = Vec::new();
        for number in 0..count {
            (types + number).encode(&mut added);
        }
        self.append(FUNCTIONS, count, &added)?;

        let mut added = Vec::new();
        // The two numbers that tell where the record is stand behind it.
        let pages = layout::pages(with_log, sites + 16);
        MemoryType {
            minimum: pages,
            maximum: Some(pages),
            memory64: false,
            shared: false,
            page_size_log2: None,
        }
        .encode(&mut added);
        self.append(MEMORIES, 1, &added)?;

        let mut added = Vec::new();
        MEMORY_EXPORT.encode(&mut added);
        ExportKind::Memory.encode(&mut added);
        memory.encode(&mut added);
        RECORD_EXPORT.encode(&mut added);
        ExportKind::Func.encode(&mut added);
        functions.encode(&mut added);
        self.append(EXPORTS, 2, &added)?;

        let end = pages * (1 << 16) - 8;
        record(memory, end, layout::bytes(with_log, sites)).encode(&mut self.code);
        if with_log {
            log(memory).encode(&mut self.code);
        }
        let mut contents = Vec::with_capacity(self.code.len() + 5);
        (self.bodies + count).encode(&mut contents);
        contents.append(&mut self.code);
        match self.sections.iter_mut().find(|it| it.id == CODE) {
            Some(section) => section.contents = contents,
            None => bail!("it has functions without code"),
        }

        let mut module = std::mem::take(&mut self.header);
        for section in &self.sections {
            module.push(section.id);
            section.contents.as_slice().encode(&mut module);
        }
        Ok(module)
    }

    /// Appends `count` items to a section, which is made where it is missing.
    fn append(&mut self, id: u8, count: u32, items: &[u8]) -> Result<()> {
        let section = self.sections.iter_mut().find(|it| it.id == id);
        let Some(section) = section else {
            let mut contents = Vec::new();
            count.encode(&mut contents);
            contents.extend_from_slice(items);
            let place = |id: u8| ORDER.iter().position(|known| *known == id);
            let before = |it: &Section| it.id != CUSTOM && place(it.id) > place(id);
            let at = self.sections.iter().position(before);
            let at = at.unwrap_or(self.sections.len());
            self.sections.insert(at, Section { id, contents });
            return Ok(());
        };
        let mut reader = wasmparser::BinaryReader::new(&section.contents, 0);
        let before = reader.read_var_u32()?;
        let rest = &section.contents[reader.original_position()..];
        let mut contents = Vec::with_capacity(section.contents.len() + items.len() + 5);
        before
            .checked_add(count)
            .context("a section has too many items")?
            .encode(&mut contents);
        contents.extend_from_slice(rest);
        contents.extend_from_slice(items);
        section.contents = contents;
        Ok(())
    }
}

fn function_type(parameters: &[ValType], results: &[ValType], output: &mut Vec<u8>) {
    output.push(0x60);
    parameters.encode(output);
    results.encode(output);
}

fn function_names(names: wasmparser::NameSectionReader<'_>) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    for subsection in names {
        // Names help the reader of a report; where they are broken, numbers do.
        let Ok(wasmparser::Name::Function(map)) = subsection else {
            continue;
        };
        for naming in map.into_iter().map_while(Result::ok) {
            found.push((naming.index, naming.name.to_owned()));
        }
    }
    found
}

fn at(offset: u64, align: u32, memory_index: u32) -> MemArg {
    MemArg {
        offset,
        align,
        memory_index,
    }
}

/// `func() -> list<u8>`, lowered: writes where the record starts and how long it is to `end`, and returns that address.
fn record(memory: u32, end: u64, length: u64) -> Function {
    let mut function = Function::new([]);
    function
        .instruction(&Instruction::I32Const(0))
        .instruction(&Instruction::I32Const(0))
        .instruction(&Instruction::I32Store(at(end, 2, memory)))
        .instruction(&Instruction::I32Const(0))
        .instruction(&Instruction::I32Const((length as u32).cast_signed()))
        .instruction(&Instruction::I32Store(at(end + 4, 2, memory)))
        .instruction(&Instruction::I32Const((end as u32).cast_signed()))
        .instruction(&Instruction::End);
    function
}

/// `func(site: i32, left: i64, right: i64)`: writes a comparison to the ring, unless the site has had its share of it.
fn log(memory: u32) -> Function {
    let (site, left, right, slot) = (0, 1, 2, 3);
    let share = at(SITES_START, 0, memory);
    let written = at(WRITTEN, 2, memory);
    let mut function = Function::new([(1, ValType::I32)]);
    for instruction in [
        Instruction::LocalGet(site),
        Instruction::I32Load8U(share),
        Instruction::LocalTee(slot),
        Instruction::I32Const(PER_SITE),
        Instruction::I32GeU,
        Instruction::If(BlockType::Empty),
        Instruction::Return,
        Instruction::End,
        Instruction::LocalGet(site),
        Instruction::LocalGet(slot),
        Instruction::I32Const(1),
        Instruction::I32Add,
        Instruction::I32Store8(share),
        Instruction::I32Const(0),
        Instruction::I32Load(written),
        Instruction::I32Const(RING.cast_signed() - 1),
        Instruction::I32And,
        Instruction::I32Const(RECORD.cast_signed()),
        Instruction::I32Mul,
        Instruction::LocalTee(slot),
        Instruction::LocalGet(left),
        Instruction::I64Store(at(RING_START, 3, memory)),
        Instruction::LocalGet(slot),
        Instruction::LocalGet(right),
        Instruction::I64Store(at(RING_START + RIGHT, 3, memory)),
        Instruction::LocalGet(slot),
        Instruction::LocalGet(site),
        Instruction::I32Store(at(RING_START + SITE, 2, memory)),
        Instruction::I32Const(0),
        Instruction::I32Const(0),
        Instruction::I32Load(written),
        Instruction::I32Const(1),
        Instruction::I32Add,
        Instruction::I32Store(written),
        Instruction::End,
    ] {
        function.instruction(&instruction);
    }
    function
}
