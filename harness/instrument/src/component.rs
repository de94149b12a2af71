//! Rewrites a component: its core modules, and the exports that let the host read what they record.

use anyhow::{Context, Result};
use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, ComponentAliasSection, ComponentExportKind,
    ComponentExportSection, ComponentSection, ComponentTypeSection, ComponentValType, Encode,
    ExportKind, PrimitiveValType,
};
use wasmparser::types::TypesRef;
use wasmparser::{CanonicalFunction, Encoding, Instance, Parser, Payload, Validator, WasmFeatures};

use crate::linkage::Linkage;
use crate::map::ModuleMap;
use crate::memories::Memories;
use crate::module::{MEMORY_EXPORT, Module, RECORD_EXPORT, RESET_EXPORT};
use crate::{RECORD, RESET, Rewrite, results};

/// A component that records what happens in it.
#[derive(Debug)]
pub struct Instrumented {
    /// The component.
    pub bytes: Vec<u8>,
    /// What the record of each of its exports `handover-record-m0`, `…-m1` … is about. A module that is instantiated twice
    /// is here twice.
    pub maps: Vec<ModuleMap>,
    /// How many functions it exports that put an instance of a module back: `handover-reset-m0`, `…-m1` … None if there are
    /// parts that cannot be put back.
    pub resets: usize,
    /// Modules that record nothing, or cannot be put back, each with the reason.
    pub warnings: Vec<String>,
}

/// Rewrites a component so that it records what `rewrite` says.
///
/// # Errors
/// It is no valid component.
pub fn instrument(component: &[u8], rewrite: Rewrite) -> Result<Instrumented> {
    let mut rewriter = Rewriter {
        component,
        rewrite,
        linkage: Linkage::of(component)?,
        validator: Validator::new_with_features(WasmFeatures::all()),
        levels: Vec::new(),
        modules: 0,
        warnings: Vec::new(),
        root: None,
    };
    for payload in Parser::new(0).parse_all(component) {
        rewriter.payload(&payload?)?;
    }
    let (bytes, exports) = rewriter.root.context("the component has no end")?;
    if exports.is_opaque {
        rewriter.warnings.push(
            "it has parts of which nothing is known, such as imported modules; it starts anew for each run"
                .to_owned(),
        );
    }
    Ok(Instrumented {
        bytes,
        maps: exports.records,
        resets: if exports.is_opaque { 0 } else { exports.resets },
        warnings: rewriter.warnings,
    })
}

struct Rewriter<'a> {
    component: &'a [u8],
    rewrite: Rewrite,
    linkage: Linkage,
    validator: Validator,
    /// The component or module under way, innermost last.
    levels: Vec<Level<'a>>,
    modules: u32,
    warnings: Vec<String>,
    root: Option<(Vec<u8>, Exports)>,
}

enum Level<'a> {
    Component(Component),
    Module {
        module: Box<Module<'a>>,
        start: usize,
    },
}

/// A component under way.
#[derive(Default)]
struct Component {
    output: Vec<u8>,
    /// The modules that stand here by their numbers; none for one that has no functions.
    modules: Vec<(u32, Option<Probed>)>,
    /// Those of the components inside, each with what it exports.
    components: Vec<(u32, Exports)>,
    /// The core instances of such modules.
    core_instances: Vec<(u32, Probed)>,
    /// The instances of such components.
    instances: Vec<(u32, Exports)>,
    /// Its core memories, if there are modules that share one.
    memories: Option<Memories>,
    /// Whether it has an instance of which nothing is known.
    is_opaque: bool,
}

/// A module that was rewritten.
#[derive(Clone)]
struct Probed {
    map: ModuleMap,
    has_reset: bool,
    owns_memory: bool,
}

/// What a component exports beside what it exported before.
#[derive(Clone, Default)]
struct Exports {
    records: Vec<ModuleMap>,
    resets: usize,
    /// Whether it has an instance of which nothing is known.
    is_opaque: bool,
}

impl<'a> Rewriter<'a> {
    fn payload(&mut self, payload: &Payload<'a>) -> Result<()> {
        match payload {
            Payload::Version {
                encoding, range, ..
            } => {
                self.validator.payload(payload)?;
                self.begin(*encoding, range.start, payload)
            }
            Payload::End(offset) => self.end(*offset, payload),
            _ => {
                let before = Counts::of(self.validator.types(0));
                self.validator.payload(payload)?;
                let types = self.validator.types(0);
                match self.levels.last_mut() {
                    Some(Level::Module { module, .. }) => {
                        let types = types.context("a module has no types")?;
                        module.payload(payload, types, &self.linkage);
                        Ok(())
                    }
                    Some(Level::Component(component)) => {
                        let types = types.context("a component has no types")?;
                        component.is_opaque |= lowers_large_results(payload, types)?;
                        component.payload(self.component, payload, &before)
                    }
                    None => Ok(()),
                }
            }
        }
    }

