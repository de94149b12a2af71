//! Random operations on a cart of any version, and everything that can be observed of it.

use cart_state::{
    CartError, Coupon, Delivery, Details, Line, Operations, Order, OrderState, Rate, Reduction,
    Status,
};
use proptest::prelude::*;

#[derive(Clone, Debug)]
pub enum Operation {
    AddLine(String, u32, u64),
    RemoveLine(String),
    ApplyCoupon(Option<Coupon>),
    SetDiscount(Rate),
    SetDelivery(Delivery),
    SetNote(String),
    Hold(Option<String>),
    Checkout(String),
    Cancel(prop::sample::Index),
    CancelUnknown(u64),
    Reorder(prop::sample::Index),
}

/// What the carts answer, whatever their layout.
#[derive(Debug, PartialEq)]
pub enum Answer {
    Line(Result<Line, CartError>),
    Removed(Option<Line>),
    Coupon(Result<Option<Coupon>, CartError>),
    Discount(Rate),
    Delivery(Delivery),
    Status(Status),
    Order(Result<u64, CartError>),
    Refund(Result<(u64, u64), CartError>),
    Count(Result<u32, CartError>),
    Nothing,
}

/// All getters at once.
#[derive(Debug, PartialEq)]
pub struct Everything {
    lines: Vec<Line>,
    details: Details,
    note: String,
    orders: Vec<Order>,
    one_by_one: Vec<Option<Order>>,
    receipts: Vec<Option<u64>>,
    history: Vec<(u64, OrderState)>,
    next_order: u64,
}

pub fn observe(cart: &impl Operations) -> Everything {
    let orders = cart.orders();
    Everything {
        lines: cart.lines(),
        details: cart.details(),
        note: cart.note().to_owned(),
        one_by_one: orders.iter().map(|order| cart.order(order.id)).collect(),
        receipts: orders
            .iter()
            .map(|order| cart.receipt(&order.key))
            .collect(),
        orders,
        history: cart.history(),
        next_order: cart.next_order(),
    }
}

pub fn apply(cart: &mut impl Operations, operation: &Operation) -> Answer {
    match operation.clone() {
        Operation::AddLine(sku, quantity, price) => {
            Answer::Line(cart.add_line(&sku, quantity, price))
        }
        Operation::RemoveLine(sku) => Answer::Removed(cart.remove_line(&sku)),
        Operation::ApplyCoupon(coupon) => Answer::Coupon(cart.apply_coupon(coupon)),
        Operation::SetDiscount(rate) => Answer::Discount(cart.set_discount(rate)),
        Operation::SetDelivery(delivery) => Answer::Delivery(cart.set_delivery(delivery)),
        Operation::SetNote(note) => {
            cart.set_note(note);
            Answer::Nothing
        }
        Operation::Hold(reason) => Answer::Status(cart.hold(reason)),
        Operation::Checkout(key) => Answer::Order(cart.checkout(&key)),
        Operation::Cancel(index) => Answer::Refund(cart.cancel(known_id(cart, index))),
        Operation::CancelUnknown(id) => Answer::Refund(cart.cancel(id)),
        Operation::Reorder(index) => Answer::Count(cart.reorder(known_id(cart, index))),
    }
}

pub fn history() -> impl Strategy<Value = Vec<Operation>> {
    prop::collection::vec(operation(), 0..40)
}

fn known_id(cart: &impl Operations, index: prop::sample::Index) -> u64 {
    let orders = cart.orders();
    if orders.is_empty() {
        1
    } else {
        index.get(&orders).id
    }
}

fn operation() -> impl Strategy<Value = Operation> {
    let word = || prop::sample::select(vec!["", "a", "b", "grün", "茶"]).prop_map(str::to_owned);
    let quantity = prop::sample::select(vec![0, 1, 2, u32::MAX - 1, u32::MAX]);
    let cents = || prop::sample::select(vec![0, 1, 250, u64::from(u32::MAX) + 1, u64::MAX]);
    let rate = prop::sample::select(vec![
        0.0,
        -0.0,
        0.25,
        1.0,
        -3.5,
        f64::NAN,
        -f64::NAN,
        f64::INFINITY,
    ]);
    let reduction = prop_oneof![
        any::<u8>().prop_map(Reduction::Percent),
        cents().prop_map(Reduction::Amount)
    ];
    let coupon = (word(), reduction).prop_map(|(code, reduction)| Coupon { code, reduction });
    let delivery =
        any::<(bool, bool, bool)>().prop_map(|(express, gift_wrap, leave_with_neighbour)| {
            Delivery {
                express,
                gift_wrap,
                leave_with_neighbour,
            }
        });
    prop_oneof![
        5 => (word(), quantity, cents()).prop_map(|(sku, quantity, price)| Operation::AddLine(sku, quantity, price)),
        1 => word().prop_map(Operation::RemoveLine),
        1 => prop::option::of(coupon).prop_map(Operation::ApplyCoupon),
        1 => rate.prop_map(|rate| Operation::SetDiscount(Rate(rate))),
        1 => delivery.prop_map(Operation::SetDelivery),
        1 => word().prop_map(Operation::SetNote),
        1 => prop::option::weighted(0.2, word()).prop_map(Operation::Hold),
        4 => word().prop_map(Operation::Checkout),
        2 => any::<prop::sample::Index>().prop_map(Operation::Cancel),
        1 => any::<u64>().prop_map(Operation::CancelUnknown),
        2 => any::<prop::sample::Index>().prop_map(Operation::Reorder),
    ]
}
