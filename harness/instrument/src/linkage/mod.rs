//! How the modules of a component are put together: which of their functions the component itself calls, and what they have of
//! each other. All this stands behind the modules, so that it is looked for before any of them is rewritten.

mod component;
mod module;

use std::collections::HashSet;

use wasmparser::{ComponentExternalKind, ComponentTypeRef, Encoding, MemoryType, Parser, Payload};

use crate::Error;
use component::Component;
use module::Module;

/// What is known of all modules.
#[derive(Debug)]
pub(crate) struct Linkage {
    modules: Vec<Links>,
    /// Whether the host knows what changes by each function that modules import: not by those that make resources or tasks of the
    /// component's own, which the engine keeps.
    pub(crate) imports_are_harmless: bool,
}

/// What is known of one module, in all its instances.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// The exports that are lifted: a worker is entered there.
    pub(crate) lifted: HashSet<String>,
    /// The exports that ask for memory for the arguments of lifted functions, before they are called.
    pub(crate) argument_reallocs: HashSet<String>,
    /// The exports that ask for memory for the results of imported functions.
    pub(crate) result_reallocs: HashSet<String>,
    /// The name that the module imports its memory from, if it is the ordinary memory of a module beside it.
    pub(crate) shared: Option<String>,
    /// Of each function that it imports, whether a module beside it answers it that has such a memory, too.
    inner: Vec<bool>,
}

impl Links {
    /// Whether an imported function is answered by a module beside it, which itself notes what it does.
    pub(crate) fn is_inner(&self, function: u32) -> bool {
        self.inner.get(function as usize).copied().unwrap_or(false)
    }
}

impl Linkage {
    /// Reads a component.
    ///
    /// # Errors
    /// It cannot be parsed.
    pub(crate) fn of(component: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader {
            modules: Vec::new(),
            levels: Vec::new(),
            imports_are_harmless: true,
        };
        for payload in Parser::new(0).parse_all(component) {
            reader.payload(payload?)?;
        }
        Ok(reader.finish())
    }

    /// What is known of the module with this number, in the order in which they stand in the file.
    pub(crate) fn of_module(&self, number: u32) -> &Links {
        &self.modules[number as usize]
    }

    /// Whether a module has the memory of another.
    pub(crate) fn has_shared(&self) -> bool {
        self.modules.iter().any(|links| links.shared.is_some())
    }
}

/// Whether this is a memory whose granules can be counted in 32 bits.
pub(crate) fn is_ordinary(memory: &MemoryType) -> bool {
    !memory.memory64 && !memory.shared && memory.page_size_log2.is_none_or(|it| it == 16)
}

struct Reader {
    modules: Vec<Module>,
    levels: Vec<Level>,
    imports_are_harmless: bool,
}

/// An export of a module with this number.
type Export = (usize, String);

/// A component or module under way.
enum Level {
    Component(Component),
    Module(usize),
}

impl Reader {
    fn payload(&mut self, payload: Payload<'_>) -> Result<(), Error> {
        if let Payload::Version { encoding, .. } = payload {
            self.levels.push(match encoding {
                Encoding::Component => Level::Component(Component::default()),
                Encoding::Module => {
                    self.modules.push(Module::default());
                    Level::Module(self.modules.len() - 1)
                }
            });
            return Ok(());
        }
        if let Payload::End(_) = payload {
            let ended = self.levels.pop();
            if let (Some(Level::Module(number)), Some(Level::Component(parent))) =
                (ended, self.levels.last_mut())
            {
                parent.modules.push(Some(number));
            }
            return Ok(());
        }
        match self.levels.last_mut() {
            Some(Level::Module(number)) => match self.modules.get_mut(*number) {
                Some(module) => module.payload(payload),
                None => Ok(()),
            },
            Some(Level::Component(_)) => self.component(payload),
            None => Ok(()),
        }
    }

    fn component(&mut self, payload: Payload<'_>) -> Result<(), Error> {
        let Some(Level::Component(component)) = self.levels.last_mut() else {
            return Ok(());
        };
        match payload {
            Payload::ComponentImportSection(section) => {
                for import in section {
                    if let ComponentTypeRef::Module(_) = import?.ty {
                        component.modules.push(None);
                    }
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    if export?.kind == ComponentExternalKind::Module {
                        component.modules.push(None);
                    }
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    component.alias(&alias?);
                }
            }
            Payload::InstanceSection(section) => {
                for instance in section {
                    component.instance(instance?, &mut self.modules)?;
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section {
                    self.imports_are_harmless &= component.canonical(&function?, &mut self.modules);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(mut self) -> Linkage {
        let shares: Vec<bool> = self
            .modules
            .iter()
            .map(|it| it.shares(&self.modules))
            .collect();
        let is_inner = |answer: &Option<Export>| {
            answer.as_ref().is_some_and(|(number, name)| {
                let module = &self.modules[*number];
                (module.owns() || shares[*number]) && module.answers(name)
            })
        };
        let inner = self.modules.iter().map(|module| {
            let answers = module.answers.iter();
            let functions = answers.flat_map(|it| &it.functions);
            functions.map(is_inner).collect()
        });
        let inner: Vec<Vec<bool>> = inner.collect();
        for ((module, inner), shares) in self.modules.iter_mut().zip(inner).zip(shares) {
            module.links.inner = inner;
            if shares {
                module.links.shared = module.memories.first().map(|it| it.module.clone());
            }
        }
        Linkage {
            modules: self.modules.into_iter().map(|it| it.links).collect(),
            imports_are_harmless: self.imports_are_harmless,
        }
    }
}
