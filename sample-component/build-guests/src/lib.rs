//! Builds the sample components: every package in `guests/` is compiled for `wasm32-unknown-unknown` by the
//! [`toolchain`] that is at hand, and made a [`component`]. The hash of the [`sources`] is recorded beside them, so
//! that stale components are noticed.
//!
//! The [`agents`] are built with Golem's own SDKs, for another target, and seldom: that takes minutes.

pub mod agents;
pub mod component;
pub mod paths;
pub mod sources;
pub mod toolchain;

use std::path::{Path, PathBuf};

/// The folder `sample-component`.
pub fn sample_component() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// Where the components are checked in.
pub fn prebuilt() -> PathBuf {
    sample_component().join("prebuilt")
}
