//! The third version: quantities and prices are columns of their own, and the history is no list any more, but a step
//! noted with each order. Snapshots are postcard behind a checksum.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
};

use crc::{CRC_32_ISO_HDLC, Crc};
use serde::{Deserialize, Serialize};

use crate::{
    CartError, Coupon, DecodeError, Delivery, Line, Operations, Order, OrderState, Rate, Status,
    frame,
    invariants::{self, ensure},
    v1, v2,
};

/// The fifth byte of this version's snapshots.
pub(crate) const VERSION: u8 = 3;

const CHECKSUM: Crc<u32> = Crc::<u32>::new(&CRC_32_ISO_HDLC);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    quantities: BTreeMap<String, u32>,
    /// In cents, for the same SKUs as the quantities.
    prices: BTreeMap<String, u64>,
    coupon: Option<Coupon>,
    discount: Rate,
    wishes: BTreeSet<Wish>,
    note: String,
    status: Status,
    orders: BTreeMap<u64, NumberedOrder>,
    next_order: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Wish {
    Express,
    GiftWrap,
    LeaveWithNeighbour,
}

/// What is kept of an order beside its id. The steps number all events of the cart, from 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct NumberedOrder {
    key: String,
    lines: Vec<Line>,
    total: u64,
    placed: u64,
    cancelled: Option<u64>,
}

/// The snapshot of a cart.
pub fn encode(cart: &Cart) -> Vec<u8> {
    let body = frame::to_postcard(cart);
    let mut sealed = CHECKSUM.checksum(&body).to_le_bytes().to_vec();
    sealed.extend_from_slice(&body);
    frame::seal(v1::MAGIC, VERSION, &sealed)
}

/// Reads snapshots of v1, v2 and v3.
pub fn decode(bytes: &[u8]) -> Result<Cart, DecodeError> {
    match frame::open(v1::MAGIC, bytes)? {
        (v1::VERSION, body) => v1::decode_body(body).map(|cart| v2::Cart::from(cart).into()),
        (v2::VERSION, body) => v2::decode_body(body).map(Cart::from),
        (VERSION, body) => decode_body(body),
        (version, _) => Err(DecodeError::Version(version)),
    }
}

fn decode_body(sealed: &[u8]) -> Result<Cart, DecodeError> {
    let (checksum, body) = sealed.split_first_chunk().ok_or(DecodeError::Checksum)?;
    if u32::from_le_bytes(*checksum) != CHECKSUM.checksum(body) {
        return Err(DecodeError::Checksum);
    }
    let cart: Cart = frame::from_postcard(body)?;
    ensure(cart.quantities.keys().eq(cart.prices.keys()), "the prices")?;
    ensure(cart.steps_are_complete(), "the steps of the orders")?;
    invariants::check(&cart)?;
    Ok(cart)
}

/// Any state that a history of operations can lead to.
#[cfg(feature = "proptest")]
pub fn strategy() -> impl proptest::strategy::Strategy<Value = Cart> {
    use proptest::strategy::Strategy;
    crate::v2::strategy().prop_map(Cart::from)
}

impl Default for Cart {
    fn default() -> Self {
        v2::Cart::default().into()
    }
}

impl From<v2::Cart> for Cart {
    fn from(old: v2::Cart) -> Self {
        let mut cart = Self {
            quantities: BTreeMap::new(),
            prices: BTreeMap::new(),
            coupon: old.pricing.voucher.map(Coupon::from),
            discount: old.pricing.rebate,
            wishes: to_wishes(old.customer.wishes),
            note: old.customer.remark,
            status: old.phase.into(),
            orders: BTreeMap::new(),
            next_order: old.ledger.next_id,
        };
        old.basket
            .into_iter()
            .for_each(|item| cart.put_line(item.into()));
        cart.orders.extend(
            old.ledger
                .orders
                .into_iter()
                .map(|entry| (entry.id, entry.into())),
        );
        for (step, event) in (0..).zip(old.ledger.journal) {
            match event {
                v2::Event::Placed(id) => cart
                    .orders
                    .entry(id)
                    .and_modify(|order| order.placed = step),
                v2::Event::Cancelled(id) => cart
                    .orders
                    .entry(id)
                    .and_modify(|order| order.cancelled = Some(step)),
            };
        }
        cart
    }
}

