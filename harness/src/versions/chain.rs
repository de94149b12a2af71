//! Versions of a component in a row, from the one in production on, and the updates between them. A pair is a chain of two.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use anyhow::{Context, Result, bail, ensure};
use proptest::prelude::SBoxedStrategy;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::case::{Call, Case, Step};
use crate::component::agent::Agent;
use crate::component::{Component, Function, Runtime};
use crate::error::{Error, ErrorKind};
use crate::value::{Val, parse_arguments, wave};
use crate::versions::agents::{self, Chains};
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
    /// Arguments that an agent is made with.
    founding: Option<SBoxedStrategy<Vec<Val>>>,
    /// Those that one is made with where nobody draws any.
    default_founding: Option<Vec<Val>>,
    config: Config,
    threads: rayon::ThreadPool,
    pool: Pool,
}

impl Chain {
    /// Opens files (or `embedded:NAME`), from the version in production to the last.
    ///
    /// # Errors
    /// A file is no component that can be used, there are fewer than two, or the config names a function that does not exist.
    pub fn open<P: AsRef<str>>(paths: &[P], config: &Config) -> Result<Self, Error> {
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
    ) -> Result<Self, Error> {
        Self::open_agent(runtime, paths, None, config)
    }

    /// As [`Self::open_with`], of components that have several agents the one with this name.
    ///
    /// # Errors
    /// As [`Self::open`], or no agent is named where there are several.
    pub fn open_agent<P: AsRef<str>>(
        runtime: &Runtime,
        paths: &[P],
        name: Option<&str>,
        config: &Config,
    ) -> Result<Self, Error> {
        ErrorKind::Component.of(|| {
            let mut chains = Self::open_each(runtime, paths, name, config)?.chains;
            match (chains.pop(), chains.is_empty()) {
                (Some(chain), true) => Ok(chain),
                (last, _) => {
                    let names = chains.iter().chain(&last).filter_map(Self::agent);
                    bail!(
                        "the components have several agents, of which one is to be chosen: {}",
                        names.collect::<Vec<_>>().join(", ")
                    )
                }
            }
        })
    }

    /// As [`Self::open`], one chain for each agent type that all versions have; of ordinary components, the one chain that there
    /// is. `only` names the agent type that is wanted.
    ///
    /// # Errors
    /// As [`Self::open`], or there is no agent that can be checked.
    pub fn open_each<P: AsRef<str>>(
        runtime: &Runtime,
        paths: &[P],
        only: Option<&str>,
        config: &Config,
    ) -> Result<Chains, Error> {
        ErrorKind::Component.of(|| agents::each(opened(runtime, paths)?, only, config))
    }

