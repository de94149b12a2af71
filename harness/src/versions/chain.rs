//! Versions of a component in a row, from the one in production on, and the updates between them. A pair is a chain of two.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use anyhow::{Context, Result, bail, ensure};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::case::{Call, Case, Step};
use crate::component::{Component, Function, Runtime};
use crate::value::{Val, wave};
use crate::versions::config::{Config, Differs};
use crate::versions::operation::{self, LeftOut, Operation};
use crate::worker::pool::{Origin, Pool};

/// A version of a chain. Only the chain itself makes one, so that there is always such a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct VersionId(usize);

impl VersionId {
    /// Its number, from 1 on.
    pub(crate) fn number(self) -> usize {
        self.0 + 1
    }

    /// Its place among the versions, from 0 on.
    pub(crate) fn index(self) -> usize {
        self.0
    }
}

/// A declared difference.
#[derive(Debug, Clone)]
pub(crate) struct Declaration {
    pub(crate) differs: Differs,
    pub(crate) operation: usize,
}

/// Versions of a component, from the one in production to the last; mostly two.
pub struct Chain {
    versions: Vec<Component>,
    operations: Vec<Operation>,
    left_out: LeftOut,
    declarations: Vec<Declaration>,
    config: Config,
    threads: rayon::ThreadPool,
    pool: Pool,
}

impl Chain {
    /// Opens files (or `embedded:NAME`), from the version in production to the last.
    ///
    /// # Errors
    /// A file is no component that can be used, there are fewer than two, or the config names a function that does not exist.
    pub fn open<P: AsRef<str>>(paths: &[P], config: &Config) -> Result<Self> {
        Self::open_with(&config.runtime()?, paths, config)
    }

    /// As [`Self::open`], with a runtime of the caller's own.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with<P: AsRef<str>>(
        runtime: &Runtime,
        paths: &[P],
        config: &Config,
    ) -> Result<Self> {
        let paths: Vec<&str> = paths.iter().map(AsRef::as_ref).collect();
        // What is there twice is opened once.
        let distinct: BTreeSet<&str> = paths.iter().copied().collect();
        let opened = distinct.into_par_iter();
        let opened = opened.map(|path| Ok((path, runtime.open(path)?)));
        let opened = opened.collect::<Result<BTreeMap<&str, Component>>>()?;
        let versions = paths.into_iter().map(|path| opened[path].clone());
        Self::new(versions.collect(), config)
    }

    /// Puts components that were opened with the same [`Runtime`](crate::component::Runtime) in a row, from the version in
    /// production to the last.
    ///
    /// The config names the functions as the first version does. A renaming (`same`) holds for each hop whose two versions
    /// have these names.
    ///
    /// # Errors
    /// There are fewer than two, or the config names a function that does not exist.
    pub fn new(versions: Vec<Component>, config: &Config) -> Result<Self> {
        ensure!(
            versions.len() >= 2,
            "a pair needs two versions, and there are {}",
            versions.len()
        );
        let (operations, left_out) = operation::common(&versions, config)?;
        let mut chain = Self {
            pool: Pool::of(&versions),
            versions,
            operations,
            left_out,
            declarations: Vec::new(),
            config: config.clone(),
            threads: config.limits().threads()?,
        };
        for differs in &config.differs {
            let operation = chain
                .operation_named(&differs.function)
                .context("in the config's `differs`")?;
            chain.declarations.push(Declaration {
                differs: differs.clone(),
                operation,
            });
        }
        Ok(chain)
    }

    /// All versions, from the one in production to the last; at least two.
    pub fn versions(&self) -> &[Component] {
        &self.versions
    }

    /// The version in production.
    pub fn old(&self) -> &Component {
        self.whole().old()
    }

    /// The last version.
    pub fn last(&self) -> &Component {
        self.whole().next()
    }

    /// What all versions can do, in the order of the first one's exports.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Functions of any version that histories leave out, each with the reason.
    pub fn left_out(&self) -> &[(String, String)] {
        &self.left_out
    }

    /// What is declared to change, and what the world answers.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether there are more than two versions.
    pub fn is_longer_than_a_pair(&self) -> bool {
        self.versions.len() > 2
    }

    /// The updates from each version to the next.
    pub fn hops(&self) -> impl ExactSizeIterator<Item = Hop<'_>> {
        (1..self.versions.len()).map(|to| Hop {
            chain: self,
            from: VersionId(to - 1),
            to: VersionId(to),
        })
    }

    /// The update from the version in production to the last, whichever versions are between.
    pub fn whole(&self) -> Hop<'_> {
        Hop {
            chain: self,
            from: VersionId(0),
            to: VersionId(self.versions.len() - 1),
        }
    }

    /// The hop with these numbers; the whole where there is none.
    ///
    /// # Errors
    /// The chain has no such hop.
    pub fn hop(&self, id: Option<HopId>) -> Result<Hop<'_>> {
        let Some(id) = id else {
            return Ok(self.whole());
        };
        ensure!(
            id.to.checked_sub(1) == Some(id.from),
            "{id} is no hop of a chain"
        );
        let found = self.hops().find(|hop| hop.id() == id);
        found.with_context(|| format!("the chain has no hop {id}"))
    }

    /// The number of the operation with this name, as the version in production calls it.
    ///
    /// # Errors
    /// The versions have no such operation in common.
    pub fn operation_named(&self, name: &str) -> Result<usize> {
        self.whole().operation_named(name)
    }

    /// Runs work that starts workers, on threads with enough stack for them.
    pub(crate) fn on_its_threads<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        self.threads.install(work)
    }

    /// The differences that the config declares.
    pub(crate) fn declarations(&self) -> &[Declaration] {
        &self.declarations
    }

    /// New workers of a version.
    pub(crate) fn new_workers(&self, version: VersionId) -> Origin<'_> {
        Origin::new(&self.versions[version.0])
    }

    /// Workers of a version: those that are done, as long as there are some.
    pub(crate) fn pooled_workers(&self, version: VersionId) -> Origin<'_> {
        self.pool.origin(version.0)
    }
}

