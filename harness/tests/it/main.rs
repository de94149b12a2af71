//! The tests of the library, as its user calls it, in one binary.

mod async_exports;
mod canaries;
mod cart;
mod chain;
mod config;
mod golden;
mod host_decided;
mod last_words;
mod no_false_alarm;
mod regressions;
mod replayed;
mod rewritten;
mod sensitivity;
mod shrinking;
mod targets;
mod update;
mod values;
