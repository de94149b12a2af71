//! The cart's first state, one record after the other, as its snapshots hold it: a version byte, then postcard.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::cart::{Approval, Delivery, Item, Receipt};

pub const VERSION: u8 = 1;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    pub customer: String,
    pub items: Vec<Item>,
    pub note: Option<String>,
    pub delivery: Delivery,
    pub approvals: Vec<Approval>,
    pub receipts: Vec<Receipt>,
}

impl Cart {
    pub fn new(customer: String) -> Self {
        Self {
            customer,
            items: Vec::new(),
            note: None,
            delivery: Delivery::Pickup,
            approvals: Vec::new(),
            receipts: Vec::new(),
        }
    }

    pub fn save(&self) -> Result<Vec<u8>, String> {
        postcard::to_extend(self, vec![VERSION]).map_err(|e| e.to_string())
    }

    /// Accepts what `save` wrote, and nothing else.
    pub fn load(bytes: &[u8]) -> Result<Self, String> {
        let Some((&VERSION, body)) = bytes.split_first() else {
            return Err("not a snapshot of this version".to_owned());
        };
        let cart: Self = postcard::from_bytes(body).map_err(|e| e.to_string())?;
        if cart.save()? != bytes {
            return Err("the snapshot has bytes that no save writes".to_owned());
        }
        let skus = cart.items.iter().map(|it| &it.sku);
        let names = cart.approvals.iter().map(|it| &it.who);
        let numbers = cart.receipts.iter().map(|it| it.number);
        if !all_different(skus)
            || !all_different(names)
            || !numbers.eq(1..=cart.receipts.len() as u64)
        {
            return Err("the snapshot contradicts itself".to_owned());
        }
        Ok(cart)
    }
}

pub fn all_different<T: Ord>(mut values: impl Iterator<Item = T>) -> bool {
    let mut seen = BTreeSet::new();
    values.all(|value| seen.insert(value))
}
