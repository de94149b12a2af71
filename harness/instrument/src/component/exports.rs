//! What a rewritten component exports beside what it exported before: where its records are, and what resets its modules.

use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, ComponentAliasSection, ComponentExportKind,
    ComponentExportSection, ComponentSection, ComponentTypeSection, ComponentValType, ExportKind,
    PrimitiveValType,
};
use wasmparser::types::TypesRef;

use super::Component;
use crate::map::ModuleMap;
use crate::module::{MEMORY_EXPORT, RECORD_EXPORT, RESET_EXPORT};
use crate::{RECORD, RESET};

/// What a component exports beside what it exported before.
#[derive(Clone, Default)]
pub(super) struct Exports {
    pub(super) records: Vec<ModuleMap>,
    pub(super) resets: usize,
    /// Whether it has an instance of which nothing is known.
    pub(super) is_opaque: bool,
}

impl Component {
    /// Appends what exports every record of this component, and every function that resets a module. `counts` is what there is
    /// in it.
    pub(super) fn export_records(&mut self, counts: &Counts) -> Exports {
        let core = std::mem::take(&mut self.core_instances);
        let inner = std::mem::take(&mut self.instances);
        let is_opaque = self.is_opaque || inner.iter().any(|(_, exports)| exports.is_opaque);
        if core.is_empty() && inner.iter().all(|(_, exports)| exports.records.is_empty()) {
            return Exports {
                is_opaque,
                ..Exports::default()
            };
        }
        let mut added = Added::new(counts);
        for (instance, exports) in &inner {
            added.pass_on(*instance, exports);
        }
        // The memories of flags were put among the others.
        let put_among = self.memories.as_ref().map_or(0, |it| it.added);
        for (memory, (instance, probed)) in (counts.memories + put_among..).zip(core) {
            added.alias_core(instance, ExportKind::Memory, MEMORY_EXPORT);
            let record = added.lift(instance, RECORD_EXPORT, RETURNS, Some(memory));
            added.records.push((record, probed.map));
            if probed.has_reset {
                let reset = added.lift(instance, RESET_EXPORT, ANSWERS, None);
                added.resets.push(reset);
            }
        }
        added.append_to(&mut self.output);
        Exports {
            records: added.records.into_iter().map(|(_, map)| map).collect(),
            resets: added.resets.len(),
            is_opaque,
        }
    }
}

/// The types that are appended: that of the list which a record is, and those of the functions that return it, and that reset
/// a module.
fn types(first: u32) -> ComponentTypeSection {
    let mut types = ComponentTypeSection::new();
    types
        .defined_type()
        .list(ComponentValType::Primitive(PrimitiveValType::U8));
    types
        .function()
        .params::<_, ComponentValType>([])
        .result(Some(ComponentValType::Type(first)));
    types
        .function()
        .params([("what", PrimitiveValType::U32)])
        .result(Some(PrimitiveValType::U32.into()));
    types
}

/// The numbers of the latter two among them.
const RETURNS: u32 = 1;
const ANSWERS: u32 = 2;

/// What is appended to a component.
struct Added {
    /// The first of the types.
    types: u32,
    aliases: ComponentAliasSection,
    lifts: CanonicalFunctionSection,
    /// Numbers of the next functions. Aliased functions come before lifted ones, because their section does.
    functions: u32,
    core_functions: u32,
    /// The functions that return a record, each with what that is about.
    records: Vec<(u32, ModuleMap)>,
    /// The functions that reset a module.
    resets: Vec<u32>,
}

impl Added {
    fn new(counts: &Counts) -> Self {
        Self {
            types: counts.types,
            aliases: ComponentAliasSection::new(),
            lifts: CanonicalFunctionSection::new(),
            functions: counts.functions,
            core_functions: counts.core_functions,
            records: Vec::new(),
            resets: Vec::new(),
        }
    }

    /// Takes what an instance of a component inside exports.
    fn pass_on(&mut self, instance: u32, exports: &Exports) {
        for (number, map) in exports.records.iter().enumerate() {
            let function = self.alias(instance, &format!("{RECORD}{number}"));
            self.records.push((function, map.clone()));
        }
        for number in 0..exports.resets {
            let function = self.alias(instance, &format!("{RESET}{number}"));
            self.resets.push(function);
        }
    }

    fn alias(&mut self, instance: u32, name: &str) -> u32 {
        self.aliases.alias(Alias::InstanceExport {
            instance,
            kind: ComponentExportKind::Func,
            name,
        });
        self.functions += 1;
        self.functions - 1
    }

    fn alias_core(&mut self, instance: u32, kind: ExportKind, name: &str) {
        self.aliases.alias(Alias::CoreInstanceExport {
            instance,
            kind,
            name,
        });
    }

    /// Lifts what an instance of a module exports, as a function of this type.
    fn lift(&mut self, instance: u32, name: &str, ty: u32, memory: Option<u32>) -> u32 {
        self.alias_core(instance, ExportKind::Func, name);
        let options = memory.map(CanonicalOption::Memory);
        self.lifts
            .lift(self.core_functions, self.types + ty, options);
        self.core_functions += 1;
        self.functions += 1;
        self.functions - 1
    }

    fn append_to(&self, output: &mut Vec<u8>) {
        let mut exports = ComponentExportSection::new();
        let mut export = |name: String, function| {
            let kind = ComponentExportKind::Func;
            exports.export(name.as_str(), kind, function, None);
        };
        for (number, (function, _)) in self.records.iter().enumerate() {
            export(format!("{RECORD}{number}"), *function);
        }
        for (number, function) in self.resets.iter().enumerate() {
            export(format!("{RESET}{number}"), *function);
        }
        types(self.types).append_to_component(output);
        self.aliases.append_to_component(output);
        if !self.lifts.is_empty() {
            self.lifts.append_to_component(output);
        }
        exports.append_to_component(output);
    }
}

/// How many of each there are so far in a component.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) types: u32,
    pub(super) modules: u32,
    pub(super) components: u32,
    pub(super) core_instances: u32,
    pub(super) instances: u32,
    memories: u32,
    core_functions: u32,
    functions: u32,
}

impl Counts {
    pub(super) fn of(types: Option<TypesRef<'_>>) -> Self {
        types.map_or_else(Self::default, |types| Self {
            types: types.component_type_count(),
            modules: types.module_count(),
            components: types.component_count(),
            core_instances: types.core_instance_count(),
            instances: types.component_instance_count(),
            memories: types.memory_count(),
            core_functions: types.function_count(),
            functions: types.component_function_count(),
        })
    }
}
