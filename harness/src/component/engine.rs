//! The engine that compiles components and keeps the memory of workers that are gone for those to come.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use siphasher::sip128::{Hasher128, SipHasher13};
use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
};

use super::cache::{Cache, Key};
use super::compiled_functions::CompiledFunctions;
use crate::host::limits::Limits;

/// How many workers that are done an engine keeps for each thread. More are rarely at work at once.
pub(crate) const IDLE_PER_THREAD: usize = 4;
/// How many workers live at once on each thread: no property holds more than four, blame as many again, and as many are kept
/// that are done.
const WORKERS_PER_THREAD: u32 = 8 + IDLE_PER_THREAD as u32;
/// How many memories or tables a component is expected to have. One that has more is run without a pool.
const PARTS: u32 = 8;
/// How many core instances: a Python component has 14.
const INSTANCES: u32 = 64;
/// Stack of an asynchronous call beside the guest's own.
const HOST_STACK: usize = 1 << 20;
/// Bytes of a memory that stay resident between two workers, where the kernel can tell which of them were touched.
const KEEP_RESIDENT: usize = 4 << 20;
/// Table entries: an interpreter's table of functions has tens of thousands.
const TABLE_ENTRIES: usize = 200_000;

/// How long is waited before the image of a memory is tried again.
const IMAGE_WAITS: [Duration; 4] = [
    Duration::from_millis(1),
    Duration::from_millis(10),
    Duration::from_millis(100),
    Duration::from_millis(1_000),
];

/// The engines, in the order in which a component is tried on them.
pub(super) struct Engines {
    /// Starts workers from a pool of memory. It needs a large address space, and refuses components with unusual parts.
    pooling: Option<Engine>,
    plain: Engine,
    /// Runs `async func` too, for which every call needs a task of its own.
    concurrent: Option<Engine>,
    functions: Arc<CompiledFunctions>,
    /// How many workers that are done they keep, of all components together: the pool of memory has room for no more.
    idle: AtomicUsize,
}

impl Engines {
    /// Builds them.
    ///
    /// # Errors
    /// wasmtime refuses the limits, or does not support this machine.
    pub(super) fn new(limits: &Limits, level: OptLevel) -> Result<Self> {
        const IMPOSSIBLE: &str = "the WebAssembly engine cannot be built";
        let functions = Arc::new(CompiledFunctions::default());
        let config = || {
            config(limits, level, &functions)
                .map_err(super::in_anyhow)
                .context(IMPOSSIBLE)
        };
        let plain = Engine::new(&config()?)
            .map_err(super::in_anyhow)
            .context(IMPOSSIBLE)?;
        let mut pooling = config()?;
        pooling.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
        let mut concurrent = config()?;
        concurrent
            .concurrency_support(true)
            .wasm_component_model_async(true);
        Ok(Self {
            pooling: Engine::new(&pooling).ok(),
            plain,
            concurrent: Engine::new(&concurrent).ok(),
            functions,
            idle: AtomicUsize::new(0),
        })
    }

    /// How many workers that are done they keep.
    pub(super) fn idle(&self) -> &AtomicUsize {
        &self.idle
    }

    /// Compiles on the first engine that takes the component, unless it is in the cache.
    ///
    /// # Errors
    /// What the last of them says of it.
    pub(super) fn compile(
        &self,
        bytes: &[u8],
        cache: &Cache,
    ) -> Result<(Engine, wasmtime::component::Component)> {
        let mut refused = None;
        let engines = [
            self.pooling.as_ref(),
            Some(&self.plain),
            self.concurrent.as_ref(),
        ];
        for engine in engines.into_iter().flatten() {
            match self.compile_on(engine, bytes, cache) {
                Ok(component) => return Ok((engine.clone(), component)),
                Err(error) => refused = Some(error),
            }
        }
        match refused {
            Some(error) => Err(super::in_anyhow(error))
                .context("it is not a component that this engine can run"),
            None => bail!("there is no engine"),
        }
    }

    fn compile_on(
        &self,
        engine: &Engine,
        bytes: &[u8],
        cache: &Cache,
    ) -> wasmtime::Result<wasmtime::component::Component> {
        let mut settings = SipHasher13::new();
        // wasmtime's version is among them.
        engine.precompile_compatibility_hash().hash(&mut settings);
        let settings = settings.finish128().as_u128();
        let key = Key::new(settings, bytes);
        let compiled = match cache.find(&key) {
            Some(compiled) => compiled,
            None => {
                let compile = || engine.precompile_component(bytes);
                let compiled = self.functions.lasting(cache, settings, bytes, compile)?;
                cache.keep(&key, &compiled);
                compiled
            }
        };
        // SAFETY: these are the bytes that `precompile_component` made, just now or in a process whose file has the right
        // checksum and lies where nobody else can write.
        let component = unsafe { wasmtime::component::Component::deserialize(engine, compiled) }?;
        make_images(&component)?;
        Ok(component)
    }
}

/// Makes the images that memories start from, which is otherwise done with the first start. Linux refuses to seal one (`EBUSY`)
/// as long as something else, such as its own page migration, holds a page of it; a start that failed for that would be held
/// against the guest.
fn make_images(component: &wasmtime::component::Component) -> wasmtime::Result<()> {
    for wait in IMAGE_WAITS {
        if component.initialize_copy_on_write_image().is_ok() {
            return Ok(());
        }
        std::thread::sleep(wait);
    }
    component.initialize_copy_on_write_image()
}

fn config(
    limits: &Limits,
    level: OptLevel,
    functions: &Arc<CompiledFunctions>,
) -> wasmtime::Result<Config> {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .max_wasm_stack(limits.stack)
        // wasmtime wants it larger, whether or not a call is asynchronous.
        .async_stack_size(limits.stack.saturating_add(HOST_STACK))
        // Without it, a call needs no task of its own.
        .concurrency_support(false)
        // Both are what makes floats the same on every machine.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        // Without optimisation, which a guest's compiler has done already, compilation of a component with a JavaScript engine
        // inside (12 MB) took 0.7 of the time, and a check of either kind of component was no slower. A campaign is: what is
        // added to a component has not been optimised.
        .cranelift_opt_level(level)
        .enable_incremental_compilation(Arc::clone(functions) as _)?;
    Ok(config)
}

fn pool(limits: &Limits) -> PoolingAllocationConfig {
    let threads = u32::try_from(rayon::current_num_threads()).unwrap_or(u32::MAX);
    let workers = threads.saturating_mul(WORKERS_PER_THREAD).clamp(96, 2_048);
    let parts = workers * PARTS;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(workers)
        .total_core_instances(workers * INSTANCES)
        .total_memories(parts)
        .total_tables(parts)
        .total_gc_heaps(workers)
        .max_core_instances_per_component(INSTANCES)
        .max_memories_per_component(PARTS)
        .max_tables_per_component(PARTS)
        .max_memories_per_module(PARTS)
        .max_tables_per_module(PARTS)
        .max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20)
        .table_elements(TABLE_ENTRIES)
        .max_memory_size(limits.memory.clamp(1 << 20, 1 << 32));
    // Without the scan, resident bytes are cleared by hand, touched or not, which is slower than to give them back.
    if PoolingAllocationConfig::is_pagemap_scan_available() {
        pool.pagemap_scan(Enabled::Yes)
            .linear_memory_keep_resident(KEEP_RESIDENT)
            .table_keep_resident(1 << 20);
    }
    pool
}
