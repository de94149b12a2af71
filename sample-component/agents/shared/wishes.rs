//! What both versions of the wishes share: the types, and an agent that keeps no state.

use golem_rust::{Schema, agent_definition, agent_implementation};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Schema, Serialize, Deserialize)]
pub enum Urgency {
    Someday,
    Soon,
    Now,
}

#[derive(Debug, Clone, PartialEq, Eq, Schema, Serialize, Deserialize)]
pub struct Wish {
    pub id: u64,
    pub what: String,
    pub urgency: Urgency,
}

/// The wish with this id, which is no longer in the list.
pub fn take(wishes: &mut Vec<Wish>, id: u64) -> Option<Wish> {
    let place = wishes.iter().position(|it| it.id == id)?;
    Some(wishes.remove(place))
}

/// Knows which wish to grant. It lives for one call, so no update ever meets it.
#[agent_definition(ephemeral)]
pub trait AdviceAgent {
    fn new() -> Self;

    fn first_to_grant(&self, wishes: Vec<Wish>) -> Option<Wish>;
}

struct AdviceAgentImpl;

#[agent_implementation]
impl AdviceAgent for AdviceAgentImpl {
    fn new() -> Self {
        Self
    }

    fn first_to_grant(&self, wishes: Vec<Wish>) -> Option<Wish> {
        let urgency = |wish: &Wish| wish.urgency;
        // The first of the most urgent ones, which `max_by_key` would find in a list turned around.
        wishes.into_iter().rev().max_by_key(urgency)
    }
}
