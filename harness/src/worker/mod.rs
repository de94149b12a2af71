//! A running worker: one instance of a component in its own deterministic world, with limits on all that it can do.

pub mod agents;
mod failing;
pub(crate) mod meter;
pub mod observation;
pub(crate) mod pool;
mod record;
mod replay;
pub(crate) mod seen;
pub(crate) mod snapshot;
mod target;
pub mod update;

use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::{ComponentType, Lift, Lower, Val};

use crate::component::agent::{Invocation, Wire};
use crate::component::{Component, Function, Shape, SnapshotFunction};
use crate::host::limits::AGENT_FUEL;
use crate::host::{HostCall, Moment, Outside, Seeds, World};
use crate::worker::observation::{Failure, FailureKind, Observation};
use crate::worker::snapshot::{OCTET_STREAM, Snapshot};
use failing::{broken, failure, misfit};
use meter::Meter;
use pool::{Body, Lease, Origin, Shelf};
pub(crate) use record::{Keep, Records};
pub(crate) use replay::Recorded;
use target::Target;

/// A running instance of a component.
///
/// Operations are numbered by the caller, because the number determines what the world answers. A worker that failed
/// cannot be entered again: every later call fails too.
pub struct Worker {
    body: Lease,
    /// Where it goes when it is done.
    shelf: Option<Arc<Shelf>>,
    /// What counts what it does.
    meter: Option<Arc<Meter>>,
    seeds: Seeds,
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

/// What load returns.
type LoadAnswer = (Result<(), String>,);

impl Worker {
    /// Starts a worker of the component as it is, in a new world of these seeds, or of one.
    ///
    /// # Errors
    /// How the start failed.
    pub fn start(component: &Component, seeds: impl Into<Seeds>) -> Result<Self, Failure> {
        Self::start_at(Origin::new(component), seeds)
    }

    /// Starts a worker in a new world of these seeds, or of one.
    ///
    /// # Errors
    /// How the start failed.
    pub(crate) fn start_at(origin: Origin<'_>, seeds: impl Into<Seeds>) -> Result<Self, Failure> {
        let moment = Moment::Instantiate {
            operation: 0,
            attempt: 0,
        };
        Self::start_in(origin, seeds.into(), Outside::default(), moment)
    }

    /// Starts a worker in the world that `before` lives in, as an update does: what outlives an instance stays as it is. What
    /// counted what the one did counts what the other does.
    ///
    /// # Errors
    /// How the start failed.
    pub(crate) fn start_after(
        before: &Self,
        origin: Origin<'_>,
        moment: Moment,
    ) -> Result<Self, Failure> {
        let outside = before.body.store.data().outside().clone();
        let meter = before.meter.as_ref().or(origin.meter);
        Self::start_in(Origin { meter, ..origin }, before.seeds, outside, moment)
    }

    fn start_in(
        origin: Origin<'_>,
        seeds: Seeds,
        outside: Outside,
        moment: Moment,
    ) -> Result<Self, Failure> {
        let reused = origin.shelf.and_then(|it| Some((it, it.build()?)));
        let build = match reused {
            Some((_, build)) => build,
            None => origin.component.exact().map_err(broken)?,
        };
        let settings = origin.component.settings();
        let limits = &build.limits;
        let mut world = World::new(settings.clone(), seeds, limits.memory).with_outside(outside);
        if let Some(agent) = origin.agent.or_else(|| origin.component.default_agent()) {
            world = world.with_agent(Arc::clone(agent));
        }
        world.memory.within(origin.component.budget());
        world.enter(moment);
        if let Some((shelf, _)) = reused
            && let Some(body) = shelf.take()
        {
            let mut worker = Self::new(origin, body, seeds, 0);
            if worker.renew() {
                worker.body.store.data_mut().become_another(world);
                worker.count(worker.fuel_spent);
                return Ok(worker);
            }
        }
        let mut store = Store::new(build.pre.engine(), world);
        store.limiter(|world| &mut world.memory);
        store.set_hostcall_fuel(limits.transfer);
        let started = store
            .set_fuel(limits.fuel)
            .and_then(|()| build.pre.instantiate(&mut store));
        let fuel_spent = spent(&store, limits.fuel);
        match started {
            Ok(instance) => {
                let body = Body::new(store, instance, origin.component, build);
                let mut worker = Self::new(origin, body, seeds, fuel_spent);
                if reused.is_some() {
                    worker.prepare_renewal()?;
                }
                worker.count(fuel_spent);
                Ok(worker)
            }
            Err(error) => {
                let failure = failure(&mut store, &error);
                if let Some(meter) = origin.meter {
                    count_failure(meter, &failure);
                }
                Err(failure)
            }
        }
    }

