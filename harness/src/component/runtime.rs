//! What opens components: finds what a file is, what it can do, and compiles what of it is needed first.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result};
use wasmtime::OptLevel;

use super::agent::Guest;
use super::build::{Build, Builds, Compiled, Tools};
use super::cache::Cache;
use super::engine::Engines;
use super::function::{self, Function, FunctionName};
use super::preinitialize::preinitialized;
use super::snapshot_interface::{self, SnapshotFunction, SnapshotNames};
use super::{Component, Inner, read, recognise};
use crate::error::{Error, ErrorKind};
use crate::files::sha256;
use crate::host::WorldSettings;
use crate::host::budget::Budget;
use crate::host::limits::Limits;
use handover_instrument::{Probes, Rewrite, instrument};

/// The largest component, in bytes, that is optimised where it is run a million times: with a language runtime inside, a
/// campaign was no faster for it, and began later.
const MAX_OPTIMISED: usize = 2 << 20;

/// What components are opened with; all versions of a chain share one.
pub struct Runtime {
    tools: Tools,
    settings: Arc<WorldSettings>,
    names: SnapshotNames,
    reuses_workers: bool,
    /// What all workers of all its components share.
    budget: Arc<Budget>,
}

impl Runtime {
    /// Builds the engine.
    ///
    /// # Errors
    /// wasmtime refuses the limits, or does not support this machine.
    pub fn new(
        limits: Limits,
        settings: WorldSettings,
        names: SnapshotNames,
    ) -> Result<Self, Error> {
        ErrorKind::Config.of(|| {
            Ok(Self {
                tools: Tools {
                    engines: Arc::new(Engines::new(&limits, OptLevel::None)?),
                    optimising: Arc::new(OnceLock::new()),
                    limits,
                    cache: Cache::default(),
                },
                settings: Arc::new(settings),
                names,
                reuses_workers: true,
                budget: Arc::default(),
            })
        })
    }

    /// The same, whose workers may have so many bytes of memory together; past it, fewer run at once. Otherwise it is half of the
    /// machine's. What is observed does not change.
    #[must_use]
    pub fn with_memory(mut self, bytes: usize) -> Self {
        self.budget = Arc::new(Budget::of(bytes));
        self
    }

    /// The same, which compiles nothing that is in the cache, and keeps there what it compiles.
    #[must_use]
    pub fn with_cache(mut self, cache: Cache) -> Self {
        self.tools.cache = cache;
        self
    }

    /// The same, whose components are only compiled as they are: every worker is a new one. What is observed does not change;
    /// for a few workers it is there sooner.
    #[must_use]
    pub fn without_reuse(mut self) -> Self {
        self.reuses_workers = false;
        self
    }

    /// Opens a `.wasm` file, or with `embedded:NAME` and the feature `samples` one of the sample components.
    ///
    /// # Errors
    /// The file cannot be read, or [`Self::open_bytes`] refuses it.
    pub fn open(&self, path: &str) -> Result<Component, Error> {
        self.open_bytes(path, &read(path)?)
    }

    /// Compiles a component and finds its operations, save and load. `label` names it in reports.
    ///
    /// # Errors
    /// The bytes are no component, the engine refuses them, or an export named like save or load has another type.
    pub fn open_bytes(&self, label: &str, bytes: &[u8]) -> Result<Component, Error> {
        ErrorKind::Component.of(|| {
            let opened = recognise(bytes).and_then(|()| {
                let code = self.code(bytes);
                // What the engine says of the component itself is what a user can make something of.
                let renewable = match self.reuses_workers {
                    true => Compiled::renewable(&self.tools, &code),
                    false => None,
                };
                match renewable {
                    Some(compiled) => {
                        let described = self.describe(label, sha256(bytes), &code, compiled);
                        described.map(|it| it.finish(|builds, it| builds.with_renewable(Some(it))))
                    }
                    None => {
                        let compiled = Compiled::exact(&self.tools, &code)?;
                        let described = self.describe(label, sha256(bytes), &code, compiled);
                        described.map(|it| it.only())
                    }
                }
            });
            opened.with_context(|| format!("cannot use {label}"))
        })
    }

    /// Opens a component that records what happens in it, beside what [`Self::open_bytes`] makes of the same bytes. What
    /// cannot be made to record anything is said in [`Probed::warnings`].
    ///
    /// # Errors
    /// As [`Self::open_bytes`].
    pub fn open_probed(
        &self,
        label: &str,
        bytes: &[u8],
        rewrite: Rewrite,
    ) -> Result<Probed, Error> {
        ErrorKind::Component.of(|| {
            let opened = recognise(bytes).and_then(|()| self.compile_probed(label, bytes, rewrite));
            opened.with_context(|| format!("cannot use {label}"))
        })
    }

