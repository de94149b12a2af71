//! The builds of a component: as it is, and rewritten so that a worker of it can be put back into its initial state. Neither
//! is compiled before somebody needs it.

use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result};
use wasmtime::component::{Component, ComponentExportIndex, InstancePre};
use wasmtime::{Engine, OptLevel};

use super::cache::Cache;
use super::constants::{Constant, constants};
use super::engine::Engines;
use super::function::ExportName;
use super::in_anyhow;
use crate::host::limits::Limits;
use crate::host::{self, ImportedFunction, World, WorldSettings};
use handover_instrument::{ModuleMap, Probes, RECORD, RESET, Rewrite, instrument};

/// What components are compiled with.
#[derive(Clone)]
pub(super) struct Tools {
    pub(super) engines: Arc<Engines>,
    /// Engines that compile longer for code that runs faster; there once something is worth it.
    pub(super) optimising: Arc<OnceLock<Engines>>,
    pub(super) limits: Limits,
    pub(super) cache: Cache,
}

impl Tools {
    pub(super) fn optimising(&self) -> Result<&Engines> {
        if let Some(engines) = self.optimising.get() {
            return Ok(engines);
        }
        let engines = Engines::new(&self.limits, OptLevel::Speed)?;
        Ok(self.optimising.get_or_init(|| engines))
    }
}

/// The largest component, in bytes, whose edges are counted where that only guides a search: with a language runtime inside,
/// most of them are the runtime's, and it takes longer to compile than to check.
const MAX_COUNTING: usize = 2 << 20;

/// A component as the engine has compiled it.
pub(super) struct Compiled {
    pub(super) engine: Engine,
    pub(super) component: Component,
    /// What each of its records is about, where it was rewritten to have any.
    pub(super) maps: Vec<ModuleMap>,
    /// How many functions put it back.
    resets: usize,
}

impl Compiled {
    /// Compiles a component that was not rewritten.
    pub(super) fn exact(tools: &Tools, bytes: &[u8]) -> Result<Self> {
        Self::new(&tools.engines, &tools.cache, bytes, Vec::new(), 0)
    }

    /// Compiles a component that was rewritten, with `resets` functions that put it back.
    pub(super) fn new(
        engines: &Engines,
        cache: &Cache,
        bytes: &[u8],
        maps: Vec<ModuleMap>,
        resets: usize,
    ) -> Result<Self> {
        let (engine, component) = engines.compile(bytes, cache)?;
        Ok(Self {
            engine,
            component,
            maps,
            resets,
        })
    }

    /// Rewrites and compiles a component so that its workers can be put back; none where they could not be put back exactly.
    pub(super) fn renewable(tools: &Tools, bytes: &[u8]) -> Option<Self> {
        let rewrite = Rewrite {
            probes: Probes::None,
            reset: true,
        };
        let it = instrument(bytes, rewrite).ok()?;
        if it.resets == 0 || !it.warnings.is_empty() {
            return None;
        }
        Self::new(&tools.engines, &tools.cache, &it.bytes, it.maps, it.resets).ok()
    }

    /// Rewrites and compiles a component so that it counts its edges; none of a large one.
    fn counting(tools: &Tools, bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_COUNTING {
            return None;
        }
        let rewrite = Rewrite {
            probes: Probes::Edges,
            reset: false,
        };
        let it = instrument(bytes, rewrite).ok()?;
        Self::new(&tools.engines, &tools.cache, &it.bytes, it.maps, it.resets).ok()
    }

    /// Whether a function of this name was added to it.
    pub(super) fn is_added(&self, name: &ExportName) -> bool {
        let added = |prefix: &str| name.name.starts_with(prefix);
        let is_rewritten = self.resets > 0 || !self.maps.is_empty();
        is_rewritten && name.instance.is_none() && (added(RECORD) || added(RESET))
    }
}

/// What workers are started from.
pub(crate) struct Build {
    pub(crate) pre: InstancePre<World>,
    /// Its own limits: what was added to it is not the component's to pay for.
    pub(crate) limits: Limits,
    /// What each of its records is about.
    pub(crate) maps: Vec<ModuleMap>,
    /// The functions that tell where its records are.
    pub(crate) records: Vec<ComponentExportIndex>,
    /// The functions that put an instance of its modules back, one for each instance that has a state; none if it cannot be
    /// put back or should not be.
    pub(crate) resets: Vec<ComponentExportIndex>,
    /// The component's own functions, in the order of their names.
    exports: Vec<ComponentExportIndex>,
}

