//! What the tests of this module share: a guest written as text, and a host called without a guest.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Instance, ResourceAny, ResourceDynamic, Type, Val};
use wasmtime::{AsContextMut as _, Config, Engine, Store};

use super::call::{Answer, Import};
use super::draw::hash;
use super::interfaces::{Known, look_up};
use super::link::link;
use super::{AgentIdentity, HostCall, HostStop, ImportedFunction, Moment, World, WorldSettings};

const FUEL: u64 = 100_000_000;
const MEMORY: usize = 16 << 20;

pub(super) fn engine() -> Engine {
    let mut config = Config::new();
    config.consume_fuel(true).concurrency_support(false);
    Engine::new(&config).expect("the engine should build")
}

/// An engine that runs components with asynchronous functions too.
pub(super) fn concurrent_engine() -> Engine {
    let mut config = Config::new();
    config.consume_fuel(true).wasm_component_model_async(true);
    Engine::new(&config).expect("the engine should build")
}

/// Links and starts a component written as text.
pub(super) fn start(engine: &Engine, text: &str, settings: WorldSettings) -> anyhow::Result<Guest> {
    let plain = |error: wasmtime::Error| anyhow::anyhow!("{error:?}");
    let component = Component::new(engine, wat::parse_str(text)?).map_err(plain)?;
    let settings = Arc::new(settings);
    let (linker, imports) = link(engine, &component, &settings)?;
    let mut store = Store::new(engine, World::new(settings, 1, MEMORY));
    store.set_fuel(FUEL).map_err(plain)?;
    // A store with asynchronous imports takes no other calls.
    let instance = match imports.iter().any(|import| import.is_async) {
        false => linker.instantiate(&mut store, &component),
        true => to_the_end(linker.instantiate_async(&mut store, &component)),
    };
    let instance = instance.map_err(plain)?;
    Ok(Guest {
        store,
        instance,
        imports,
    })
}

/// The output of a future that has nothing to wait for.
fn to_the_end<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    let mut polls = std::iter::repeat_with(|| future.as_mut().poll(&mut context)).take(100);
    match polls.find(Poll::is_ready) {
        Some(Poll::Ready(output)) => output,
        _ => panic!("the future does not end"),
    }
}

