//! What the first version of the cart does.

use crate::{
    cart::{self, Approval, Choice, Item, Overview, Receipt, Refusal},
    saved_v1::Cart,
};

impl Cart {
    /// Returns how many pieces of the article are in the cart now. The latest price and tags hold.
    pub fn add(&mut self, item: Item) -> u32 {
        match self.items.iter_mut().find(|it| it.sku == item.sku) {
            Some(known) => {
                let quantity = known.quantity.saturating_add(item.quantity);
                *known = Item { quantity, ..item };
                quantity
            }
            None => {
                let quantity = item.quantity;
                self.items.push(item);
                quantity
            }
        }
    }

    pub fn remove(&mut self, sku: &str) -> Option<Item> {
        let place = self.items.iter().position(|it| it.sku == sku)?;
        Some(self.items.remove(place))
    }

    /// Returns how many say yes.
    pub fn approve(&mut self, who: String, choice: Choice) -> u32 {
        match self.approvals.iter_mut().find(|it| it.who == who) {
            Some(known) => known.choice = choice,
            None => self.approvals.push(Approval { who, choice }),
        }
        let yes = self.approvals.iter().filter(|it| it.choice == Choice::Yes);
        yes.count() as u32
    }

    pub fn check_out(&mut self, paid: u64) -> Result<Receipt, Refusal> {
        let total = cart::total(&self.items);
        if self.items.is_empty() {
            return Err(Refusal::Empty);
        }
        if paid < total {
            return Err(Refusal::Short(total - paid));
        }
        let receipt = Receipt {
            number: self.receipts.len() as u64 + 1,
            items: std::mem::take(&mut self.items),
            total,
        };
        self.receipts.push(receipt.clone());
        Ok(receipt)
    }

    pub fn receipt(&self, number: u64) -> Option<Receipt> {
        let found = self.receipts.iter().find(|it| it.number == number);
        found.cloned()
    }

    pub fn overview(&self) -> Overview {
        Overview {
            customer: self.customer.clone(),
            note: self.note.clone(),
            delivery: self.delivery.clone(),
            approvals: self.approvals.clone(),
            total: cart::total(&self.items),
            receipts: self.receipts.len() as u64,
        }
    }
}
