//! The search for a case that fails: every property on generated cases, on all cores; what fails is shrunk.

mod answers;
pub(crate) mod calibration;
pub(crate) mod check;
mod explore;
mod frontier;
pub(crate) mod options;
pub(crate) mod run;
mod sensitivity;
pub(crate) mod shrink;
mod trial;
