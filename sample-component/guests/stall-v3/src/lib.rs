//! The market stall, third version. The environment variable `MODE` names a fault, most of them in load, or a change that
//! only looks like one.

use cart_state::stall::v3 as version;

wit_bindgen::generate!({
    path: [
        "../../wit/wasi-clocks",
        "../../wit/wasi-random",
        "../../wit/wasi-cli",
        "../../wit/golem-api-1.1.0",
        "../../wit/stall-1.0.0",
    ],
    inline: "
        package sample:guest;

        world guest {
            import wasi:clocks/wall-clock@0.2.3;
            import wasi:random/random@0.2.3;
            import wasi:cli/environment@0.2.3;
            import wasi:cli/exit@0.2.3;
            import golem:api/host@1.1.0;
            export shop:stall/stall@1.0.0;
            export golem:api/save-snapshot@1.1.0;
            export golem:api/load-snapshot@1.1.0;
        }
    ",
    generate_all,
});

#[path = "../../glue/stall.rs"]
mod stall;

struct Component;

export!(Component);
