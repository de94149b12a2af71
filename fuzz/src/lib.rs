//! What the targets are about: the cart's state, components made of bytes, and the target that one writes first.

mod blind;
mod generated;
mod shopping;

pub use blind::{KNOWN, blind, inputs};
pub use generated::Generator;
pub use shopping::Shopping;
