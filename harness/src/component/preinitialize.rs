//! A component that has a language runtime inside may export what starts it, to be called once, when the component is built: Wizer
//! calls it, and writes what this leaves in memories and globals into the component. Where nobody did so, the runtime starts anew in
//! each worker's first call, and takes a thousand times what the call takes. So it is done here, before anything else.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use siphasher::sip128::{Hasher128, SipHasher13};
use wasmparser::{CanonicalFunction, ExternalKind, Payload, TypeRef};
use wasmtime::component::{ComponentNamedList, Instance, Lift, WasmList};
use wasmtime::{Result, Store, format_err};
use wasmtime_wizer::{ComponentInstanceState, Wizer};

use super::build::Tools;
use super::cache::Key;
use super::function::WIZER_INITIALIZE;
use crate::host::limits::AGENT_FUEL;
use crate::host::{self, Seeds, World, WorldSettings};

/// Bytes of memory that a started runtime may have. One of JavaScript has 20 MB; of more, copies would be made here that nobody
/// counts.
const MAX_STATE: usize = 128 << 20;

/// The component as if Wizer had been called on it; none if it does not ask for that, or if that would not be the same: where the
/// start fails, or holds on to something that another instance does not have.
pub(super) fn preinitialized(tools: &Tools, bytes: &[u8]) -> Option<Vec<u8>> {
    if !is_fit(bytes).unwrap_or(false) {
        return None;
    }
    let key = key(tools, bytes);
    if let Some(kept) = tools.cache.find(&key) {
        return Some(kept).filter(|it| !it.is_empty());
    }
    let made = make(tools, bytes).ok();
    // That it cannot be made takes as long to find out.
    tools.cache.keep(&key, made.as_deref().unwrap_or_default());
    made
}

fn key(tools: &Tools, bytes: &[u8]) -> Key {
    use std::hash::Hash;
    let mut what = SipHasher13::new();
    (WIZER_INITIALIZE, env!("CARGO_PKG_VERSION")).hash(&mut what);
    let limits = &tools.limits;
    (limits.fuel, limits.memory, limits.stack, limits.transfer).hash(&mut what);
    Key::new(what.finish128().as_u128(), bytes)
}

/// Whether it exports what is to be called, and Wizer can do with it what it has to. It expects neither tags nor a state in a module
/// that exports nothing (it panics), and loses the resources of the component's own.
fn is_fit(bytes: &[u8]) -> wasmparser::Result<bool> {
    let mut is_exported = false;
    let mut has_resources = false;
    let mut modules: Vec<Module> = Vec::new();
    // Those that contain what is read, outermost first.
    let mut around: Vec<bool> = Vec::new();
    for payload in wasmparser::Parser::new(0).parse_all(bytes) {
        match (payload?, modules.last_mut()) {
            (Payload::ModuleSection { .. }, _) => {
                around.push(true);
                modules.push(Module::default());
            }
            (Payload::ComponentSection { .. }, _) => around.push(false),
            (Payload::End(_), _) => {
                around.pop();
            }
            (Payload::ComponentExportSection(exports), _) if around.is_empty() => {
                for export in exports {
                    is_exported |= export?.name.name == WIZER_INITIALIZE;
                }
            }
            (Payload::ComponentCanonicalSection(functions), _) => {
                for function in functions {
                    has_resources |= matches!(function?, CanonicalFunction::ResourceNew { .. });
                }
            }
            (Payload::ImportSection(imports), Some(module)) => {
                for import in imports.into_imports() {
                    let import = import?.ty;
                    module.has_tags |= matches!(import, TypeRef::Tag(_) | TypeRef::FuncExact(_));
                }
            }
            (Payload::MemorySection(_), Some(module)) => module.has_state = true,
            (Payload::GlobalSection(_), Some(module)) => module.has_state = true,
            (Payload::ExportSection(exports), Some(module)) => {
                module.exports = true;
                for export in exports {
                    module.has_tags |= matches!(export?.kind, ExternalKind::Tag);
                }
            }
            _ => {}
        }
    }
    let is_fit = |it: &Module| !it.has_tags && (it.exports || !it.has_state);
    Ok(is_exported && !has_resources && modules.iter().all(is_fit))
}

/// What Wizer relies on in a core module.
#[derive(Default)]
struct Module {
    exports: bool,
    has_state: bool,
    has_tags: bool,
}

fn make(tools: &Tools, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut wizer = Wizer::new();
    // What the component exports stays the same.
    wizer.init_func(WIZER_INITIALIZE).keep_init_func(true);
    let (context, readable) = wizer.instrument_component(bytes)?;
    let mut started = start(tools, &readable)?;
    let snapshot = wizer.snapshot_component(&context, &mut started);
    let made = now(snapshot)??;
    if let Some(error) = started.error {
        return Err(error);
    }
    let mut validator = wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all());
    validator.validate_all(&made)?;
    Ok(made)
}