    /// Puts components that were opened with the same [`Runtime`] in a row, from the version in
    /// production to the last.
    ///
    /// The config names the functions as the first version does. A renaming (`same`) holds for each hop whose two versions
    /// have these names.
    ///
    /// # Errors
    /// There are fewer than two, or the config names a function that does not exist.
    pub fn new(versions: Vec<Component>, config: &Config) -> Result<Self, Error> {
        ErrorKind::Config.of(|| {
            ensure!(
                versions.len() >= 2,
                "a pair needs two versions, and there are {}",
                versions.len()
            );
            let (operations, left_out) = operation::common(&versions, config)?;
            let agent = versions[0].agent();
            let mut chain = Self {
                founding: agent.and_then(Agent::founding),
                default_founding: agent.and_then(Agent::default_founding),
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
        })
    }

    /// The name of the agent type that it is about; none of ordinary components.
    pub fn agent(&self) -> Option<&str> {
        self.old().agent().map(|agent| agent.ty().name.as_str())
    }

    /// Arguments that an agent is made with.
    pub(crate) fn founding(&self) -> Option<&SBoxedStrategy<Vec<Val>>> {
        self.founding.as_ref()
    }

    /// Those that one is made with where nobody draws any.
    pub(crate) fn default_founding(&self) -> Option<&Vec<Val>> {
        self.default_founding.as_ref()
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
    pub fn hop(&self, id: Option<HopId>) -> Result<Hop<'_>, Error> {
        ErrorKind::Config.of(|| {
            let Some(id) = id else {
                return Ok(self.whole());
            };
            ensure!(
                id.to.checked_sub(1) == Some(id.from),
                "{id} is no hop of a chain"
            );
            let found = self.hops().find(|hop| hop.id() == id);
            found.with_context(|| format!("the chain has no hop {id}"))
        })
    }

    /// The number of the operation with this name, as the version in production calls it.
    ///
    /// # Errors
    /// The versions have no such operation in common.
    pub fn operation_named(&self, name: &str) -> Result<usize, Error> {
        ErrorKind::Config.of(|| Ok(self.whole().operation_named(name)?))
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

/// Opens files; what is there twice, once.
fn opened<P: AsRef<str>>(runtime: &Runtime, paths: &[P]) -> Result<Vec<Component>> {
    let paths: Vec<&str> = paths.iter().map(AsRef::as_ref).collect();
    let distinct: BTreeSet<&str> = paths.iter().copied().collect();
    let opened = distinct.into_par_iter();
    let opened = opened.map(|path| Ok((path, runtime.open(path)?)));
    let opened = opened.collect::<Result<BTreeMap<&str, Component>>>()?;
    Ok(paths.into_iter().map(|path| opened[path].clone()).collect())
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
    pub fn operation_named(self, name: &str) -> Result<usize, Error> {
        ErrorKind::Config.of(|| {
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
        })
    }

    /// How the version that is updated calls an operation.
    pub fn name(self, operation: usize) -> &'a str {
        let operation = self.chain.operations.get(operation);
        operation.map_or(NO_OPERATION, |it| it.name_in(self.from))
    }

    /// A call as histories show it.
    pub fn call(self, call: &Call) -> String {
        let operation = self.chain.operations.get(call.operation);
        let given = operation.map_or(usize::MAX, |it| it.user_parameters().len());
        let arguments = call_text(given, &call.arguments);
        format!("{}{arguments}", self.name(call.operation))
    }

    /// The agent that a case is about, as its id; none of an ordinary worker.
    pub fn agent_of(self, case: &Case) -> Option<String> {
        let agent = self.old().agent()?;
        let founding = case.founding.as_ref().or(self.chain.default_founding())?;
        agent.id(founding).ok()
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
        called(self.function(operation, self.from), text)
    }

    /// The agent that a case is about, as a call of its constructor; none of an ordinary worker.
    pub(crate) fn founding_text(self, case: &Case) -> Option<String> {
        let constructor = self.old().agent()?.constructor();
        let founding = case.founding.as_ref().or(self.chain.default_founding())?;
        Some(format!(
            "{}{}",
            constructor.name.name,
            call_text(constructor.user_parameters().len(), founding)
        ))
    }

    /// Reads what [`Self::founding_text`] wrote.
    pub(crate) fn parse_founding(self, text: &str) -> Result<Vec<Val>> {
        let agent = self.old().agent();
        let agent = agent.context("the versions are no agents")?;
        let constructor = agent.constructor();
        let arguments = text.strip_prefix(constructor.name.name.as_str());
        let arguments = arguments.filter(|it| it.starts_with('('));
        let arguments =
            arguments.with_context(|| format!("{text:?} makes no {}", constructor.name.name))?;
        called(constructor, arguments)
    }
}

/// The arguments of a call, of which the first so many are its user's; behind them who calls, if that is somebody.
fn call_text(given: usize, arguments: &[Val]) -> String {
    let (given, principal) = arguments.split_at(given.min(arguments.len()));
    let given: Vec<String> = given.iter().map(wave).collect();
    let caller: String = principal.iter().map(caller).collect();
    format!("({}){caller}", given.join(", "))
}

/// Reads what [`call_text`] wrote for a call of this function.
fn called(function: &Function, text: &str) -> Result<Vec<Val>> {
    let given = function.user_parameters();
    let [principal] = &function.parameters[given.len()..] else {
        return Ok(parse_arguments(function, text)?);
    };
    let whole = crate::value::arguments(text, given);
    if let Ok(mut arguments) = whole {
        arguments.push(anonymous());
        return Ok(arguments);
    }
    // The arguments may have the same words in a text of theirs.
    let ends = text.match_indices(BY).map(|(at, _)| at + 1);
    let mut parsed = ends.filter_map(|end| {
        let mut arguments = crate::value::arguments(&text[..end], given).ok()?;
        let caller = format!("({})", &text[end + BY.len() - 1..]);
        arguments.extend(crate::value::arguments(&caller, std::slice::from_ref(principal)).ok()?);
        Some(arguments)
    });
    match parsed.next() {
        Some(arguments) => Ok(arguments),
        None => whole.with_context(|| format!("the arguments {text} do not fit {function}")),
    }
}

/// What stands between a call and who calls.
const BY: &str = ") by ";

/// The principal of a call that nobody signed.
fn anonymous() -> Val {
    Val::Variant("anonymous".to_owned(), None)
}

/// Who calls, behind a call: nothing for nobody.
fn caller(principal: &Val) -> String {
    match *principal == anonymous() {
        true => String::new(),
        false => format!(" by {}", wave(principal)),
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
