//! The state of the sample components, without a line of WebAssembly, so that guests and native tests share it.
//!
//! - [`Operations`]: what a cart does, written once. A version only says how its fields are laid out.
//! - [`v1`], [`v2`], [`v3`]: the layouts, each with `encode`, `decode` and the migration from the version before.
//! - [`clock`]: the same for the stamp machine whose answers depend on the host.
//! - [`stall`]: the same for the market stalls, which are faulty on request.
//! - [`vault`]: secrets in four formats, and a `decode` with planted faults.
//!
//! A snapshot is a magic, a version byte and a body. `decode` answers any bytes with a state or a [`DecodeError`], and
//! accepts nothing that `encode` would not have written: see `frame`.

mod error;
mod frame;
mod invariants;
mod operations;
mod price;
mod rate;
mod types;

pub mod clock;
pub mod stall;
pub mod v1;
pub mod v2;
pub mod v3;
pub mod vault;

#[cfg(feature = "proptest")]
mod strategy;

pub use error::DecodeError;
pub use operations::Operations;
pub use rate::Rate;
pub use types::{CartError, Coupon, Delivery, Details, Line, Order, OrderState, Reduction, Status};