impl From<v2::Entry> for NumberedOrder {
    /// The steps come from the journal.
    fn from(entry: v2::Entry) -> Self {
        Self {
            key: entry.key,
            lines: entry.items.into_iter().map(Line::from).collect(),
            total: entry.total,
            placed: 0,
            cancelled: None,
        }
    }
}

fn to_wishes(delivery: Delivery) -> BTreeSet<Wish> {
    let mut wishes = BTreeSet::new();
    wishes.extend(delivery.express.then_some(Wish::Express));
    wishes.extend(delivery.gift_wrap.then_some(Wish::GiftWrap));
    wishes.extend(
        delivery
            .leave_with_neighbour
            .then_some(Wish::LeaveWithNeighbour),
    );
    wishes
}

fn to_delivery(wishes: &BTreeSet<Wish>) -> Delivery {
    Delivery {
        express: wishes.contains(&Wish::Express),
        gift_wrap: wishes.contains(&Wish::GiftWrap),
        leave_with_neighbour: wishes.contains(&Wish::LeaveWithNeighbour),
    }
}

impl NumberedOrder {
    fn to_order(&self, id: u64) -> Order {
        Order {
            id,
            key: self.key.clone(),
            lines: self.lines.clone(),
            total: self.total,
            state: if self.cancelled.is_some() {
                OrderState::Cancelled
            } else {
                OrderState::Placed
            },
        }
    }
}

impl Cart {
    /// All events by their step.
    fn events(&self) -> BTreeMap<u64, (u64, OrderState)> {
        let mut events = BTreeMap::new();
        for (&id, order) in &self.orders {
            events.insert(order.placed, (id, OrderState::Placed));
            events.extend(
                order
                    .cancelled
                    .map(|step| (step, (id, OrderState::Cancelled))),
            );
        }
        events
    }

    /// Two events with the same step leave a gap too.
    fn steps_are_complete(&self) -> bool {
        self.events().into_keys().eq(0..self.next_step())
    }

    fn next_step(&self) -> u64 {
        self.orders
            .values()
            .map(|order| 1 + u64::from(order.cancelled.is_some()))
            .sum()
    }
}

impl Operations for Cart {
    fn lines(&self) -> Vec<Line> {
        self.quantities
            .keys()
            .filter_map(|sku| self.line(sku))
            .collect()
    }

    fn line(&self, sku: &str) -> Option<Line> {
        let quantity = *self.quantities.get(sku)?;
        let unit_price = *self.prices.get(sku)?;
        Some(Line {
            sku: sku.to_owned(),
            quantity,
            unit_price,
        })
    }

    fn put_line(&mut self, line: Line) {
        self.prices.insert(line.sku.clone(), line.unit_price);
        self.quantities.insert(line.sku, line.quantity);
    }

    fn remove_line(&mut self, sku: &str) -> Option<Line> {
        let line = self.line(sku)?;
        self.quantities.remove(sku);
        self.prices.remove(sku);
        Some(line)
    }

    fn take_lines(&mut self) -> Vec<Line> {
        let lines = self.lines();
        self.quantities.clear();
        self.prices.clear();
        lines
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
        to_delivery(&self.wishes)
    }

    fn set_delivery(&mut self, delivery: Delivery) -> Delivery {
        to_delivery(&mem::replace(&mut self.wishes, to_wishes(delivery)))
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
        let placed = self.next_step();
        self.orders.insert(
            id,
            NumberedOrder {
                key,
                lines,
                total,
                placed,
                cancelled: None,
            },
        );
        Ok(id)
    }

    fn mark_cancelled(&mut self, id: u64) {
        let step = self.next_step();
        self.orders
            .entry(id)
            .and_modify(|order| order.cancelled = Some(step));
    }

    fn order(&self, id: u64) -> Option<Order> {
        self.orders.get(&id).map(|order| order.to_order(id))
    }

    fn orders(&self) -> Vec<Order> {
        self.orders
            .iter()
            .map(|(&id, order)| order.to_order(id))
            .collect()
    }

    fn receipt(&self, key: &str) -> Option<u64> {
        self.orders
            .iter()
            .find(|(_, order)| order.key == key)
            .map(|(&id, _)| id)
    }

    fn history(&self) -> Vec<(u64, OrderState)> {
        self.events().into_values().collect()
    }
}
