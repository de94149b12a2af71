//! The loop that one writes first: wasmtime as it comes, a new instance for each load.

use handover::component::{Shape, SnapshotFunction};
use handover::{OCTET_STREAM, Snapshot};
use wasmtime::component::{Component, ComponentType, Linker, Lower};
use wasmtime::{Engine, Result, Store};

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
    /// Compiles a component. A call of an import is a trap.
    ///
    /// # Errors
    /// It is no component.
    pub fn new(bytes: &[u8], load: &SnapshotFunction) -> Result<Self> {
        let engine = Engine::default();
        let component = Component::new(&engine, bytes)?;
        let mut linker = Linker::new(&engine);
        linker.define_unknown_imports_as_traps(&component)?;
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
                        mime_type: OCTET_STREAM,
                    },),
                )?,
            Shape::Data => return Err(wasmtime::Error::msg("no sample has this interface")),
        };
        Ok(answer)
    }
}
