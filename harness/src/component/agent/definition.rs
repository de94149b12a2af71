//! What an agent says about itself.

use proptest::prelude::{SBoxedStrategy, Strategy};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::guest::Dialect;
use crate::value::{Val, WitType, strategy};

/// An agent type that a component defines.
#[derive(Debug, Clone)]
pub struct AgentType {
    /// As its author wrote it.
    pub name: String,
    /// For people.
    pub description: String,
    /// Whether its state outlives an invocation.
    pub mode: Mode,
    /// When Golem takes snapshots of it by itself.
    pub snapshotting: Snapshotting,
    /// How it is made.
    pub constructor: Constructor,
    /// What it can do, in the order of its definition.
    pub methods: Vec<Method>,
    /// Methods that cannot be called here, each with the reason.
    pub left_out: Vec<(String, String)>,
    /// Which version of the interface it speaks.
    pub dialect: Dialect,
    /// Its `agent-type` as the component returned it.
    pub(super) raw: Val,
}

/// Whether the state of an agent outlives an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Mode {
    Durable,
    Ephemeral,
}

/// When Golem takes snapshots by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Snapshotting {
    /// Never.
    Disabled,
    /// When the server's configuration says.
    Default,
    /// Every so many nanoseconds.
    Periodic(u64),
    /// Every so many invocations.
    EveryNth(u16),
    /// The interface is older than the question.
    Unsaid,
}

/// How an agent is made.
#[derive(Debug, Clone)]
pub struct Constructor {
    /// As its author wrote it, if it has a name.
    pub name: Option<String>,
    /// What it takes from the user, in order; the rest is injected.
    pub parameters: Vec<(String, WitType)>,
}

/// What an agent can do.
#[derive(Debug, Clone)]
pub struct Method {
    /// As its author wrote it.
    pub name: String,
    /// For people.
    pub description: String,
    /// What it takes from the user, in order; the rest is injected.
    pub parameters: Vec<(String, WitType)>,
    /// What it returns.
    pub result: Option<WitType>,
    /// Whether it says that it changes nothing.
    pub is_read_only: bool,
}

impl Method {
    /// Whether a call of the one method can be made on the other, and their results compared.
    pub fn same_type(&self, other: &Self) -> bool {
        same_types(&self.parameters, &other.parameters) && self.result == other.result
    }
}

/// How many arguments of a constructor are tried to see whether any can stand in an id.
const TRIED: usize = 64;

impl AgentType {
    /// Arguments of the constructor that can stand in an id that Golem takes, as an agent with that id gets them; none if there are none.
    pub fn constructor_arguments(&self) -> Option<SBoxedStrategy<Vec<Val>>> {
        let parameters = self.constructor.parameters.iter();
        let arguments = parameters.map(|(_, ty)| strategy::values(ty));
        let arguments: Vec<_> = arguments.collect::<Option<_>>()?;
        let mut runner = TestRunner::deterministic();
        let mut tried = (0..TRIED).filter_map(|_| arguments.new_tree(&mut runner).ok());
        if !tried.any(|it| self.as_made(&it.current()).is_ok()) {
            return None;
        }
        let agent = self.clone();
        let arguments = arguments.prop_filter_map("arguments that an id can hold", move |it| {
            agent.as_made(&it).ok()
        });
        Some(arguments.sboxed())
    }
}

impl Constructor {
    /// Whether an agent that the one makes the other can make.
    pub fn same_type(&self, other: &Self) -> bool {
        same_types(&self.parameters, &other.parameters)
    }
}

/// Parameters may be renamed.
fn same_types(these: &[(String, WitType)], others: &[(String, WitType)]) -> bool {
    let mut both = these.iter().zip(others);
    these.len() == others.len() && both.all(|((_, this), (_, other))| this == other)
}

impl AgentType {
    /// Its `agent-type`, as the component returned it.
    pub fn raw(&self) -> &Val {
        &self.raw
    }
}