    fn new(origin: Origin<'_>, body: Box<Body>, seeds: Seeds, fuel_spent: u64) -> Self {
        let limits = &body.build.limits;
        // A language runtime starts in the first call of an agent.
        let times = if body.component.guest().is_some() {
            AGENT_FUEL
        } else {
            1
        };
        let granted = (limits.fuel.saturating_mul(times), limits.fuel_per_byte);
        Self {
            body: Lease::new(body),
            shelf: origin.shelf.cloned(),
            meter: origin.meter.cloned(),
            seeds,
            granted,
            fuel: granted.0,
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
        let called = match &function.wire {
            None => self.call_function(function, arguments, function.result.is_some(), operation),
            Some(wire) => self.call_agent(function, wire, arguments, operation),
        };
        match called {
            Ok(result) => Observation::Returned(result),
            Err(failure) => Observation::Failed(failure),
        }
    }

    /// Calls the constructor or a method of an agent.
    fn call_agent(
        &mut self,
        function: &Function,
        wire: &Wire,
        arguments: &[Val],
        operation: u32,
    ) -> Result<Option<Val>, Failure> {
        let arguments = wire.arguments(arguments).map_err(misfit)?;
        let returned = self.call_function(function, &arguments, true, operation)?;
        let nothing = Val::Tuple(Vec::new());
        let returned = returned.as_ref().unwrap_or(&nothing);
        match wire.outcome(function.result.as_ref(), returned) {
            Invocation::Returned(value) => Ok(value),
            Invocation::Failed(error) => {
                Err(Failure::of(FailureKind::AgentError(error.to_string())))
            }
            Invocation::Misfit(sentence) => Err(misfit(sentence)),
        }
    }

    fn call_function(
        &mut self,
        function: &Function,
        arguments: &[Val],
        has_result: bool,
        operation: u32,
    ) -> Result<Option<Val>, Failure> {
        self.counted(Moment::Operation(operation), |body| {
            let target = Target::new(body, function)?;
            let store = &mut body.store;
            let mut results = [Val::Bool(false)];
            let results = &mut results[..usize::from(has_result)];
            target.call(&mut *store, arguments, results)?;
            Ok(results
                .first_mut()
                .map(|result| std::mem::replace(result, Val::Bool(false))))
        })
    }

    /// Calls save, before operation number `operation`.
    ///
    /// # Errors
    /// How save failed.
    pub fn save(&mut self, save: &SnapshotFunction, operation: u32) -> Result<Snapshot, Failure> {
        self.counted(Moment::Save(operation), |body| {
            let target = Target::new(body, &save.function)?;
            let store = &mut body.store;
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
        self.counted(Moment::Load { operation, attempt }, |body| {
            let target = Target::new(body, &load.function)?;
            let store = &mut body.store;
            let (bytes, mime) = (snapshot.bytes.as_slice(), snapshot.mime.as_str());
            let (answer,): LoadAnswer = match load.shape {
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
    pub fn component(&self) -> &Component {
        &self.body.component
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
        run: impl FnOnce(&mut Body) -> wasmtime::Result<R>,
    ) -> Result<R, Failure> {
        let fuel = self.fuel;
        let body = &mut *self.body;
        let world = body.store.data_mut();
        world.enter(moment);
        // A refusal that an earlier call coped with does not explain how this one fails.
        world.memory.take_refused();
        let called = body.store.set_fuel(fuel).and_then(|()| run(body));
        let spent = spent(&body.store, fuel);
        self.fuel_spent = self.fuel_spent.saturating_add(spent);
        let called = called.map_err(|error| failure(&mut self.body.store, &error));
        self.failed |= called.is_err();
        called
    }

    /// As [`Self::call`], and what it did is counted.
    fn counted<R>(
        &mut self,
        moment: Moment,
        run: impl FnOnce(&mut Body) -> wasmtime::Result<R>,
    ) -> Result<R, Failure> {
        let (fuel, memory) = (self.fuel_spent, self.memory());
        let called = self.call(moment, run);
        self.count(self.fuel_spent.saturating_sub(fuel));
        if let Some(meter) = &self.meter {
            meter.count_growth(self.memory().saturating_sub(memory));
            if let Err(failure) = &called {
                count_failure(meter, failure);
            }
        }
        called
    }

    fn count(&self, spent: u64) {
        let Some(meter) = &self.meter else {
            return;
        };
        meter.count_fuel(spent);
        if self.depends_on_world() {
            meter.note_host();
        }
        if self.body.store.data().was_woken() {
            meter.note_woken();
        }
    }
}

fn count_failure(meter: &Meter, failure: &Failure) {
    if failure.is_hang() {
        meter.count_hang();
    }
}

fn spent(store: &Store<World>, granted: u64) -> u64 {
    granted.saturating_sub(store.get_fuel().unwrap_or(0))
}
