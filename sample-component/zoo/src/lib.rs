//! The states of the sample services, without a line of WebAssembly: six domains, each with an old and a new version whose
//! snapshots differ in format. The environment variable [`VARIABLE`] names one slip in save or load, or one change that is
//! correct and looks suspicious; without it, both versions are correct.
//!
//! | domain | old format | new format |
//! |---|---|---|
//! | [`jobs`] | JSON | CBOR |
//! | [`leases`] | MessagePack | tag, length, value by hand |
//! | [`ledger`] | bincode | borsh |
//! | [`sensors`] | tag, length, value by hand | MessagePack |
//! | [`rooms`] | Protocol buffers | Protocol buffers, a later schema |
//! | [`auction`] | SCALE | JSON |
//!
//! Each domain has `State` with its operations, a `Mode`, and `v1` and `v2` with `save` and `load`. Operations trap on no
//! arguments, and `load` answers any bytes, unless that is the slip.

#[macro_use]
mod mode;
mod tlv;
mod world;

#[cfg(test)]
#[macro_use]
mod testing;

pub mod auction;
pub mod jobs;
pub mod leases;
pub mod ledger;
pub mod rooms;
pub mod sensors;

pub use mode::VARIABLE;
pub use world::World;

/// What load says of bytes that are no snapshot.
pub type Loaded<T> = Result<T, String>;

/// Refuses a state that no history leads to.
fn ensure(is_so: bool, what: &str) -> Loaded<()> {
    match is_so {
        true => Ok(()),
        false => Err(format!("{what} cannot be")),
    }
}

/// The longest start of a text that has at most so many bytes and ends with a character.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// Hosts and formats may change which NaN it is; the states know one.
fn one_nan(number: f64) -> f64 {
    match number.is_nan() {
        true => f64::NAN,
        false => number,
    }
}