impl Build {
    /// Links what was compiled to the deterministic world. `names` are those of the component's own functions.
    pub(super) fn link(
        compiled: Compiled,
        names: &[ExportName],
        limits: &Limits,
        settings: &Arc<WorldSettings>,
    ) -> Result<(Self, Vec<ImportedFunction>)> {
        let (linker, imports) = host::link(&compiled.engine, &compiled.component, settings)?;
        let pre = linker
            .instantiate_pre(&compiled.component)
            .map_err(in_anyhow)
            .context("its imports cannot be provided")?;
        let find = |name: &ExportName| {
            let found = name.find(&compiled.component);
            found.with_context(|| format!("the function {} is not exported", name.name))
        };
        let added = |prefix, count| {
            let names = (0..count).map(|number| ExportName {
                instance: None,
                name: format!("{prefix}{number}"),
            });
            names.map(|name| find(&name)).collect::<Result<Vec<_>>>()
        };
        let mut limits = limits.clone();
        for map in &compiled.maps {
            let added = usize::try_from(map.added_memory).unwrap_or(usize::MAX);
            limits.memory = limits.memory.saturating_add(added);
        }
        let build = Self {
            records: added(RECORD, compiled.maps.len())?,
            resets: added(RESET, compiled.resets)?,
            exports: names.iter().map(find).collect::<Result<_>>()?,
            pre,
            limits,
            maps: compiled.maps,
        };
        Ok((build, imports))
    }

    /// Where the component's own function with this number is.
    pub(crate) fn export(&self, number: usize) -> Option<&ComponentExportIndex> {
        self.exports.get(number)
    }
}

/// The builds of one component, each made when it is first needed.
pub(super) struct Builds {
    tools: Tools,
    settings: Arc<WorldSettings>,
    bytes: Vec<u8>,
    names: Vec<ExportName>,
    /// Why it cannot be compiled, where it cannot.
    exact: OnceLock<Result<Arc<Build>, String>>,
    /// None where workers could not be put back exactly.
    renewable: OnceLock<Option<Arc<Build>>>,
    /// None where it cannot be rewritten.
    counting: OnceLock<Option<Arc<Build>>>,
    constants: OnceLock<Vec<Constant>>,
}

impl Builds {
    /// All builds of the component `bytes`, whose functions have these names.
    pub(super) fn new(
        tools: Tools,
        settings: Arc<WorldSettings>,
        bytes: &[u8],
        names: Vec<ExportName>,
    ) -> Self {
        Self {
            tools,
            settings,
            bytes: bytes.to_vec(),
            names,
            exact: OnceLock::new(),
            renewable: OnceLock::new(),
            counting: OnceLock::new(),
            constants: OnceLock::new(),
        }
    }

    /// The same, of which this one is made already.
    pub(super) fn with_exact(self, build: Build) -> Self {
        let exact = OnceLock::from(Ok(Arc::new(build)));
        Self { exact, ..self }
    }

    /// The same, of which it is known already whether and how workers can be put back.
    pub(super) fn with_renewable(self, build: Option<Build>) -> Self {
        let renewable = OnceLock::from(build.map(Arc::new));
        Self { renewable, ..self }
    }

    /// The component as it is.
    ///
    /// # Errors
    /// What the engine says of it.
    pub(super) fn exact(&self) -> Result<&Arc<Build>, &str> {
        let exact = self.exact.get_or_init(|| {
            apart(|| self.link(Compiled::exact(&self.tools, &self.bytes)?))
                .map_err(|error| format!("it cannot be compiled: {error:#}"))
        });
        exact.as_ref().map_err(String::as_str)
    }

    /// The component whose workers can be put back; none where that cannot be done exactly.
    pub(super) fn renewable(&self) -> Option<&Arc<Build>> {
        let renewable = self.renewable.get_or_init(|| {
            apart(|| {
                let compiled = Compiled::renewable(&self.tools, &self.bytes)?;
                self.link(compiled).ok()
            })
        });
        renewable.as_ref()
    }

    /// The same, of which only the build that counts its own edges is used; none of what is too large to be worth it, or cannot be
    /// rewritten.
    pub(super) fn counting(&self) -> Option<Self> {
        let counting = self.counting.get_or_init(|| {
            apart(|| {
                let compiled = Compiled::counting(&self.tools, &self.bytes)?;
                self.link(compiled).ok()
            })
        });
        let build = counting.clone()?;
        Some(Self {
            tools: self.tools.clone(),
            settings: Arc::clone(&self.settings),
            bytes: Vec::new(),
            names: self.names.clone(),
            exact: OnceLock::from(Ok(build)),
            renewable: OnceLock::from(None),
            counting: OnceLock::from(None),
            constants: OnceLock::new(),
        })
    }

    /// What the component's code compares with.
    pub(super) fn constants(&self) -> &[Constant] {
        self.constants.get_or_init(|| constants(&self.bytes))
    }

    fn link(&self, compiled: Compiled) -> Result<Arc<Build>> {
        let (build, _) = Build::link(compiled, &self.names, &self.tools.limits, &self.settings)?;
        Ok(Arc::new(build))
    }
}

/// Does the work on threads of its own. One of rayon's that waits for others does what else there is to do meanwhile, which may
/// be what needs the very same build.
fn apart<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let on_own_threads = || match rayon::ThreadPoolBuilder::new().build() {
        Ok(threads) => threads.install(work),
        Err(_) => work(),
    };
    std::thread::scope(|scope| match scope.spawn(on_own_threads).join() {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}
