//! What a component is: a compiled `.wasm` file, its operations, its save and load, and who answers its imports.

pub mod agent;
mod build;
mod cache;
mod compiled_functions;
mod constants;
mod engine;
mod function;
mod preinitialize;
mod runtime;
mod snapshot_interface;

use std::io::Read;
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result, bail, ensure};

use agent::{Agent, Guest, Metadata};
pub(crate) use build::Build;
use build::Builds;
pub use cache::Cache;
pub(crate) use constants::Constant;
use engine::Engines;
pub(crate) use engine::IDLE_PER_THREAD;
pub use function::{Function, FunctionName, Signature};
pub use runtime::{Probed, Runtime};
pub use snapshot_interface::{Shape, SnapshotFunction, SnapshotNames};

use crate::error::{Error, ErrorKind};
use crate::files::open_regular;
use crate::host::budget::Budget;
use crate::host::limits::Limits;
use crate::host::{AgentIdentity, ImportedFunction, WorldSettings};
use handover_instrument::ModuleMap;

/// The largest file that is read as a component: a hundred times a component that has a whole language runtime inside.
const MAX_FILE: u64 = 1 << 30;

/// A first call that takes more fuel starts a language runtime: one of JavaScript takes 20 times as much, and the same call of a started
/// one less than a hundredth.
const FIRST_CALL: u64 = 60_000_000;

/// The path prefix of the sample components, which the feature `samples` builds into this crate.
pub const EMBEDDED: &str = "embedded:";

/// A component, compiled and linked to the deterministic world: workers start from it in microseconds. Clones are the same
/// component, and cost next to nothing.
#[derive(Clone)]
pub struct Component {
    inner: Arc<Inner>,
    builds: Arc<Builds>,
}

/// What is known of a component, whichever of its builds was compiled first.
#[derive(Clone)]
struct Inner {
    label: String,
    sha256: String,
    /// Tells its functions from those of others.
    identity: u64,
    operations: Vec<Function>,
    others: Vec<(Function, String)>,
    /// Methods of the agent that cannot be called here, each with the reason.
    left_out: Vec<(String, String)>,
    save: Option<SnapshotFunction>,
    load: Option<SnapshotFunction>,
    /// Through which its agents are used, where it has agents.
    guest: Option<Guest>,
    /// Whether it exports what starts a language runtime.
    can_start_a_runtime: bool,
    /// Whether its first call started one, once there was one.
    starts_a_runtime: OnceLock<bool>,
    /// The agent type that its operations are of.
    agent: Option<Agent>,
    /// Which agent its workers are where nobody says otherwise.
    default_agent: OnceLock<Option<Arc<AgentIdentity>>>,
    imports: Vec<ImportedFunction>,
    names: SnapshotNames,
    limits: Limits,
    engines: Arc<Engines>,
    settings: Arc<WorldSettings>,
    budget: Arc<Budget>,
}

impl Component {
    /// The same component, whose workers see these environment variables. Nothing is compiled again.
    pub fn with_environment(&self, environment: Vec<(String, String)>) -> Self {
        let settings = WorldSettings {
            environment,
            ..(*self.inner.settings).clone()
        };
        Self {
            inner: Arc::new(Inner {
                settings: Arc::new(settings),
                ..(*self.inner).clone()
            }),
            builds: Arc::clone(&self.builds),
        }
    }

    /// The same component, which counts the edges that its workers take; none if it cannot be rewritten, or is too large to be worth
    /// it. It is compiled when it is first asked for.
    pub(crate) fn counting(&self) -> Option<Self> {
        Some(Self {
            inner: Arc::clone(&self.inner),
            builds: Arc::new(self.builds.counting()?),
        })
    }

    /// The numbers that its code compares others with, each once, in ascending order.
    pub(crate) fn constants(&self) -> &[Constant] {
        self.builds.constants()
    }

    /// Through which its agents are used; none if it has no agents.
    pub fn guest(&self) -> Option<&Guest> {
        self.inner.guest.as_ref()
    }

    /// Whether a new worker of it takes a thousand times as long as one that is used again, since it starts a language runtime.
    pub(crate) fn starts_a_runtime(&self) -> bool {
        self.inner.starts_a_runtime.get() == Some(&true)
    }

    /// Its first call took so much fuel: of a component that Wizer was not called on, most of it to start the runtime.
    pub(crate) fn has_told(&self, fuel: u64) {
        let starts = self.inner.can_start_a_runtime && fuel > FIRST_CALL;
        // It is the same each time.
        let _ = self.inner.starts_a_runtime.set(starts);
    }

    /// The agent type that its operations are of; none of an ordinary component, or before one was chosen.
    pub fn agent(&self) -> Option<&Agent> {
        self.inner.agent.as_ref()
    }

    /// The same component as one of its agents, whose methods are the operations. Nothing is compiled again. None if it has no
    /// such agent.
    pub(crate) fn as_agent(&self, metadata: &Arc<Metadata>, name: &str) -> Option<Self> {
        let agent = Agent::new(self.guest()?, metadata, name)?;
        let operations = agent.methods().to_vec();
        let left_out = agent.ty().left_out.iter().cloned();
        Some(Self {
            inner: Arc::new(Inner {
                operations,
                others: Vec::new(),
                left_out: left_out.collect(),
                agent: Some(agent),
                default_agent: OnceLock::new(),
                ..(*self.inner).clone()
            }),
            builds: Arc::clone(&self.builds),
        })
    }

