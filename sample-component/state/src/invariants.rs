//! What every history of operations leaves true, and the operations rely on. A snapshot that breaks it is refused.

use std::collections::{BTreeMap, BTreeSet};

use crate::{DecodeError, Line, Operations, Order, OrderState, Status};

/// Checks a decoded cart, whatever its layout.
pub(crate) fn check(cart: &impl Operations) -> Result<(), DecodeError> {
    let lines = cart.lines();
    let orders = cart.orders();
    ensure(are_sound(&lines), "the lines")?;
    ensure(
        cart.coupon().is_none_or(|coupon| coupon.is_valid()),
        "the coupon",
    )?;
    ensure(
        orders
            .iter()
            .all(|order| !order.lines.is_empty() && are_sound(&order.lines)),
        "the lines of an order",
    )?;
    ensure(
        ids_ascend(&orders, cart.next_order()),
        "the ids of the orders",
    )?;
    ensure(keys_differ(&orders), "the idempotency keys")?;
    ensure(is_told(&orders, &cart.history()), "the history")?;
    if let Status::Ordered(id) = cart.status() {
        ensure(lines.is_empty() && cart.order(id).is_some(), "the status")?;
    }
    Ok(())
}

/// Fails where `holds` is false, naming what is broken.
pub(crate) fn ensure(holds: bool, what: &'static str) -> Result<(), DecodeError> {
    if holds {
        Ok(())
    } else {
        Err(DecodeError::Invariant(what))
    }
}

fn are_sound(lines: &[Line]) -> bool {
    lines.is_sorted_by(|a, b| a.sku < b.sku) && lines.iter().all(|line| line.quantity > 0)
}

fn ids_ascend(orders: &[Order], next: u64) -> bool {
    next > 0
        && orders.is_sorted_by(|a, b| a.id < b.id)
        && orders.first().is_none_or(|order| order.id > 0)
        && orders.last().is_none_or(|order| order.id < next)
}

fn keys_differ(orders: &[Order]) -> bool {
    let mut seen = BTreeSet::new();
    orders.iter().all(|order| seen.insert(&order.key))
}

/// Every order is placed once, in the order of the ids, and those that are cancelled are so once, later.
fn is_told(orders: &[Order], history: &[(u64, OrderState)]) -> bool {
    let mut unplaced = orders.iter();
    let mut states = BTreeMap::new();
    for &(id, state) in history {
        let fits = match state {
            OrderState::Placed => unplaced.next().is_some_and(|order| order.id == id),
            OrderState::Cancelled => states.get(&id) == Some(&OrderState::Placed),
        };
        if !fits {
            return false;
        }
        states.insert(id, state);
    }
    unplaced.next().is_none()
        && orders
            .iter()
            .all(|order| states.get(&order.id) == Some(&order.state))
}
