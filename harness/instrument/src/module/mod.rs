//! Rewrites one core module: takes it part by part, and puts it together again with what was added.

mod assemble;
mod references;
mod sections;

use wasm_encoder::{CodeSection, SectionId};
use wasmparser::types::TypesRef;
use wasmparser::{
    DataKind, ExportSectionReader, ExternalKind, FunctionBody, KnownCustom, NameSectionReader,
    Payload, TypeRef,
};

use crate::function::effect::{Import, REFERENCE};
use crate::function::{Found, ResetParts, Surroundings, Tracking, probed};
use crate::layout::Layout;
use crate::linkage::{Linkage, Links, is_ordinary};
use crate::map::{ModuleMap, SiteKind};
use crate::{Error, Rewrite};
use sections::Sections;

/// Under these names a rewritten module exports the memory of its record, the function that returns where the record is, and
/// the function that resets the module.
pub(crate) const MEMORY_EXPORT: &str = "handover:coverage/memory";
pub(crate) const RECORD_EXPORT: &str = "handover:coverage/record";
pub(crate) const RESET_EXPORT: &str = "handover:coverage/reset";

/// The functions that are appended, in this order, behind the one that returns where the record is.
const LOG: u32 = 1;
const MARK: u32 = 2;
const GROW: u32 = 3;
const RESET: u32 = 4;
const DIGEST: u32 = 5;

/// A module under way.
pub(crate) struct Module<'a> {
    bytes: &'a [u8],
    rewrite: Rewrite,
    sections: Sections,
    /// The code with its probes, which takes the place of an empty section in the end.
    code: CodeSection,
    bodies: u32,
    header: Vec<u8>,
    types: u32,
    memories: u32,
    functions: u32,
    globals: u32,
    imported_memories: u32,
    has_data: bool,
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
    refused: Option<Error>,
}

/// Which memory a module writes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Memory {
    /// One of its own, so that what it writes to can be restored.
    Own,
    /// That of another module, which restores it.
    Shared,
    /// None, or another: it is only noted that the module was entered.
    Unknown,
}

/// A module, rewritten or as it was.
pub(crate) struct Rewritten {
    pub(crate) bytes: Vec<u8>,
    /// None where it was left as it was.
    pub(crate) map: Option<ModuleMap>,
    /// Why it was left as it was, if there was something to rewrite.
    pub(crate) refused: Option<Error>,
    /// Whether it exports a function that resets it.
    pub(crate) has_reset: bool,
    /// Whether it has a memory that other modules may share.
    pub(crate) owns_memory: bool,
    /// Why it can never be reset, if it should be and cannot.
    pub(crate) unknown: Option<&'static str>,
}

impl<'a> Module<'a> {
    /// `bytes` is the whole file that the module stands in.
    pub(crate) fn new(bytes: &'a [u8], number: u32, start: usize, rewrite: Rewrite) -> Self {
        Self {
            bytes,
            rewrite,
            sections: Sections::default(),
            code: CodeSection::new(),
            bodies: 0,
            header: Vec::new(),
            types: 0,
            memories: 0,
            functions: 0,
            globals: 0,
            imported_memories: 0,
            has_data: false,
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
                notes_writes: false,
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
    ) -> Result<(), Error> {
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
            Payload::GlobalSection(section)
                if references::in_globals(section.clone(), |it| self.is_outer(it, links))? =>
            {
                self.found.unknown = Some(REFERENCE);
            }
            Payload::ElementSection(section)
                if references::in_elements(section.clone(), |it| self.is_outer(it, links))? =>
            {
                self.found.unknown = Some(REFERENCE);
            }
            Payload::ExportSection(section) => self.exports(section.clone(), types, links)?,
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
            Payload::DataSection(section) => {
                for data in section.clone() {
                    self.has_data |= matches!(data?.kind, DataKind::Active { .. });
                }
            }
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            self.sections.push(id, self.bytes[range].to_vec());
        }
        Ok(())
    }

    /// Whether a function is imported, and no module beside this one answers it.
    fn is_outer(&self, function: u32, links: &Links) -> bool {
        function < self.map.imported_functions && !links.is_inner(function)
    }

    /// Notes which exported functions the component calls.
    fn exports(
        &mut self,
        section: ExportSectionReader<'_>,
        types: TypesRef<'_>,
        links: &Links,
    ) -> Result<(), Error> {
        for export in section {
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
        Ok(())
    }

    /// What is known once everything before the code was read.
    fn begin_code(&mut self, start: usize, types: TypesRef<'_>, linkage: &Linkage) {
        self.types = types.core_type_count_in_module();
        self.memories = types.memory_count();
        self.functions = types.function_count();
        self.globals = types.global_count();
        self.map.code_start = start as u64;
        self.sections.push(SectionId::Code as u8, Vec::new());
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

    fn function(&mut self, body: &FunctionBody<'_>, types: TypesRef<'_>) -> Result<(), Error> {
        let function = self.map.imported_functions + self.bodies;
        self.bodies += 1;
        let ty = types.get(types.core_function_at(function));
        let ty = ty.ok_or_else(|| Error::unsupported("a function has no type"))?;
        let surroundings = Surroundings {
            function,
            parameters: ty.unwrap_func().params().len() as u32,
            memory: self.record_memory(),
            layout: self.layout(),
            log: self.functions + LOG,
            is_lifted: self.lifted.contains(&function),
            imports: &self.imports,
            tracking: match (self.rewrite.reset, self.memory) {
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
        self.code.raw(&body);
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
        let has_state =
            self.memories > 0 || !self.mutable_globals.is_empty() || self.found.irreversible;
        let decides = self
            .map
            .sites
            .iter()
            .any(|site| site.kind != SiteKind::Entry);
        if self.rewrite.reset && !has_state && !decides {
            return unchanged(None);
        }
        // Data that is put into another module's memory is not: no code writes it.
        self.map.notes_writes = match self.memory {
            Memory::Own => true,
            Memory::Shared => !self.has_data,
            Memory::Unknown => self.memories == 0,
        };
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
}

fn function_names(names: NameSectionReader<'_>) -> Vec<(u32, String)> {
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
