//! What a component is: a compiled `.wasm` file, its operations, its save and load, and who answers its imports.

mod cache;
mod engine;
mod function;
mod snapshot_interface;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};
use wasmtime::OptLevel;
use wasmtime::component::InstancePre;

pub use cache::Cache;
use engine::Engines;
pub use function::{Function, FunctionName, Signature};
pub use snapshot_interface::{Shape, SnapshotFunction, SnapshotNames};

use crate::host::limits::Limits;
use crate::host::{self, ImportedFunction, World, WorldSettings};
use crate::worker::Spares;
use handover_instrument::{ModuleMap, Probes, RECORD, RESET, Rewrite, instrument};

/// The largest file that is read as a component: a hundred times a component that has a whole language runtime inside.
const MAX_FILE: u64 = 1 << 30;

/// The largest component, in bytes, that is optimised where it is run a million times: with a language runtime inside, a
/// campaign was no faster for it, and began later.
const MAX_OPTIMISED: usize = 2 << 20;

/// The largest component, in bytes, of which two builds are compiled at once: of a larger one, each keeps all threads busy and
/// takes hundreds of megabytes.
const MAX_AT_ONCE: usize = 2 << 20;

/// The path prefix of the sample components, which the feature `samples` builds into this crate.
pub const EMBEDDED: &str = "embedded:";

/// What components are opened with; both versions of a pair share one.
pub struct Runtime {
    engines: Engines,
    /// Engines that compile longer for code that runs faster; there once something is worth it.
    optimising: OnceLock<Engines>,
    /// How many spare workers its components have together.
    spares: Arc<AtomicUsize>,
    limits: Limits,
    settings: Arc<WorldSettings>,
    names: SnapshotNames,
    cache: Cache,
}

impl Runtime {
    /// Builds the engine.
    ///
    /// # Errors
    /// wasmtime refuses the limits, or does not support this machine.
    pub fn new(limits: Limits, settings: WorldSettings, names: SnapshotNames) -> Result<Self> {
        Ok(Self {
            engines: Engines::new(&limits, OptLevel::None)?,
            optimising: OnceLock::new(),
            spares: Arc::default(),
            limits,
            settings: Arc::new(settings),
            names,
            cache: Cache::default(),
        })
    }

    /// The same, which compiles nothing that is in the cache, and keeps there what it compiles.
    pub fn with_cache(self, cache: Cache) -> Self {
        Self { cache, ..self }
    }

    /// Opens a `.wasm` file, or with `embedded:NAME` and the feature `samples` one of the sample components.
    ///
    /// # Errors
    /// The file cannot be read, or [`Self::open_bytes`] refuses it.
    pub fn open(&self, path: &str) -> Result<Component> {
        self.open_bytes(path, &read(path)?)
    }

    /// Compiles a component and finds its operations, save and load. `label` names it in reports.
    ///
    /// # Errors
    /// The bytes are no component, the engine refuses them, or an export named like save or load has another type.
    pub fn open_bytes(&self, label: &str, bytes: &[u8]) -> Result<Component> {
        let opened = recognise(bytes)
            .and_then(|()| self.compile(&self.engines, label, bytes, bytes, Vec::new(), 0));
        opened.with_context(|| format!("cannot use {label}"))
    }

    /// Opens a component that records what happens in it, beside what [`Self::open_bytes`] makes of the same bytes. What
    /// cannot be made to record anything is said in [`Probed::warnings`].
    ///
    /// # Errors
    /// As [`Self::open_bytes`].
    pub fn open_probed(&self, label: &str, bytes: &[u8], rewrite: Rewrite) -> Result<Probed> {
        let opened = recognise(bytes).and_then(|()| self.compile_probed(label, bytes, rewrite));
        opened.with_context(|| format!("cannot use {label}"))
    }

