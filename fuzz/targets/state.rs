//! A state of the cart through `state-round-trip`.
use handover::{Config, fuzz};
use handover_fuzz::Shopping;
fn main() -> std::process::ExitCode {
    let state = fuzz::State::of(Shopping::saved, cart_state::v2::decode, Shopping::migrated);
    fuzz::drive(state.open(["embedded:cart-v1", "embedded:cart-v2"], &Config::default()))
}