    /// Which agent its workers are where nobody says otherwise; none of an ordinary component.
    pub(crate) fn default_agent(&self) -> Option<&Arc<AgentIdentity>> {
        let default = self.inner.default_agent.get_or_init(|| {
            let agent = self.agent()?;
            let identity = agent.identity(&agent.default_founding()?, 1);
            identity.ok().map(Arc::new)
        });
        default.as_ref()
    }

    /// Methods of the agent that cannot be called here, each with the reason.
    pub fn left_out_methods(&self) -> &[(String, String)] {
        &self.inner.left_out
    }

    /// What its workers share of memory, with those of all components of the same [`Runtime`].
    pub(crate) fn budget(&self) -> &Arc<Budget> {
        &self.inner.budget
    }

    /// The path that it was opened from, or the label that it was given.
    pub fn label(&self) -> &str {
        &self.inner.label
    }

    /// SHA-256 of the file, in lower-case hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.inner.sha256
    }

    /// The functions that histories are made of.
    pub fn operations(&self) -> &[Function] {
        &self.inner.operations
    }

    /// The exported functions that no history can contain, each with the reason. Save and load are not among them.
    pub fn other_functions(&self) -> &[(Function, String)] {
        &self.inner.others
    }

    /// Save, if it is exported.
    pub fn save(&self) -> Option<&SnapshotFunction> {
        self.inner.save.as_ref()
    }

    /// Load, if it is exported.
    pub fn load(&self) -> Option<&SnapshotFunction> {
        self.inner.load.as_ref()
    }

    /// What each of its modules' records is about; none unless it was opened with [`Runtime::open_probed`].
    pub fn records(&self) -> &[ModuleMap] {
        self.exact().map_or(&[], |build| &build.maps)
    }

    /// The names under which save and load were looked for.
    pub fn names(&self) -> &SnapshotNames {
        &self.inner.names
    }

    /// The functions that it imports, each with who answers it.
    pub fn imports(&self) -> &[ImportedFunction] {
        &self.inner.imports
    }

    /// What a worker of it may use.
    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// What the world answers its workers.
    pub(crate) fn settings(&self) -> &Arc<WorldSettings> {
        &self.inner.settings
    }

    /// The build of it as it is, or of a probed component the one that records; compiled if it is not yet.
    ///
    /// # Errors
    /// What the engine says of it.
    pub(crate) fn exact(&self) -> Result<&Arc<Build>, &str> {
        self.builds.exact()
    }

    /// The build whose workers can be put back; none where that cannot be done exactly.
    pub(crate) fn renewable(&self) -> Option<&Arc<Build>> {
        self.builds.renewable()
    }

    /// How many workers that are done its engine keeps, whichever component they are of.
    pub(crate) fn idle_workers(&self) -> &AtomicUsize {
        self.inner.engines.idle()
    }

    /// Whether the two are clones of one.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// The number of one of its functions; none of another component's.
    pub(crate) fn number_of(&self, function: &Function) -> Option<usize> {
        let (identity, number) = function.place;
        (identity == self.inner.identity).then_some(number)
    }
}

/// The bytes of a `.wasm` file, or with `embedded:NAME` and the feature `samples` of one of the sample components.
///
/// # Errors
/// The file cannot be read, or is obviously no component.
pub fn read(path: &str) -> Result<Vec<u8>, Error> {
    ErrorKind::Component.of(|| match path.strip_prefix(EMBEDDED) {
        Some(name) => embedded(name),
        None => read_file(Path::new(path)).with_context(|| format!("cannot use {path}")),
    })
}

#[cfg(feature = "samples")]
fn embedded(name: &str) -> Result<Vec<u8>> {
    let found = sample_component::component(name).map(<[u8]>::to_vec);
    found.with_context(|| {
        format!(
            "there is no embedded component {name:?}; there are {}",
            sample_component::NAMES.join(", ")
        )
    })
}

#[cfg(not(feature = "samples"))]
fn embedded(name: &str) -> Result<Vec<u8>> {
    bail!(
        "there is no embedded component {name:?}: the sample components are there only with handover's feature `samples`"
    )
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    let mut file = open_regular(path, MAX_FILE)?;
    // A large file of another kind is not worth reading to its end.
    let mut bytes = Vec::new();
    Read::by_ref(&mut file)
        .take(HEADER)
        .read_to_end(&mut bytes)?;
    recognise(&bytes)?;
    file.take(MAX_FILE).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Length of a component's magic, version and layer.
const HEADER: u64 = 8;

/// Says what a file is that is no component, before the engine says less clearly what it is not.
fn recognise(bytes: &[u8]) -> Result<()> {
    ensure!(!bytes.is_empty(), "the file is empty");
    if wasmparser::Parser::is_component(bytes) {
        return Ok(());
    }
    if wasmparser::Parser::is_core_wasm(bytes) {
        bail!(
            "it is a core WebAssembly module, not a component; `wasm-tools component new` makes one of it"
        );
    }
    ensure!(
        bytes.starts_with(b"\0asm"),
        "it is no WebAssembly: it does not start with \\0asm"
    );
    bail!("it is a WebAssembly file that is cut short or of an unknown version")
}

fn in_anyhow(error: wasmtime::Error) -> anyhow::Error {
    anyhow::Error::from_boxed(error.into())
}
