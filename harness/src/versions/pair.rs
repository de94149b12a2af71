//! Versions of a component side by side: which operations all have, and what is declared to change. Mostly two; a chain has
//! others between them, and each of its hops is a pair of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail, ensure};
use proptest::prelude::{SBoxedStrategy, Strategy};
use rayon::prelude::*;

use crate::component::{Component, Function};
use crate::judging::verdict::Hop;
use crate::value::Val;
use crate::value::strategy;
use crate::versions::config::{Config, Differs};

/// Which of the versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The version in production.
    Old,
    /// In a chain, the version between the two with this number, from 0 on.
    Between(usize),
    /// The next version.
    New,
}

/// An operation that all versions have, and that histories are made of.
#[derive(Debug)]
pub struct Operation {
    /// Its name in histories: the function's own name where that is unique, else with its interface.
    pub name: String,
    /// The function in the old version.
    pub old: Function,
    /// The function in the new version.
    pub new: Function,
    /// The function in each version between the two.
    pub between: Vec<Function>,
    /// How often it is called compared with the others.
    pub weight: u32,
    pub(crate) arguments: SBoxedStrategy<Vec<Val>>,
}

impl Operation {
    /// The function in one of the versions. Of a version that the pair does not have, it is the new version's.
    pub fn function(&self, side: Side) -> &Function {
        match side {
            Side::Old => &self.old,
            Side::Between(number) => self.between.get(number).unwrap_or(&self.new),
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
#[derive(Debug, Clone)]
pub(crate) struct Declaration {
    pub(crate) differs: Differs,
    pub(crate) operation: usize,
    pub(crate) needed: Arc<AtomicBool>,
}

/// Two versions of a component; in a chain with those between them.
pub struct Pair {
    /// The version in production.
    pub old: Component,
    /// The next version; of a chain, the last.
    pub new: Component,
    /// The versions between the two, in order; none unless this is a chain.
    pub between: Vec<Component>,
    /// What all of them can do, in the order of the old version's exports.
    pub operations: Vec<Operation>,
    /// Functions of either version that histories leave out, each with the reason.
    pub left_out: Vec<(String, String)>,
    pub(crate) declarations: Vec<Declaration>,
    pub(crate) threads: Arc<rayon::ThreadPool>,
    /// A chain's updates from each version to the next.
    hops: Vec<Pair>,
    /// The same pair, whose workers are used again when they are done.
    renewing: Option<Box<Pair>>,
}

impl Pair {
    /// Opens two files (or `embedded:NAME`).
    ///
    /// # Errors
    /// A file is no component that can be used, or the config names a function that does not exist.
    pub fn open(old: &str, new: &str, config: &Config) -> Result<Self> {
        Self::open_chain(&[old, new], config)
    }

    /// Opens files (or `embedded:NAME`), from the version in production to the last.
    ///
    /// # Errors
    /// As [`Self::open`], or there are fewer than two.
    pub fn open_chain(paths: &[&str], config: &Config) -> Result<Self> {
        let runtime = config.runtime()?;
        let versions = each_once(paths, |path| runtime.open(path))?;
        Self::chain(versions, config)
    }

    /// As [`Self::open_chain`], for [`check`](crate::check()): compiles every component twice, to use the second's workers again
    /// when they are done. What that shows is the same, in half of the time, and with several threads in less.
    ///
    /// # Errors
    /// As [`Self::open_chain`].
    pub fn open_for_check(paths: &[&str], config: &Config) -> Result<Self> {
        let runtime = config.runtime()?;
        let opened = each_once(paths, |path| runtime.open_twice(path))?;
        let (versions, renewing): (Vec<_>, Vec<_>) = opened.into_iter().unzip();
        let pair = Self::chain(versions, config)?;
        match renewing.into_iter().collect() {
            Some(renewing) => pair.with_renewing(renewing, config),
            None => Ok(pair),
        }
    }

    /// The pair or chain, which has its workers from these versions, the second ones of
    /// [`Runtime::open_twice`](crate::component::Runtime::open_twice), wherever that cannot be told from what its own do.
    ///
    /// # Errors
    /// As [`Self::chain`].
    pub fn with_renewing(mut self, versions: Vec<Component>, config: &Config) -> Result<Self> {
        let mut renewing = Self::chain(versions, config)?;
        renewing.threads = Arc::clone(&self.threads);
        renewing.declarations.clone_from(&self.declarations);
        renewing.hops = renewing.split();
        for (hop, renewing) in self.hops.iter_mut().zip(renewing.split()) {
            hop.renewing = Some(Box::new(renewing));
        }
        self.renewing = Some(Box::new(renewing));
        Ok(self)
    }

    /// The same pair, whose workers are used again when they are done; itself where they cannot be. What it finds must be
    /// confirmed by the pair itself.
    pub(crate) fn renewing(&self) -> &Self {
        self.renewing.as_deref().unwrap_or(self)
    }

    /// Pairs two components that were opened with the same [`Runtime`](crate::component::Runtime).
    ///
    /// # Errors
    /// The config names a function that does not exist.
    pub fn new(old: Component, new: Component, config: &Config) -> Result<Self> {
        Self::chain(vec![old, new], config)
    }

    /// Puts components that were opened with the same [`Runtime`](crate::component::Runtime) in a row, from the version in production to the last.
    ///
    /// In a chain, the config names the functions as the first version does. A renaming (`same`) holds for each hop whose two
    /// versions have these names.
    ///
    /// # Errors
    /// As [`Self::new`], or there are fewer than two.
    pub fn chain(versions: Vec<Component>, config: &Config) -> Result<Self> {
        let [old, between @ .., new] = versions.as_slice() else {
            bail!(
                "a pair needs two versions, and there are {}",
                versions.len()
            );
        };
        let (operations, left_out) = common_operations(&versions, config)?;
        let mut pair = Self {
            old: old.clone(),
            new: new.clone(),
            between: between.to_vec(),
            operations,
            left_out,
            declarations: Vec::new(),
            threads: Arc::new(config.limits().threads()?),
            hops: Vec::new(),
            renewing: None,
        };
        for differs in &config.differs {
            let operation = pair
                .operation_named(&differs.function)
                .context("in the config's `differs`")?;
            pair.declarations.push(Declaration {
                differs: differs.clone(),
                operation,
                needed: Arc::new(AtomicBool::new(false)),
            });
        }
        pair.hops = pair.split();
        Ok(pair)
    }

    /// The hops of a chain; none of a pair.
    fn split(&self) -> Vec<Self> {
        let versions: Vec<&Component> = self.versions().collect();
        let hops = versions.windows(2).enumerate();
        match self.is_chain() {
            true => hops.map(|(at, hop)| self.part(at, hop)).collect(),
            false => Vec::new(),
        }
    }

    /// The pair of two versions of the chain that follow each other, the first of them number `at` from 0 on. It has the
    /// chain's operations, by the names of its own old version.
    fn part(&self, at: usize, hop: &[&Component]) -> Self {
        let (old, new) = (hop[0], hop[1]);
        let operations = self.operations.iter().map(|operation| {
            let versions = [&operation.old].into_iter();
            let versions = versions.chain(&operation.between).chain([&operation.new]);
            let functions: Vec<&Function> = versions.skip(at).take(2).collect();
            Operation {
                name: shown_name(functions[0], old),
                old: functions[0].clone(),
                new: functions[1].clone(),
                between: Vec::new(),
                weight: operation.weight,
                arguments: operation.arguments.clone(),
            }
        });
        Self {
            old: old.clone(),
            new: new.clone(),
            between: Vec::new(),
            operations: operations.collect(),
            left_out: Vec::new(),
            declarations: self.declarations.clone(),
            threads: Arc::clone(&self.threads),
            hops: Vec::new(),
            renewing: None,
        }
    }

    /// Whether there are versions between the two.
    pub fn is_chain(&self) -> bool {
        !self.between.is_empty()
    }

    /// A chain's updates from each version to the next, as pairs of their own; of a pair, the pair itself.
    pub fn hops(&self) -> &[Pair] {
        match self.is_chain() {
            true => &self.hops,
            false => std::slice::from_ref(self),
        }
    }

    /// The hop with these numbers; the whole where there is none.
    ///
    /// # Errors
    /// The chain has no such hop.
    pub fn hop(&self, hop: Option<Hop>) -> Result<&Pair> {
        let Some(hop) = hop else {
            return Ok(self);
        };
        let found = hop.from.checked_sub(1).and_then(|at| self.hops().get(at));
        let is_next = hop.to.checked_sub(1) == Some(hop.from);
        ensure!(is_next, "{hop} is no hop of a chain");
        found.with_context(|| format!("the chain has no hop {hop}"))
    }

    /// All versions, from the one in production to the last.
    pub fn versions(&self) -> impl Iterator<Item = &Component> {
        let between = self.between.iter();
        std::iter::once(&self.old).chain(between).chain([&self.new])
    }

    /// The version that `side` is updated to; the last to itself.
    pub(crate) fn next(&self, side: Side) -> Side {
        let number = match side {
            Side::Old => 0,
            Side::Between(number) => number + 1,
            Side::New => return Side::New,
        };
        match number < self.between.len() {
            true => Side::Between(number),
            false => Side::New,
        }
    }

    /// The number of a version in the chain, from 1 on.
    pub(crate) fn number(&self, side: Side) -> usize {
        match side {
            Side::Old => 1,
            Side::Between(number) => number + 2,
            Side::New => self.between.len() + 2,
        }
    }

    /// One of the components. Of a version that the pair does not have, it is the new one.
    pub fn component(&self, side: Side) -> &Component {
        match side {
            Side::Old => &self.old,
            Side::Between(number) => self.between.get(number).unwrap_or(&self.new),
            Side::New => &self.new,
        }
    }

    /// The number of the operation with this name.
    ///
    /// # Errors
    /// The versions have no such operation in common.
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
                "there is no operation {name:?} that {} versions have; they have {}",
                if self.is_chain() { "all" } else { "both" },
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

/// What `open` makes of the paths; of one that is there twice, once.
fn each_once<T: Clone + Send + Sync>(
    paths: &[&str],
    open: impl Fn(&str) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let distinct: BTreeSet<&str> = paths.iter().copied().collect();
    let opened = distinct.into_par_iter().map(|path| Ok((path, open(path)?)));
    let opened = opened.collect::<Result<BTreeMap<&str, T>>>()?;
    Ok(paths.iter().map(|path| opened[path].clone()).collect())
}

type LeftOut = Vec<(String, String)>;

fn common_operations(versions: &[Component], config: &Config) -> Result<(Vec<Operation>, LeftOut)> {
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
                let operation = operation(function, counterparts, old, config);
                if operation.weight == 0 {
                    left_out.push((name, "the config gives it the weight 0".to_owned()));
                }
                operations.push(operation);
            }
            Err(reason) => left_out.push((name, reason)),
        }
    }
    for (at, pair) in versions.windows(2).enumerate() {
        for function in pair[1].operations() {
            let side = match at + 2 == versions.len() {
                true => Side::New,
                false => Side::Between(at),
            };
            let is_common = |it: &Operation| it.function(side).name == function.name;
            let has_it = |it: &Component| it.operations().iter().any(|it| it.name == function.name);
            if !operations.iter().any(is_common) && !versions[..=at].iter().any(has_it) {
                let reason = match is_chain {
                    true => "not every version has it",
                    false => "only the new version has it",
                };
                left_out.push((function.name.to_string(), reason.to_owned()));
            }
        }
    }
    Ok((operations, left_out))
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
    mut counterparts: Vec<&Function>,
    old: &Component,
    config: &Config,
) -> Operation {
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
    let new = counterparts.pop().unwrap_or(function);
    Operation {
        name: shown_name(function, old),
        old: function.clone(),
        new: new.clone(),
        between: counterparts.into_iter().cloned().collect(),
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
