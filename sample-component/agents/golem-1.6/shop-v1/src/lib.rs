//! A shopping cart as an agent of Golem 1.6, with a snapshot written by hand, and the agents of the wishes beside it.

#[path = "../../../shared/cart.rs"]
mod cart;
#[path = "../../../shared/cart_v1.rs"]
mod cart_v1;
#[path = "../../../shared/saved_v1.rs"]
mod saved_v1;
#[path = "../../../shared/wishes_v1.rs"]
mod wishes_v1;

use golem_rust::{
    agent_definition, agent_implementation,
    agentic::{Principal, SnapshotRestoreContext},
    read_only,
};

use cart::{Choice, Delivery, Item, Overview, Receipt, Refusal};
use saved_v1::Cart;

/// The cart of one customer.
#[agent_definition(snapshotting = "enabled")]
pub trait CartAgent {
    fn new(customer: String) -> Self;

    fn add_item(&mut self, item: Item) -> u32;
    fn remove_item(&mut self, sku: String) -> Option<Item>;
    fn set_note(&mut self, note: Option<String>);
    fn set_delivery(&mut self, delivery: Delivery);
    fn approve(&mut self, choice: Choice, caller: Principal) -> u32;
    fn check_out(&mut self, paid: u64) -> Result<Receipt, Refusal>;
    #[read_only]
    fn items(&self) -> Vec<Item>;
    #[read_only]
    fn receipt(&self, number: u64) -> Option<Receipt>;
    #[read_only]
    fn overview(&self) -> Overview;
}

struct CartAgentImpl {
    cart: Cart,
}

#[agent_implementation]
impl CartAgent for CartAgentImpl {
    fn new(customer: String) -> Self {
        Self {
            cart: Cart::new(customer),
        }
    }

    fn add_item(&mut self, item: Item) -> u32 {
        self.cart.add(item)
    }

    fn remove_item(&mut self, sku: String) -> Option<Item> {
        self.cart.remove(&sku)
    }

    fn set_note(&mut self, note: Option<String>) {
        self.cart.note = note;
    }

    fn set_delivery(&mut self, delivery: Delivery) {
        self.cart.delivery = delivery;
    }

    fn approve(&mut self, choice: Choice, caller: Principal) -> u32 {
        self.cart.approve(cart::name(&caller), choice)
    }

    fn check_out(&mut self, paid: u64) -> Result<Receipt, Refusal> {
        self.cart.check_out(paid)
    }

    fn items(&self) -> Vec<Item> {
        self.cart.items.clone()
    }

    fn receipt(&self, number: u64) -> Option<Receipt> {
        self.cart.receipt(number)
    }

    fn overview(&self) -> Overview {
        self.cart.overview()
    }

    async fn save_snapshot(&self) -> Result<Vec<u8>, String> {
        self.cart.save()
    }

    async fn load_snapshot(bytes: Vec<u8>, _: SnapshotRestoreContext) -> Result<Self, String> {
        let cart = Cart::load(&bytes)?;
        Ok(Self { cart })
    }
}
