//! The core definitions of a component: which export of which module each of them is.

use std::collections::HashMap;

use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind,
    ComponentOuterAliasKind, ExternalKind, Instance,
};

use super::Export;
use super::module::Module;
use crate::Error;

/// A validator allows no more of them in a component: `MAX_WASM_INSTANCES` of wasmparser.
const MOST_INSTANCES: usize = 1_000;

/// The core definitions of a component, by index; none for what no module exports.
#[derive(Default)]
pub(super) struct Component {
    pub(super) modules: Vec<Option<usize>>,
    instances: Vec<CoreInstance>,
    functions: Vec<Option<Export>>,
    memories: Vec<Option<Export>>,
}

enum CoreInstance {
    Module(Option<usize>),
    Items(HashMap<String, (ExternalKind, u32)>),
}

impl Component {
    /// What an export of a core instance is.
    pub(super) fn export(&self, instance: u32, name: &str) -> Option<Export> {
        match self.instances.get(instance as usize)? {
            CoreInstance::Module(module) => Some(((*module)?, name.to_owned())),
            CoreInstance::Items(items) => {
                let (kind, index) = items.get(name)?;
                let is_memory = |(kind, _): &&(ExternalKind, u32)| *kind == ExternalKind::Memory;
                let known = match kind {
                    ExternalKind::Func => &self.functions,
                    // The flags of one memory are exported beside it.
                    ExternalKind::Memory if items.values().filter(is_memory).count() == 1 => {
                        &self.memories
                    }
                    _ => return None,
                };
                known.get(*index as usize).cloned().flatten()
            }
        }
    }

    fn function(&self, index: u32) -> Option<Export> {
        self.functions.get(index as usize).cloned().flatten()
    }

    pub(super) fn alias(&mut self, alias: &ComponentAlias<'_>) {
        match alias {
            ComponentAlias::CoreInstanceExport {
                kind: ExternalKind::Func,
                instance_index,
                name,
            } => {
                let export = self.export(*instance_index, name);
                self.functions.push(export);
            }
            ComponentAlias::CoreInstanceExport {
                kind: ExternalKind::Memory,
                instance_index,
                name,
            } => {
                // Aliases of what is exported again are not followed.
                let instance = self.instances.get(*instance_index as usize);
                let is_of_module = matches!(instance, Some(CoreInstance::Module(_)));
                let export = self.export(*instance_index, name);
                self.memories.push(export.filter(|_| is_of_module));
            }
            ComponentAlias::InstanceExport {
                kind: ComponentExternalKind::Module,
                ..
            }
            | ComponentAlias::Outer {
                kind: ComponentOuterAliasKind::CoreModule,
                ..
            } => self.modules.push(None),
            _ => {}
        }
    }

    pub(super) fn instance(
        &mut self,
        instance: Instance<'_>,
        modules: &mut [Module],
    ) -> Result<(), Error> {
        if self.instances.len() >= MOST_INSTANCES {
            let what = format!("it has more than {MOST_INSTANCES} core instances");
            return Err(Error::Unsupported(what));
        }
        let instance = match instance {
            Instance::Instantiate { module_index, args } => {
                let module = self.modules.get(module_index as usize).copied().flatten();
                if let Some(module) = module.and_then(|it| modules.get_mut(it)) {
                    let arguments = args.iter().map(|it| (it.name, it.index)).collect();
                    module.instantiate(self, &arguments);
                }
                CoreInstance::Module(module)
            }
            Instance::FromExports(exports) => {
                let items = exports.iter();
                let items = items.map(|it| (it.name.to_owned(), (it.kind, it.index)));
                CoreInstance::Items(items.collect())
            }
        };
        self.instances.push(instance);
        Ok(())
    }

    /// Whether it is known what calls of the function change.
    pub(super) fn canonical(
        &mut self,
        function: &CanonicalFunction,
        modules: &mut [Module],
    ) -> bool {
        let reallocs = |options: &[CanonicalOption]| -> Vec<Export> {
            let realloc = |option: &CanonicalOption| match option {
                CanonicalOption::Realloc(index) => self.function(*index),
                _ => None,
            };
            options.iter().filter_map(realloc).collect()
        };
        match function {
            CanonicalFunction::Lift {
                core_func_index,
                options,
                ..
            } => {
                if let Some((module, name)) = self.function(*core_func_index) {
                    modules[module].links.lifted.insert(name);
                }
                for (module, name) in reallocs(options) {
                    modules[module].links.argument_reallocs.insert(name);
                }
                return true;
            }
            CanonicalFunction::Lower { options, .. } => {
                for (module, name) in reallocs(options) {
                    modules[module].links.result_reallocs.insert(name);
                }
            }
            _ => {}
        }
        // All others make a core function that no module exports.
        self.functions.push(None);
        matches!(
            function,
            CanonicalFunction::Lower { .. } | CanonicalFunction::ResourceDrop { .. }
        )
    }
}
