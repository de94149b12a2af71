//! Golem's agents: which of a component's functions they are used through ([`Guest`]), what they say about themselves
//! ([`Metadata`]), how values travel to and from them ([`Dialect`]), and what they are called ([`id`]). All of it is data:
//! nothing here runs a component.

mod agent_error;
mod codec;
mod decode;
mod definition;
mod encode;
mod examples;
mod graph;
mod guest;
pub mod id;
mod metadata;
pub mod principal;
mod remote;
mod schema;
mod used;
mod wire;
mod wit_type;

pub use agent_error::AgentError;
pub use codec::Invocation;
pub use definition::{AgentType, Constructor, Method, Mode, Snapshotting};
pub(crate) use examples::of_json;
pub use guest::{Dialect, Guest};
pub use metadata::Metadata;
pub use used::Agent;
pub(crate) use used::{Wire, common};

#[cfg(test)]
mod tests;
