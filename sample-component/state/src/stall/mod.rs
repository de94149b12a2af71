//! The state of the market stalls, which are faulty on request: a [`Mode`] names one slip in save or load, or one change
//! that is correct and looks suspicious. Without a mode, both versions are correct.
//!
//! - [`Stall`]: the state and what it does, the same in both versions.
//! - [`v1`], [`v3`]: the formats, with the slips where a programmer would make them. No stall of a second version is left;
//!   what it changed is a step on the way from [`v1`] to [`v3`].

mod bytes;
mod mode;
mod operations;
mod ring;

pub mod v1;
pub mod v3;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::DecodeError;
use crate::invariants::ensure;

pub use mode::{Mode, VARIABLE};
pub use operations::{Details, Receipt};
pub use ring::Ring;

/// The first four bytes of a snapshot, in every version.
const MAGIC: &[u8; 4] = b"STAL";
/// Every so many stamps, something is free.
const CARD: u8 = 5;

/// What the host does for a stall.
pub trait World {
    /// Seconds since 1970.
    fn now(&self) -> u64;
    /// A random number.
    fn random(&self) -> u64;
    /// Changes the world outside.
    fn commit(&self);
    /// Ends the worker.
    fn exit(&self);
}

/// A market stall.
#[derive(Clone, Debug, PartialEq)]
pub struct Stall {
    pub(crate) sign: String,
    pub(crate) size: Size,
    pub(crate) terms: Terms,
    /// When it last moved, in seconds since 1970; 0 if never.
    pub(crate) since: u64,
    /// In the order in which they were put out.
    pub(crate) goods: Vec<Goods>,
    /// The newest of each name that is there; derived from the goods.
    pub(crate) index: BTreeMap<String, u64>,
    /// The id that the next goods or receipt gets.
    pub(crate) next_id: u64,
    pub(crate) queue: VecDeque<String>,
    pub(crate) tags: BTreeMap<String, u32>,
    /// By idempotency key.
    pub(crate) receipts: BTreeMap<String, Payment>,
    /// What all payments came to, each at the rate of its time.
    pub(crate) total: u64,
    pub(crate) recent: Ring,
    /// The outermost last.
    pub(crate) layers: Vec<Layer>,
    /// Stamps on the card, fewer than [`CARD`].
    pub(crate) stamps: u8,
    /// When it was updated; nobody can see it, and only one mode saves it.
    pub(crate) journal: Vec<u64>,
    /// What `find` answered since the goods changed; never saved.
    pub(crate) found: BTreeMap<String, Option<u64>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    pub trade: Trade,
    /// The part of a price that is let off.
    pub rate: f64,
    /// Degrees Celsius in the cooler, if there is one.
    pub cooler: Option<i32>,
    pub gift: Option<String>,
    /// When it closes.
    pub until: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trade {
    #[default]
    Open,
    Busy,
    Closed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Goods {
    pub id: u64,
    pub name: String,
    pub price: u64,
    /// A tombstone: nobody sees them any more.
    pub removed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    pub id: u64,
    pub amount: u64,
}

/// One layer of wrapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    Paper,
    Carton,
    Crate,
}

impl Default for Stall {
    fn default() -> Self {
        Self {
            sign: String::new(),
            size: Size::default(),
            terms: Terms::default(),
            since: 0,
            goods: Vec::new(),
            index: BTreeMap::new(),
            next_id: 1,
            queue: VecDeque::new(),
            tags: BTreeMap::new(),
            receipts: BTreeMap::new(),
            total: 0,
            recent: Ring::default(),
            layers: Vec::new(),
            stamps: 0,
            journal: Vec::new(),
            found: BTreeMap::new(),
        }
    }
}

impl Stall {
    /// What every history of operations leaves true, and the operations rely on.
    fn check(&self) -> Result<(), DecodeError> {
        let mut ids = BTreeSet::new();
        let goods = self.goods.iter().map(|goods| goods.id);
        let receipts = self.receipts.values().map(|payment| payment.id);
        ensure(
            goods.chain(receipts).all(|id| id > 0 && ids.insert(id)),
            "the ids",
        )?;
        ensure(
            ids.last().is_none_or(|last| *last < self.next_id),
            "the next id",
        )?;
        // No history is so long.
        ensure((1..1 << 63).contains(&self.next_id), "the next id")?;
        ensure(self.tags.values().all(|count| *count > 0), "the tags")?;
        ensure(self.recent.is_sound(), "the recent payments")?;
        ensure(self.stamps < CARD, "the stamps")
    }

    /// Derives the index from the goods.
    fn rebuild_index(&mut self) {
        self.index = self
            .goods
            .iter()
            .filter(|goods| !goods.removed)
            .map(|goods| (goods.name.clone(), goods.id))
            .collect();
    }

    /// Gives memory back that the state does not need; nobody can tell.
    fn compact(&mut self) {
        self.goods.shrink_to_fit();
        self.queue.shrink_to_fit();
        self.rebuild_index();
        self.found.clear();
    }
}

impl Trade {
    const ALL: [Self; 3] = [Self::Open, Self::Busy, Self::Closed];
}

impl Layer {
    const ALL: [Self; 3] = [Self::Paper, Self::Carton, Self::Crate];
}
