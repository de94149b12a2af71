//! How what came out is shown: on the [`console`], and as [`json`].

pub mod console;
pub mod json;
