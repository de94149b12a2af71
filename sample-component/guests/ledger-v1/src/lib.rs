//! The ledger, first version: snapshots in bincode. The environment variable `MODE` names a fault, or a change that only looks
//! like one.

use zoo_state::ledger::{self as state, v1 as version};

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
            export zoo:services/ledger@1.0.0;
            export golem:api/save-snapshot@1.1.0;
            export golem:api/load-snapshot@1.1.0;
        }
    ",
    generate_all,
});

#[path = "../../glue/ledger.rs"]
mod service;
#[path = "../../glue/zoo.rs"]
mod zoo_glue;

struct Component;

export!(Component);
