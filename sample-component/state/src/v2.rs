//! The second version: the fields are grouped and renamed, and an order knows its idempotency key. Snapshots are
//! CBOR.

use std::mem;

use serde::{Deserialize, Serialize};

use crate::{
    CartError, Coupon, DecodeError, Delivery, Line, Operations, Order, OrderState, Rate, Reduction,
    Status, frame, invariants, v1,
};

/// The fifth byte of this version's snapshots.
pub(crate) const VERSION: u8 = 2;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    /// Sorted by SKU.
    pub(crate) basket: Vec<Item>,
    pub(crate) pricing: Pricing,
    pub(crate) customer: Customer,
    pub(crate) phase: Phase,
    pub(crate) ledger: Ledger,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) sku: String,
    pub(crate) count: u32,
    pub(crate) price: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pricing {
    pub(crate) voucher: Option<Voucher>,
    pub(crate) rebate: Rate,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Voucher {
    pub(crate) code: String,
    pub(crate) takes_off: Reduction,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Customer {
    pub(crate) remark: String,
    pub(crate) wishes: Delivery,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    #[default]
    Shopping,
    Held {
        reason: String,
    },
    Done {
        order: u64,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ledger {
    pub(crate) next_id: u64,
    /// Sorted by id.
    pub(crate) orders: Vec<Entry>,
    pub(crate) journal: Vec<Event>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) id: u64,
    pub(crate) key: String,
    pub(crate) items: Vec<Item>,
    pub(crate) total: u64,
    pub(crate) cancelled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Event {
    Placed(u64),
    Cancelled(u64),
}

/// The snapshot of a cart.
pub fn encode(cart: &Cart) -> Vec<u8> {
    frame::seal(v1::MAGIC, VERSION, &frame::to_cbor(cart))
}

/// Reads snapshots of v1 and v2.
pub fn decode(bytes: &[u8]) -> Result<Cart, DecodeError> {
    match frame::open(v1::MAGIC, bytes)? {
        (v1::VERSION, body) => v1::decode_body(body).map(Cart::from),
        (VERSION, body) => decode_body(body),
        (version, _) => Err(DecodeError::Version(version)),
    }
}

pub(crate) fn decode_body(body: &[u8]) -> Result<Cart, DecodeError> {
    let cart = frame::from_cbor(body)?;
    invariants::check(&cart)?;
    Ok(cart)
}

/// Any state that a history of operations can lead to.
#[cfg(feature = "proptest")]
pub fn strategy() -> impl proptest::strategy::Strategy<Value = Cart> {
    use proptest::strategy::Strategy;
    crate::v1::strategy().prop_map(Cart::from)
}

impl Default for Cart {
    fn default() -> Self {
        v1::Cart::default().into()
    }
}

impl From<v1::Cart> for Cart {
    fn from(old: v1::Cart) -> Self {
        let orders = old.orders().into_iter().map(Entry::from).collect();
        Self {
            basket: old.lines().into_iter().map(Item::from).collect(),
            pricing: Pricing {
                voucher: old.coupon.map(Voucher::from),
                rebate: old.discount,
            },
            customer: Customer {
                remark: old.note,
                wishes: old.delivery,
            },
            phase: old.status.into(),
            ledger: Ledger {
                next_id: old.next_order,
                orders,
                journal: old.history.into_iter().map(Event::from).collect(),
            },
        }
    }
}

impl From<Line> for Item {
    fn from(line: Line) -> Self {
        Self {
            sku: line.sku,
            count: line.quantity,
            price: line.unit_price,
        }
    }
}

impl From<Item> for Line {
    fn from(item: Item) -> Self {
        Self {
            sku: item.sku,
            quantity: item.count,
            unit_price: item.price,
        }
    }
}

impl From<Coupon> for Voucher {
    fn from(coupon: Coupon) -> Self {
        Self {
            code: coupon.code,
            takes_off: coupon.reduction,
        }
    }
}

impl From<Voucher> for Coupon {
    fn from(voucher: Voucher) -> Self {
        Self {
            code: voucher.code,
            reduction: voucher.takes_off,
        }
    }
}

impl From<Status> for Phase {
    fn from(status: Status) -> Self {
        match status {
            Status::Open => Self::Shopping,
            Status::OnHold(reason) => Self::Held { reason },
            Status::Ordered(order) => Self::Done { order },
        }
    }
}

impl From<Phase> for Status {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Shopping => Self::Open,
            Phase::Held { reason } => Self::OnHold(reason),
            Phase::Done { order } => Self::Ordered(order),
        }
    }
}

impl From<Order> for Entry {
    fn from(order: Order) -> Self {
        Self {
            id: order.id,
            key: order.key,
            items: order.lines.into_iter().map(Item::from).collect(),
            total: order.total,
            cancelled: order.state == OrderState::Cancelled,
        }
    }
}

impl From<Entry> for Order {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            key: entry.key,
            lines: entry.items.into_iter().map(Line::from).collect(),
            total: entry.total,
            state: if entry.cancelled {
                OrderState::Cancelled
            } else {
                OrderState::Placed
            },
        }
    }
}

