//! Two versions of a component side by side: which operations both have, and what is declared to change.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use proptest::prelude::{SBoxedStrategy, Strategy};

use crate::component::{Component, Function, Val};
use crate::config::{Config, Differs};
use crate::value::strategy;

/// Which of the two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The version in production.
    Old,
    /// The next version.
    New,
}

/// An operation that both versions have, and that histories are made of.
#[derive(Debug)]
pub struct Operation {
    /// Its name in histories: the function's own name where that is unique, else with its interface.
    pub name: String,
    /// The function in the old version.
    pub old: Function,
    /// The function in the new version.
    pub new: Function,
    /// How often it is called compared with the others.
    pub weight: u32,
    pub(crate) arguments: SBoxedStrategy<Vec<Val>>,
}

impl Operation {
    /// The function in one of the versions.
    pub fn function(&self, side: Side) -> &Function {
        match side {
            Side::Old => &self.old,
            Side::New => &self.new,
        }
    }

    /// A call as histories show it.
    pub fn call(&self, arguments: &[Val]) -> String {
        let arguments: Vec<String> = arguments.iter().map(crate::value::wave).collect();
        format!("{}({})", self.name, arguments.join(", "))
    }
}

/// A declared difference, and whether any case needed it.
#[derive(Debug)]
pub(crate) struct Declaration {
    pub(crate) differs: Differs,
    pub(crate) operation: usize,
    pub(crate) needed: AtomicBool,
}

/// Two versions of a component.
pub struct Pair {
    /// The version in production.
    pub old: Component,
    /// The next version.
    pub new: Component,
    /// What both can do, in the order of the old version's exports.
    pub operations: Vec<Operation>,
    /// Functions of either version that histories leave out, each with the reason.
    pub left_out: Vec<(String, String)>,
    pub(crate) declarations: Vec<Declaration>,
    pub(crate) threads: rayon::ThreadPool,
}

impl Pair {
    /// Opens two files (or `embedded:NAME`).
    ///
    /// # Errors
    /// A file is no component that can be used, or the config names a function that does not exist.
    pub fn open(old: &str, new: &str, config: &Config) -> Result<Self> {
        let runtime = config.runtime()?;
        if old == new {
            let component = runtime.open(new)?;
            return Self::new(component.clone(), component, config);
        }
        let (old, new) = rayon::join(|| runtime.open(old), || runtime.open(new));
        Self::new(old?, new?, config)
    }

    /// Pairs two components that were opened with the same [`Runtime`](crate::component::Runtime).
    ///
    /// # Errors
    /// The config names a function that does not exist.
    pub fn new(old: Component, new: Component, config: &Config) -> Result<Self> {
        let threads = config.limits().threads()?;
        let (operations, left_out) = common_operations(&old, &new, config)?;
        let mut pair = Self {
            old,
            new,
            operations,
            left_out,
            declarations: Vec::new(),
            threads,
        };
        for differs in &config.differs {
            let operation = pair
                .operation_named(&differs.function)
                .context("in the config's `differs`")?;
            pair.declarations.push(Declaration {
                differs: differs.clone(),
                operation,
                needed: AtomicBool::new(false),
            });
        }
        Ok(pair)
    }

    /// One of the two components.
    pub fn component(&self, side: Side) -> &Component {
        match side {
            Side::Old => &self.old,
            Side::New => &self.new,
        }
    }

    /// The number of the operation with this name.
    ///
    /// # Errors
    /// Both versions together have no such operation.
    pub fn operation_named(&self, name: &str) -> Result<usize> {
        let found = self
            .operations
            .iter()
            .position(|operation| operation.name == name)
            .or_else(|| {
                self.operations
                    .iter()
                    .position(|operation| operation.old.name.answers_to(name))
            });
        found.with_context(|| {
            let known: Vec<&str> = self.operations.iter().map(|it| it.name.as_str()).collect();
            format!(
                "there is no operation {name:?} that both versions have; they have {}",
                if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                }
            )
        })
    }

    /// Declarations of the config that no case needed, as sentences.
    pub(crate) fn unneeded_declarations(&self) -> Vec<String> {
        self.declarations
            .iter()
            .filter(|declaration| !declaration.needed.load(Ordering::Relaxed))
            .map(|Declaration { differs, .. }| {
                let field = differs.field.as_deref().unwrap_or_default();
                format!(
                    "the declaration that {}{field} differs ({}) was needed by no case: it may hide a loss one day",
                    differs.function, differs.reason
                )
            })
            .collect()
    }
}

