//! What a stall does.

use super::{CARD, Goods, Layer, Mode, Payment, Size, Stall, Terms, World};

/// Everything that applies to the stall as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Details {
    pub sign: String,
    pub size: Size,
    pub terms: Terms,
    pub total: u64,
    pub since: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub id: u64,
    pub amount: u64,
    /// What all payments come to now.
    pub total: u64,
}

/// What is free at which stamp.
const FREE: [bool; CARD as usize] = [false, false, false, false, true];

impl Stall {
    /// Returns the sign before.
    pub fn rename(&mut self, sign: String) -> String {
        std::mem::replace(&mut self.sign, sign)
    }

    /// Returns the size before.
    pub fn resize(&mut self, size: Size) -> Size {
        std::mem::replace(&mut self.size, size)
    }

    pub fn set_terms(&mut self, terms: Terms) {
        self.terms = terms;
    }

    pub(super) fn details(&self, mode: Mode, world: &impl World) -> Details {
        Details {
            sign: self.sign.clone(),
            size: self.size,
            terms: self.terms.clone(),
            total: self.total,
            since: match mode {
                Mode::DependsOnTheHost => world.now(),
                _ => self.since,
            },
        }
    }

    /// Returns the id of the new goods.
    pub fn put(&mut self, name: String, price: u64) -> u64 {
        let id = self.take_id();
        self.found.clear();
        self.index.insert(name.clone(), id);
        self.goods.push(Goods {
            id,
            name,
            price,
            removed: false,
        });
        id
    }

    /// Whether they were there.
    pub fn remove(&mut self, id: u64) -> bool {
        let here = |goods: &&mut Goods| goods.id == id && !goods.removed;
        let Some(goods) = self.goods.iter_mut().find(here) else {
            return false;
        };
        goods.removed = true;
        self.found.clear();
        self.rebuild_index();
        true
    }

    /// In the order in which they were put out.
    pub fn goods(&self) -> Vec<Goods> {
        let here = self.goods.iter().filter(|goods| !goods.removed);
        here.cloned().collect()
    }

    /// The newest goods of this name.
    pub fn find(&mut self, name: &str, mode: Mode) -> Option<u64> {
        if mode != Mode::UnsavedCache {
            return self.index.get(name).copied();
        }
        let found = self.found.entry(name.to_owned());
        *found.or_insert_with(|| self.index.get(name).copied())
    }

    /// Returns how many wait now.
    pub fn join(&mut self, customer: String) -> u32 {
        self.queue.push_back(customer);
        self.queue.len() as u32
    }

    /// The customer who came first.
    pub fn serve(&mut self) -> Option<String> {
        self.queue.pop_front()
    }

    pub fn tag(&mut self, word: String) {
        *self.tags.entry(word).or_default() += 1;
    }

    /// Each word with how often it was given.
    pub fn tags(&self) -> Vec<(String, u32)> {
        let tags = self.tags.iter();
        tags.map(|(word, count)| (word.clone(), *count)).collect()
    }

    /// Takes the amount, less the rate. Repeated with the same key, returns the same receipt.
    pub fn pay(&mut self, key: String, amount: u64) -> Receipt {
        let payment = match self.receipts.get(&key) {
            Some(payment) => *payment,
            None => {
                let id = self.take_id();
                let payment = Payment { id, amount };
                self.total = self.total.saturating_add(self.charge(amount));
                self.recent.push(amount);
                self.receipts.insert(key, payment);
                payment
            }
        };
        Receipt {
            id: payment.id,
            amount: payment.amount,
            total: self.total,
        }
    }

    /// The newest payments, the oldest of them first.
    pub fn recent(&self) -> Vec<u64> {
        self.recent.oldest_first()
    }

    /// Whether this one is free.
    pub fn stamp(&mut self) -> bool {
        let free = FREE[usize::from(self.stamps)];
        self.stamps = if free { 0 } else { self.stamps + 1 };
        free
    }

    pub fn wrap(&mut self, layer: Layer) {
        self.layers.push(layer);
    }

    /// The outermost layer.
    pub fn unwrap(&mut self) -> Option<Layer> {
        self.layers.pop()
    }

    /// An amount at the rate of now. Only rates between 0 and 1 reduce it.
    pub(super) fn charge(&self, amount: u64) -> u64 {
        let rate = self.terms.rate;
        if (0.0..=1.0).contains(&rate) {
            amount - ((amount as f64 * rate) as u64).min(amount)
        } else {
            amount
        }
    }

    pub(super) fn take_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }
}
