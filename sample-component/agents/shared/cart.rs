//! What the cart agents of both SDKs talk about, whatever their version.

use golem_rust::{Schema, agentic::Principal};
use serde::{Deserialize, Serialize};

/// Some pieces of one article.
#[derive(Debug, Clone, PartialEq, Eq, Schema, Serialize, Deserialize)]
pub struct Item {
    pub sku: String,
    pub quantity: u32,
    /// In cents, for one piece.
    pub unit_price: u64,
    pub tags: Vec<String>,
}

impl Item {
    /// In cents.
    pub fn price(&self) -> u64 {
        self.unit_price.saturating_mul(u64::from(self.quantity))
    }
}

/// Where the goods go.
#[derive(Debug, Clone, PartialEq, Eq, Schema, Serialize, Deserialize)]
pub enum Delivery {
    Pickup,
    Post(Address),
    /// At this hour.
    Courier(u8),
}

#[derive(Debug, Clone, PartialEq, Eq, Schema, Serialize, Deserialize)]
pub struct Address {
    pub street: String,
    #[cfg_attr(
        feature = "constrained",
        schema(text(min = 2, max = 20, regex = "^[A-Z][a-z]+$"))
    )]
    pub city: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Schema, Serialize, Deserialize)]
pub enum Choice {
    Yes,
    No,
    Abstain,
}

/// What somebody thinks of the cart.
#[derive(Debug, Clone, PartialEq, Eq, Schema, Serialize, Deserialize)]
pub struct Approval {
    pub who: String,
    pub choice: Choice,
}

#[derive(Debug, Clone, PartialEq, Eq, Schema, Serialize, Deserialize)]
pub struct Receipt {
    pub number: u64,
    pub items: Vec<Item>,
    /// In cents.
    pub total: u64,
}

/// Why a checkout was refused.
#[derive(Debug, Clone, PartialEq, Eq, Schema)]
pub enum Refusal {
    Empty,
    /// So many cents are missing.
    Short(u64),
}

#[derive(Debug, Clone, PartialEq, Eq, Schema)]
pub struct Overview {
    pub customer: String,
    pub note: Option<String>,
    pub delivery: Delivery,
    pub approvals: Vec<Approval>,
    /// In cents.
    pub total: u64,
    pub receipts: u64,
}

/// In cents.
pub fn total(items: &[Item]) -> u64 {
    let prices = items.iter().map(Item::price);
    prices.fold(0, u64::saturating_add)
}

/// One name for each principal.
pub fn name(principal: &Principal) -> String {
    match principal {
        Principal::Oidc(it) => format!("{} at {}", it.sub, it.issuer),
        Principal::Agent(it) => it.agent_id.agent_id.clone(),
        Principal::GolemUser(it) => {
            let id = &it.account_id.uuid;
            format!("{:016x}{:016x}", id.high_bits, id.low_bits)
        }
        Principal::Anonymous => "anonymous".to_owned(),
    }
}
