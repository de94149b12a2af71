//! The deterministic world that a worker runs in: who answers its host calls, what they answer, and a record of them.
//!
//! Two workers with the same history are only comparable if the world answers them alike. So every answer is a function of
//! the run's seed, the [`Moment`], the host function, and the number of the call of this function within the moment, never
//! of how many calls came before. Calls that a save or a load makes then shift nothing for the operations after it. Time is
//! virtual: who sleeps wakes at once, and the clock has moved.
//!
//! **The way.** `link` walks over the imports of a component and defines each of them dynamically: interface (without its
//! version), function and WIT type choose a handler once, and every call then goes through `call.rs`: charge fuel, count,
//! record, run the handler. The handlers are listed in one table per interface (`clocks`, `random`, `cli`, `io`, `http`,
//! `files`, `sockets`, `services`, `stores`, `golem`); `interfaces` collects the tables. What no table has stops the worker with
//! [`HostStop::Unsupported`], or is answered by `synthesize` with a value made from its WIT type.
//!
//! **Why WASI is answered here too**, and not by `wasmtime-wasi`: its generated bindings have no hook in which each call could
//! be recorded with its function and effect; its clocks and its poll wait in real time; its answers depend on earlier ones; and
//! stubs for unknown versions of an interface shadow the known ones. What can be observed of an empty file system, no
//! network and a closed standard input is small, and this way one table serves every version 0.2.x, with no async runtime.

mod agent;
pub(crate) mod budget;
mod call;
mod cli;
mod clocks;
mod describe;
mod draw;
mod files;
mod fit;
mod golem;
mod handles;
mod http;
mod interfaces;
mod io;
mod journal;
pub mod limits;
mod link;
mod pace;
mod random;
mod record;
mod resources;
mod rpc;
mod seeds;
mod services;
mod sockets;
mod stop;
mod stores;
mod streams;
mod synthesize;
mod time;
mod words;
mod world;

#[cfg(test)]
mod testing;

use std::collections::BTreeSet;

pub use agent::AgentIdentity;
pub use interfaces::{Answerer, answerer};
pub use journal::Departure;
pub(crate) use journal::{Matching, Recording};
pub use link::ImportedFunction;
pub(crate) use link::link;
pub use pace::Pace;
pub use record::{Effect, HostCall};
pub use rpc::{RemoteMethods, RpcAnswer, RpcReply};
pub use seeds::Seeds;
pub use stop::HostStop;
pub use time::Moment;
pub use world::World;
pub(crate) use world::{Outside, Start};

/// What the user may set about the world.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorldSettings {
    /// The environment variables, in the order in which the guest sees them.
    pub environment: Vec<(String, String)>,
    /// The answers to outgoing HTTP requests; the first that matches wins. Without a match: status 200, empty body.
    pub http: Vec<HttpAnswer>,
    /// The answers to calls of other agents; the first that matches wins. Without a match, one is made of what is known of the
    /// method.
    pub rpc: Vec<RpcAnswer>,
    /// Answer imports that nobody provides with a value made from their WIT type, instead of stopping the worker.
    pub synthesize_unknown: bool,
    /// Host functions, as `namespace:package/interface.function` without a version, that the user declares to be read-only.
    pub reads: BTreeSet<String>,
    /// An update carries the worker's files over, as Golem 1.6 can do; otherwise the next version starts without any.
    pub files_are_carried: bool,
}

/// One answer to outgoing HTTP requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The method that this answers, in any case; every method if absent.
    pub method: Option<String>,
    /// What the request's URL has to start with.
    pub url_prefix: String,
    /// The response's status.
    pub status: u16,
    /// The response's headers.
    pub headers: Vec<(String, String)>,
    /// The response's body.
    pub body: Vec<u8>,
}
