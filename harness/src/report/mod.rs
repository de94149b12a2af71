//! How what came out is shown: on the [`console`], as [`json`], and what load reached as a table or as [`lcov`].

pub mod campaign;
pub mod console;
pub mod coverage;
pub mod failure_file;
pub mod json;
pub mod lcov;
pub mod replay;