    fn begin(&mut self, encoding: Encoding, start: usize, payload: &Payload<'_>) -> Result<()> {
        let shares = self.rewrite.reset && self.linkage.has_shared();
        self.levels.push(match encoding {
            Encoding::Component => Level::Component(Component {
                output: self.component[start..start + HEADER].to_vec(),
                memories: shares.then(Memories::default),
                ..Component::default()
            }),
            Encoding::Module => {
                let mut module = Module::new(self.component, self.modules, start, self.rewrite);
                self.modules += 1;
                let types = self.validator.types(0);
                let types = types.context("a module has no types")?;
                module.payload(payload, types, &self.linkage);
                Level::Module {
                    module: Box::new(module),
                    start,
                }
            }
        });
        Ok(())
    }

    fn end(&mut self, offset: usize, payload: &Payload<'_>) -> Result<()> {
        match self.levels.pop() {
            Some(Level::Module { module, start }) => {
                let number = self.modules - 1;
                let rewritten = module.finish(&self.component[start..offset]);
                if let Some(error) = &rewritten.refused {
                    self.warnings.push(format!(
                        "core module {number} records nothing, because it cannot be rewritten: {error:#}"
                    ));
                }
                if let Some(what) = rewritten.unknown {
                    self.warnings.push(format!(
                        "core module {number} starts anew for each run, because it cannot be put back: it has {what}"
                    ));
                }
                self.validator.payload(payload)?;
                // A module alone is no component, which the parser's caller has made sure of.
                let Some(Level::Component(parent)) = self.levels.last_mut() else {
                    return Ok(());
                };
                parent.output.push(MODULE);
                rewritten.bytes.as_slice().encode(&mut parent.output);
                let index = Counts::of(self.validator.types(0)).modules - 1;
                let probed = rewritten.map.map(|map| Probed {
                    map,
                    has_reset: rewritten.has_reset,
                    owns_memory: rewritten.owns_memory,
                });
                parent.is_opaque |= rewritten.refused.is_some();
                parent.modules.push((index, probed));
            }
            Some(Level::Component(mut component)) => {
                let counts = Counts::of(self.validator.types(0));
                let exports = component.export_records(&counts);
                self.validator.payload(payload)?;
                match self.levels.last_mut() {
                    Some(Level::Component(parent)) => {
                        parent.output.push(COMPONENT);
                        component.output.as_slice().encode(&mut parent.output);
                        let index = Counts::of(self.validator.types(0)).components - 1;
                        parent.components.push((index, exports));
                    }
                    _ => self.root = Some((component.output, exports)),
                }
            }
            None => {}
        }
        Ok(())
    }
}

