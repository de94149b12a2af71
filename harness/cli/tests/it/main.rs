//! The tests of the command, as its user runs it, in one binary.

mod agents;
mod cache;
mod chain;
mod check;
mod config;
mod coverage;
mod determinism;
mod explain;
mod formats;
mod fuzz;
mod golden;
mod hostile;
mod init;
mod inspect;
mod json;
mod oplog;
mod page;
mod readme;
mod replay;
mod replay_many;
mod run;
mod shell;
mod usage;
