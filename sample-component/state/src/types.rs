//! What the operations take and return. These types are also v1's fields, hence part of its format.

use serde::{Deserialize, Serialize};

use crate::Rate;

/// Some of one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub sku: String,
    pub quantity: u32,
    /// In cents.
    pub unit_price: u64,
}

/// What a coupon takes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reduction {
    /// At most 100.
    Percent(u8),
    /// In cents.
    Amount(u64),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupon {
    pub code: String,
    pub reduction: Reduction,
}

/// How the customer wants it delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub express: bool,
    pub gift_wrap: bool,
    pub leave_with_neighbour: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    #[default]
    Open,
    /// With the reason.
    OnHold(String),
    /// Nothing was put into the cart since this order.
    Ordered(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderState {
    Placed,
    Cancelled,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: u64,
    /// The idempotency key of the checkout.
    pub key: String,
    pub lines: Vec<Line>,
    /// In cents.
    pub total: u64,
    pub state: OrderState,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    pub status: Status,
    pub coupon: Option<Coupon>,
    pub discount: Rate,
    pub delivery: Delivery,
    /// What a checkout would cost now, in cents.
    pub total: u64,
}

/// Why an operation was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CartError {
    EmptyCart,
    ZeroQuantity,
    InvalidCoupon,
    /// With the reason.
    OnHold(String),
    UnknownOrder(u64),
    AlreadyCancelled(u64),
    IdsExhausted,
}

impl Coupon {
    /// Nothing takes off more than everything.
    pub(crate) fn is_valid(&self) -> bool {
        !matches!(self.reduction, Reduction::Percent(101..))
    }
}
