//! A history with an update, compared with its twin: `accepts-saved` and `upgrade-equivalence`.

use handover::{Config, fuzz};

fn main() -> std::process::ExitCode {
    let versions = ["embedded:cart-v1", "embedded:cart-v2"];
    fuzz::drive(fuzz::Update::open(versions, &Config::default()))
}
