//! Puts the sections of a rewritten module together: those that it had, each with what probes and reset need behind it.

use std::convert::Infallible;

use wasm_encoder::reencode::{self, Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, EntityType, ExportKind, ExportSection,
    Function, FunctionSection, GlobalSection, GlobalType, HeapType, ImportSection, MemorySection,
    MemoryType, SectionId, TypeSection, ValType,
};
use wasmparser::{BinaryReader, DataKind, DataSectionReader, ExportSectionReader, ExternalKind};

use super::{DIGEST, MARK, MEMORY_EXPORT, Memory, Module, RECORD_EXPORT, RESET, RESET_EXPORT};
use crate::Error;
use crate::layout::{PAGE, RESERVED_PAGES};
use crate::runtime::{self, OwnMemory, Parts};

/// The types that are appended: parameters and results.
const TYPES: [(&[ValType], &[ValType]); 5] = [
    (&[], &[ValType::I32]),
    (&[ValType::I32, ValType::I64, ValType::I64], &[]),
    (&[ValType::I32], &[ValType::I32]),
    (&[ValType::I32, ValType::I32], &[]),
    (&[ValType::I32; 4], &[ValType::I32]),
];
/// Which of them is the type of a function that returns a number, logs a comparison, is asked for something, notes a write, or
/// reallocates.
const RETURNS: u32 = 0;
const LOGS: u32 = 1;
const ANSWERS: u32 = 2;
const NOTES: u32 = 3;
const REALLOCATES: u32 = 4;

/// A function that is appended: the number of its type in [`TYPES`], and the function.
type Added = (u32, Function);

