//! Guests as components that are opened.

use handover::component::{Component, Runtime, SnapshotNames};
use handover::host::WorldSettings;
use handover::host::limits::Limits;
use handover::{Chain, Config};

use crate::Guest;

/// A runtime with small limits: what hangs or hoards is found out soon.
pub fn runtime() -> Runtime {
    let settings = WorldSettings::default();
    Runtime::new(small_limits(), settings, SnapshotNames::default()).expect("a runtime")
}

/// Limits that stop a guest in milliseconds.
pub fn small_limits() -> Limits {
    Limits {
        fuel: 1_000_000,
        memory: 8 << 20,
        transfer: 4 << 20,
        ..Limits::default()
    }
}

/// Opens a guest.
pub fn open(runtime: &Runtime, guest: &Guest) -> Component {
    runtime
        .open_bytes("guest.wasm", &guest.wasm())
        .expect("a guest that opens")
}

/// Opens two versions.
pub fn pair(old: &Guest, new: &Guest) -> Chain {
    let runtime = runtime();
    let component = |label: &str, guest: &Guest| {
        runtime
            .open_bytes(label, &guest.wasm())
            .expect("a guest that opens")
    };
    let (old, new) = (component("old.wasm", old), component("new.wasm", new));
    Chain::new(vec![old, new], &Config::default()).expect("a pair")
}

/// Opens versions in a row, from the one in production on.
pub fn chain(guests: &[Guest], config: &Config) -> Chain {
    let runtime = runtime();
    let versions = guests.iter().zip(1..).map(|(guest, number)| {
        let opened = runtime.open_bytes(&format!("v{number}.wasm"), &guest.wasm());
        opened.expect("a guest that opens")
    });
    Chain::new(versions.collect(), config).expect("a chain")
}
