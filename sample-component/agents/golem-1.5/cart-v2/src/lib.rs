//! The next version of the cart as an agent of Golem 1.5. With a feature on, its load has a fault.

#[path = "../../../shared/cart.rs"]
mod cart;
#[path = "../../../shared/cart_v2.rs"]
mod cart_v2;
#[path = "../../../shared/saved_v1.rs"]
mod saved_v1;

use golem_rust::{
    agent_definition, agent_implementation,
    agentic::{Principal, get_principal},
};

use cart::{Choice, Delivery, Item, Overview, Receipt, Refusal};
use cart_v2::{Cart, People};

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
    fn reorder(&mut self, number: u64) -> Option<u32>;
    fn items(&self) -> Vec<Item>;
    fn receipt(&self, number: u64) -> Option<Receipt>;
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
        self.cart.goods.add(item)
    }

    fn remove_item(&mut self, sku: String) -> Option<Item> {
        self.cart.goods.remove(&sku)
    }

    fn set_note(&mut self, note: Option<String>) {
        self.cart.wishes.note = note;
    }

    fn set_delivery(&mut self, delivery: Delivery) {
        self.cart.wishes.delivery = delivery;
    }

    fn approve(&mut self, choice: Choice, caller: Principal) -> u32 {
        self.cart.people.approve(cart::name(&caller), choice)
    }

    fn check_out(&mut self, paid: u64) -> Result<Receipt, Refusal> {
        self.cart.check_out(paid)
    }

    fn reorder(&mut self, number: u64) -> Option<u32> {
        self.cart.reorder(number)
    }

    fn items(&self) -> Vec<Item> {
        self.cart.goods.items()
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

    async fn load_snapshot(&mut self, bytes: Vec<u8>) -> Result<(), String> {
        let loaded = Cart::load(&bytes)?;
        self.cart.people = if cfg!(feature = "principal") {
            voted_by_the_owner(loaded.people)
        } else {
            loaded.people
        };
        self.cart.goods = loaded.goods;
        self.cart.wishes.delivery = loaded.wishes.delivery;
        if cfg!(not(feature = "forgetful")) {
            self.cart.wishes.note = loaded.wishes.note;
        }
        self.cart.receipts = loaded.receipts;
        Ok(())
    }
}

/// The fault `principal`: every vote is taken for one of the principal that created the agent.
fn voted_by_the_owner(people: People) -> People {
    let owner = cart::name(&get_principal().unwrap_or(Principal::Anonymous));
    let mut all_its = People {
        voters: Vec::new(),
        votes: Vec::new(),
        ..people
    };
    for choice in people.votes {
        all_its.approve(owner.clone(), choice);
    }
    all_its
}
