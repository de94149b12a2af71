//! How what came out is shown: on the [`console`], and as [`json`]; and the table of the [`self_test`].

pub mod console;
pub mod json;
pub mod self_test;