/// The type that is written so in a component.
pub(super) fn result_type(text: &str) -> Type {
    let text = format!(r#"(component (import "f" (func (result {text}))))"#);
    let bytes = wat::parse_str(text).expect("the type should parse");
    let engine = engine();
    let component = Component::new(&engine, bytes).expect("the type should be valid");
    let ty = component.component_type();
    let import = ty.get_import(&engine, "f");
    match import.map(|import| import.ty) {
        Some(ComponentItem::ComponentFunc(function)) => {
            function.results().next().expect("it should have a result")
        }
        other => panic!("{other:?}"),
    }
}

/// A running component.
pub(super) struct Guest {
    pub(super) store: Store<World>,
    instance: Instance,
    pub(super) imports: Vec<ImportedFunction>,
}

impl Guest {
    pub(super) fn new(text: &str) -> Self {
        Self::with(text, WorldSettings::default())
    }

    pub(super) fn with(text: &str, settings: WorldSettings) -> Self {
        start(&engine(), text, settings).expect("the guest should link and start")
    }

    pub(super) fn enter(&mut self, moment: Moment) -> &mut Self {
        self.store.data_mut().enter(moment);
        self
    }

    /// Calls an exported function that has one result.
    pub(super) fn call(&mut self, name: &str, arguments: &[Val]) -> wasmtime::Result<Val> {
        let function = self.instance.get_func(&mut self.store, name);
        let function = function.expect("the guest should export this");
        let mut results = [Val::Bool(false)];
        function.call(&mut self.store, arguments, &mut results)?;
        let [result] = results;
        Ok(result)
    }

    pub(super) fn u64(&mut self, name: &str, arguments: &[Val]) -> u64 {
        match self.call(name, arguments) {
            Ok(Val::U64(number)) => number,
            other => panic!("{name} answered {other:?}"),
        }
    }

    /// Calls an asynchronous function, which has nothing to wait for.
    pub(super) fn u64_concurrently(&mut self, name: &str) -> u64 {
        let function = self.instance.get_func(&mut self.store, name);
        let function = function.expect("the guest should export this");
        let mut results = [Val::Bool(false)];
        let done = to_the_end(function.call_async(&mut self.store, &[], &mut results));
        done.expect("the call should end well");
        match results {
            [Val::U64(number)] => number,
            other => panic!("{name} answered {other:?}"),
        }
    }

    /// Why the host ended a call.
    pub(super) fn stop(&mut self, name: &str, arguments: &[Val]) -> HostStop {
        stop(self.call(name, arguments))
    }

    pub(super) fn calls(&self) -> &[HostCall] {
        self.store.data().calls()
    }
}

pub(super) fn stop<T: std::fmt::Debug>(result: wasmtime::Result<T>) -> HostStop {
    let error = result.expect_err("the host should have ended the call");
    let stop = error.downcast_ref::<HostStop>();
    stop.unwrap_or_else(|| panic!("{error:?}")).clone()
}

/// The handlers of the tables, called without a guest.
pub(super) struct Host {
    pub(super) store: Store<World>,
    /// The functions called so far, to number them like a linker does.
    functions: Vec<Arc<str>>,
    /// The handles given so far, each with its number and the payload of its type.
    handles: Vec<(ResourceAny, u32, u32)>,
}

impl Host {
    pub(super) fn new() -> Self {
        Self::with(WorldSettings::default())
    }

    pub(super) fn with(settings: WorldSettings) -> Self {
        Self::of(World::new(Arc::new(settings), 1, MEMORY))
    }

    /// The host of a worker that is an agent.
    pub(super) fn of_agent(agent: AgentIdentity) -> Self {
        Self::of_agent_with(WorldSettings::default(), agent)
    }

    pub(super) fn of_agent_with(settings: WorldSettings, agent: AgentIdentity) -> Self {
        let world = World::new(Arc::new(settings), 1, MEMORY);
        Self::of(world.with_agent(Arc::new(agent)))
    }

    fn of(world: World) -> Self {
        let mut store = Store::new(&engine(), world);
        store.set_fuel(FUEL).expect("fuel should be configured");
        Self {
            store,
            functions: Vec::new(),
            handles: Vec::new(),
        }
    }

    /// Calls `interface.function` and returns its result. A handle stays valid if the function only borrows it.
    pub(super) fn call(&mut self, name: &str, arguments: &[Val]) -> wasmtime::Result<Val> {
        let mut results = [Val::Bool(false)];
        self.answer(name, arguments, &mut results)?;
        let [mut result] = results;
        each_handle(&mut result, &mut |handle| self.remember(handle));
        Ok(result)
    }

    /// Calls a function without a result.
    pub(super) fn run(&mut self, name: &str, arguments: &[Val]) -> wasmtime::Result<()> {
        self.answer(name, arguments, &mut [])
    }

    /// The value of a result that is `ok`.
    pub(super) fn ok(&mut self, name: &str, arguments: &[Val]) -> Val {
        match self.call(name, arguments) {
            Ok(Val::Result(Ok(Some(value)))) => *value,
            other => panic!("{name} answered {other:?}"),
        }
    }

    /// Goes on in the world that another worker left, as after an update.
    pub(super) fn continue_from(&mut self, before: &Host) {
        let outside = before.store.data().outside().clone();
        let settings = Arc::clone(&self.store.data().settings);
        let world = World::new(settings, 1, MEMORY).with_outside(outside);
        self.store.data_mut().become_another(world);
    }

    pub(super) fn newest_call(&self) -> &HostCall {
        let calls = self.store.data().calls();
        calls.last().expect("there should be a call")
    }

    fn answer(
        &mut self,
        name: &str,
        arguments: &[Val],
        results: &mut [Val],
    ) -> wasmtime::Result<()> {
        let import = self.import(name);
        let mut arguments = arguments.to_vec();
        for argument in &mut arguments {
            each_handle(argument, &mut |handle| self.fresh(handle));
        }
        import.answer(self.store.as_context_mut(), &arguments, results)
    }

    fn import(&mut self, name: &str) -> Import {
        let (interface, function) = name.split_once('.').expect("a full name");
        let Known::Function(known) = look_up(interface, function) else {
            panic!("no table has {name}");
        };
        let index = self.functions.iter().position(|known| **known == *name);
        let index = index.unwrap_or_else(|| {
            self.functions.push(name.into());
            self.functions.len() - 1
        });
        Import {
            name: name.into(),
            hash: hash(name.as_bytes()),
            function: function.into(),
            index,
            effect: known.1,
            answer: Answer::Handler(known.2),
            result: None,
            is_checked: false,
            resources: Arc::default(),
        }
    }

    fn remember(&mut self, handle: &mut ResourceAny) {
        let resource = handle.try_into_resource_dynamic(&mut self.store);
        let resource = resource.expect("the world should have given the handle");
        self.handles.push((*handle, resource.rep(), resource.ty()));
    }

    fn fresh(&mut self, handle: &mut ResourceAny) {
        let known = self.handles.iter().find(|(known, ..)| known == handle);
        let (_, rep, ty) = known.expect("the handle should be known");
        let resource = ResourceDynamic::new_own(*rep, *ty);
        let resource = resource.try_into_resource_any(&mut self.store);
        *handle = resource.expect("a handle should be made");
    }
}

fn each_handle(value: &mut Val, each: &mut impl FnMut(&mut ResourceAny)) {
    match value {
        Val::Resource(handle) => each(handle),
        Val::List(items) | Val::Tuple(items) => {
            items.iter_mut().for_each(|item| each_handle(item, each));
        }
        Val::Record(fields) => {
            let fields = fields.iter_mut();
            fields.for_each(|(_, field)| each_handle(field, each));
        }
        Val::Variant(_, Some(payload))
        | Val::Option(Some(payload))
        | Val::Result(Ok(Some(payload)) | Err(Some(payload))) => each_handle(payload, each),
        _ => {}
    }
}

/// A guest that reads the clocks and sleeps. It imports the monotonic clock, whose pollable is another interface's resource.
pub(super) const CLOCKS: &str = r#"
(component $c
  (import "wasi:io/poll@0.2.0" (instance $poll
    (export "pollable" (type $pollable (sub resource)))
    (export "[method]pollable.block" (func (param "self" (borrow $pollable))))))
  (alias export $poll "pollable" (type $pollable))
  (import "wasi:clocks/monotonic-clock@0.2.3" (instance $monotonic
    (alias outer $c $pollable (type $outer))
    (export "pollable" (type $pollable (eq $outer)))
    (export "now" (func (result u64)))
    (export "subscribe-duration" (func (param "when" u64) (result (own $pollable))))))
  (import "wasi:clocks/wall-clock@0.2.9" (instance $wall
    (type $record (record (field "seconds" u64) (field "nanoseconds" u32)))
    (export "datetime" (type $datetime (eq $record)))
    (export "now" (func (result $datetime)))))
  (import "wasi:random/random@0.2.1" (instance $random
    (export "get-random-u64" (func (result u64)))))
  (core module $memory (memory (export "memory") 1))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $mem))
  (core func $now (canon lower (func $monotonic "now")))
  (core func $subscribe (canon lower (func $monotonic "subscribe-duration")))
  (core func $block (canon lower (func $poll "[method]pollable.block")))
  (core func $drop (canon resource.drop $pollable))
  (core func $wall (canon lower (func $wall "now") (memory $mem)))
  (core func $random (canon lower (func $random "get-random-u64")))
  (core module $m
    (import "m" "memory" (memory 1))
    (import "h" "now" (func $now (result i64)))
    (import "h" "subscribe" (func $subscribe (param i64) (result i32)))
    (import "h" "block" (func $block (param i32)))
    (import "h" "drop" (func $drop (param i32)))
    (import "h" "wall" (func $wall (param i32)))
    (import "h" "random" (func $random (result i64)))
    (func (export "monotonic") (result i64) call $now)
    (func (export "random") (result i64) call $random)
    (func (export "wall-nanoseconds") (result i64)
      (call $wall (i32.const 8))
      (i64.add
        (i64.mul (i64.load (i32.const 8)) (i64.const 1000000000))
        (i64.load32_u (i32.const 16))))
    (func (export "sleep") (param i64) (result i64) (local $pollable i32)
      (call $block (local.tee $pollable (call $subscribe (local.get 0))))
      (call $drop (local.get $pollable))
      call $now))
  (core instance $i (instantiate $m
    (with "m" (instance $memory))
    (with "h" (instance
      (export "now" (func $now))
      (export "subscribe" (func $subscribe))
      (export "block" (func $block))
      (export "drop" (func $drop))
      (export "wall" (func $wall))
      (export "random" (func $random))))))
  (func (export "monotonic") (result u64) (canon lift (core func $i "monotonic")))
  (func (export "wall-nanoseconds") (result u64) (canon lift (core func $i "wall-nanoseconds")))
  (func (export "random") (result u64) (canon lift (core func $i "random")))
  (func (export "sleep") (param "for" u64) (result u64) (canon lift (core func $i "sleep"))))
"#;
