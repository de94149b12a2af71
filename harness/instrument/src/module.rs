//! Rewrites one core module, section by section.

use anyhow::{Context, Result, bail};
use wasm_encoder::{
    BlockType, Encode, EntityType, ExportKind, ExportSection, Function, Instruction, MemArg,
    MemoryType, ValType,
};
use wasmparser::types::TypesRef;
use wasmparser::{
    ConstExpr, DataKind, ElementItems, ExternalKind, FunctionBody, KnownCustom, Operator, Payload,
    TypeRef,
};

use crate::Rewrite;
use crate::digest::digest;
use crate::effect::{Import, REFERENCE};
use crate::function::{Found, ResetParts, Surroundings, Tracking, probed};
use crate::layout::{Layout, PAGE, PER_SITE, RECORD, RESERVED_PAGES, RIGHT, RING, SITE, STATUS};
use crate::linkage::{Linkage, is_ordinary};
use crate::map::{ModuleMap, SiteKind};
use crate::reset::{self, OwnMemory};

/// Under these names a rewritten module exports the memory of its record, the function that tells where the record is, and
/// the function that puts the module back.
pub(crate) const MEMORY_EXPORT: &str = "handover:coverage/memory";
pub(crate) const RECORD_EXPORT: &str = "handover:coverage/record";
pub(crate) const RESET_EXPORT: &str = "handover:coverage/reset";

/// The types that are appended: parameters and results.
const TYPES_ADDED: [(&[ValType], &[ValType]); 5] = [
    (&[], &[ValType::I32]),
    (&[ValType::I32, ValType::I64, ValType::I64], &[]),
    (&[ValType::I32], &[ValType::I32]),
    (&[ValType::I32, ValType::I32], &[]),
    (&[ValType::I32; 4], &[ValType::I32]),
];
/// The functions that are appended, in this order, behind the one that tells where the record is.
const LOG: u32 = 1;
const MARK: u32 = 2;
const GROW: u32 = 3;
const RESET: u32 = 4;
const DIGEST: u32 = 5;

/// Ids of sections, in the order in which they must stand.
const ORDER: [u8; 13] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];
const TYPES: u8 = 1;
const IMPORTS: u8 = 2;
const FUNCTIONS: u8 = 3;
const MEMORIES: u8 = 5;
const GLOBALS: u8 = 6;
const EXPORTS: u8 = 7;
const CODE: u8 = 10;
const DATA: u8 = 11;
const DATA_COUNT: u8 = 12;
const CUSTOM: u8 = 0;

/// A module under way.
pub(crate) struct Module<'a> {
    bytes: &'a [u8],
    rewrite: Rewrite,
    sections: Vec<Section>,
    /// How the module would be left as it is: the code with its probes is built beside it.
    code: Vec<u8>,
    bodies: u32,
    header: Vec<u8>,
    types: u32,
    memories: u32,
    functions: u32,
    globals: u32,
    imported_memories: u32,
    memory: Memory,
    /// Pages of it at the start.
    pages: u64,
    /// What the memory is imported from, if it is that of another module.
    shared_from: Option<String>,
    mutable_globals: Vec<(u32, wasmparser::ValType)>,
    /// Exported functions that the host asks for memory, each with whether it does so for the arguments of lifted functions.
    reallocs: Vec<(u32, bool)>,
    /// Functions that are lifted.
    lifted: Vec<u32>,
    /// What its functions import, by number.
    imports: Vec<Import>,
    found: Found,
    map: ModuleMap,
    /// Why the module cannot be rewritten.
    refused: Option<anyhow::Error>,
}

/// Which memory a module writes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Memory {
    /// One of its own, so that what it writes to can be put back.
    Own,
    /// That of another module, which puts it back.
    Shared,
    /// None, or another: it is only noted that the module was entered.
    Unknown,
}

struct Section {
    id: u8,
    contents: Vec<u8>,
}