impl Module<'_> {
    /// The whole module, in its binary form.
    pub(super) fn assemble(&mut self) -> Result<Vec<u8>, Error> {
        let mut types = TypeSection::new();
        for (parameters, results) in TYPES {
            let (parameters, results) = (parameters.iter().copied(), results.iter().copied());
            types.ty().function(parameters, results);
        }
        self.sections.append(&types)?;
        self.append_memories()?;
        let (added, reset) = self.added_functions()?;
        self.append_functions(added)?;
        self.append_exports(reset)?;
        let mut module = std::mem::take(&mut self.header);
        self.sections.write(&mut module);
        Ok(module)
    }

    fn append_memories(&mut self) -> Result<(), Error> {
        let pages = self.layout().pages(self.map.sites.len());
        let mut memories = MemorySection::new();
        memories.memory(memory_type(pages, Some(pages)));
        let mut copied = 0;
        if self.memory == Memory::Own {
            memories.memory(memory_type(self.pages + 1, None));
            copied = self.pages + 1 + u64::from(RESERVED_PAGES.unsigned_abs());
        }
        self.map.added_memory = (pages + copied).saturating_mul(PAGE);
        self.sections.append(&memories)?;
        if let Some(module) = &self.shared_from {
            let mut imports = ImportSection::new();
            let flags = EntityType::Memory(memory_type(0, None));
            imports.import(module, MEMORY_EXPORT, flags);
            self.sections.append(&imports)?;
        }
        Ok(())
    }

    /// The functions that are appended, and the number of the one that resets the module.
    fn added_functions(&mut self) -> Result<(Vec<Added>, u32), Error> {
        let sites = self.map.sites.len();
        let (layout, memory) = (self.layout(), self.record_memory());
        let location = runtime::location(memory, layout, sites);
        let mut added = vec![(RETURNS, location), (LOGS, runtime::log(memory, layout))];
        let reset = self.functions + added.len() as u32;
        if !self.rewrite.reset {
            return Ok((added, reset));
        }
        let cleared = layout.sites() + layout.counters(sites) - layout.cleared();
        if self.memory == Memory::Unknown {
            let reset_entries = runtime::reset_entries(memory, layout, cleared);
            added.push((ANSWERS, reset_entries));
            return Ok((added, reset));
        }
        let reset = self.functions + RESET;
        let parts = self.reset_parts(cleared)?;
        added.push((NOTES, runtime::mark(parts.flags)));
        added.push((ANSWERS, runtime::grow(&parts)));
        added.push((ANSWERS, runtime::reset(&parts)));
        added.push((RETURNS, runtime::digest(&parts)));
        let mark = self.functions + MARK;
        for (wrapped, for_arguments) in self.wrap_reallocs(added.len() as u32)? {
            let resets = (for_arguments && parts.own.is_some()).then_some(reset);
            let realloc = runtime::realloc(&parts, wrapped, mark, resets);
            added.push((REALLOCATES, realloc));
        }
        if let Some(own) = parts.own {
            self.duplicate_data(own.pristine)?;
        }
        Ok((added, reset))
    }

    fn append_functions(&mut self, added: Vec<Added>) -> Result<(), Error> {
        let mut functions = FunctionSection::new();
        for (ty, body) in added {
            functions.function(self.types + ty);
            self.code.function(&body);
        }
        self.sections.append(&functions)?;
        let code: CodeSection = std::mem::take(&mut self.code);
        self.sections.replace(&code)
    }

    fn append_exports(&mut self, reset: u32) -> Result<(), Error> {
        let mut exports = ExportSection::new();
        exports.export(MEMORY_EXPORT, ExportKind::Memory, self.record_memory());
        exports.export(RECORD_EXPORT, ExportKind::Func, self.functions);
        if self.rewrite.reset {
            exports.export(RESET_EXPORT, ExportKind::Func, reset);
        }
        self.sections.append(&exports)
    }

    /// Appends the globals that the reset needs, and answers what else it refers to.
    fn reset_parts(&mut self, cleared: u64) -> Result<Parts, Error> {
        let mut added = GlobalSection::new();
        let first = self.globals;
        let own = match self.memory {
            Memory::Own => {
                let pages = i32::try_from(self.pages);
                let pages = pages.map_err(|_| Error::unsupported("its memory is too large"))?;
                let own = OwnMemory {
                    pristine: self.record_memory() + 1,
                    pages: first + added.len(),
                };
                added.global(mutable(ValType::I32), &ConstExpr::i32_const(pages));
                Some(own)
            }
            Memory::Shared | Memory::Unknown => None,
        };
        let mut globals = Vec::new();
        for (global, ty) in &self.mutable_globals {
            match saved(*ty) {
                Some((ty, zero)) => {
                    globals.push((*global, first + added.len(), ty));
                    added.global(mutable(ty), &zero);
                }
                None => self.found.unknown = Some("a global that is never null"),
            }
        }
        self.sections.append(&added)?;
        Ok(Parts {
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

    /// Exports wrappers in place of every `realloc`, the first of them as the appended function with this number; answers what
    /// they wrap, and whether it is what a lifted function's arguments are written with.
    fn wrap_reallocs(&mut self, first: u32) -> Result<Vec<(u32, bool)>, Error> {
        let mut wrappers = Wrappers {
            candidates: std::mem::take(&mut self.reallocs),
            first: self.functions + first,
            wrapped: Vec::new(),
        };
        if let Some(contents) = self.sections.contents(SectionId::Export) {
            let section = ExportSectionReader::new(BinaryReader::new(contents, 0))?;
            let mut exports = ExportSection::new();
            wrappers.parse_export_section(&mut exports, section)?;
            self.sections.replace(&exports)?;
        }
        Ok(wrappers.wrapped)
    }

    /// Gives the copy of the memory the same data.
    fn duplicate_data(&mut self, copy: u32) -> Result<(), Error> {
        let Some(contents) = self.sections.contents(SectionId::Data) else {
            return Ok(());
        };
        let section = DataSectionReader::new(BinaryReader::new(contents, 0))?;
        let before = section.count();
        let mut added = DataSection::new();
        for data in section {
            let data = data?;
            if let DataKind::Active { offset_expr, .. } = data.kind {
                let offset = RoundtripReencoder.const_expr(offset_expr)?;
                added.active(copy, &offset, data.data.iter().copied());
            }
        }
        self.sections.append(&added)?;
        let count = before + added.len();
        self.sections.replace(&DataCountSection { count })
    }
}

/// Exports wrappers in place of the functions that are wrapped.
struct Wrappers {
    candidates: Vec<(u32, bool)>,
    /// The number of the first wrapper.
    first: u32,
    wrapped: Vec<(u32, bool)>,
}

impl Reencode for Wrappers {
    type Error = Infallible;

    fn parse_export(
        &mut self,
        exports: &mut ExportSection,
        mut export: wasmparser::Export<'_>,
    ) -> Result<(), reencode::Error> {
        if export.kind == ExternalKind::Func {
            let mut candidates = self.candidates.iter();
            if let Some(candidate) = candidates.find(|(function, _)| *function == export.index) {
                export.index = self.first + self.wrapped.len() as u32;
                self.wrapped.push(*candidate);
            }
        }
        reencode::utils::parse_export(self, exports, export)
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

fn mutable(val_type: ValType) -> GlobalType {
    GlobalType {
        val_type,
        mutable: true,
        shared: false,
    }
}

/// The type of a saved copy of a global, and the value that it starts with; none if a value of that type is never null.
fn saved(ty: wasmparser::ValType) -> Option<(ValType, ConstExpr)> {
    Some(match ty {
        wasmparser::ValType::I32 => (ValType::I32, ConstExpr::i32_const(0)),
        wasmparser::ValType::I64 => (ValType::I64, ConstExpr::i64_const(0)),
        wasmparser::ValType::F32 => (ValType::F32, ConstExpr::f32_const(0.0.into())),
        wasmparser::ValType::F64 => (ValType::F64, ConstExpr::f64_const(0.0.into())),
        wasmparser::ValType::V128 => (ValType::V128, ConstExpr::v128_const(0)),
        wasmparser::ValType::Ref(wasmparser::RefType::FUNCREF) => {
            (ValType::FUNCREF, ConstExpr::ref_null(HeapType::FUNC))
        }
        wasmparser::ValType::Ref(wasmparser::RefType::EXTERNREF) => {
            (ValType::EXTERNREF, ConstExpr::ref_null(HeapType::EXTERN))
        }
        wasmparser::ValType::Ref(_) => return None,
    })
}
