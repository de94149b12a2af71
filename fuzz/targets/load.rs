//! Arbitrary bytes into load: `load-is-total`, then `accepted-is-stable`.

use handover::{Config, fuzz};

fn main() -> std::process::ExitCode {
    fuzz::drive(fuzz::Load::open("embedded:cart-v3", &Config::default()))
}
