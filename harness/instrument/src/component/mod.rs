//! Rewrites a component: its core modules, and the exports that let the host read what they record.

mod exports;
mod memories;
mod results;

use wasm_encoder::{ComponentSectionId, Encode};
use wasmparser::types::TypesRef;
use wasmparser::{
    CanonicalFunction, ComponentInstance, ComponentInstanceSectionReader, Encoding, FuncToValidate,
    FuncValidatorAllocations, FunctionBody, Instance, InstanceSectionReader, Parser, Payload,
    ValidPayload, Validator, ValidatorResources, WasmFeatures,
};

use crate::linkage::Linkage;
use crate::map::ModuleMap;
use crate::module::{Module, Rewritten};
use crate::{Error, Rewrite, Warning};
use exports::{Counts, Exports};
use memories::Memories;

/// A component that records what happens in it.
#[derive(Debug)]
pub struct Instrumented {
    /// The component.
    pub bytes: Vec<u8>,
    /// What the record of each of its exports `handover-record-m0`, `…-m1` … is about. A module that is instantiated twice
    /// is here twice.
    pub maps: Vec<ModuleMap>,
    /// How many functions it exports that reset an instance of a module: `handover-reset-m0`, `…-m1` … 0 if there are parts of
    /// which nothing is known.
    pub resets: usize,
    /// What of it records nothing, or cannot be reset. An instance is put into its initial state by its resets only if there
    /// are none of these.
    pub warnings: Vec<Warning>,
}

/// Rewrites a component so that it records what `rewrite` says.
///
/// # Errors
/// It is no valid component. A module that cannot be rewritten is no error, but a [`Warning`].
pub fn instrument(component: &[u8], rewrite: Rewrite) -> Result<Instrumented, Error> {
    let mut rewriter = Rewriter {
        component,
        rewrite,
        linkage: Linkage::of(component)?,
        validator: Validator::new_with_features(WasmFeatures::all()),
        allocations: FuncValidatorAllocations::default(),
        levels: Vec::new(),
        modules: 0,
        warnings: Vec::new(),
        root: None,
    };
    for payload in Parser::new(0).parse_all(component) {
        rewriter.payload(&payload?)?;
    }
    let (bytes, exports) = rewriter.root.ok_or(Error::NotAComponent)?;
    if exports.is_opaque {
        rewriter.warnings.push(Warning::UnknownParts);
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
    /// What the validation of one function leaves for the next.
    allocations: FuncValidatorAllocations,
    /// The component or module under way, innermost last.
    levels: Vec<Level<'a>>,
    modules: u32,
    warnings: Vec<Warning>,
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

impl<'a> Rewriter<'a> {
    fn payload(&mut self, payload: &Payload<'a>) -> Result<(), Error> {
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
                if let ValidPayload::Func(function, body) = self.validator.payload(payload)? {
                    self.validate(function, &body)?;
                }
                let types = self.validator.types(0);
                match self.levels.last_mut() {
                    Some(Level::Module { module, .. }) => {
                        let types = types.ok_or(Error::NotAComponent)?;
                        module.payload(payload, types, &self.linkage);
                        Ok(())
                    }
                    Some(Level::Component(component)) => {
                        let types = types.ok_or(Error::NotAComponent)?;
                        component.is_opaque |= lowers_large_results(payload, types)?;
                        component.payload(self.component, payload, &before)
                    }
                    None => Ok(()),
                }
            }
        }
    }

    /// A body that means something that its module does not have would mean what is added to the module.
    fn validate(
        &mut self,
        function: FuncToValidate<ValidatorResources>,
        body: &FunctionBody<'_>,
    ) -> Result<(), Error> {
        let allocations = std::mem::take(&mut self.allocations);
        let mut validator = function.into_validator(allocations);
        validator.validate(body)?;
        self.allocations = validator.into_allocations();
        Ok(())
    }

    fn begin(
        &mut self,
        encoding: Encoding,
        start: usize,
        payload: &Payload<'_>,
    ) -> Result<(), Error> {
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
                let types = types.ok_or(Error::NotAComponent)?;
                module.payload(payload, types, &self.linkage);
                Level::Module {
                    module: Box::new(module),
                    start,
                }
            }
        });
        Ok(())
    }

    fn end(&mut self, offset: usize, payload: &Payload<'_>) -> Result<(), Error> {
        match self.levels.pop() {
            Some(Level::Module { module, start }) => {
                let rewritten = module.finish(&self.component[start..offset]);
                self.validator.payload(payload)?;
                self.end_module(rewritten);
            }
            Some(Level::Component(component)) => {
                let counts = Counts::of(self.validator.types(0));
                self.validator.payload(payload)?;
                self.end_component(component, &counts);
            }
            None => {}
        }
        Ok(())
    }

    fn end_module(&mut self, rewritten: Rewritten) {
        let module = self.modules - 1;
        let refused = rewritten.refused.is_some();
        if let Some(reason) = rewritten.refused {
            self.warnings.push(Warning::Unchanged { module, reason });
        }
        if let Some(reason) = rewritten.unknown {
            self.warnings.push(Warning::NoReset { module, reason });
        }
        // A core module that is no part of a component: then there is no root, which is an error.
        let Some(Level::Component(parent)) = self.levels.last_mut() else {
            return;
        };
        parent.output.push(ComponentSectionId::CoreModule as u8);
        rewritten.bytes.as_slice().encode(&mut parent.output);
        let index = Counts::of(self.validator.types(0)).modules - 1;
        let probed = rewritten.map.map(|map| Probed {
            map,
            has_reset: rewritten.has_reset,
            owns_memory: rewritten.owns_memory,
        });
        parent.is_opaque |= refused;
        parent.modules.push((index, probed));
    }

    /// `counts` is what there is in the component.
    fn end_component(&mut self, mut component: Component, counts: &Counts) {
        let exports = component.export_records(counts);
        match self.levels.last_mut() {
            Some(Level::Component(parent)) => {
                parent.output.push(ComponentSectionId::Component as u8);
                component.output.as_slice().encode(&mut parent.output);
                let index = Counts::of(self.validator.types(0)).components - 1;
                parent.components.push((index, exports));
            }
            _ => self.root = Some((component.output, exports)),
        }
    }
}

