//! The target that one writes first, to compare with: wasmtime, called from a plain fuzz target. It cannot see into the guest.

use std::sync::LazyLock;

use cart_state::vault::faults;
use wasmtime::component::{Component, Linker};
use wasmtime::{Engine, Store};

struct Vault {
    engine: Engine,
    linker: Linker<()>,
    component: Component,
}

static VAULT: LazyLock<Vault> = LazyLock::new(|| {
    let engine = Engine::default();
    let bytes = sample_component::component("vault").expect("it is embedded");
    Vault {
        linker: Linker::new(&engine),
        component: Component::new(&engine, bytes).expect("it is a component"),
        engine,
    }
});

/// Names of faults that are known by now, separated by commas: inputs that reach one of them are left out, as if it had been
/// mended. libFuzzer ends with the first crash, so that without it the others would never be found.
pub const KNOWN: &str = "HANDOVER_KNOWN_FAULTS";

static KNOWN_FAULTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let names = std::env::var(KNOWN).unwrap_or_default();
    names.split_terminator(',').map(str::to_owned).collect()
});

/// Loads the bytes into a fresh instance of the vault.
///
/// # Panics
/// Load traps.
pub fn blind(bytes: &[u8]) {
    if !KNOWN_FAULTS.is_empty()
        && faults::reached_by(bytes)
            .is_some_and(|fault| KNOWN_FAULTS.iter().any(|it| it == fault.name))
    {
        return;
    }
    let Vault {
        engine,
        linker,
        component,
    } = &*VAULT;
    let mut store = Store::new(engine, ());
    let instance = linker
        .instantiate(&mut store, component)
        .expect("the vault imports nothing");
    let interface = instance.get_export_index(&mut store, None, "golem:api/load-snapshot@1.1.0");
    let load = instance
        .get_export_index(&mut store, interface.as_ref(), "load")
        .expect("load is exported");
    let load = instance.get_typed_func::<(&[u8],), (Result<(), String>,)>(&mut store, load);
    let answer = load.expect("load has its type").call(&mut store, (bytes,));
    // Err is an answer too.
    let _refused = answer.expect("load answers");
}

/// The files that the arguments name.
///
/// # Panics
/// One of them cannot be read.
pub fn inputs() -> impl Iterator<Item = Vec<u8>> {
    let paths = std::env::args_os().skip(1);
    paths.map(|path| std::fs::read(path).expect("an input that can be read"))
}