/// An update of a chain, by the numbers of the two versions, from 1 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HopId {
    /// The version that is updated.
    pub from: usize,
    /// The version that it is updated to; the same where a version is updated to itself.
    pub to: usize,
}

impl fmt::Display for HopId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}→v{}", self.from, self.to)
    }
}

/// An update of a chain: from one of its versions to the next, or past those between to the last.
#[derive(Clone, Copy)]
pub struct Hop<'a> {
    chain: &'a Chain,
    from: VersionId,
    to: VersionId,
}

impl<'a> From<&'a Chain> for Hop<'a> {
    fn from(chain: &'a Chain) -> Self {
        chain.whole()
    }
}

/// A chain that a test opens once is a static of its own.
impl<'a> From<&'a LazyLock<Chain>> for Hop<'a> {
    fn from(chain: &'a LazyLock<Chain>) -> Self {
        chain.whole()
    }
}

impl<'a> Hop<'a> {
    /// The chain that it is part of.
    pub fn chain(self) -> &'a Chain {
        self.chain
    }

    /// The version that is updated.
    pub fn old(self) -> &'a Component {
        self.component(self.from)
    }

    /// The version that it is updated to.
    pub fn next(self) -> &'a Component {
        self.component(self.to)
    }

    /// Its numbers.
    pub fn id(self) -> HopId {
        HopId {
            from: self.from.number(),
            to: self.to.number(),
        }
    }

    /// Whether there are versions between the two.
    pub fn passes_over(self) -> bool {
        self.from.0 + 1 < self.to.0
    }

    /// The number of the operation with this name, as the version that is updated calls it.
    ///
    /// # Errors
    /// The versions have no such operation in common.
    pub fn operation_named(self, name: &str) -> Result<usize> {
        let mut operations = 0..self.chain.operations.len();
        let found = operations
            .clone()
            .find(|number| self.name(*number) == name)
            .or_else(|| {
                operations.find(|number| {
                    let function = self.chain.operations[*number].function(self.from);
                    function.name.answers_to(name)
                })
            });
        let Some(found) = found else {
            let operations = self.chain.operations.iter();
            let known: Vec<&str> = operations.map(|it| it.name_in(self.from)).collect();
            bail!(
                "there is no operation {name:?} that {} versions have; they have {}",
                if self.passes_over() { "all" } else { "both" },
                if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                }
            );
        };
        Ok(found)
    }

    /// How the version that is updated calls an operation.
    pub fn name(self, operation: usize) -> &'a str {
        let operation = self.chain.operations.get(operation);
        operation.map_or(NO_OPERATION, |it| it.name_in(self.from))
    }

    /// A call as histories show it.
    pub fn call(self, call: &Call) -> String {
        let arguments: Vec<String> = call.arguments.iter().map(wave).collect();
        format!("{}({})", self.name(call.operation), arguments.join(", "))
    }

    /// Whether each call of the case is one of an operation that there is.
    pub(crate) fn fits(self, case: &Case) -> bool {
        case.steps.iter().all(|step| match step {
            Step::Operation(call) => call.operation < self.chain.operations.len(),
            _ => true,
        })
    }

    pub(crate) fn from(self) -> VersionId {
        self.from
    }

    pub(crate) fn to(self) -> VersionId {
        self.to
    }

    /// The version after this one; of the last one, itself.
    pub(crate) fn after(self, version: VersionId) -> VersionId {
        VersionId(version.0 + 1).min(self.to)
    }

    /// How many updates lead from the first version to the last, each to the next.
    pub(crate) fn updates(self) -> usize {
        self.to.0 - self.from.0
    }

    /// The updates between its versions, each to the next.
    pub(crate) fn parts(self) -> impl Iterator<Item = Self> {
        self.chain
            .hops()
            .filter(move |hop| hop.from >= self.from && hop.to <= self.to)
    }

    pub(crate) fn component(self, version: VersionId) -> &'a Component {
        &self.chain.versions[version.0]
    }

    /// An operation's function in one of the versions.
    pub(crate) fn function(self, operation: usize, version: VersionId) -> &'a Function {
        self.chain.operations[operation].function(version)
    }

    /// The operation with this number.
    pub(crate) fn operation(self, operation: usize) -> &'a Operation {
        &self.chain.operations[operation]
    }

    /// Arguments of an operation from WAVE: the text from the opening parenthesis on.
    pub(crate) fn parse_arguments(self, operation: usize, text: &str) -> Result<Vec<Val>> {
        crate::value::parse_arguments(self.function(operation, self.from), text)
    }
}

/// What stands for the name of an operation that the chain does not have.
const NO_OPERATION: &str = "<no operation>";

impl fmt::Debug for Hop<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id())
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = self.versions.iter().map(Component::label);
        f.debug_list().entries(labels).finish()
    }
}