/// Whether modules are given a function whose results take more memory than is expected to be written.
fn lowers_large_results(payload: &Payload<'_>, types: TypesRef<'_>) -> Result<bool, Error> {
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

impl Component {
    /// Copies a section, and notes what it makes of the modules and components that have records.
    fn payload(
        &mut self,
        file: &[u8],
        payload: &Payload<'_>,
        before: &Counts,
    ) -> Result<(), Error> {
        match payload {
            // They follow, part by part.
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => return Ok(()),
            Payload::InstanceSection(section) => {
                self.core_instances(section.clone(), before.core_instances)?;
            }
            Payload::ComponentInstanceSection(section) => {
                self.instances(section.clone(), before.instances)?;
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

    /// Notes the core instances of a section, the first of them with this number.
    fn core_instances(
        &mut self,
        section: InstanceSectionReader<'_>,
        first: u32,
    ) -> Result<(), Error> {
        for (number, instance) in (first..).zip(section) {
            let Instance::Instantiate { module_index, .. } = instance? else {
                continue;
            };
            match self.modules.iter().find(|(it, _)| *it == module_index) {
                Some((_, None)) => {}
                Some((_, Some(probed))) => self.core_instances.push((number, probed.clone())),
                None => self.is_opaque = true,
            }
        }
        Ok(())
    }

    /// Notes the instances of a section, the first of them with this number.
    fn instances(
        &mut self,
        section: ComponentInstanceSectionReader<'_>,
        first: u32,
    ) -> Result<(), Error> {
        for (number, instance) in (first..).zip(section) {
            let ComponentInstance::Instantiate {
                component_index, ..
            } = instance?
            else {
                continue;
            };
            let mut known = self.components.iter();
            match known.find(|(it, _)| *it == component_index) {
                Some((_, exports)) => self.instances.push((number, exports.clone())),
                None => self.is_opaque = true,
            }
        }
        Ok(())
    }
}
