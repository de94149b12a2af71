//! The loop that one writes first: wasmtime as it comes, a new instance for each load.

use handover::Snapshot;
use handover::component::{Shape, SnapshotFunction};
use wasmtime::component::{Component, ComponentType, Linker, Lower};
use wasmtime::{Engine, Result, Store, StoreContextMut};

/// A component and the interface of its load.
pub struct Naive {
    engine: Engine,
    linker: Linker<()>,
    component: Component,
    interface: String,
    shape: Shape,
}

#[derive(ComponentType, Lower)]
#[component(record)]
struct Payload<'a> {
    payload: &'a [u8],
    #[component(name = "mime-type")]
    mime_type: &'a str,
}

type Answer = (Result<(), String>,);

impl Naive {
    /// Compiles a component. What the sample components ask the host while they load is answered, any other call is a trap.
    ///
    /// # Errors
    /// It is no component.
    pub fn new(bytes: &[u8], load: &SnapshotFunction) -> Result<Self> {
        let engine = Engine::default();
        let component = Component::new(&engine, bytes)?;
        let mut linker = Linker::new(&engine);
        linker.define_unknown_imports_as_traps(&component)?;
        linker.allow_shadowing(true);
        for (import, _) in component.component_type().imports(&engine) {
            let mut answers = linker.instance(import)?;
            match import.split('@').next() {
                Some("wasi:clocks/monotonic-clock") => {
                    answers.func_wrap("now", |_, ()| Ok((0_u64,)))?;
                }
                Some("wasi:cli/environment") => {
                    let none = |_: StoreContextMut<'_, ()>, ()| Ok((Vec::<String>::new(),));
                    answers.func_wrap("get-arguments", none)?;
                    let none =
                        |_: StoreContextMut<'_, ()>, ()| Ok((Vec::<(String, String)>::new(),));
                    answers.func_wrap("get-environment", none)?;
                }
                Some("wasi:random/random") => {
                    let zeros = |_: StoreContextMut<'_, ()>, (length,): (u64,)| {
                        Ok((vec![0_u8; usize::try_from(length)?],))
                    };
                    answers.func_wrap("get-random-bytes", zeros)?;
                }
                _ => {}
            }
        }
        let name = load.function.name.interface.as_deref().unwrap_or_default();
        let version = load.function.version.as_deref().unwrap_or_default();
        Ok(Self {
            engine,
            linker,
            component,
            interface: format!("{name}@{version}"),
            shape: load.shape,
        })
    }

    /// Loads a snapshot into a new instance.
    ///
    /// # Errors
    /// Load traps, or has another type.
    pub fn load(&self, snapshot: &Snapshot) -> Result<Result<(), String>> {
        let mut store = Store::new(&self.engine, ());
        let instance = self.linker.instantiate(&mut store, &self.component)?;
        let interface = instance.get_export_index(&mut store, None, &self.interface);
        let load = instance.get_export_index(&mut store, interface.as_ref(), "load");
        let load = load.ok_or_else(|| wasmtime::Error::msg("load is not exported"))?;
        let bytes = snapshot.bytes.as_slice();
        let (answer,) = match self.shape {
            Shape::Bytes => instance
                .get_typed_func::<(&[u8],), Answer>(&mut store, load)?
                .call(&mut store, (bytes,))?,
            Shape::Payload => instance
                .get_typed_func::<(Payload<'_>,), Answer>(&mut store, load)?
                .call(
                    &mut store,
                    (Payload {
                        payload: bytes,
                        mime_type: &snapshot.mime,
                    },),
                )?,
            Shape::Data => return Err(wasmtime::Error::msg("no sample has this interface")),
        };
        Ok(answer)
    }
}