type LeftOut = Vec<(String, String)>;

fn common_operations(
    old: &Component,
    new: &Component,
    config: &Config,
) -> Result<(Vec<Operation>, LeftOut)> {
    let mut left_out = LeftOut::new();
    for (version, component) in [("old", old), ("new", new)] {
        for (function, reason) in component.other_functions() {
            left_out.push((format!("{} ({version})", function.name), reason.clone()));
        }
    }
    let renamed = renamed_functions(old, new, config)?;
    for name in config.ignore.iter().chain(config.weights.keys()) {
        find(old, "old", name)?;
    }
    let mut operations = Vec::new();
    for function in old.operations() {
        let name = function.name.to_string();
        if config.ignore.iter().any(|it| function.name.answers_to(it)) {
            left_out.push((name, "the config says `ignore`".to_owned()));
            continue;
        }
        let counterpart = match renamed.get(&name) {
            Some(counterpart) => Some(*counterpart),
            None => new.operations().iter().find(|it| it.name == function.name),
        };
        let Some(counterpart) = counterpart else {
            left_out.push((name, "only the old version has it".to_owned()));
            continue;
        };
        if !function.same_type(counterpart) {
            left_out.push((
                name,
                format!("its type differs: old `{function}`, new `{counterpart}`"),
            ));
            continue;
        }
        let operation = operation(function, counterpart, old, config);
        if operation.weight == 0 {
            left_out.push((name, "the config gives it the weight 0".to_owned()));
        }
        operations.push(operation);
    }
    for function in new.operations() {
        if !operations.iter().any(|it| it.new.name == function.name)
            && !old.operations().iter().any(|it| it.name == function.name)
        {
            left_out.push((
                function.name.to_string(),
                "only the new version has it".to_owned(),
            ));
        }
    }
    Ok((operations, left_out))
}

fn operation(
    function: &Function,
    counterpart: &Function,
    old: &Component,
    config: &Config,
) -> Operation {
    let unique = old
        .operations()
        .iter()
        .filter(|other| other.name.name == function.name.name)
        .count()
        == 1;
    let weight = config
        .weights
        .iter()
        .find(|(name, _)| function.name.answers_to(name))
        .map_or(1, |(_, weight)| *weight);
    // `not_an_operation` keeps every function out whose parameters have no values.
    let arguments: Vec<_> = function
        .parameters
        .iter()
        .filter_map(|(_, ty)| strategy::values(ty))
        .collect();
    Operation {
        name: if unique {
            function.name.name.clone()
        } else {
            function.name.to_string()
        },
        old: function.clone(),
        new: counterpart.clone(),
        weight,
        arguments: arguments.sboxed(),
    }
}

/// The `same` declarations: the old function's full name and the new function.
fn renamed_functions<'a>(
    old: &Component,
    new: &'a Component,
    config: &Config,
) -> Result<BTreeMap<String, &'a Function>> {
    let mut renamed = BTreeMap::new();
    for same in &config.same {
        let from = find(old, "old", &same.old)?;
        let to = find(new, "new", &same.new)?;
        if !from.same_type(to) {
            bail!("the config says that {from} is the same as {to}, but their types differ");
        }
        renamed.insert(from.name.to_string(), to);
    }
    Ok(renamed)
}

fn find<'a>(component: &'a Component, version: &str, name: &str) -> Result<&'a Function> {
    let found = component
        .operations()
        .iter()
        .find(|function| function.name.answers_to(name));
    found.with_context(|| {
        let known: Vec<String> = component
            .operations()
            .iter()
            .map(|function| function.name.name.clone())
            .collect();
        format!(
            "the config names the function {name:?}, which the {version} version does not have; it has {}",
            known.join(", ")
        )
    })
}
