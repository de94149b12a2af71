//! The cart's second state: columns instead of records, and what belongs together in groups. Its snapshots are a version byte,
//! then JSON; it reads the first version's too.

use serde::{Deserialize, Serialize};

use crate::{
    cart::{self, Approval, Choice, Delivery, Item, Overview, Receipt, Refusal},
    saved_v1::{self, all_different},
};

pub const VERSION: u8 = 2;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cart {
    pub people: People,
    pub goods: Goods,
    pub wishes: Wishes,
    pub receipts: Vec<Receipt>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    pub customer: String,
    /// In two columns, by who said it.
    pub voters: Vec<String>,
    pub votes: Vec<Choice>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goods {
    pub skus: Vec<String>,
    pub quantities: Vec<u32>,
    pub unit_prices: Vec<u64>,
    pub tags: Vec<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wishes {
    pub note: Option<String>,
    pub delivery: Delivery,
}

impl Goods {
    pub fn items(&self) -> Vec<Item> {
        let places = 0..self.skus.len();
        let item = |place: usize| Item {
            sku: self.skus[place].clone(),
            quantity: self.quantities[place],
            unit_price: self.unit_prices[place],
            tags: self.tags[place].clone(),
        };
        places.map(item).collect()
    }

    /// Returns how many pieces of the article there are now.
    pub fn add(&mut self, item: Item) -> u32 {
        let Some(place) = self.place(&item.sku) else {
            let quantity = item.quantity;
            self.push(item);
            return quantity;
        };
        let quantity = self.quantities[place].saturating_add(item.quantity);
        self.quantities[place] = quantity;
        self.unit_prices[place] = item.unit_price;
        self.tags[place] = item.tags;
        quantity
    }

    pub fn remove(&mut self, sku: &str) -> Option<Item> {
        let place = self.place(sku)?;
        Some(Item {
            sku: self.skus.remove(place),
            quantity: self.quantities.remove(place),
            unit_price: self.unit_prices.remove(place),
            tags: self.tags.remove(place),
        })
    }

    fn place(&self, sku: &str) -> Option<usize> {
        self.skus.iter().position(|it| it == sku)
    }

    fn push(&mut self, item: Item) {
        self.skus.push(item.sku);
        self.quantities.push(item.quantity);
        self.unit_prices.push(item.unit_price);
        self.tags.push(item.tags);
    }

    fn is_sound(&self) -> bool {
        let rows = self.skus.len();
        [
            self.quantities.len(),
            self.unit_prices.len(),
            self.tags.len(),
        ] == [rows; 3]
            && all_different(self.skus.iter())
    }
}

impl People {
    /// Returns how many say yes.
    pub fn approve(&mut self, who: String, choice: Choice) -> u32 {
        match self.voters.iter().position(|it| *it == who) {
            Some(place) => self.votes[place] = choice,
            None => {
                self.voters.push(who);
                self.votes.push(choice);
            }
        }
        let yes = self.votes.iter().filter(|it| **it == Choice::Yes);
        yes.count() as u32
    }

    pub fn approvals(&self) -> Vec<Approval> {
        let pairs = self.voters.iter().zip(&self.votes);
        let approval = |(who, choice): (&String, &Choice)| Approval {
            who: who.clone(),
            choice: *choice,
        };
        pairs.map(approval).collect()
    }

    fn is_sound(&self) -> bool {
        self.voters.len() == self.votes.len() && all_different(self.voters.iter())
    }
}

impl Cart {
    pub fn new(customer: String) -> Self {
        saved_v1::Cart::new(customer).into()
    }

    pub fn check_out(&mut self, paid: u64) -> Result<Receipt, Refusal> {
        let items = self.goods.items();
        let total = cart::total(&items);
        if items.is_empty() {
            return Err(Refusal::Empty);
        }
        if paid < total {
            return Err(Refusal::Short(total - paid));
        }
        self.goods = Goods::default();
        let receipt = Receipt {
            number: self.receipts.len() as u64 + 1,
            items,
            total,
        };
        self.receipts.push(receipt.clone());
        Ok(receipt)
    }

    pub fn receipt(&self, number: u64) -> Option<Receipt> {
        let found = self.receipts.iter().find(|it| it.number == number);
        found.cloned()
    }

    /// Puts the goods of a receipt into the cart again. Returns how many articles it holds now.
    pub fn reorder(&mut self, number: u64) -> Option<u32> {
        for item in self.receipt(number)?.items {
            self.goods.add(item);
        }
        Some(self.goods.skus.len() as u32)
    }

    pub fn overview(&self) -> Overview {
        Overview {
            customer: self.people.customer.clone(),
            note: self.wishes.note.clone(),
            delivery: self.wishes.delivery.clone(),
            approvals: self.people.approvals(),
            total: cart::total(&self.goods.items()),
            receipts: self.receipts.len() as u64,
        }
    }

    pub fn save(&self) -> Result<Vec<u8>, String> {
        let mut bytes = vec![VERSION];
        serde_json::to_writer(&mut bytes, self).map_err(|e| e.to_string())?;
        Ok(bytes)
    }

    /// Accepts what `save` wrote in either version, and nothing else.
    pub fn load(bytes: &[u8]) -> Result<Self, String> {
        match bytes.split_first() {
            Some((&saved_v1::VERSION, _)) => Ok(saved_v1::Cart::load(bytes)?.into()),
            Some((&VERSION, body)) => {
                let cart: Self = serde_json::from_slice(body).map_err(|e| e.to_string())?;
                if cart.save()? != bytes {
                    return Err("the snapshot has bytes that no save writes".to_owned());
                }
                if !cart.is_sound() {
                    return Err("the snapshot contradicts itself".to_owned());
                }
                Ok(cart)
            }
            _ => Err("not a snapshot of a version that is known here".to_owned()),
        }
    }

    fn is_sound(&self) -> bool {
        let numbers = self.receipts.iter().map(|it| it.number);
        self.goods.is_sound()
            && self.people.is_sound()
            && numbers.eq(1..=self.receipts.len() as u64)
    }
}

impl From<saved_v1::Cart> for Cart {
    fn from(old: saved_v1::Cart) -> Self {
        let mut goods = Goods::default();
        old.items.into_iter().for_each(|item| goods.push(item));
        let votes = old.approvals.into_iter().map(|it| (it.who, it.choice));
        let (voters, votes) = votes.unzip();
        Self {
            people: People {
                customer: old.customer,
                voters,
                votes,
            },
            goods,
            wishes: Wishes {
                note: old.note,
                delivery: old.delivery,
            },
            receipts: old.receipts,
        }
    }
}
