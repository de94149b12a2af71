//! Versions of a component in a row, from the one in production on, and the updates between them. A pair is a chain of two.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::OnceLock;

use anyhow::{Context, Result, bail, ensure};
use proptest::prelude::SBoxedStrategy;
use rayon::prelude::*;

use crate::component::agent::Agent;
use crate::component::{Component, Runtime};
use crate::error::{Error, ErrorKind};
use crate::value::Val;
use crate::value::landmarks::Landmarks;
use crate::versions::agents::{self, Chains};
use crate::versions::config::{Config, Differs};
use crate::versions::hop::{Hop, HopId};
use crate::versions::operation::{self, LeftOut, Operation};
use crate::worker::pool::{Origin, Pool};

/// A version of a chain. Only the chain itself makes one, so that there is always such a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct VersionId(pub(super) usize);

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
    landmarks: OnceLock<Landmarks>,
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
                landmarks: OnceLock::new(),
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

    /// The same chain, whose versions count the edges that their workers take; none where one of them cannot.
    pub(crate) fn counting(&self) -> Option<Self> {
        let versions: Option<Vec<Component>> =
            self.versions.iter().map(Component::counting).collect();
        Self::new(versions?, &self.config).ok()
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

    /// What numbers the versions compare others with.
    pub(crate) fn landmarks(&self) -> &Landmarks {
        self.landmarks.get_or_init(|| {
            let constants: Vec<_> = self.versions.iter().map(Component::constants).collect();
            Landmarks::of(&constants)
        })
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

    /// Judges a case on this thread, as soon as there is memory for it; no case judges another on its thread.
    pub(crate) fn within_budget<R>(&self, judge: impl FnOnce() -> R) -> R {
        self.old().budget().case(judge)
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

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = self.versions.iter().map(Component::label);
        f.debug_list().entries(labels).finish()
    }
}
