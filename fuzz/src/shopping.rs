//! Any state of the cart: what a history of operations leads to. A derived `Arbitrary` of the state itself would make carts that
//! cannot be, with an order that nobody placed.

use arbitrary::Arbitrary;
use cart_state::{Coupon, Delivery, Operations, Rate, Reduction, v1, v2};

/// The operations that lead to a state.
#[derive(Debug, Arbitrary)]
pub struct Shopping(Vec<Step>);

#[derive(Debug, Arbitrary)]
enum Step {
    AddLine(String, u32, u64),
    SetNote(String),
    Hold(Option<String>),
    TakePercent(String, u8),
    TakeAmount(String, u64),
    SetDiscount(f64),
    Deliver(bool, bool, bool),
    Checkout(String),
    Cancel(u8),
}

impl Shopping {
    /// The state. What the cart refuses changes nothing.
    fn cart(&self) -> v1::Cart {
        let mut cart = v1::Cart::default();
        for step in &self.0 {
            step.apply(&mut cart);
        }
        cart
    }

    /// The state as version 1 saves it.
    pub fn saved(&self) -> Vec<u8> {
        v1::encode(&self.cart())
    }

    /// What version 2 makes of it.
    pub fn migrated(&self) -> v2::Cart {
        v2::Cart::from(self.cart())
    }
}

impl Step {
    fn apply(&self, cart: &mut v1::Cart) {
        let coupon = |code: &String, reduction| {
            let code = code.clone();
            Some(Coupon { code, reduction })
        };
        match self {
            Self::AddLine(sku, quantity, price) => drop(cart.add_line(sku, *quantity, *price)),
            Self::SetNote(note) => cart.set_note(note.clone()),
            Self::Hold(reason) => drop(cart.hold(reason.clone())),
            Self::TakePercent(code, percent) => {
                drop(cart.apply_coupon(coupon(code, Reduction::Percent(*percent))));
            }
            Self::TakeAmount(code, amount) => {
                drop(cart.apply_coupon(coupon(code, Reduction::Amount(*amount))));
            }
            Self::SetDiscount(rate) => drop(cart.set_discount(Rate(*rate))),
            Self::Deliver(express, gift_wrap, leave_with_neighbour) => {
                let delivery = Delivery {
                    express: *express,
                    gift_wrap: *gift_wrap,
                    leave_with_neighbour: *leave_with_neighbour,
                };
                cart.set_delivery(delivery);
            }
            Self::Checkout(key) => drop(cart.checkout(key)),
            Self::Cancel(order) => drop(cart.cancel(u64::from(*order))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_leads_to_a_state_and_what_is_refused_to_none() {
        let step = Step::AddLine("tea".to_owned(), 0, 1);
        assert_eq!(Shopping(vec![step]).cart(), v1::Cart::default());
        let steps = vec![
            Step::AddLine("tea".to_owned(), 2, 350),
            Step::Checkout("first".to_owned()),
            Step::Cancel(1),
        ];
        assert_eq!(Shopping(steps).cart().history().len(), 2);
    }
}