    /// What is run of a component: the component, or what Wizer makes of it where that was left to do.
    fn code<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        let made = preinitialized(&self.tools, bytes);
        made.map_or(Cow::Borrowed(bytes), Cow::Owned)
    }

    fn compile_probed(&self, label: &str, bytes: &[u8], rewrite: Rewrite) -> Result<Probed> {
        let sha256 = sha256(bytes);
        let bytes = &*self.code(bytes);
        let rewritten = instrument(bytes, rewrite)
            .map_err(anyhow::Error::from)
            .and_then(|it| {
                let often = rewrite.reset && rewrite.probes != Probes::None;
                let engines = match often && bytes.len() <= MAX_OPTIMISED {
                    true => self.tools.optimising()?,
                    false => &self.tools.engines,
                };
                let cache = &self.tools.cache;
                let compiled = Compiled::new(engines, cache, &it.bytes, it.maps, it.resets)?;
                let described = self.describe(label, sha256.clone(), bytes, compiled)?;
                Ok((described.only(), it.warnings))
            });
        match rewritten {
            Ok((component, warnings)) => Ok(Probed {
                component,
                warnings: warnings.iter().map(ToString::to_string).collect(),
            }),
            Err(error) => Ok(Probed {
                component: {
                    let compiled = Compiled::exact(&self.tools, bytes)?;
                    self.describe(label, sha256.clone(), bytes, compiled)?
                        .only()
                },
                warnings: vec![format!(
                    "nothing is known of what happens inside, because the component cannot be rewritten: {error:#}"
                )],
            }),
        }
    }

    /// What a component is, by whichever of its builds was compiled first; `code` is what is run of the file with this sum.
    fn describe(
        &self,
        label: &str,
        sha256: String,
        code: &[u8],
        compiled: Compiled,
    ) -> Result<Described> {
        let exported = function::exported(&compiled.engine, &compiled.component);
        let own = exported.into_iter();
        let own = own.filter(|(name, _)| !compiled.is_added(name));
        let (names, mut functions): (Vec<_>, Vec<_>) = own.unzip();
        let identity = function::new_identity();
        for (number, function) in functions.iter_mut().enumerate() {
            function.place = (identity, number);
        }
        let save = snapshot_interface::find_save(&functions, &self.names.save)?;
        let load = snapshot_interface::find_load(&functions, &self.names.load)?;
        let guest = Guest::find(&functions)?;
        let (build, imports) = Build::link(compiled, &names, &self.tools.limits, &self.settings)?;
        let can_start_a_runtime =
            guest.is_some() && functions.iter().any(Function::starts_a_runtime);
        let (operations, others) = split(functions, [&save, &load]);
        Ok(Described {
            builds: Builds::new(self.tools.clone(), Arc::clone(&self.settings), code, names),
            build,
            inner: Inner {
                label: label.to_owned(),
                sha256,
                identity,
                operations,
                others,
                save,
                load,
                guest,
                can_start_a_runtime,
                starts_a_runtime: OnceLock::new(),
                agent: None,
                default_agent: OnceLock::new(),
                left_out: Vec::new(),
                imports,
                names: self.names.clone(),
                limits: self.tools.limits.clone(),
                engines: Arc::clone(&self.tools.engines),
                settings: Arc::clone(&self.settings),
                budget: Arc::clone(&self.budget),
            },
        })
    }
}

/// A component of which one build is compiled.
struct Described {
    inner: Inner,
    builds: Builds,
    build: Build,
}

impl Described {
    fn finish(self, with: impl FnOnce(Builds, Build) -> Builds) -> Component {
        Component {
            inner: Arc::new(self.inner),
            builds: Arc::new(with(self.builds, self.build)),
        }
    }

    /// The component, whose workers are all started from this build.
    fn only(self) -> Component {
        self.finish(|builds, it| builds.with_exact(it).with_renewable(None))
    }
}

/// A component that records what happens in it.
pub struct Probed {
    /// The component; it behaves as the original, whose SHA-256 and label it has.
    pub component: Component,
    /// What of it records nothing, and why.
    pub warnings: Vec<String>,
}

fn split(
    functions: Vec<Function>,
    snapshot: [&Option<SnapshotFunction>; 2],
) -> (Vec<Function>, Vec<(Function, String)>) {
    let mut operations = Vec::new();
    let mut others = Vec::new();
    // A second version of an interface would call the same worker under the same names.
    let mut seen: BTreeMap<FunctionName, usize> = BTreeMap::new();
    for function in functions {
        let is_snapshot = snapshot
            .iter()
            .copied()
            .flatten()
            .any(|found| found.function.name == function.name);
        if is_snapshot {
            continue;
        }
        match function.not_an_operation() {
            Some(reason) => others.push((function, reason)),
            None => match seen.get(&function.name) {
                Some(_) => others.push((
                    function,
                    "another version of its interface is exported too".to_owned(),
                )),
                None => {
                    seen.insert(function.name.clone(), operations.len());
                    operations.push(function);
                }
            },
        }
    }
    (operations, others)
}