impl From<(u64, OrderState)> for Event {
    fn from((id, state): (u64, OrderState)) -> Self {
        match state {
            OrderState::Placed => Self::Placed(id),
            OrderState::Cancelled => Self::Cancelled(id),
        }
    }
}

impl From<Event> for (u64, OrderState) {
    fn from(event: Event) -> Self {
        match event {
            Event::Placed(id) => (id, OrderState::Placed),
            Event::Cancelled(id) => (id, OrderState::Cancelled),
        }
    }
}

impl Cart {
    /// Where the item is, or where it would have to be.
    fn find(&self, sku: &str) -> Result<usize, usize> {
        self.basket
            .binary_search_by(|item| item.sku.as_str().cmp(sku))
    }
}

impl Ledger {
    fn find(&self, id: u64) -> Option<usize> {
        self.orders.binary_search_by_key(&id, |entry| entry.id).ok()
    }
}

impl Operations for Cart {
    fn lines(&self) -> Vec<Line> {
        self.basket.iter().cloned().map(Line::from).collect()
    }

    fn line(&self, sku: &str) -> Option<Line> {
        let at = self.find(sku).ok()?;
        self.basket.get(at).cloned().map(Line::from)
    }

    fn put_line(&mut self, line: Line) {
        match self.find(&line.sku) {
            Ok(at) => self.basket[at] = line.into(),
            Err(at) => self.basket.insert(at, line.into()),
        }
    }

    fn remove_line(&mut self, sku: &str) -> Option<Line> {
        let at = self.find(sku).ok()?;
        Some(self.basket.remove(at).into())
    }

    fn take_lines(&mut self) -> Vec<Line> {
        mem::take(&mut self.basket)
            .into_iter()
            .map(Line::from)
            .collect()
    }

    fn coupon(&self) -> Option<Coupon> {
        self.pricing.voucher.clone().map(Coupon::from)
    }

    fn replace_coupon(&mut self, coupon: Option<Coupon>) -> Option<Coupon> {
        mem::replace(&mut self.pricing.voucher, coupon.map(Voucher::from)).map(Coupon::from)
    }

    fn discount(&self) -> Rate {
        self.pricing.rebate
    }

    fn set_discount(&mut self, rate: Rate) -> Rate {
        mem::replace(&mut self.pricing.rebate, rate)
    }

    fn delivery(&self) -> Delivery {
        self.customer.wishes
    }

    fn set_delivery(&mut self, delivery: Delivery) -> Delivery {
        mem::replace(&mut self.customer.wishes, delivery)
    }

    fn note(&self) -> &str {
        &self.customer.remark
    }

    fn set_note(&mut self, note: String) {
        self.customer.remark = note;
    }

    fn status(&self) -> Status {
        self.phase.clone().into()
    }

    fn set_status(&mut self, status: Status) -> Status {
        mem::replace(&mut self.phase, status.into()).into()
    }

    fn next_order(&self) -> u64 {
        self.ledger.next_id
    }

    fn place(&mut self, key: String, lines: Vec<Line>, total: u64) -> Result<u64, CartError> {
        let id = self.ledger.next_id;
        self.ledger.next_id = id.checked_add(1).ok_or(CartError::IdsExhausted)?;
        let items = lines.into_iter().map(Item::from).collect();
        self.ledger.orders.push(Entry {
            id,
            key,
            items,
            total,
            cancelled: false,
        });
        self.ledger.journal.push(Event::Placed(id));
        Ok(id)
    }

    fn mark_cancelled(&mut self, id: u64) {
        if let Some(entry) = self
            .ledger
            .find(id)
            .and_then(|at| self.ledger.orders.get_mut(at))
        {
            entry.cancelled = true;
            self.ledger.journal.push(Event::Cancelled(id));
        }
    }

    fn order(&self, id: u64) -> Option<Order> {
        let at = self.ledger.find(id)?;
        self.ledger.orders.get(at).cloned().map(Order::from)
    }

    fn orders(&self) -> Vec<Order> {
        self.ledger
            .orders
            .iter()
            .cloned()
            .map(Order::from)
            .collect()
    }

    fn receipt(&self, key: &str) -> Option<u64> {
        self.ledger
            .orders
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| entry.id)
    }

    fn history(&self) -> Vec<(u64, OrderState)> {
        self.ledger
            .journal
            .iter()
            .copied()
            .map(<(u64, OrderState)>::from)
            .collect()
    }
}
