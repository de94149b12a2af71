//! Instances before they are workers. A component that has a language runtime inside may export what starts it, to be called once,
//! when the component is built: Wizer writes the memory that this leaves into the component and takes the export away. Of a component
//! that still has it, the runtime would start anew in each worker's first call, and takes a thousand times what the call takes. So it
//! is called here, in a world that is the same for all workers, as Wizer's is.

use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::Instance;

use super::{AGENT_FUEL, spent};
use crate::component::{Build, Component, WIZER_INITIALIZE};
use crate::host::{Moment, Seeds, World};

/// An instance that is as if Wizer had been there.
pub(super) struct Initialized {
    pub(super) store: Store<World>,
    pub(super) instance: Instance,
    /// Fuel that all of it took …
    pub(super) fuel: u64,
    /// … and that a start takes once Wizer was there.
    pub(super) of_start: u64,
}

/// Instantiates a component in the world that the store has, with the fuel of one call.
pub(super) fn instantiate(store: &mut Store<World>, build: &Build) -> wasmtime::Result<Instance> {
    let limits = &build.limits;
    store.limiter(|world| &mut world.memory);
    store.set_hostcall_fuel(limits.transfer);
    store.set_fuel(limits.fuel)?;
    build.pre.instantiate(store)
}

/// An instance whose runtime was started; none if there is nothing that starts it, or that fails: then it is tried again by the first
/// call, as on the platform.
pub(super) fn initialized(
    component: &Component,
    build: &Arc<Build>,
    moment: Moment,
) -> Option<Initialized> {
    let (_, export) = build.pre.component().get_export(None, WIZER_INITIALIZE)?;
    let limits = &build.limits;
    let settings = component.settings().clone();
    let mut world = World::new(settings, Seeds::from(0), limits.memory);
    world.memory.within(component.budget());
    world.enter(moment);
    let mut store = Store::new(build.pre.engine(), world);
    let instance = instantiate(&mut store, build).ok()?;
    let of_start = spent(&store, limits.fuel);
    let granted = limits.fuel.saturating_mul(AGENT_FUEL);
    store.set_fuel(granted).ok()?;
    let function = instance.get_func(&mut store, export)?;
    let function = function.typed::<(), ()>(&store).ok()?;
    function.call(&mut store, ()).ok()?;
    let fuel = of_start.saturating_add(spent(&store, granted));
    Some(Initialized {
        store,
        instance,
        fuel,
        of_start,
    })
}