/// An instance whose runtime was started, in a world that is the same for all: a machine that builds components.
fn start(tools: &Tools, bytes: &[u8]) -> Result<Started> {
    let limits = &tools.limits;
    let (engine, component) = tools
        .engines
        .compile(bytes, &tools.cache)
        .map_err(in_wasmtime)?;
    let settings = Arc::new(WorldSettings::default());
    let (linker, _) = host::link(&engine, &component, &settings).map_err(in_wasmtime)?;
    let world = World::new(settings, Seeds::from(0), limits.memory.min(MAX_STATE));
    let mut store = Store::new(&engine, world);
    store.limiter(|world| &mut world.memory);
    store.set_hostcall_fuel(limits.transfer);
    store.set_fuel(limits.fuel)?;
    let instance = linker.instantiate(&mut store, &component)?;
    store.set_fuel(limits.fuel.saturating_mul(AGENT_FUEL))?;
    let function = instance.get_typed_func::<(), ()>(&mut store, WIZER_INITIALIZE)?;
    function.call(&mut store, ())?;
    if store.data().has_handles() {
        return Err(format_err!(
            "it holds on to what another instance does not have"
        ));
    }
    // From here on, only what Wizer added is called, which always ends.
    store.set_hostcall_fuel(usize::MAX);
    Ok(Started {
        store,
        instance,
        error: None,
    })
}

/// What Wizer reads the state of.
struct Started {
    store: Store<World>,
    instance: Instance,
    /// Why it could not be read, which Wizer does not ask.
    error: Option<wasmtime::Error>,
}

impl Started {
    fn read<R: Lift + Default + 'static>(&mut self, instance: &str, function: &str) -> R {
        self.called::<(R,)>(instance, function)
            .map_or_else(R::default, |(it,)| it)
    }

    fn called<R: ComponentNamedList + Lift + 'static>(
        &mut self,
        instance: &str,
        function: &str,
    ) -> Option<R> {
        let called = self.call(instance, function);
        called.map_err(|error| self.error = Some(error)).ok()
    }

    fn call<R: ComponentNamedList + Lift + 'static>(
        &mut self,
        instance: &str,
        function: &str,
    ) -> Result<R> {
        let store = &mut self.store;
        store.set_fuel(u64::MAX)?;
        let missing = || format_err!("Wizer added no {instance}.{function}");
        let outer = self.instance.get_export_index(&mut *store, None, instance);
        let outer = outer.ok_or_else(missing)?;
        let inner = self
            .instance
            .get_export_index(&mut *store, Some(&outer), function);
        let inner = inner.ok_or_else(missing)?;
        let typed = self.instance.get_typed_func::<(), R>(&mut *store, inner)?;
        typed.call(&mut *store, ())
    }
}

impl ComponentInstanceState for Started {
    async fn call_func_ret_list_u8(
        &mut self,
        instance: &str,
        func: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) {
        let list = self.called::<(WasmList<u8>,)>(instance, func);
        contents(
            list.as_ref()
                .map_or(&[], |(list,)| list.as_le_slice(&self.store)),
        );
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.read(instance, func)
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.read(instance, func)
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        self.read::<f32>(instance, func).to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        self.read::<f64>(instance, func).to_bits()
    }
}

/// What a task comes to that never waits.
fn now<T>(task: impl Future<Output = T>) -> Result<T> {
    match pin!(task).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err(format_err!("the task waits")),
    }
}

