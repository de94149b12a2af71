//! The tests of the command, as its user runs it, in one binary.

mod cache;
mod command;
mod config;
mod coverage;
mod determinism;
mod fuzz;
mod hostile;
mod readme;
