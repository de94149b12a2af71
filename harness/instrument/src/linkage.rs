//! How the modules of a component are put together: which of their functions the component itself calls, and what they have of
//! each other. All this stands behind the modules, so that it is looked for before any of them is rewritten.

use std::collections::{HashMap, HashSet};

use anyhow::{Result, ensure};
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, ComponentExternalKind,
    ComponentOuterAliasKind, ComponentTypeRef, Encoding, ExternalKind, Instance, MemoryType,
    Parser, Payload, TypeRef,
};

/// What is known of all modules.
#[derive(Debug)]
pub(crate) struct Linkage {
    modules: Vec<Links>,
    /// Whether modules import nothing but functions of which the host knows what they change: not those that make resources
    /// or tasks of the component's own, which the engine keeps.
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
    /// Whether an imported function is answered by a module beside it, which notes itself what it does.
    pub(crate) fn is_inner(&self, function: u32) -> bool {
        self.inner.get(function as usize).copied().unwrap_or(false)
    }
}

impl Linkage {
    /// Reads a component.
    ///
    /// # Errors
    /// It cannot be parsed.
    pub(crate) fn of(component: &[u8]) -> Result<Self> {
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

/// A module, and what became of it.
#[derive(Default)]
struct Module {
    links: Links,
    functions: Vec<Import>,
    memories: Vec<Import>,
    /// Whether its only memory is an ordinary one, of its own or of another.
    has_ordinary_memory: bool,
    own_memories: u32,
    bodies: u32,
    exports: HashMap<String, (ExternalKind, u32)>,
    /// What answers its imports, once it is instantiated.
    answers: Option<Answers>,
}

/// What answers the imports of all instances of a module: none for what no module exports, or not always the same.
struct Answers {
    functions: Vec<Option<Export>>,
    memory: Option<Export>,
}

/// A validator allows no more of them in a component: `MAX_WASM_INSTANCES` of wasmparser.
const MOST_INSTANCES: usize = 1_000;

#[derive(Debug, Clone)]
struct Import {
    module: String,
    name: String,
}

/// An export of a module with this number.
type Export = (usize, String);

/// A component or module under way.
enum Level {
    Component(Component),
    Module(usize),
}

/// The core definitions of a component, by index; none for what no module exports.
#[derive(Default)]
struct Component {
    modules: Vec<Option<usize>>,
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
    fn export(&self, instance: u32, name: &str) -> Option<Export> {
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
}

impl Reader {
    fn payload(&mut self, payload: Payload<'_>) -> Result<()> {
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

    fn component(&mut self, payload: Payload<'_>) -> Result<()> {
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

impl Component {
    fn alias(&mut self, alias: &ComponentAlias<'_>) {
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

    fn instance(&mut self, instance: Instance<'_>, modules: &mut [Module]) -> Result<()> {
        ensure!(
            self.instances.len() < MOST_INSTANCES,
            "it has more than {MOST_INSTANCES} core instances"
        );
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
    fn canonical(&mut self, function: &CanonicalFunction, modules: &mut [Module]) -> bool {
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

impl Module {
    fn payload(&mut self, payload: Payload<'_>) -> Result<()> {
        match payload {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    let named = Import {
                        module: import.module.to_owned(),
                        name: import.name.to_owned(),
                    };
                    match import.ty {
                        TypeRef::Func(_) | TypeRef::FuncExact(_) => self.functions.push(named),
                        TypeRef::Memory(memory) => {
                            self.memories.push(named);
                            self.has_ordinary_memory = is_ordinary(&memory);
                        }
                        _ => {}
                    }
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.own_memories += 1;
                    self.has_ordinary_memory = is_ordinary(&memory?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.exports
                        .insert(export.name.to_owned(), (export.kind, export.index));
                }
            }
            Payload::CodeSectionStart { count, .. } => self.bodies = count,
            _ => {}
        }
        Ok(())
    }

    /// Notes what the arguments of an instance answer its imports with; `component` is what it stands in.
    fn instantiate(&mut self, component: &Component, arguments: &HashMap<&str, u32>) {
        let answer = |import: &Import| {
            let instance = arguments.get(import.module.as_str())?;
            component.export(*instance, &import.name)
        };
        let memory = self.memories.first().and_then(answer);
        let functions = self.functions.iter().map(answer);
        match &mut self.answers {
            None => {
                self.answers = Some(Answers {
                    functions: functions.collect(),
                    memory,
                });
            }
            Some(before) => {
                before.memory.take_if(|it| Some(&*it) != memory.as_ref());
                for (before, now) in before.functions.iter_mut().zip(functions) {
                    before.take_if(|it| Some(&*it) != now.as_ref());
                }
            }
        }
    }

    /// Whether it has one ordinary memory, of its own.
    fn owns(&self) -> bool {
        self.bodies > 0
            && self.has_ordinary_memory
            && self.own_memories == 1
            && self.memories.is_empty()
    }

    /// Whether its one memory is in all its instances that of a module that owns it.
    fn shares(&self, modules: &[Self]) -> bool {
        let answer = self.answers.as_ref().and_then(|it| it.memory.as_ref());
        let is_owned = answer.is_some_and(|(module, name)| {
            let owner = &modules[*module];
            owner.owns() && owner.exports.get(name) == Some(&(ExternalKind::Memory, 0))
        });
        self.bodies > 0
            && self.has_ordinary_memory
            && self.own_memories == 0
            && self.memories.len() == 1
            && is_owned
    }

    /// Whether one of its own functions is exported under this name, not one that it imports.
    fn answers(&self, name: &str) -> bool {
        self.exports
            .get(name)
            .is_some_and(|(_, index)| *index as usize >= self.functions.len())
    }
}
