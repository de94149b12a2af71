//! What all versions of a chain can do: one operation for each function that every one of them has, of one type.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use proptest::prelude::{SBoxedStrategy, Strategy};

use crate::component::agent::principal::principals;
use crate::component::{Component, Function};
use crate::value::strategy;
use crate::value::{Val, WitType};
use crate::versions::chain::VersionId;
use crate::versions::config::Config;

/// An operation that all versions have, and that histories are made of.
#[derive(Debug)]
pub struct Operation {
    /// How each version calls it.
    names: Vec<String>,
    /// What it is in each version; the type is the same in all of them.
    functions: Vec<Function>,
    weight: u32,
    arguments: SBoxedStrategy<Vec<Val>>,
}

impl Operation {
    /// Its name in histories, as the first version calls it: the function's own name where that is unique, else with its
    /// interface.
    pub fn name(&self) -> &str {
        &self.names[0]
    }

    /// The function that it is in each version.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// Parameters in order, with their names.
    pub fn parameters(&self) -> &[(String, WitType)] {
        &self.functions[0].parameters
    }

    /// Parameters that its user gives: of an agent's method, all but the one that says who calls.
    pub fn user_parameters(&self) -> &[(String, WitType)] {
        self.functions[0].user_parameters()
    }

    /// What it returns.
    pub fn result(&self) -> Option<&WitType> {
        self.functions[0].result.as_ref()
    }

    /// How often it is called compared with the others.
    pub fn weight(&self) -> u32 {
        self.weight
    }

    /// Makes its arguments.
    pub(crate) fn arguments(&self) -> &SBoxedStrategy<Vec<Val>> {
        &self.arguments
    }

    pub(crate) fn name_in(&self, version: VersionId) -> &str {
        &self.names[version.index()]
    }

    pub(crate) fn function(&self, version: VersionId) -> &Function {
        &self.functions[version.index()]
    }
}

/// Names of functions, each with the reason why histories leave it out.
pub(super) type LeftOut = Vec<(String, String)>;

/// The operations that all versions have, and what is left out of histories.
pub(super) fn common(versions: &[Component], config: &Config) -> Result<(Vec<Operation>, LeftOut)> {
    let old = &versions[0];
    let is_chain = versions.len() > 2;
    let mut left_out = LeftOut::new();
    for (number, component) in versions.iter().enumerate() {
        let version = match number {
            _ if is_chain => format!("version {}", number + 1),
            0 => "old".to_owned(),
            _ => "new".to_owned(),
        };
        for (function, reason) in component.other_functions() {
            left_out.push((format!("{} ({version})", function.name), reason.clone()));
        }
        for (method, reason) in component.left_out_methods() {
            left_out.push((format!("{method} ({version})"), reason.clone()));
        }
    }
    let renamed = renamed_functions(versions, config)?;
    for name in config.ignore.iter().chain(config.weights.keys()) {
        find(old, "old", name)?;
    }
    let mut operations: Vec<Operation> = Vec::new();
    for function in old.operations() {
        let name = function.name.to_string();
        if config.ignore.iter().any(|it| function.name.answers_to(it)) {
            left_out.push((name, "the config says `ignore`".to_owned()));
            continue;
        }
        match counterparts(function, &versions[1..], &renamed) {
            Ok(counterparts) => {
                let operation = operation(function, &counterparts, versions, config);
                if operation.weight == 0 {
                    left_out.push((name, "the config gives it the weight 0".to_owned()));
                }
                operations.push(operation);
            }
            Err(reason) => left_out.push((name, reason)),
        }
    }
    left_out.extend(only_later(versions, &operations));
    Ok((operations, left_out))
}

/// Functions that a later version has and no earlier one, as far as no operation is made of them.
fn only_later(versions: &[Component], operations: &[Operation]) -> LeftOut {
    let mut left_out = LeftOut::new();
    for (number, component) in versions.iter().enumerate().skip(1) {
        for function in component.operations() {
            let is_common = |it: &Operation| it.functions[number].name == function.name;
            let has_it = |it: &Component| it.operations().iter().any(|it| it.name == function.name);
            if !operations.iter().any(is_common) && !versions[..number].iter().any(has_it) {
                let reason = match versions.len() > 2 {
                    true => "not every version has it",
                    false => "only the new version has it",
                };
                left_out.push((function.name.to_string(), reason.to_owned()));
            }
        }
    }
    left_out
}