    /// Opens a file twice: as it is, and so that its workers are used again when they are done, if that can be done exactly. What
    /// the workers of the second observe is the same, but for the fuel that they take.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_twice(&self, path: &str) -> Result<(Component, Option<Component>)> {
        let bytes = read(path)?;
        let (component, renewing) = match bytes.len() <= MAX_AT_ONCE {
            true => rayon::join(
                || self.open_bytes(path, &bytes),
                || self.open_renewing(path, &bytes),
            ),
            false => (
                self.open_bytes(path, &bytes),
                self.open_renewing(path, &bytes),
            ),
        };
        Ok((component?, renewing))
    }

    /// None if workers could not be put back exactly.
    fn open_renewing(&self, label: &str, bytes: &[u8]) -> Option<Component> {
        let rewrite = Rewrite {
            probes: Probes::None,
            reset: true,
        };
        let it = instrument(bytes, rewrite).ok()?;
        if it.resets == 0 || !it.warnings.is_empty() {
            return None;
        }
        let compiled = self.compile(&self.engines, label, bytes, &it.bytes, it.maps, it.resets);
        let mut component = compiled.ok()?;
        component.spares = Some(Arc::new(Spares::new(Arc::clone(&self.spares))));
        Some(component)
    }

    fn compile_probed(&self, label: &str, bytes: &[u8], rewrite: Rewrite) -> Result<Probed> {
        let rewritten = instrument(bytes, rewrite).and_then(|it| {
            let often = rewrite.reset && rewrite.probes != Probes::None;
            let engines = match often && bytes.len() <= MAX_OPTIMISED {
                true => self.optimising()?,
                false => &self.engines,
            };
            let component = self.compile(engines, label, bytes, &it.bytes, it.maps, it.resets)?;
            Ok((component, it.warnings))
        });
        match rewritten {
            Ok((component, warnings)) => Ok(Probed {
                component,
                warnings,
            }),
            Err(error) => Ok(Probed {
                component: self.compile(&self.engines, label, bytes, bytes, Vec::new(), 0)?,
                warnings: vec![format!(
                    "nothing is known of what happens inside, because the component cannot be rewritten: {error:#}"
                )],
            }),
        }
    }

    fn optimising(&self) -> Result<&Engines> {
        if let Some(engines) = self.optimising.get() {
            return Ok(engines);
        }
        let engines = Engines::new(&self.limits, OptLevel::Speed)?;
        Ok(self.optimising.get_or_init(|| engines))
    }

    /// `bytes` is what is compiled: `original`, or what was made of it to record what `maps` say and to be put back.
    fn compile(
        &self,
        engines: &Engines,
        label: &str,
        original: &[u8],
        bytes: &[u8],
        maps: Vec<ModuleMap>,
        resets: usize,
    ) -> Result<Component> {
        let (engine, compiled) = engines.compile(bytes, &self.cache)?;
        let mut functions = function::exported(&engine, &compiled);
        let mut take = |name: String| {
            let is_it = |it: &Function| it.name.interface.is_none() && it.name.name == name;
            let function = functions.iter().position(is_it);
            let function = function.context("a function that was added is not exported")?;
            anyhow::Ok(functions.remove(function))
        };
        // What is added is not the component's to pay for.
        let mut limits = self.limits.clone();
        for map in &maps {
            let added = usize::try_from(map.added_memory).unwrap_or(usize::MAX);
            limits.memory = limits.memory.saturating_add(added);
        }
        let mut records = Vec::with_capacity(maps.len());
        for (number, map) in maps.into_iter().enumerate() {
            records.push((take(format!("{RECORD}{number}"))?, map));
        }
        let resets = (0..resets).map(|number| take(format!("{RESET}{number}")));
        let resets = resets.collect::<Result<Vec<_>>>()?;
        // Those of a component that cannot be put back as a whole.
        functions.retain(|it| it.name.interface.is_some() || !it.name.name.starts_with(RESET));
        let save = snapshot_interface::find_save(&functions, &self.names.save)?;
        let load = snapshot_interface::find_load(&functions, &self.names.load)?;
        let (linker, imports) = host::link(&engine, &compiled, &self.settings)?;
        let pre = linker
            .instantiate_pre(&compiled)
            .map_err(in_anyhow)
            .context("its imports cannot be provided")?;
        let (operations, others) = split(functions, [&save, &load]);
        Ok(Component {
            label: label.to_owned(),
            sha256: hex(&Sha256::digest(original)),
            operations,
            others,
            save,
            load,
            records,
            resets,
            spares: None,
            imports,
            pre,
            names: self.names.clone(),
            limits,
            settings: Arc::clone(&self.settings),
        })
    }
}

