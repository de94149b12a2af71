//! The next version of the wishes: a list can be closed. The older snapshots have no field for that, and `false` is right
//! for them. With the feature `renamed` a field has another name, and its old value is dropped without a word.

#[path = "wishes.rs"]
mod wishes;

use std::collections::BTreeMap;

use golem_rust::{agent_definition, agent_implementation};
use serde::{Deserialize, Serialize};

use wishes::{Urgency, Wish};

/// The wishes of one person.
#[agent_definition(snapshotting = "enabled")]
pub trait WishesAgent {
    fn new(owner: String) -> Self;

    fn entitle(&mut self, title: String);
    fn wish(&mut self, what: String, urgency: Urgency) -> u64;
    fn grant(&mut self, id: u64, by: String) -> Result<Wish, String>;
    fn close(&mut self) -> bool;
    fn title(&self) -> String;
    fn open_wishes(&self) -> Vec<Wish>;
    fn granted(&self) -> BTreeMap<String, u32>;
}

#[derive(Serialize, Deserialize)]
struct WishesAgentImpl {
    owner: String,
    #[cfg_attr(feature = "renamed", serde(default, rename = "heading"))]
    title: String,
    wishes: Vec<Wish>,
    /// How many wishes each person has granted.
    granted: BTreeMap<String, u32>,
    next_id: u64,
    #[serde(default)]
    closed: bool,
}

#[agent_implementation]
impl WishesAgent for WishesAgentImpl {
    fn new(owner: String) -> Self {
        Self {
            title: format!("What {owner} wants"),
            owner,
            wishes: Vec::new(),
            granted: BTreeMap::new(),
            next_id: 1,
            closed: false,
        }
    }

    fn entitle(&mut self, title: String) {
        self.title = title;
    }

    fn wish(&mut self, what: String, urgency: Urgency) -> u64 {
        let id = self.next_id;
        self.next_id = id.saturating_add(1);
        self.wishes.push(Wish { id, what, urgency });
        id
    }

    fn grant(&mut self, id: u64, by: String) -> Result<Wish, String> {
        if self.closed {
            return Err(format!("the list of {} is closed", self.owner));
        }
        let granted = wishes::take(&mut self.wishes, id)
            .ok_or_else(|| format!("{} has no wish {id}", self.owner))?;
        let count = self.granted.entry(by).or_default();
        *count = count.saturating_add(1);
        Ok(granted)
    }

    /// Returns whether the list was open.
    fn close(&mut self) -> bool {
        !std::mem::replace(&mut self.closed, true)
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn open_wishes(&self) -> Vec<Wish> {
        self.wishes.clone()
    }

    fn granted(&self) -> BTreeMap<String, u32> {
        self.granted.clone()
    }
}
