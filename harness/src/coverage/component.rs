//! Rewrites a component: its core modules, and the exports that let the host read what they record.

use anyhow::{Context, Result};
use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, ComponentAliasSection, ComponentExportKind,
    ComponentExportSection, ComponentSection, ComponentTypeSection, ComponentValType, Encode,
    ExportKind, PrimitiveValType,
};
use wasmparser::types::TypesRef;
use wasmparser::{Encoding, Instance, Parser, Payload, Validator, WasmFeatures};

use super::map::ModuleMap;
use super::module::{MEMORY_EXPORT, Module, RECORD_EXPORT};
use super::{EXPORT, Probes};

/// A component that records what happens in it.
#[derive(Debug)]
pub struct Instrumented {
    /// The component.
    pub bytes: Vec<u8>,
    /// What the record of each of its exports `handover-coverage-m0`, `…-m1` … is about. A module that is instantiated twice
    /// is here twice.
    pub maps: Vec<ModuleMap>,
    /// Modules that record nothing, each with the reason.
    pub warnings: Vec<String>,
}

/// Rewrites a component so that it records what `probes` says.
///
/// # Errors
/// It is no valid component.
pub fn instrument(component: &[u8], probes: Probes) -> Result<Instrumented> {
    let mut rewriter = Rewriter {
        component,
        probes,
        validator: Validator::new_with_features(WasmFeatures::all()),
        levels: Vec::new(),
        modules: 0,
        warnings: Vec::new(),
        root: None,
    };
    for payload in Parser::new(0).parse_all(component) {
        rewriter.payload(&payload?)?;
    }
    let (bytes, maps) = rewriter.root.context("the component has no end")?;
    Ok(Instrumented {
        bytes,
        maps,
        warnings: rewriter.warnings,
    })
}

struct Rewriter<'a> {
    component: &'a [u8],
    probes: Probes,
    validator: Validator,
    /// The component or module under way, innermost last.
    levels: Vec<Level<'a>>,
    modules: u32,
    warnings: Vec<String>,
    root: Option<(Vec<u8>, Vec<ModuleMap>)>,
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
    /// The numbers and maps of the modules that were rewritten.
    modules: Vec<(u32, ModuleMap)>,
    /// Those of the components inside that have records, each with the maps of its exports.
    components: Vec<(u32, Vec<ModuleMap>)>,
    /// The core instances of such modules.
    core_instances: Vec<(u32, ModuleMap)>,
    /// The instances of such components.
    instances: Vec<(u32, Vec<ModuleMap>)>,
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
                        module.payload(payload, types.context("a module has no types")?);
                        Ok(())
                    }
                    Some(Level::Component(component)) => {
                        component.payload(self.component, payload, &before)
                    }
                    None => Ok(()),
                }
            }
        }
    }

    fn begin(&mut self, encoding: Encoding, start: usize, payload: &Payload<'_>) -> Result<()> {
        self.levels.push(match encoding {
            Encoding::Component => Level::Component(Component {
                output: self.component[start..start + HEADER].to_vec(),
                ..Component::default()
            }),
            Encoding::Module => {
                let mut module = Module::new(self.component, self.modules, start, self.probes);
                self.modules += 1;
                let types = self.validator.types(0);
                module.payload(payload, types.context("a module has no types")?);
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
                self.validator.payload(payload)?;
                // A module alone is no component, which the parser's caller has made sure of.
                let Some(Level::Component(parent)) = self.levels.last_mut() else {
                    return Ok(());
                };
                parent.output.push(MODULE);
                rewritten.bytes.as_slice().encode(&mut parent.output);
                let index = Counts::of(self.validator.types(0)).modules - 1;
                parent
                    .modules
                    .extend(rewritten.map.map(|map| (index, map)));
            }
            Some(Level::Component(mut component)) => {
                let counts = Counts::of(self.validator.types(0));
                let maps = component.export_records(&counts);
                self.validator.payload(payload)?;
                match self.levels.last_mut() {
                    Some(Level::Component(parent)) => {
                        parent.output.push(COMPONENT);
                        component.output.as_slice().encode(&mut parent.output);
                        let index = Counts::of(self.validator.types(0)).components - 1;
                        parent.components.push((index, maps));
                    }
                    _ => self.root = Some((component.output, maps)),
                }
            }
            None => {}
        }
        Ok(())
    }
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
                        let known = self.modules.iter().find(|(it, _)| *it == module_index);
                        let instance = known.map(|(_, map)| (number, map.clone()));
                        self.core_instances.extend(instance);
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
                        let known = self
                            .components
                            .iter()
                            .find(|(it, _)| *it == component_index);
                        let instance = known.map(|(_, maps)| (number, maps.clone()));
                        self.instances.extend(instance);
                    }
                }
            }
            _ => {}
        }
        if let Some((id, range)) = payload.as_section() {
            self.output.push(id);
            file[range].encode(&mut self.output);
        }
        Ok(())
    }

    /// Appends what exports every record of this component; says what they are about, in the order of their names.
    fn export_records(&mut self, counts: &Counts) -> Vec<ModuleMap> {
        let core = std::mem::take(&mut self.core_instances);
        let inner = std::mem::take(&mut self.instances);
        if core.is_empty() && inner.iter().all(|(_, maps)| maps.is_empty()) {
            return Vec::new();
        }
        let mut types = ComponentTypeSection::new();
        types
            .defined_type()
            .list(ComponentValType::Primitive(PrimitiveValType::U8));
        types
            .function()
            .params::<_, ComponentValType>([])
            .result(Some(ComponentValType::Type(counts.types)));
        let function_type = counts.types + 1;

        let mut aliases = ComponentAliasSection::new();
        let mut lifts = CanonicalFunctionSection::new();
        let mut exports = ComponentExportSection::new();
        let mut maps = Vec::new();
        // Aliased functions come before lifted ones, because their section does.
        let mut functions = counts.functions;
        for (instance, inner) in &inner {
            for (number, map) in inner.iter().enumerate() {
                aliases.alias(Alias::InstanceExport {
                    instance: *instance,
                    kind: ComponentExportKind::Func,
                    name: &format!("{EXPORT}{number}"),
                });
                maps.push((functions, map.clone()));
                functions += 1;
            }
        }
        for (number, (instance, map)) in (0..).zip(core) {
            for (kind, name) in [
                (ExportKind::Memory, MEMORY_EXPORT),
                (ExportKind::Func, RECORD_EXPORT),
            ] {
                aliases.alias(Alias::CoreInstanceExport {
                    instance,
                    kind,
                    name,
                });
            }
            lifts.lift(
                counts.core_functions + number,
                function_type,
                [CanonicalOption::Memory(counts.memories + number)],
            );
            maps.push((functions, map));
            functions += 1;
        }
        for (number, (function, _)) in maps.iter().enumerate() {
            exports.export(
                format!("{EXPORT}{number}").as_str(),
                ComponentExportKind::Func,
                *function,
                None,
            );
        }
        append(&types, &mut self.output);
        append(&aliases, &mut self.output);
        if !lifts.is_empty() {
            append(&lifts, &mut self.output);
        }
        append(&exports, &mut self.output);
        maps.into_iter().map(|(_, map)| map).collect()
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
