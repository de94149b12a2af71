//! What agents elsewhere answer to a worker that calls them.

use std::fmt;

use wasmtime::component::Val;

/// One answer to calls of other agents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RpcAnswer {
    /// The type of the agent that is called; any if absent.
    pub agent: Option<String>,
    /// The method that is called; any if absent.
    pub method: Option<String>,
    /// What it answers.
    pub reply: RpcReply,
}

/// What another agent answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RpcReply {
    /// A result, as text that [`RemoteMethods`] reads.
    Returns(String),
    /// The call fails on the other side, with this message.
    Fails(String),
}

impl RpcAnswer {
    /// Whether it answers calls of this method.
    pub(super) fn is_for(&self, agent_type: &str, method: &str) -> bool {
        let any_or = |own: &Option<String>, it| own.as_ref().is_none_or(|own| own == it);
        any_or(&self.agent, agent_type) && any_or(&self.method, method)
    }
}

/// What is known of the methods of other agents: the results that they declare.
pub trait RemoteMethods: fmt::Debug + Send + Sync {
    /// The result of a call as it is on the wire (`data-value`, or `schema-value-tree`), or none of a method without one.
    /// `written` is what the user wants it to be; without, it is made, the same for the same `seed`.
    ///
    /// # Errors
    /// Why there is none: nothing is known of the method, or what is written is no such value.
    fn result(
        &self,
        agent_type: &str,
        method: &str,
        written: Option<&str>,
        seed: u64,
    ) -> Result<Option<Val>, String>;
}
