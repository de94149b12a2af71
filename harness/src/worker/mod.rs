//! A running worker: one instance of a component in its own deterministic world, with limits on all that it can do.

pub mod observation;
mod record;
pub(crate) mod snapshot;
mod spare;
mod target;
pub mod update;

use wasmtime::component::{ComponentType, Instance, Lift, Lower, Val};
use wasmtime::{Store, Trap, WasmBacktrace};

use crate::component::{Component, Function, Shape, SnapshotFunction};
use crate::host::{HostCall, HostStop, Moment, World};
use crate::worker::observation::{Failure, FailureKind, Observation, own_frames};
use crate::worker::snapshot::{OCTET_STREAM, Snapshot};
pub(crate) use record::{Keep, Records};
use spare::{Body, Lease};
pub(crate) use spare::{KEPT_PER_THREAD, Spares};
use target::Target;

/// A running instance of a component.
///
/// Operations are numbered by the caller, because the number determines what the world answers. A worker that failed
/// cannot be entered again: every later call fails too.
pub struct Worker<'a> {
    component: &'a Component,
    body: Lease,
    seed: u64,
    /// Fuel that each call is granted, and fuel on top for each byte of the snapshot that is loaded.
    granted: (u64, u64),
    /// Fuel that each call is granted.
    fuel: u64,
    fuel_spent: u64,
    /// It cannot be entered again.
    failed: bool,
}

/// `record { payload: list<u8>, mime-type: string }`, as it is passed (borrowed) and returned (owned).
#[derive(ComponentType, Lift, Lower)]
#[component(record)]
struct Payload<B, S> {
    payload: B,
    #[component(name = "mime-type")]
    mime_type: S,
}

/// `record { data: list<u8>, mime-type: string }`, likewise.
#[derive(ComponentType, Lift, Lower)]
#[component(record)]
struct Data<B, S> {
    data: B,
    #[component(name = "mime-type")]
    mime_type: S,
}

type Answer = (Result<(), String>,);

impl<'a> Worker<'a> {
    /// Starts a worker in a new world of `seed`.
    ///
    /// # Errors
    /// How the start failed.
    pub fn start(component: &'a Component, seed: u64) -> Result<Self, Failure> {
        let world = World::new(component.settings.clone(), seed, component.limits.memory);
        let moment = Moment::Instantiate {
            operation: 0,
            attempt: 0,
        };
        Self::start_in(component, world, seed, moment)
    }

    /// Starts a worker of `component` in the world that `before` lives in, as an update does: what outlives an instance
    /// stays as it is.
    ///
    /// # Errors
    /// How the start failed.
    pub(crate) fn start_after(
        before: &Worker<'_>,
        component: &'a Component,
        moment: Moment,
    ) -> Result<Self, Failure> {
        let world = World::new(
            component.settings.clone(),
            before.seed,
            component.limits.memory,
        )
        .with_outside(before.body.store.data().outside().clone());
        Self::start_in(component, world, before.seed, moment)
    }

    fn start_in(
        component: &'a Component,
        mut world: World,
        seed: u64,
        moment: Moment,
    ) -> Result<Self, Failure> {
        world.enter(moment);
        let limits = &component.limits;
        let spares = component.spares.as_deref().filter(|it| it.are_of_use());
        if let Some(spare) = spares.and_then(Spares::take) {
            let mut worker = Self::new(component, spare, seed, 0);
            if worker.renew() {
                worker.body.store.data_mut().become_another(world);
                return Ok(worker);
            }
        }
        let mut store = Store::new(component.pre.engine(), world);
        store.limiter(|world| &mut world.memory);
        store.set_hostcall_fuel(limits.transfer);
        let started = store
            .set_fuel(limits.fuel)
            .and_then(|()| component.pre.instantiate(&mut store));
        let fuel_spent = spent(&store, limits.fuel);
        match started {
            Ok(instance) => {
                let body = Box::new(Body {
                    store,
                    instance,
                    renewal: None,
                });
                let mut worker = Self::new(component, body, seed, fuel_spent);
                if spares.is_some() {
                    worker.prepare_renewal()?;
                }
                Ok(worker)
            }
            Err(error) => Err(failure(&mut store, &error)),
        }
    }

    fn new(component: &'a Component, body: Box<Body>, seed: u64, fuel_spent: u64) -> Self {
        let limits = &component.limits;
        Self {
            component,
            body: Lease::new(body),
            seed,
            granted: (limits.fuel, limits.fuel_per_byte),
            fuel: limits.fuel,
            fuel_spent,
            failed: false,
        }
    }

    /// Grants so much fuel to each call to come, and on top of it so much for each byte of a snapshot.
    pub(crate) fn grant(&mut self, fuel: u64, per_byte: u64) {
        self.granted = (fuel, per_byte);
        self.fuel = fuel;
    }

    /// Calls a function of the component as operation number `operation`.
    pub fn invoke(
        &mut self,
        function: &Function,
        arguments: &[Val],
        operation: u32,
    ) -> Observation {
        let has_result = function.result.is_some();
        let called = self.call(Moment::Operation(operation), |store, instance| {
            let target = Target::new(store, instance, function)?;
            let mut results = [Val::Bool(false)];
            let results = &mut results[..usize::from(has_result)];
            target.call(&mut *store, arguments, results)?;
            Ok(results
                .first_mut()
                .map(|result| std::mem::replace(result, Val::Bool(false))))
        });
        match called {
            Ok(result) => Observation::Returned(result),
            Err(failure) => Observation::Failed(failure),
        }
    }

