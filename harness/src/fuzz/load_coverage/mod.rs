//! What of load a set of inputs reaches: by function, and by source line where the component has DWARF.
//!
//! ```text
//!   component ─► a counter for each block ─► each input: fresh worker, load, what was counted meanwhile ─► blocks
//!             └► DWARF: which code comes from which line ──────────────────────────────┐                     │
//!                                                            functions, lines ◄─ reach ┴─────────────────────┘
//! ```

mod blocks;
mod dwarf;
mod inputs;
mod places;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use rustc_demangle::demangle;

use crate::component::{Component, Runtime};
use crate::error::{Error, ErrorKind};
use blocks::Module;
use handover_instrument::{Probes, Rewrite};
pub use inputs::Inputs;
use places::Places;

/// A component whose load is watched.
pub struct Watched {
    component: Component,
    /// The core modules by their number in the file.
    modules: BTreeMap<u32, Module>,
    places: BTreeMap<u32, Places>,
    warnings: Vec<String>,
    threads: rayon::ThreadPool,
}

impl Watched {
    /// Rewrites and compiles the component `bytes`, which reports call `label`.
    ///
    /// # Errors
    /// It is no component that can be used, does not export load, or cannot be watched.
    pub fn open(runtime: &Runtime, label: &str, bytes: &[u8]) -> Result<Self, Error> {
        ErrorKind::Component.of(|| {
        let rewrite = Rewrite {
            probes: Probes::Blocks,
            reset: false,
        };
        let probed = runtime.open_probed(label, bytes, rewrite)?;
        let (component, mut warnings) = (probed.component, probed.warnings);
        ensure!(
            component.load().is_some(),
            "{label} does not export load, so there is nothing to cover"
        );
        if component.records().is_empty() {
            let reason = warnings.pop();
            let reason = reason.unwrap_or_else(|| "it has no code of its own".to_owned());
            bail!("it cannot be told what load of {label} reaches: {reason}");
        }
        let mut places = BTreeMap::new();
        for (number, sections) in dwarf::sections(bytes)? {
            match Places::read(&sections) {
                Ok(found) => {
                    places.insert(number, found);
                }
                Err(error) => warnings.push(format!(
                    "the DWARF of core module {number} cannot be read, so its lines are not known: {error}"
                )),
            }
        }
        let maps = component.records().iter();
        let modules = maps.map(|map| (map.module, Module::new(map))).collect();
        let threads = component.limits().threads()?;
        Ok(Self {
            component,
            modules,
            places,
            warnings,
            threads,
        })
    })
    }

    /// The component.
    pub fn component(&self) -> &Component {
        &self.component
    }

    /// What of the component is not known, and why.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Whether it is known from which lines any of the code comes.
    pub fn has_lines(&self) -> bool {
        self.places.values().any(|it| !it.is_empty())
    }

    /// Loads each of the inputs into a fresh worker.
    ///
    /// # Errors
    /// The component does not start.
    pub fn reach(&self, inputs: &[Vec<u8>]) -> Result<Reach, Error> {
        ErrorKind::Component.of(|| {
            let loaded = self
                .threads
                .install(|| inputs::load(&self.component, inputs))?;
            let mut modules = self.modules.clone();
            // A module that is instantiated twice is one module.
            for (map, counts) in self.component.records().iter().zip(&loaded.counts) {
                if let Some(module) = modules.get_mut(&map.module) {
                    module.add(counts);
                }
            }
            let mut reach = Reach {
                inputs: loaded.inputs,
                functions: Vec::new(),
                files: BTreeMap::new(),
            };
            let nothing = Places::default();
            for (number, module) in &modules {
                let places = self.places.get(number).unwrap_or(&nothing);
                reach.functions.extend(module.functions(places));
                module.lines(places, &mut reach.files);
            }
            Ok(reach)
        })
    }
}

/// What of load some inputs reached, beyond what a worker does while it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// What became of the inputs.
    pub inputs: Inputs,
    /// All functions of the component's own, in the order of the file.
    pub functions: Vec<Function>,
    /// For each source file, how often each line with code was reached: as often as the code of it that was reached most.
    pub files: BTreeMap<String, BTreeMap<u32, u64>>,
}

/// A function of a core module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Number of the module in the component.
    pub module: u32,
    /// Number of the function in the module.
    pub number: u32,
    /// The name that the module gives it, as it stands there.
    pub symbol: Option<String>,
    /// The source file and line where it begins.
    pub place: Option<(String, u32)>,
    /// How often it was entered.
    pub entered: u64,
    /// How many basic blocks it has.
    pub blocks: usize,
    /// How many of them were reached.
    pub reached: usize,
}

impl Function {
    /// What a reader calls it.
    pub fn name(&self) -> String {
        match &self.symbol {
            Some(symbol) => format!("{:#}", demangle(symbol)),
            None => format!("function {} of core module {}", self.number, self.module),
        }
    }
}

impl Reach {
    /// Forgets the functions and lines of source files whose path starts with none of the prefixes.
    pub fn keep_sources(&mut self, prefixes: &[String]) {
        let is_kept = |path: &str| prefixes.iter().any(|it| path.starts_with(it));
        self.functions
            .retain(|it| it.place.as_ref().is_some_and(|(path, _)| is_kept(path)));
        self.files.retain(|path, _| is_kept(path));
    }
}
