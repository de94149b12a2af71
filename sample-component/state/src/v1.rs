//! The first version: maps by SKU, by id and by idempotency key. Snapshots are postcard.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use serde::{Deserialize, Serialize};

use crate::{
    CartError, Coupon, DecodeError, Delivery, Line, Operations, Order, OrderState, Rate, Status,
    frame,
    invariants::{self, ensure},
};

/// The first four bytes of a cart's snapshot, in every version.
pub(crate) const MAGIC: &[u8; 4] = b"CART";
/// The fifth byte of this version's snapshots.
pub(crate) const VERSION: u8 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    pub(crate) lines: BTreeMap<String, Goods>,
    pub(crate) coupon: Option<Coupon>,
    pub(crate) discount: Rate,
    pub(crate) delivery: Delivery,
    pub(crate) note: String,
    pub(crate) status: Status,
    pub(crate) orders: BTreeMap<u64, PastOrder>,
    pub(crate) next_order: u64,
    /// Idempotency key to order.
    pub(crate) checkouts: BTreeMap<String, u64>,
    pub(crate) history: Vec<(u64, OrderState)>,
}

/// What is kept of a line beside its SKU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Goods {
    pub(crate) quantity: u32,
    pub(crate) unit_price: u64,
}

/// What is kept of an order beside its id and key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PastOrder {
    pub(crate) lines: Vec<Line>,
    pub(crate) total: u64,
    pub(crate) state: OrderState,
}

/// The snapshot of a cart.
pub fn encode(cart: &Cart) -> Vec<u8> {
    frame::seal(MAGIC, VERSION, &frame::to_postcard(cart))
}

/// Reads snapshots of v1.
pub fn decode(bytes: &[u8]) -> Result<Cart, DecodeError> {
    match frame::open(MAGIC, bytes)? {
        (VERSION, body) => decode_body(body),
        (version, _) => Err(DecodeError::Version(version)),
    }
}

pub(crate) fn decode_body(body: &[u8]) -> Result<Cart, DecodeError> {
    let cart: Cart = frame::from_postcard(body)?;
    ensure(cart.has_one_checkout_per_order(), "the checkouts")?;
    invariants::check(&cart)?;
    Ok(cart)
}

/// Any state that a history of operations can lead to.
#[cfg(feature = "proptest")]
pub fn strategy() -> impl proptest::strategy::Strategy<Value = Cart> {
    crate::strategy::cart()
}

impl Default for Cart {
    fn default() -> Self {
        Self {
            lines: BTreeMap::new(),
            coupon: None,
            discount: Rate::default(),
            delivery: Delivery::default(),
            note: String::new(),
            status: Status::default(),
            orders: BTreeMap::new(),
            next_order: 1,
            checkouts: BTreeMap::new(),
            history: Vec::new(),
        }
    }
}

impl Cart {
    fn has_one_checkout_per_order(&self) -> bool {
        let mut ids = BTreeSet::new();
        self.checkouts.values().all(|id| ids.insert(*id)) && ids.iter().eq(self.orders.keys())
    }

    /// The orders' keys, by id.
    fn keys(&self) -> BTreeMap<u64, &str> {
        let mut keys = BTreeMap::new();
        keys.extend(self.checkouts.iter().map(|(key, &id)| (id, key.as_str())));
        keys
    }
}

impl PastOrder {
    fn to_order(&self, id: u64, key: &str) -> Order {
        Order {
            id,
            key: key.to_owned(),
            lines: self.lines.clone(),
            total: self.total,
            state: self.state,
        }
    }
}

fn to_line((sku, goods): (String, Goods)) -> Line {
    Line {
        sku,
        quantity: goods.quantity,
        unit_price: goods.unit_price,
    }
}

impl Operations for Cart {
    fn lines(&self) -> Vec<Line> {
        self.lines.clone().into_iter().map(to_line).collect()
    }

    fn line(&self, sku: &str) -> Option<Line> {
        self.lines
            .get(sku)
            .map(|&goods| to_line((sku.to_owned(), goods)))
    }

    fn put_line(&mut self, line: Line) {
        self.lines.insert(
            line.sku,
            Goods {
                quantity: line.quantity,
                unit_price: line.unit_price,
            },
        );
    }

    fn remove_line(&mut self, sku: &str) -> Option<Line> {
        self.lines.remove_entry(sku).map(to_line)
    }

    fn take_lines(&mut self) -> Vec<Line> {
        mem::take(&mut self.lines)
            .into_iter()
            .map(to_line)
            .collect()
    }

    fn coupon(&self) -> Option<Coupon> {
        self.coupon.clone()
    }

    fn replace_coupon(&mut self, coupon: Option<Coupon>) -> Option<Coupon> {
        mem::replace(&mut self.coupon, coupon)
    }

    fn discount(&self) -> Rate {
        self.discount
    }

    fn set_discount(&mut self, rate: Rate) -> Rate {
        mem::replace(&mut self.discount, rate)
    }

    fn delivery(&self) -> Delivery {
        self.delivery
    }

    fn set_delivery(&mut self, delivery: Delivery) -> Delivery {
        mem::replace(&mut self.delivery, delivery)
    }

    fn note(&self) -> &str {
        &self.note
    }

    fn set_note(&mut self, note: String) {
        self.note = note;
    }

    fn status(&self) -> Status {
        self.status.clone()
    }

    fn set_status(&mut self, status: Status) -> Status {
        mem::replace(&mut self.status, status)
    }

    fn next_order(&self) -> u64 {
        self.next_order
    }

    fn place(&mut self, key: String, lines: Vec<Line>, total: u64) -> Result<u64, CartError> {
        let id = self.next_order;
        self.next_order = id.checked_add(1).ok_or(CartError::IdsExhausted)?;
        self.checkouts.insert(key, id);
        self.orders.insert(
            id,
            PastOrder {
                lines,
                total,
                state: OrderState::Placed,
            },
        );
        self.history.push((id, OrderState::Placed));
        Ok(id)
    }

    fn mark_cancelled(&mut self, id: u64) {
        if let Some(order) = self.orders.get_mut(&id) {
            order.state = OrderState::Cancelled;
            self.history.push((id, OrderState::Cancelled));
        }
    }

    fn order(&self, id: u64) -> Option<Order> {
        let (key, _) = self.checkouts.iter().find(|(_, placed)| **placed == id)?;
        Some(self.orders.get(&id)?.to_order(id, key))
    }

    fn orders(&self) -> Vec<Order> {
        let keys = self.keys();
        self.orders
            .iter()
            .filter_map(|(id, order)| Some(order.to_order(*id, keys.get(id)?)))
            .collect()
    }

    fn receipt(&self, key: &str) -> Option<u64> {
        self.checkouts.get(key).copied()
    }

    fn history(&self) -> Vec<(u64, OrderState)> {
        self.history.clone()
    }
}
