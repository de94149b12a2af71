//! Components with changed bytes, opened, rewritten, checked and fed.

use handover::{Config, fuzz};

fn main() -> std::process::ExitCode {
    let samples = ["embedded:cart-v1", "embedded:clock-v1"];
    fuzz::drive(Config::parse(fuzz::SMALL).and_then(|small| fuzz::Hostile::open(&samples, small)))
}