/// A module, rewritten or as it was.
pub(crate) struct Rewritten {
    pub(crate) bytes: Vec<u8>,
    /// None where it was left as it was.
    pub(crate) map: Option<ModuleMap>,
    /// Why it was left as it was, if that says something.
    pub(crate) refused: Option<anyhow::Error>,
    /// Whether it exports a function that puts it back.
    pub(crate) has_reset: bool,
    /// Whether it has a memory that other modules may share.
    pub(crate) owns_memory: bool,
    /// Why it can never be put back, if it should be and cannot.
    pub(crate) unknown: Option<&'static str>,
}

impl<'a> Module<'a> {
    /// `bytes` is the whole file that the module stands in.
    pub(crate) fn new(bytes: &'a [u8], number: u32, start: usize, rewrite: Rewrite) -> Self {
        Self {
            bytes,
            rewrite,
            sections: Vec::new(),
            code: Vec::new(),
            bodies: 0,
            header: Vec::new(),
            types: 0,
            memories: 0,
            functions: 0,
            globals: 0,
            imported_memories: 0,
            memory: Memory::Unknown,
            pages: 0,
            shared_from: None,
            mutable_globals: Vec::new(),
            reallocs: Vec::new(),
            lifted: Vec::new(),
            imports: Vec::new(),
            found: Found::default(),
            map: ModuleMap {
                module: number,
                start: start as u64,
                code_start: 0,
                imported_functions: 0,
                added_memory: 0,
                names: Vec::new(),
                sites: Vec::new(),
            },
            refused: None,
        }
    }

    /// Takes the next part of the module; `types` is what the validator knows after it.
    pub(crate) fn payload(
        &mut self,
        payload: &Payload<'_>,
        types: TypesRef<'_>,
        linkage: &Linkage,
    ) {
        if self.refused.is_none()
            && let Err(error) = self.take(payload, types, linkage)
        {
            self.refused = Some(error);
        }
    }

