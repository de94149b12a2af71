//! How what came out is shown: on the [`console`], and as [`json`].

pub mod campaign;
pub mod console;
pub mod json;
