use crate::{CartError, Coupon, Delivery, Details, Line, Order, OrderState, Rate, Status, price};

/// What a cart does. The versions observe the same because the rules are written here, once; each version supplies
/// the methods without a body from its own layout.
pub trait Operations {
    /// Sorted by SKU.
    fn lines(&self) -> Vec<Line>;
    fn line(&self, sku: &str) -> Option<Line>;
    /// Replaces the line with the same SKU.
    fn put_line(&mut self, line: Line);
    fn remove_line(&mut self, sku: &str) -> Option<Line>;
    /// Empties the cart.
    fn take_lines(&mut self) -> Vec<Line>;

    fn coupon(&self) -> Option<Coupon>;
    fn replace_coupon(&mut self, coupon: Option<Coupon>) -> Option<Coupon>;
    fn discount(&self) -> Rate;
    /// Returns the rate before.
    fn set_discount(&mut self, rate: Rate) -> Rate;
    fn delivery(&self) -> Delivery;
    /// Returns the delivery before.
    fn set_delivery(&mut self, delivery: Delivery) -> Delivery;
    fn note(&self) -> &str;
    fn set_note(&mut self, note: String);
    fn status(&self) -> Status;
    /// Returns the status before.
    fn set_status(&mut self, status: Status) -> Status;

    /// The id that the next order gets.
    fn next_order(&self) -> u64;
    /// Keeps a new order under `next_order`, which moves on, and notes it in the history.
    fn place(&mut self, key: String, lines: Vec<Line>, total: u64) -> Result<u64, CartError>;
    /// Marks an order that exists and is placed as cancelled, and notes it in the history.
    fn mark_cancelled(&mut self, id: u64);
    fn order(&self, id: u64) -> Option<Order>;
    /// Sorted by id.
    fn orders(&self) -> Vec<Order>;
    /// The order that was placed under this idempotency key.
    fn receipt(&self, key: &str) -> Option<u64>;
    /// What happened to which order, oldest first.
    fn history(&self) -> Vec<(u64, OrderState)>;

    /// Adds to the quantity, which stops at its maximum; the newest price wins. Returns the line as it is now.
    fn add_line(&mut self, sku: &str, quantity: u32, unit_price: u64) -> Result<Line, CartError> {
        self.refuse_on_hold()?;
        if quantity == 0 {
            return Err(CartError::ZeroQuantity);
        }
        let before = self.line(sku).map_or(0, |line| line.quantity);
        let line = Line {
            sku: sku.to_owned(),
            quantity: before.saturating_add(quantity),
            unit_price,
        };
        self.put_line(line.clone());
        self.set_status(Status::Open);
        Ok(line)
    }

    /// Returns the coupon before.
    fn apply_coupon(&mut self, coupon: Option<Coupon>) -> Result<Option<Coupon>, CartError> {
        if coupon.as_ref().is_some_and(|coupon| !coupon.is_valid()) {
            return Err(CartError::InvalidCoupon);
        }
        Ok(self.replace_coupon(coupon))
    }

    /// With a reason, blocks the cart; without one, opens it. Returns the status before.
    fn hold(&mut self, reason: Option<String>) -> Status {
        self.set_status(reason.map_or(Status::Open, Status::OnHold))
    }

    /// Everything that applies to the cart as a whole.
    fn details(&self) -> Details {
        Details {
            status: self.status(),
            coupon: self.coupon(),
            discount: self.discount(),
            delivery: self.delivery(),
            total: price::total(&self.lines(), self.coupon().as_ref(), self.discount()),
        }
    }

    /// Turns the lines into an order. Repeated with the same key, returns the same order.
    fn checkout(&mut self, key: &str) -> Result<u64, CartError> {
        if let Some(id) = self.receipt(key) {
            return Ok(id);
        }
        self.refuse_on_hold()?;
        let lines = self.lines();
        if lines.is_empty() {
            return Err(CartError::EmptyCart);
        }
        let total = price::total(&lines, self.coupon().as_ref(), self.discount());
        let id = self.place(key.to_owned(), lines, total)?;
        self.take_lines();
        self.set_status(Status::Ordered(id));
        Ok(id)
    }

    /// Returns the order and the sum to refund.
    fn cancel(&mut self, id: u64) -> Result<(u64, u64), CartError> {
        let order = self.order(id).ok_or(CartError::UnknownOrder(id))?;
        if order.state == OrderState::Cancelled {
            return Err(CartError::AlreadyCancelled(id));
        }
        self.mark_cancelled(id);
        Ok((id, order.total))
    }

    /// Puts an order's lines into the cart again. Returns how many. Exported since v2.
    fn reorder(&mut self, id: u64) -> Result<u32, CartError> {
        let order = self.order(id).ok_or(CartError::UnknownOrder(id))?;
        let mut count = 0_u32;
        for line in order.lines {
            self.add_line(&line.sku, line.quantity, line.unit_price)?;
            count = count.saturating_add(1);
        }
        Ok(count)
    }

    /// Fails where the cart is on hold, with the reason.
    fn refuse_on_hold(&self) -> Result<(), CartError> {
        match self.status() {
            Status::OnHold(reason) => Err(CartError::OnHold(reason)),
            Status::Open | Status::Ordered(_) => Ok(()),
        }
    }
}