fn in_wasmtime(error: anyhow::Error) -> wasmtime::Error {
    format_err!("{error:#}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    use wasmtime::component::Val;

    use crate::versions::config::Config;
    use crate::worker::Worker;
    use crate::worker::observation::Observation;

    /// What `ready` answers of a component whose runtime was started beforehand, …
    const STARTED: u32 = 12;
    /// … and of one whose was not.
    const NOT_STARTED: u32 = 0;

    /// How many damaged components are tried.
    const CHANGES: u32 = 1_000;

    /// A component that starts its runtime like this, with these items of the component and of the module beside it.
    fn component(start: &str, items: &str, module: &str) -> Vec<u8> {
        let text = format!(
            r#"(component
                {items}
                (core module $m
                    {module}
                    (memory (export "memory") 1)
                    (global $ready (mut i32) (i32.const 0))
                    (func (export "wizer-initialize")
                        {start}
                        (global.set $ready (i32.const 5))
                        (i32.store (i32.const 8) (i32.const 7)))
                    (func (export "ready") (result i32)
                        (i32.add (global.get $ready) (i32.load (i32.const 8)))))
                (core instance $i (instantiate $m {arguments}))
                (func (export "wizer-initialize") (canon lift (core func $i "wizer-initialize")))
                (func (export "ready") (result u32) (canon lift (core func $i "ready"))))"#,
            arguments = match items.contains("$host") {
                true => r#"(with "host" (instance $host))"#,
                false => "",
            }
        );
        wat::parse_str(text).expect("it is well-formed")
    }

    fn ready(bytes: &[u8]) -> Observation {
        let runtime = Config::default().runtime().expect("an engine");
        let component = runtime.open_bytes("test", bytes).expect("it opens");
        assert_eq!(component.sha256(), crate::files::sha256(bytes));
        let names = component.other_functions().iter();
        let names: Vec<String> = names.map(|(it, _)| it.name.to_string()).collect();
        assert_eq!(names, ["wizer-initialize"], "it is still there");
        let mut worker = Worker::start(&component, 1).expect("it starts");
        worker.invoke(&component.operations()[0], &[], 0)
    }

    #[test]
    fn a_runtime_is_started_once_and_not_where_that_fails_or_would_be_lost() {
        let stdout = r#"
            (import "wasi:cli/stdout@0.2.0" (instance $stdout
                (export "output-stream" (type (sub resource)))
                (export "get-stdout" (func (result (own 0))))))
            (core func $get (canon lower (func $stdout "get-stdout")))
            (core instance $host (export "get" (func $get)))"#;
        let get = r#"(func $get (import "host" "get") (result i32))"#;
        let resource = "(type $t (resource (rep i32))) (core func (canon resource.new $t))";
        let silent = "(core module $n (memory 1) (global (mut i32) (i32.const 0))) (core instance (instantiate $n))";
        let twice =
            "(core module $n) (core instance (instantiate $n)) (core instance (instantiate $n))";
        for (what, start, items, module, answer) in [
            ("plain", "", "", "", STARTED),
            (
                "larger memory",
                "(drop (memory.grow (i32.const 300)))",
                "",
                "",
                STARTED,
            ),
            (
                "too large a memory",
                "(if (i32.lt_s (memory.grow (i32.const 3000)) (i32.const 0)) (then unreachable))",
                "",
                "",
                NOT_STARTED,
            ),
            ("a trap", "unreachable", "", "", NOT_STARTED),
            ("no end", "(loop (br 0))", "", "", NOT_STARTED),
            (
                "a handle that it keeps",
                "(drop (call $get))",
                stdout,
                get,
                NOT_STARTED,
            ),
            ("a host that is not asked", "", stdout, get, STARTED),
            ("own resources", "", resource, "", NOT_STARTED),
            ("a module that exports nothing", "", silent, "", NOT_STARTED),
            ("a module that is there twice", "", twice, "", NOT_STARTED),
            (
                "a table that is changed",
                "(table.set $t (i32.const 0) (ref.null func))",
                "",
                "(table $t 1 funcref)",
                NOT_STARTED,
            ),
            (
                "a global of 128 bits",
                "",
                "",
                "(global (mut v128) (v128.const i64x2 0 0))",
                NOT_STARTED,
            ),
        ] {
            let bytes = component(start, items, module);
            let expected = Observation::Returned(Some(Val::U32(answer)));
            assert_eq!(ready(&bytes), expected, "{what}");
        }
    }

    /// Whatever a valid component is made of, Wizer is only given what it does not panic at.
    #[test]
    fn damaged_components_are_refused_or_run() {
        let runtime = Config::default().runtime().expect("an engine");
        let whole = component(
            "(drop (memory.grow (i32.const 3)))",
            "",
            "(table 2 funcref)",
        );
        let mut runner = TestRunner::deterministic();
        let change = (0..whole.len(), any::<u8>(), 0..4_u8);
        let mut valid = 0;
        for _ in 0..CHANGES {
            let mut bytes = whole.clone();
            let drawn = change.new_tree(&mut runner).expect("nothing is filtered");
            let (place, byte, kind) = drawn.current();
            match kind {
                0 => drop(bytes.remove(place)),
                1 => bytes.insert(place, byte),
                2 => bytes[place] ^= 1 << (byte % 8),
                _ => bytes[place] = byte,
            }
            valid += u32::from(runtime.open_bytes("test", &bytes).is_ok());
        }
        assert!(valid > 0, "some are no worse than before");
    }

    #[test]
    fn what_wizer_does_not_expect_is_not_given_to_it() {
        let tag = r#"(core module $n (import "a" "b" (tag)) (memory 1))"#;
        for (items, is_fit) in [(tag, false), ("", true)] {
            let found = super::is_fit(&component("", items, ""));
            assert_eq!(found.expect("it is valid"), is_fit);
        }
    }
}
