//! The window of readings, first version: snapshots in TLV. The environment variable `MODE` names a fault, or a change that only looks
//! like one.

use zoo_state::sensors::{self as state, v1 as version};

wit_bindgen::generate!({
    path: [
        "../../wit/wasi-clocks",
        "../../wit/wasi-random",
        "../../wit/wasi-cli",
        "../../wit/golem-api-1.1.0",
        "../../wit/zoo",
    ],
    inline: "
        package sample:guest;

        world guest {
            import wasi:clocks/wall-clock@0.2.3;
            import wasi:random/random@0.2.3;
            import wasi:cli/environment@0.2.3;
            export zoo:services/sensors@1.0.0;
            export golem:api/save-snapshot@1.1.0;
            export golem:api/load-snapshot@1.1.0;
        }
    ",
    generate_all,
});

#[path = "../../glue/sensors.rs"]
mod service;
#[path = "../../glue/zoo.rs"]
mod zoo_glue;

struct Component;

export!(Component);