/// The same function in each of the later versions; or why it is left out.
fn counterparts<'a>(
    function: &'a Function,
    later: &'a [Component],
    renamed: &[BTreeMap<String, &'a Function>],
) -> Result<Vec<&'a Function>, String> {
    let is_chain = later.len() > 1;
    let mut found: Vec<&Function> = Vec::new();
    for (component, renamed) in later.iter().zip(renamed) {
        let before = found.last().copied().unwrap_or(function);
        let counterpart = match renamed.get(&before.name.to_string()) {
            Some(counterpart) => Some(*counterpart),
            None => component
                .operations()
                .iter()
                .find(|it| it.name == before.name),
        };
        let Some(counterpart) = counterpart else {
            return Err(match is_chain {
                true => "not every version has it".to_owned(),
                false => "only the old version has it".to_owned(),
            });
        };
        if !function.same_type(counterpart) {
            let which = match is_chain {
                true => format!("version {}", found.len() + 2),
                false => "new".to_owned(),
            };
            return Err(format!(
                "its type differs: old `{function}`, {which} `{counterpart}`"
            ));
        }
        found.push(counterpart);
    }
    Ok(found)
}

fn operation(
    function: &Function,
    counterparts: &[&Function],
    versions: &[Component],
    config: &Config,
) -> Operation {
    let weight = config
        .weights
        .iter()
        .find(|(name, _)| function.name.answers_to(name))
        .map_or(1, |(_, weight)| *weight);
    // `not_an_operation` keeps every function out whose parameters have no values.
    let mut arguments: Vec<_> = function
        .user_parameters()
        .iter()
        .filter_map(|(_, ty)| strategy::values(ty))
        .collect();
    let principal = &function.parameters[function.user_parameters().len()..];
    arguments.extend(principal.iter().filter_map(|(_, ty)| principals(ty)));
    let functions = std::iter::once(&function).chain(counterparts);
    let named = functions.clone().zip(versions);
    Operation {
        names: named
            .map(|(it, component)| shown_name(it, component))
            .collect(),
        functions: functions.map(|it| (*it).clone()).collect(),
        weight,
        arguments: arguments.sboxed(),
    }
}

/// The function's own name where that is unique in the component, else with its interface.
fn shown_name(function: &Function, component: &Component) -> String {
    let functions = component.operations().iter();
    let namesakes = functions.filter(|other| other.name.name == function.name.name);
    match namesakes.count() {
        1 => function.name.name.clone(),
        _ => function.name.to_string(),
    }
}

/// For each hop, the `same` declarations: the full name in its old version, and the function in its new one.
fn renamed_functions<'a>(
    versions: &'a [Component],
    config: &Config,
) -> Result<Vec<BTreeMap<String, &'a Function>>> {
    let mut renamed: Vec<BTreeMap<String, &Function>> = vec![BTreeMap::new(); versions.len() - 1];
    for same in &config.same {
        let mut holds = false;
        for (hop, renamed) in versions.windows(2).zip(&mut renamed) {
            let (from, to) = match (
                find(&hop[0], "old", &same.old),
                find(&hop[1], "new", &same.new),
            ) {
                (Ok(from), Ok(to)) => (from, to),
                (Err(error), _) | (_, Err(error)) if versions.len() == 2 => return Err(error),
                _ => continue,
            };
            if !from.same_type(to) {
                bail!("the config says that {from} is the same as {to}, but their types differ");
            }
            renamed.insert(from.name.to_string(), to);
            holds = true;
        }
        ensure!(
            holds,
            "the config says that {} is the same as {}, but of no two versions in a row the first has the one and the second the other",
            same.old,
            same.new
        );
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
