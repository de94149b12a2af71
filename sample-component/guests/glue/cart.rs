//! Between the exported `cart` interface and `cart_state::Operations`. Every cart includes this file; it expects
//! `Cart`, the layout of that version, and the generated `exports` in the crate's root.

use std::cell::RefCell;

use cart_state::{self as state, Operations, Rate};

use crate::{
    Cart, Component,
    exports::shop::cart::cart::{
        CartError, Coupon, Delivery, Details, Guest, Line, Order, OrderState, Reduction, Status,
    },
};

thread_local! {
    static CART: RefCell<Cart> = RefCell::default();
}

/// Reads or changes the worker's state.
pub fn with<R>(work: impl FnOnce(&mut Cart) -> R) -> R {
    CART.with_borrow_mut(work)
}

impl Guest for Component {
    fn add_line(sku: String, quantity: u32, unit_price: u64) -> Result<Line, CartError> {
        Ok(with(|cart| cart.add_line(&sku, quantity, unit_price))?.into())
    }

    fn remove_line(sku: String) -> Option<Line> {
        with(|cart| cart.remove_line(&sku)).map(Line::from)
    }

    fn lines() -> Vec<Line> {
        with(|cart| cart.lines())
            .into_iter()
            .map(Line::from)
            .collect()
    }

    fn apply_coupon(coupon: Option<Coupon>) -> Result<Option<Coupon>, CartError> {
        let before = with(|cart| cart.apply_coupon(coupon.map(state::Coupon::from)))?;
        Ok(before.map(Coupon::from))
    }

    fn set_discount(rate: f64) -> f64 {
        with(|cart| cart.set_discount(Rate(rate))).0
    }

    fn set_delivery(delivery: Delivery) -> Delivery {
        with(|cart| cart.set_delivery(delivery.into())).into()
    }

    fn set_note(note: String) {
        with(|cart| cart.set_note(note));
    }

    fn note() -> String {
        with(|cart| cart.note().to_owned())
    }

    fn hold(reason: Option<String>) -> Status {
        with(|cart| cart.hold(reason)).into()
    }

    fn summary() -> Details {
        with(|cart| cart.details()).into()
    }

    fn checkout(key: String) -> Result<u64, CartError> {
        Ok(with(|cart| cart.checkout(&key))?)
    }

    fn receipt(key: String) -> Option<u64> {
        with(|cart| cart.receipt(&key))
    }

    fn cancel(order: u64) -> Result<(u64, u64), CartError> {
        Ok(with(|cart| cart.cancel(order))?)
    }

    fn look_up(order: u64) -> Option<Order> {
        with(|cart| cart.order(order)).map(Order::from)
    }

    fn history() -> Vec<(u64, OrderState)> {
        let history = with(|cart| cart.history());
        history
            .into_iter()
            .map(|(id, state)| (id, state.into()))
            .collect()
    }

    #[cfg(feature = "reorder")]
    fn reorder(order: u64) -> Result<u32, CartError> {
        Ok(with(|cart| cart.reorder(order))?)
    }
}

impl From<state::Line> for Line {
    fn from(line: state::Line) -> Self {
        Self {
            sku: line.sku,
            quantity: line.quantity,
            unit_price: line.unit_price,
        }
    }
}

impl From<state::Reduction> for Reduction {
    fn from(reduction: state::Reduction) -> Self {
        match reduction {
            state::Reduction::Percent(percent) => Self::Percent(percent),
            state::Reduction::Amount(amount) => Self::Amount(amount),
        }
    }
}

impl From<Reduction> for state::Reduction {
    fn from(reduction: Reduction) -> Self {
        match reduction {
            Reduction::Percent(percent) => Self::Percent(percent),
            Reduction::Amount(amount) => Self::Amount(amount),
        }
    }
}

impl From<state::Coupon> for Coupon {
    fn from(coupon: state::Coupon) -> Self {
        Self {
            code: coupon.code,
            reduction: coupon.reduction.into(),
        }
    }
}

impl From<Coupon> for state::Coupon {
    fn from(coupon: Coupon) -> Self {
        Self {
            code: coupon.code,
            reduction: coupon.reduction.into(),
        }
    }
}

impl From<state::Delivery> for Delivery {
    fn from(delivery: state::Delivery) -> Self {
        let mut flags = Self::empty();
        flags.set(Self::EXPRESS, delivery.express);
        flags.set(Self::GIFT_WRAP, delivery.gift_wrap);
        flags.set(Self::LEAVE_WITH_NEIGHBOUR, delivery.leave_with_neighbour);
        flags
    }
}

impl From<Delivery> for state::Delivery {
    fn from(flags: Delivery) -> Self {
        Self {
            express: flags.contains(Delivery::EXPRESS),
            gift_wrap: flags.contains(Delivery::GIFT_WRAP),
            leave_with_neighbour: flags.contains(Delivery::LEAVE_WITH_NEIGHBOUR),
        }
    }
}

impl From<state::Status> for Status {
    fn from(status: state::Status) -> Self {
        match status {
            state::Status::Open => Self::Open,
            state::Status::OnHold(reason) => Self::OnHold(reason),
            state::Status::Ordered(order) => Self::Ordered(order),
        }
    }
}

impl From<state::OrderState> for OrderState {
    fn from(order_state: state::OrderState) -> Self {
        match order_state {
            state::OrderState::Placed => Self::Placed,
            state::OrderState::Cancelled => Self::Cancelled,
        }
    }
}

impl From<state::Order> for Order {
    fn from(order: state::Order) -> Self {
        Self {
            id: order.id,
            key: order.key,
            lines: order.lines.into_iter().map(Line::from).collect(),
            total: order.total,
            state: order.state.into(),
        }
    }
}

impl From<state::Details> for Details {
    fn from(details: state::Details) -> Self {
        Self {
            status: details.status.into(),
            coupon: details.coupon.map(Coupon::from),
            discount: details.discount.0,
            delivery: details.delivery.into(),
            total: details.total,
        }
    }
}

impl From<state::CartError> for CartError {
    fn from(error: state::CartError) -> Self {
        match error {
            state::CartError::EmptyCart => Self::EmptyCart,
            state::CartError::ZeroQuantity => Self::ZeroQuantity,
            state::CartError::InvalidCoupon => Self::InvalidCoupon,
            state::CartError::OnHold(reason) => Self::OnHold(reason),
            state::CartError::UnknownOrder(order) => Self::UnknownOrder(order),
            state::CartError::AlreadyCancelled(order) => Self::AlreadyCancelled(order),
            state::CartError::IdsExhausted => Self::IdsExhausted,
        }
    }
}
