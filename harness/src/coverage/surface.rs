//! Under which names a component takes functions out of its modules to call them itself. They stand behind the modules, so
//! that they are looked for before any module is rewritten.

use std::collections::HashSet;

use anyhow::Result;
use wasmparser::{
    CanonicalFunction, CanonicalOption, ComponentAlias, Encoding, ExternalKind, Parser, Payload,
};

/// The names of exported functions, whichever module exports them.
#[derive(Debug)]
pub(super) struct Surface {
    /// What is lifted: a worker is entered there.
    pub(super) lifted: HashSet<String>,
    /// What the arguments of lifted functions are written to the memory with, before they are called.
    pub(super) reallocs: HashSet<String>,
    /// Whether modules import nothing but functions of which the host knows what they change: not those that make resources
    /// or tasks of the component's own, which the engine keeps.
    pub(super) imports_are_harmless: bool,
}

impl Surface {
    /// Reads a component.
    ///
    /// # Errors
    /// It cannot be parsed.
    pub(super) fn of(component: &[u8]) -> Result<Self> {
        let mut surface = Self {
            lifted: HashSet::new(),
            reallocs: HashSet::new(),
            imports_are_harmless: true,
        };
        // The core functions of each component under way, by their names if they are exports of an instance.
        let mut levels: Vec<Vec<Option<String>>> = Vec::new();
        for payload in Parser::new(0).parse_all(component) {
            match (payload?, levels.last_mut()) {
                (
                    Payload::Version {
                        encoding: Encoding::Component | Encoding::Module,
                        ..
                    },
                    _,
                ) => levels.push(Vec::new()),
                (Payload::End(_), _) => {
                    levels.pop();
                }
                (Payload::ComponentAliasSection(section), Some(functions)) => {
                    for alias in section {
                        if let ComponentAlias::CoreInstanceExport {
                            kind: ExternalKind::Func,
                            name,
                            ..
                        } = alias?
                        {
                            functions.push(Some(name.to_owned()));
                        }
                    }
                }
                (Payload::ComponentCanonicalSection(section), Some(functions)) => {
                    for function in section {
                        match function? {
                            CanonicalFunction::Lift {
                                core_func_index,
                                options,
                                ..
                            } => surface.lifts(functions, core_func_index, &options),
                            // Everything else makes a core function that no module exports.
                            CanonicalFunction::Lower { .. }
                            | CanonicalFunction::ResourceDrop { .. } => functions.push(None),
                            _ => {
                                functions.push(None);
                                surface.imports_are_harmless = false;
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(surface)
    }

    fn lifts(&mut self, functions: &[Option<String>], lifted: u32, options: &[CanonicalOption]) {
        let name = |index: u32| functions.get(index as usize).cloned().flatten();
        self.lifted.extend(name(lifted));
        for option in options {
            if let CanonicalOption::Realloc(index) = option {
                self.reallocs.extend(name(*index));
            }
        }
    }
}
