//! What the targets are about: the cart's state, and the target that one writes first.

mod blind;
mod shopping;

pub use blind::{KNOWN, blind, inputs};
pub use shopping::Shopping;
