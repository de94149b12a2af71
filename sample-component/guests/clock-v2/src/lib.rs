//! The stamp machine, second version: correct, but suspicious. It asks the host more often than the first one, in
//! another order, and inside save and load too; nothing of that can be observed. What both versions return of a host
//! function comes from the same call of it within the operation.

use cart_state::clock::{
    Stamp,
    v2::{self, Clock},
};
use exports::golem::api::{load_snapshot, save_snapshot};
use golem::api::host;
use wasi::{clocks::monotonic_clock, random::random};

wit_bindgen::generate!({
    path: [
        "../../wit/wasi-clocks",
        "../../wit/wasi-random",
        "../../wit/wasi-cli",
        "../../wit/golem-api-1.1.0",
        "../../wit/clock-1.0.0",
    ],
    inline: "
        package sample:guest;

        world guest {
            import wasi:clocks/wall-clock@0.2.3;
            import wasi:clocks/monotonic-clock@0.2.3;
            import wasi:random/random@0.2.3;
            import wasi:cli/environment@0.2.3;
            import golem:api/host@1.1.0;
            export shop:clock/clock@1.0.0;
            export golem:api/save-snapshot@1.1.0;
            export golem:api/load-snapshot@1.1.0;
        }
    ",
    generate_all,
});

#[path = "../../glue/clock.rs"]
mod clock;

struct Component;

export!(Component);

/// Draws the ticket first, looks at the clock twice, and counts the time that it took.
fn stamp(label: String) -> Stamp {
    let started = monotonic_clock::now();
    let ticket = random::get_random_u64();
    let stamp = Stamp {
        label,
        at: clock::now(),
        ticket,
        oplog_index: host::get_oplog_index(),
    };
    clock::now();
    let busy = monotonic_clock::now().saturating_sub(started);
    clock::with(|clock| clock.was_busy(busy));
    stamp
}

impl save_snapshot::Guest for Component {
    fn save() -> Vec<u8> {
        let made_at = clock::now();
        clock::with(|clock| v2::encode(clock, made_at))
    }
}

impl load_snapshot::Guest for Component {
    fn load(bytes: Vec<u8>) -> Result<(), String> {
        let started = monotonic_clock::now();
        let mut loaded: Clock = v2::decode(&bytes).map_err(|e| e.to_string())?;
        loaded.was_busy(monotonic_clock::now().saturating_sub(started));
        clock::with(|clock| *clock = loaded);
        Ok(())
    }
}
