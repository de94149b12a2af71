//! What Golem offers beside WASI: its API for workers, what an agent asks about itself and others, and its smaller services.
//!
//! The versions of an interface differ in types more than in names, so answers are made from the WIT type of the result
//! wherever two versions differ in it.

mod agent;
mod host;
mod nodes;
mod promises;
mod rpc;
mod services;
mod uuid;

use super::interfaces::Interface;

pub(super) use promises::{Agents, PromiseResult};
pub(super) use rpc::{Cancellation, RemoteAgent, RemoteResult};
pub(super) use services::{
    Context, LazyPollable, OplogReader, OplogSearch, QuotaToken, Reservation, Span,
};

pub(super) const INTERFACES: &[&[Interface]] = &[
    agent::INTERFACES,
    host::INTERFACES,
    promises::INTERFACES,
    rpc::INTERFACES,
    services::INTERFACES,
    uuid::INTERFACES,
];