    /// Calls save, before operation number `operation`.
    ///
    /// # Errors
    /// How save failed.
    pub fn save(&mut self, save: &SnapshotFunction, operation: u32) -> Result<Snapshot, Failure> {
        self.call(Moment::Save(operation), |store, instance| {
            let target = Target::new(store, instance, &save.function)?;
            let (bytes, mime) = match save.shape {
                Shape::Bytes => {
                    let (bytes,) = target.call_typed::<(), (Vec<u8>,)>(store, ())?;
                    (bytes, OCTET_STREAM.to_owned())
                }
                Shape::Payload => {
                    let (it,) = target.call_typed::<(), (Payload<Vec<u8>, String>,)>(store, ())?;
                    (it.payload, it.mime_type)
                }
                Shape::Data => {
                    let (it,) = target.call_typed::<(), (Data<Vec<u8>, String>,)>(store, ())?;
                    (it.data, it.mime_type)
                }
            };
            Ok(Snapshot { bytes, mime })
        })
    }

    /// Calls load, before operation number `operation`. `attempt` is 0, or more where the load of the same snapshot is
    /// repeated at another time.
    ///
    /// # Errors
    /// How load failed; a load that answered is `Ok`, with what it answered.
    pub fn load(
        &mut self,
        load: &SnapshotFunction,
        snapshot: &Snapshot,
        operation: u32,
        attempt: u32,
    ) -> Result<Result<(), String>, Failure> {
        let (fuel, per_byte) = self.granted;
        let bytes = u64::try_from(snapshot.bytes.len()).unwrap_or(u64::MAX);
        self.fuel = fuel.saturating_add(per_byte.saturating_mul(bytes));
        self.call(Moment::Load { operation, attempt }, |store, instance| {
            let target = Target::new(store, instance, &load.function)?;
            let (bytes, mime) = (snapshot.bytes.as_slice(), snapshot.mime.as_str());
            let (answer,): Answer = match load.shape {
                Shape::Bytes => target.call_typed(store, (bytes,))?,
                Shape::Payload => {
                    let (payload, mime_type) = (bytes, mime);
                    target.call_typed(store, (Payload { payload, mime_type },))?
                }
                Shape::Data => {
                    let (data, mime_type) = (bytes, mime);
                    target.call_typed(store, (Data { data, mime_type },))?
                }
            };
            Ok(answer)
        })
    }

    /// The host calls that this worker made, in order.
    pub fn host_calls(&self) -> &[HostCall] {
        self.body.store.data().calls()
    }

    /// Whether the host answered it anything that may be another in the world of another seed.
    pub(crate) fn depends_on_world(&self) -> bool {
        self.body.store.data().varies()
    }

    /// The component that it runs.
    pub fn component(&self) -> &'a Component {
        self.component
    }

    /// Fuel that start and all calls used.
    pub fn fuel_spent(&self) -> u64 {
        self.fuel_spent
    }

    /// Bytes of linear memory that it has.
    pub(crate) fn memory(&self) -> u64 {
        self.body.store.data().memory.used() as u64
    }

    fn call<R>(
        &mut self,
        moment: Moment,
        run: impl FnOnce(&mut Store<World>, &Instance) -> wasmtime::Result<R>,
    ) -> Result<R, Failure> {
        let fuel = self.fuel;
        let Body {
            store, instance, ..
        } = &mut *self.body;
        let world = store.data_mut();
        world.enter(moment);
        // A refusal that an earlier call coped with does not explain how this one fails.
        world.memory.take_refused();
        let called = store.set_fuel(fuel).and_then(|()| run(store, instance));
        self.fuel_spent = self.fuel_spent.saturating_add(spent(store, fuel));
        self.failed |= called.is_err();
        called.map_err(|error| failure(store, &error))
    }
}

fn spent(store: &Store<World>, granted: u64) -> u64 {
    granted.saturating_sub(store.get_fuel().unwrap_or(0))
}

fn failure(store: &mut Store<World>, error: &wasmtime::Error) -> Failure {
    let memory_refused = store.data_mut().memory.take_refused();
    let kind = if let Some(stop) = error.downcast_ref::<HostStop>() {
        stopped(stop)
    } else {
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => FailureKind::OutOfFuel,
            Some(Trap::StackOverflow) => FailureKind::StackExhausted,
            _ if memory_refused => FailureKind::OutOfMemory,
            Some(trap) => FailureKind::Trap(
                trap.to_string()
                    .trim_start_matches("wasm trap: ")
                    .to_owned(),
            ),
            None => FailureKind::Broken(format!("{error:#}")),
        }
    };
    let backtrace = error
        .downcast_ref::<WasmBacktrace>()
        .map(|backtrace| {
            let names = backtrace.frames().iter();
            let names = names.filter_map(|frame| frame.func_name());
            own_frames(names.map(|name| format!("{:#}", rustc_demangle::demangle(name))))
        })
        .unwrap_or_default();
    Failure { kind, backtrace }
}

fn stopped(stop: &HostStop) -> FailureKind {
    match stop {
        HostStop::Exit { ok, .. } => FailureKind::Exit { success: *ok },
        HostStop::Aborted { reason } => FailureKind::Trap(reason.clone()),
        HostStop::Unsupported { function } => FailureKind::UnsupportedHostCall {
            function: function.to_string(),
        },
        HostStop::Blocked { function } => FailureKind::Blocked {
            function: function.to_string(),
        },
        HostStop::TooMuch { .. } => FailureKind::Broken(stop.to_string()),
    }
}