    fn take(
        &mut self,
        payload: &Payload<'_>,
        types: TypesRef<'_>,
        linkage: &Linkage,
    ) -> Result<()> {
        let links = linkage.of_module(self.map.module);
        match payload {
            Payload::Version { range, .. } => {
                self.header = self.bytes[range.clone()].to_vec();
                return Ok(());
            }
            Payload::CodeSectionStart { range, .. } => {
                self.begin_code(range.start, types, linkage);
                return Ok(());
            }
            Payload::ImportSection(section) => {
                for import in section.clone().into_imports() {
                    let is_memory = matches!(import?.ty, TypeRef::Memory(_));
                    self.imported_memories += u32::from(is_memory);
                }
            }
            Payload::ElementSection(_) | Payload::GlobalSection(_)
                if refers_to_any(payload, |function| {
                    function < self.map.imported_functions && !links.is_inner(function)
                })? =>
            {
                self.found.unknown = Some(REFERENCE);
            }
            Payload::ExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    if export.kind != ExternalKind::Func {
                        continue;
                    }
                    let lifted = links.lifted.contains(export.name);
                    if lifted {
                        self.lifted.push(export.index);
                    }
                    let for_arguments = links.argument_reallocs.contains(export.name);
                    let for_results = links.result_reallocs.contains(export.name);
                    if (for_arguments || for_results) && is_realloc(export.index, types) {
                        self.reallocs.push((export.index, for_arguments && !lifted));
                    }
                }
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

    /// What is known once everything before the code was read.
    fn begin_code(&mut self, start: usize, types: TypesRef<'_>, linkage: &Linkage) {
        self.types = types.core_type_count_in_module();
        self.memories = types.memory_count();
        self.functions = types.function_count();
        self.globals = types.global_count();
        self.map.code_start = start as u64;
        self.sections.push(Section {
            id: CODE,
            contents: Vec::new(),
        });
        if !self.rewrite.reset {
            return;
        }
        let links = linkage.of_module(self.map.module);
        if self.memories == 1 && is_ordinary(&types.memory_at(0)) {
            self.memory = match (self.imported_memories, &links.shared) {
                (0, _) => Memory::Own,
                (_, Some(_)) => Memory::Shared,
                (_, None) => Memory::Unknown,
            };
            self.pages = types.memory_at(0).initial;
        }
        if self.memory == Memory::Shared {
            self.shared_from.clone_from(&links.shared);
        }
        let mutable = (0..self.globals).map(|global| (global, types.global_at(global)));
        for (global, ty) in mutable.filter(|(_, ty)| ty.mutable) {
            self.mutable_globals.push((global, ty.content_type));
        }
        for function in 0..self.map.imported_functions {
            self.imports.push(Import {
                is_inner: links.is_inner(function),
                is_harmless: linkage.imports_are_harmless,
                returns_through_memory: may_return_through_memory(function, types),
            });
        }
    }

    fn function(&mut self, body: &FunctionBody<'_>, types: TypesRef<'_>) -> Result<()> {
        let function = self.map.imported_functions + self.bodies;
        self.bodies += 1;
        let ty = types.get(types.core_function_at(function));
        let ty = ty.context("a function has no type")?;
        let surroundings = Surroundings {
            function,
            parameters: u32::try_from(ty.unwrap_func().params().len())?,
            memory: self.record_memory(),
            layout: self.layout(),
            log: self.functions + LOG,
            is_lifted: self.lifted.contains(&function),
            imports: &self.imports,
            reset: match (self.rewrite.reset, self.memory) {
                (false, _) => Tracking::None,
                (true, Memory::Unknown) => Tracking::Entries,
                (true, Memory::Own | Memory::Shared) => Tracking::Writes(ResetParts {
                    mark: self.functions + MARK,
                    grow: self.functions + GROW,
                    flags: self.flags_memory(),
                }),
            },
        };
        let (sites, found) = (&mut self.map.sites, &mut self.found);
        let body = probed(body, &surroundings, self.rewrite.probes, sites, found)?;
        body.as_slice().encode(&mut self.code);
        Ok(())
    }

    /// Number of the memory of the record; that of the flags of a memory that is shared is imported before it.
    fn record_memory(&self) -> u32 {
        self.memories + u32::from(self.memory == Memory::Shared)
    }

    fn flags_memory(&self) -> u32 {
        match self.memory {
            Memory::Shared => self.memories,
            Memory::Own | Memory::Unknown => self.record_memory(),
        }
    }

    fn layout(&self) -> Layout {
        Layout::new(self.rewrite.probes, self.rewrite.reset)
    }

    /// The module with all that its probes need; as it was, where there is nothing to probe or it cannot be done.
    pub(crate) fn finish(mut self, original: &[u8]) -> Rewritten {
        let unchanged = |refused| Rewritten {
            bytes: original.to_vec(),
            map: None,
            refused,
            has_reset: false,
            owns_memory: false,
            unknown: None,
        };
        if let Some(error) = self.refused.take() {
            return unchanged(Some(error));
        }
        // Without functions, there is neither anything to record nor a state that could change.
        if self.bodies == 0 || (self.map.sites.is_empty() && !self.rewrite.reset) {
            return unchanged(None);
        }
        // It only passes calls on, as what `wit-component` puts between a module and its imports does.
        let has_state = self.memories > 0 || !self.mutable_globals.is_empty() || self.found.leaves;
        let decides = self
            .map
            .sites
            .iter()
            .any(|site| site.kind != SiteKind::Entry);
        if self.rewrite.reset && !has_state && !decides {
            return unchanged(None);
        }
        match self.assemble() {
            Ok(bytes) => Rewritten {
                bytes,
                map: Some(self.map),
                refused: None,
                has_reset: self.rewrite.reset,
                owns_memory: self.memory == Memory::Own,
                unknown: self.found.unknown,
            },
            Err(error) => unchanged(Some(error)),
        }
    }

    fn assemble(&mut self) -> Result<Vec<u8>> {
        let sites = self.map.sites.len();
        let layout = self.layout();
        let (types, functions, memory) = (self.types, self.functions, self.record_memory());

        let mut added = Vec::new();
        for (parameters, results) in TYPES_ADDED {
            added.push(0x60);
            parameters.encode(&mut added);
            results.encode(&mut added);
        }
        self.append(TYPES, TYPES_ADDED.len() as u32, &added)?;

        let mut added = Vec::new();
        let pages = layout.pages(sites);
        memory_type(pages, Some(pages)).encode(&mut added);
        let is_own = self.memory == Memory::Own;
        let mut copied = 0;
        if is_own {
            memory_type(self.pages + 1, None).encode(&mut added);
            copied = self.pages + 1 + u64::from(RESERVED_PAGES.unsigned_abs());
        }
        self.map.added_memory = (pages + copied).saturating_mul(PAGE);
        self.append(MEMORIES, 1 + u32::from(is_own), &added)?;
        if let Some(module) = &self.shared_from {
            let mut added = Vec::new();
            module.as_str().encode(&mut added);
            MEMORY_EXPORT.encode(&mut added);
            EntityType::Memory(memory_type(0, None)).encode(&mut added);
            self.append(IMPORTS, 1, &added)?;
        }

        let record_location = record(memory, layout, layout.read(sites));
        let mut bodies = vec![(0, record_location), (1, log(memory, layout))];
        let mut reset_function = functions + 2;
        let cleared = layout.sites() + layout.counters(sites) - layout.cleared();
        if self.rewrite.reset && self.memory == Memory::Unknown {
            bodies.push((2, reset::reset_entries(memory, layout, cleared)));
        } else if self.rewrite.reset {
            reset_function = functions + RESET;
            let parts = self.reset_parts(cleared)?;
            let mark = functions + MARK;
            bodies.push((3, reset::mark(&parts)));
            bodies.push((2, reset::grow(&parts)));
            bodies.push((2, reset::reset(&parts)));
            bodies.push((0, digest(&parts)));
            for (wrapped, first) in self.wrap_reallocs(functions + bodies.len() as u32)? {
                let puts_back = (first && is_own).then_some(reset_function);
                bodies.push((4, reset::realloc(&parts, wrapped, mark, puts_back)));
            }
            if let Some(own) = parts.own {
                self.duplicate_data(own.pristine)?;
            }
        }
        let count = bodies.len() as u32;
        let mut added = Vec::new();
        for (ty, body) in bodies {
            (types + ty).encode(&mut added);
            body.encode(&mut self.code);
        }
        self.append(FUNCTIONS, count, &added)?;
        let mut contents = Vec::with_capacity(self.code.len() + 5);
        (self.bodies + count).encode(&mut contents);
        contents.append(&mut self.code);
        match self.sections.iter_mut().find(|it| it.id == CODE) {
            Some(section) => section.contents = contents,
            None => bail!("it has functions without code"),
        }

        let mut added = Vec::new();
        MEMORY_EXPORT.encode(&mut added);
        ExportKind::Memory.encode(&mut added);
        memory.encode(&mut added);
        RECORD_EXPORT.encode(&mut added);
        ExportKind::Func.encode(&mut added);
        functions.encode(&mut added);
        if self.rewrite.reset {
            RESET_EXPORT.encode(&mut added);
            ExportKind::Func.encode(&mut added);
            reset_function.encode(&mut added);
        }
        self.append(EXPORTS, 2 + u32::from(self.rewrite.reset), &added)?;

        let mut module = std::mem::take(&mut self.header);
        for section in &self.sections {
            module.push(section.id);
            section.contents.as_slice().encode(&mut module);
        }
        Ok(module)
    }

    /// Appends the globals that the reset needs, and says what else it refers to.
    fn reset_parts(&mut self, cleared: u64) -> Result<reset::Parts> {
        let (mut count, mut added) = (0, Vec::new());
        let mut next = || {
            count += 1;
            self.globals + count - 1
        };
        let own = match self.memory {
            Memory::Own => {
                added.extend([0x7f, 1]);
                Instruction::I32Const(i32::try_from(self.pages)?).encode(&mut added);
                Instruction::End.encode(&mut added);
                Some(OwnMemory {
                    pristine: self.record_memory() + 1,
                    pages: next(),
                })
            }
            Memory::Shared | Memory::Unknown => None,
        };
        let mut globals = Vec::new();
        for (global, ty) in &self.mutable_globals {
            match reset::global(*ty, &mut added) {
                Some(ty) => globals.push((*global, next(), ty)),
                None => self.found.unknown = Some("a global that is never null"),
            }
        }
        self.append(GLOBALS, count, &added)?;
        Ok(reset::Parts {
            record: self.record_memory(),
            flags: self.flags_memory(),
            own,
            layout: self.layout(),
            cleared,
            globals,
            digest: self.functions + DIGEST,
            possible: self.found.unknown.is_none(),
        })
    }

    /// Exports wrappers in place of every `realloc`, the first of them as function number `first`; says
    /// what they wrap, and whether it is what a lifted function's arguments are written with.
    fn wrap_reallocs(&mut self, first: u32) -> Result<Vec<(u32, bool)>> {
        let candidates = std::mem::take(&mut self.reallocs);
        let mut wrapped = Vec::new();
        let Some(section) = self.sections.iter_mut().find(|it| it.id == EXPORTS) else {
            return Ok(wrapped);
        };
        let reader = wasmparser::BinaryReader::new(&section.contents, 0);
        let mut exports = ExportSection::new();
        for export in wasmparser::ExportSectionReader::new(reader)? {
            let export = export?;
            let mut candidates = candidates.iter();
            let candidate = match export.kind {
                ExternalKind::Func => candidates.find(|(function, _)| *function == export.index),
                _ => None,
            };
            let index = match candidate {
                Some(candidate) => {
                    wrapped.push(*candidate);
                    first + wrapped.len() as u32 - 1
                }
                None => export.index,
            };
            exports.export(export.name, export_kind(export.kind)?, index);
        }
        section.contents = contents(&exports)?;
        Ok(wrapped)
    }

    /// Gives the copy of the memory the same data.
    fn duplicate_data(&mut self, copy: u32) -> Result<()> {
        let Some(section) = self.sections.iter().find(|it| it.id == DATA) else {
            return Ok(());
        };
        let reader = wasmparser::BinaryReader::new(&section.contents, 0);
        let (mut count, mut added, mut all) = (0, Vec::new(), 0u32);
        for data in wasmparser::DataSectionReader::new(reader)? {
            let data = data?;
            all += 1;
            if let DataKind::Active { offset_expr, .. } = data.kind {
                count += 1;
                added.push(2);
                copy.encode(&mut added);
                let mut offset = offset_expr.get_binary_reader();
                added.extend_from_slice(offset.read_bytes(offset.bytes_remaining())?);
                data.data.encode(&mut added);
            }
        }
        self.append(DATA, count, &added)?;
        if let Some(section) = self.sections.iter_mut().find(|it| it.id == DATA_COUNT) {
            section.contents.clear();
            (all + count).encode(&mut section.contents);
        }
        Ok(())
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

fn memory_type(minimum: u64, maximum: Option<u64>) -> MemoryType {
    MemoryType {
        minimum,
        maximum,
        memory64: false,
        shared: false,
        page_size_log2: None,
    }
}

/// What is inside a section: its items, with their number before them.
fn contents(section: &impl Encode) -> Result<Vec<u8>> {
    let mut encoded = Vec::new();
    section.encode(&mut encoded);
    let mut reader = wasmparser::BinaryReader::new(&encoded, 0);
    let length = reader.read_var_u32()?;
    Ok(reader.read_bytes(length as usize)?.to_vec())
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

/// Whether this function asks for memory of 32 bits: its type is that of `realloc`.
fn is_realloc(function: u32, types: TypesRef<'_>) -> bool {
    use wasmparser::ValType::I32;
    let ty = types.get(types.core_function_at(function));
    ty.is_some_and(|ty| {
        let ty = ty.unwrap_func();
        ty.params() == [I32; 4] && ty.results() == [I32]
    })
}

/// Whether this function may be told where to write its results.
fn may_return_through_memory(function: u32, types: TypesRef<'_>) -> bool {
    let ty = types.get(types.core_function_at(function));
    ty.is_none_or(|ty| {
        let ty = ty.unwrap_func();
        ty.results().is_empty() && ty.params().last() == Some(&wasmparser::ValType::I32)
    })
}

/// Whether any of these functions can be called through a table or a global.
fn refers_to_any(payload: &Payload<'_>, functions: impl Fn(u32) -> bool) -> Result<bool> {
    let refers = |expression: &ConstExpr<'_>| -> Result<bool> {
        for operator in expression.get_operators_reader() {
            if let Operator::RefFunc { function_index } = operator?
                && functions(function_index)
            {
                return Ok(true);
            }
        }
        Ok(false)
    };
    match payload {
        Payload::GlobalSection(section) => {
            for global in section.clone() {
                if refers(&global?.init_expr)? {
                    return Ok(true);
                }
            }
        }
        Payload::ElementSection(section) => {
            for element in section.clone() {
                match element?.items {
                    ElementItems::Functions(items) => {
                        for function in items {
                            if functions(function?) {
                                return Ok(true);
                            }
                        }
                    }
                    ElementItems::Expressions(_, expressions) => {
                        for expression in expressions {
                            if refers(&expression?)? {
                                return Ok(true);
                            }
                        }
                    }
                }
            }
        }
        _ => {}
    }
    Ok(false)
}

fn export_kind(kind: ExternalKind) -> Result<ExportKind> {
    Ok(match kind {
        ExternalKind::Func => ExportKind::Func,
        ExternalKind::Table => ExportKind::Table,
        ExternalKind::Memory => ExportKind::Memory,
        ExternalKind::Global => ExportKind::Global,
        ExternalKind::Tag => ExportKind::Tag,
        ExternalKind::FuncExact => bail!("it exports a function of an exact type"),
    })
}

fn at(offset: u64, align: u32, memory_index: u32) -> MemArg {
    MemArg {
        offset,
        align,
        memory_index,
    }
}

/// `func() -> list<u8>`, lowered: writes where the status and the record are and how much of both is read, and returns where
/// it wrote that.
fn record(memory: u32, layout: Layout, length: u64) -> Function {
    let location = layout.location();
    let address = |number: u64| Instruction::I32Const((number as u32).cast_signed());
    let mut function = Function::new([]);
    function
        .instruction(&Instruction::I32Const(0))
        .instruction(&address(layout.status()))
        .instruction(&Instruction::I32Store(at(location, 2, memory)))
        .instruction(&Instruction::I32Const(0))
        .instruction(&address(STATUS as u64 + length))
        .instruction(&Instruction::I32Store(at(location + 4, 2, memory)))
        .instruction(&address(location))
        .instruction(&Instruction::End);
    function
}

/// `func(site: i32, left: i64, right: i64)`: writes a comparison to the ring, unless the site has had its share of it.
fn log(memory: u32, layout: Layout) -> Function {
    let (site, left, right, slot) = (0, 1, 2, 3);
    let share = at(layout.sites(), 0, memory);
    let written = at(layout.written(), 2, memory);
    let ring = layout.record();
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
        Instruction::I64Store(at(ring, 3, memory)),
        Instruction::LocalGet(slot),
        Instruction::LocalGet(right),
        Instruction::I64Store(at(ring + RIGHT, 3, memory)),
        Instruction::LocalGet(slot),
        Instruction::LocalGet(site),
        Instruction::I32Store(at(ring + SITE, 2, memory)),
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