/// Whether modules are given a function whose results take more memory than is expected to be written.
fn lowers_large_results(payload: &Payload<'_>, types: TypesRef<'_>) -> Result<bool> {
    let Payload::ComponentCanonicalSection(section) = payload else {
        return Ok(false);
    };
    for function in section.clone() {
        if let CanonicalFunction::Lower { func_index, .. } = function?
            && results::are_large(types, func_index)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Length of a component's magic, version and layer.
const HEADER: usize = 8;
/// Ids of sections of a component.
const MODULE: u8 = 1;
const COMPONENT: u8 = 4;

impl Component {
    /// Copies a section, and notes what it makes of the modules and components that have records.
    fn payload(&mut self, file: &[u8], payload: &Payload<'_>, before: &Counts) -> Result<()> {
        match payload {
            // They follow, part by part.
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => return Ok(()),
            Payload::InstanceSection(section) => {
                let numbers = before.core_instances..;
                for (number, instance) in numbers.zip(section.clone()) {
                    if let Instance::Instantiate { module_index, .. } = instance? {
                        match self.modules.iter().find(|(it, _)| *it == module_index) {
                            Some((_, None)) => {}
                            Some((_, Some(probed))) => {
                                self.core_instances.push((number, probed.clone()));
                            }
                            None => self.is_opaque = true,
                        }
                    }
                }
            }
            Payload::ComponentInstanceSection(section) => {
                let numbers = before.instances..;
                for (number, instance) in numbers.zip(section.clone()) {
                    if let wasmparser::ComponentInstance::Instantiate {
                        component_index, ..
                    } = instance?
                    {
                        let mut known = self.components.iter();
                        match known.find(|(it, _)| *it == component_index) {
                            Some((_, exports)) => self.instances.push((number, exports.clone())),
                            None => self.is_opaque = true,
                        }
                    }
                }
            }
            _ => {}
        }
        let output = &mut self.output;
        match (payload, &mut self.memories) {
            (Payload::InstanceSection(section), Some(memories)) => {
                return memories.instances(section.clone(), output);
            }
            (Payload::ComponentCanonicalSection(section), Some(memories)) => {
                return memories.functions(section.clone(), output);
            }
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            output.push(id);
            file[range].encode(output);
        }
        if let (Payload::ComponentAliasSection(section), Some(memories)) =
            (payload, &mut self.memories)
        {
            let instances = &self.core_instances;
            let owns_memory = |instance| {
                let mut known = instances.iter();
                known.any(|(it, probed)| *it == instance && probed.owns_memory)
            };
            memories.aliases(section.clone(), owns_memory, output)?;
        }
        Ok(())
    }

    /// Appends what exports every record of this component, and every function that puts a module back.
    fn export_records(&mut self, counts: &Counts) -> Exports {
        let core = std::mem::take(&mut self.core_instances);
        let inner = std::mem::take(&mut self.instances);
        let is_opaque = self.is_opaque || inner.iter().any(|(_, exports)| exports.is_opaque);
        if core.is_empty() && inner.iter().all(|(_, exports)| exports.records.is_empty()) {
            return Exports {
                is_opaque,
                ..Exports::default()
            };
        }
        let mut types = ComponentTypeSection::new();
        types
            .defined_type()
            .list(ComponentValType::Primitive(PrimitiveValType::U8));
        types
            .function()
            .params::<_, ComponentValType>([])
            .result(Some(ComponentValType::Type(counts.types)));
        types
            .function()
            .params([("what", PrimitiveValType::U32)])
            .result(Some(PrimitiveValType::U32.into()));
        let (record_type, reset_type) = (counts.types + 1, counts.types + 2);

        let mut aliases = ComponentAliasSection::new();
        let mut lifts = CanonicalFunctionSection::new();
        let (mut records, mut resets) = (Vec::new(), Vec::new());
        // Aliased functions come before lifted ones, because their section does.
        let mut functions = counts.functions;
        for (instance, exports) in &inner {
            let mut alias = |name: String| {
                aliases.alias(Alias::InstanceExport {
                    instance: *instance,
                    kind: ComponentExportKind::Func,
                    name: &name,
                });
                functions += 1;
                functions - 1
            };
            for (number, map) in exports.records.iter().enumerate() {
                records.push((alias(format!("{RECORD}{number}")), map.clone()));
            }
            for number in 0..exports.resets {
                resets.push(alias(format!("{RESET}{number}")));
            }
        }
        let mut core_functions = counts.core_functions;
        let added = self.memories.as_ref().map_or(0, |it| it.added);
        for (memory, (instance, probed)) in (counts.memories + added..).zip(core) {
            let mut alias = |kind, name| {
                aliases.alias(Alias::CoreInstanceExport {
                    instance,
                    kind,
                    name,
                });
            };
            alias(ExportKind::Memory, MEMORY_EXPORT);
            alias(ExportKind::Func, RECORD_EXPORT);
            lifts.lift(
                core_functions,
                record_type,
                [CanonicalOption::Memory(memory)],
            );
            records.push((functions, probed.map));
            core_functions += 1;
            functions += 1;
            if probed.has_reset {
                alias(ExportKind::Func, RESET_EXPORT);
                lifts.lift(core_functions, reset_type, []);
                resets.push(functions);
                core_functions += 1;
                functions += 1;
            }
        }
        let mut exports = ComponentExportSection::new();
        let mut export = |name: String, function| {
            let kind = ComponentExportKind::Func;
            exports.export(name.as_str(), kind, function, None);
        };
        for (number, (function, _)) in records.iter().enumerate() {
            export(format!("{RECORD}{number}"), *function);
        }
        for (number, function) in resets.iter().enumerate() {
            export(format!("{RESET}{number}"), *function);
        }
        append(&types, &mut self.output);
        append(&aliases, &mut self.output);
        if !lifts.is_empty() {
            append(&lifts, &mut self.output);
        }
        append(&exports, &mut self.output);
        Exports {
            records: records.into_iter().map(|(_, map)| map).collect(),
            resets: resets.len(),
            is_opaque,
        }
    }
}

fn append(section: &impl ComponentSection, output: &mut Vec<u8>) {
    section.append_to_component(output);
}

/// How many of each there are so far in a component.
#[derive(Default)]
struct Counts {
    types: u32,
    modules: u32,
    components: u32,
    core_instances: u32,
    instances: u32,
    memories: u32,
    core_functions: u32,
    functions: u32,
}

impl Counts {
    fn of(types: Option<TypesRef<'_>>) -> Self {
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
