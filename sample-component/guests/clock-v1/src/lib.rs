//! The stamp machine, first version.

use cart_state::clock::{
    Stamp,
    v1::{self, Clock},
};
use exports::golem::api::{load_snapshot, save_snapshot};
use golem::api::host;
use wasi::random::random;

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

fn stamp(label: String) -> Stamp {
    Stamp {
        label,
        at: clock::now(),
        ticket: random::get_random_u64(),
        oplog_index: host::get_oplog_index(),
    }
}

impl save_snapshot::Guest for Component {
    fn save() -> Vec<u8> {
        clock::with(|clock| v1::encode(clock))
    }
}

impl load_snapshot::Guest for Component {
    fn load(bytes: Vec<u8>) -> Result<(), String> {
        let loaded: Clock = v1::decode(&bytes).map_err(|e| e.to_string())?;
        clock::with(|clock| *clock = loaded);
        Ok(())
    }
}
