//! A core module: what it imports and exports, and what answers its imports.

use std::collections::HashMap;

use wasmparser::{ExternalKind, Payload, TypeRef};

use super::component::Component;
use super::{Export, Links, is_ordinary};
use crate::Error;

/// A module, and what became of it.
#[derive(Default)]
pub(super) struct Module {
    pub(super) links: Links,
    functions: Vec<Import>,
    pub(super) memories: Vec<Import>,
    /// Whether its only memory is an ordinary one, of its own or of another.
    has_ordinary_memory: bool,
    own_memories: u32,
    bodies: u32,
    exports: HashMap<String, (ExternalKind, u32)>,
    /// What answers its imports, once it is instantiated.
    pub(super) answers: Option<Answers>,
}

/// What answers the imports of all instances of a module: none for what no module exports, or not always the same.
pub(super) struct Answers {
    pub(super) functions: Vec<Option<Export>>,
    memory: Option<Export>,
}

#[derive(Debug, Clone)]
pub(super) struct Import {
    pub(super) module: String,
    name: String,
}

impl Module {
    pub(super) fn payload(&mut self, payload: Payload<'_>) -> Result<(), Error> {
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
    pub(super) fn instantiate(&mut self, component: &Component, arguments: &HashMap<&str, u32>) {
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
    pub(super) fn owns(&self) -> bool {
        self.bodies > 0
            && self.has_ordinary_memory
            && self.own_memories == 1
            && self.memories.is_empty()
    }

    /// Whether its one memory is in all its instances that of a module that owns it.
    pub(super) fn shares(&self, modules: &[Self]) -> bool {
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
    pub(super) fn answers(&self, name: &str) -> bool {
        self.exports
            .get(name)
            .is_some_and(|(_, index)| *index as usize >= self.functions.len())
    }
}