/// A component that records what happens in it.
pub struct Probed {
    /// The component; it behaves as the original, whose SHA-256 and label it has.
    pub component: Component,
    /// What of it records nothing, and why.
    pub warnings: Vec<String>,
}

/// A component, compiled and linked to the deterministic world: workers start from it in microseconds.
#[derive(Clone)]
pub struct Component {
    label: String,
    sha256: String,
    operations: Vec<Function>,
    others: Vec<(Function, String)>,
    save: Option<SnapshotFunction>,
    load: Option<SnapshotFunction>,
    records: Vec<(Function, ModuleMap)>,
    resets: Vec<Function>,
    imports: Vec<ImportedFunction>,
    names: SnapshotNames,
    /// Workers that are done, to be used again; none if each worker is to be started.
    pub(crate) spares: Option<Arc<Spares>>,
    pub(crate) pre: InstancePre<World>,
    pub(crate) limits: Limits,
    pub(crate) settings: Arc<WorldSettings>,
}

impl Component {
    /// The same component, whose workers see these environment variables. Nothing is compiled again.
    pub fn with_environment(&self, environment: Vec<(String, String)>) -> Self {
        let settings = WorldSettings {
            environment,
            ..(*self.settings).clone()
        };
        let spares = self.spares.as_ref().map(|it| Arc::new(it.of_others()));
        Self {
            settings: Arc::new(settings),
            spares,
            ..self.clone()
        }
    }

    /// The path that it was opened from, or the label that it was given.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// SHA-256 of the file, in lower-case hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The functions that histories are made of.
    pub fn operations(&self) -> &[Function] {
        &self.operations
    }

    /// The exported functions that no history can contain, each with the reason. Save and load are not among them.
    pub fn other_functions(&self) -> &[(Function, String)] {
        &self.others
    }

    /// Save, if it is exported.
    pub fn save(&self) -> Option<&SnapshotFunction> {
        self.save.as_ref()
    }

    /// Load, if it is exported.
    pub fn load(&self) -> Option<&SnapshotFunction> {
        self.load.as_ref()
    }

    /// The functions that tell where its modules' records are, each with what that record is about; none unless it was opened
    /// with [`Runtime::open_probed`].
    pub fn records(&self) -> &[(Function, ModuleMap)] {
        &self.records
    }

    /// The functions that put an instance of its modules back, one for each instance that has a state; none if it cannot be
    /// put back or should not be.
    pub(crate) fn resets(&self) -> &[Function] {
        &self.resets
    }

    /// The names under which save and load were looked for.
    pub fn names(&self) -> &SnapshotNames {
        &self.names
    }

    /// The functions that it imports, each with who answers it.
    pub fn imports(&self) -> &[ImportedFunction] {
        &self.imports
    }
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

/// The bytes of a `.wasm` file, or with `embedded:NAME` and the feature `samples` of one of the sample components.
///
/// # Errors
/// The file cannot be read, or is obviously no component.
pub fn read(path: &str) -> Result<Vec<u8>> {
    match path.strip_prefix(EMBEDDED) {
        Some(name) => embedded(name),
        None => read_file(Path::new(path)).with_context(|| format!("cannot use {path}")),
    }
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
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    ensure!(metadata.is_file(), "it is not a file");
    ensure!(
        metadata.len() <= MAX_FILE,
        "it has {} bytes, more than the {MAX_FILE} that a component may have",
        metadata.len()
    );
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
