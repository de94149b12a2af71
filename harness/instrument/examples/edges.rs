//! Counts the edges that a component takes, and resets its instance: `cargo run --example edges`.

use handover_instrument::{Probes, RECORD, RESET, Request, Rewrite, Status, instrument};
use wasmtime::component::{Component, Linker, WasmList};
use wasmtime::{Engine, Result, Store};

/// A component that counts how often it was called, up to a limit.
const TICK: &[u8] = include_bytes!("tick.wat");

fn main() -> Result<()> {
    let original = wat::parse_bytes(TICK)?;
    let rewrite = Rewrite {
        probes: Probes::Edges,
        reset: true,
    };
    let rewritten = instrument(&original, rewrite)?;
    assert!(rewritten.warnings.is_empty(), "{:?}", rewritten.warnings);

    let engine = Engine::default();
    let component = Component::new(&engine, &rewritten.bytes)?;
    let mut store = Store::new(&engine, ());
    let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
    let tick = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "tick")?;
    let record = format!("{RECORD}0");
    let record = instance.get_typed_func::<(), (WasmList<u8>,)>(&mut store, &record)?;
    let reset = instance.get_typed_func::<(u32,), (u32,)>(&mut store, format!("{RESET}0"))?;

    // The record stays where it is, so that it is read in place from now on, without a call.
    let (record,) = record.call(&mut store, ())?;
    // What the instance is now is what it is reset to.
    let kept = reset.call(&mut store, (Request::KeepWritten as u32,))?;
    assert_eq!(kept, (1,));

    for limit in [2, 2, 2] {
        println!("tick({limit}) = {}", tick.call(&mut store, (limit,))?.0);
    }
    let (status, counters) = Status::split(record.as_le_slice(&store));
    assert!(!status.irreversible);
    for (site, times) in rewritten.maps[0].sites.iter().zip(counters) {
        println!("byte {:3}, {:?}: {times} times", site.offset, site.kind);
    }
    assert_eq!(counters, [3, 2, 1]);

    let done = reset.call(&mut store, (Request::Reset as u32,))?;
    assert_eq!(done, (1,));
    let (_, counters) = Status::split(record.as_le_slice(&store));
    assert_eq!(counters, [0, 0, 0]);
    assert_eq!(tick.call(&mut store, (2,))?, (1,));
    println!("after the reset, tick(2) = 1 again");
    Ok(())
}
