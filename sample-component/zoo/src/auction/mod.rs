//! An auction house: lots with bids, deposits of the bidders, and who watches what.

pub mod v1;
pub mod v2;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{Loaded, ensure, one_nan};

modes! {
    AmountInThirtyBits = "amount-in-thirty-bits",
    ExtensionNotSaved = "extension-not-saved",
    WithdrawnUnderReserve = "withdrawn-under-reserve",
    IncrementIsNull = "increment-is-null",
    DepositInThirtyTwoBits = "deposit-in-thirty-two-bits",
    PhasesSorted = "phases-sorted",
    ClosedByLot = "closed-by-lot",
    TiesReversed = "ties-reversed",
    LeaderUnchecked = "leader-unchecked",
    RouteGrows = "route-grows",

    BidsSorted = "bids-sorted",
    LotsInHashOrder = "lots-in-hash-order",
    NoDepositDropped = "no-deposit-dropped",
}

/// How many closed lots may be opened again.
const CLOSED: usize = 4;
/// The longest auction, in milliseconds.
const LONGEST: u64 = 600_000;
/// A bid in the last milliseconds gives everybody so many more.
const EXTENSION: u64 = 10_000;
/// How many bids are shown.
const SHOWN: usize = 3;
/// The longest route, in bytes.
const ROUTE: usize = 24;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    lots: BTreeMap<u32, Lot>,
    next: u32,
    /// The last [`CLOSED`] lots that were closed, in that order.
    closed: VecDeque<u32>,
    deposits: BTreeMap<String, u64>,
    watched: BTreeMap<String, BTreeSet<u32>>,
    /// The part of the best bid by which the next must be higher; nobody is held to it.
    increment: f64,
    /// Which formats it has been through; only one mode notes it.
    route: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Lot {
    pub title: String,
    pub reserve: Option<u64>,
    pub phase: Phase,
    /// In the order in which they came.
    bids: Vec<Bid>,
    /// The place of the best bid, the first of those.
    leader: Option<u32>,
    /// When it was to end; 0 before it is open.
    planned: u64,
    /// When it ends.
    ends: u64,
}

#[derive(Clone, Debug, PartialEq)]
struct Bid {
    bidder: String,
    amount: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Phase {
    Draft,
    Open,
    Sold,
    Withdrawn,
}

impl Phase {
    /// In the order of their numbers in the old format.
    const ALL: [Self; 4] = [Self::Draft, Self::Open, Self::Sold, Self::Withdrawn];
}

impl Lot {
    fn is_open(&self, now: u64) -> bool {
        self.phase == Phase::Open && now < self.ends
    }

    pub fn bids(&self) -> u32 {
        self.bids.len() as u32
    }

    fn open(&mut self, seconds: u32, now: u64) {
        self.phase = Phase::Open;
        self.planned = now.saturating_add((u64::from(seconds) * 1_000).min(LONGEST));
        self.ends = self.planned;
    }

    /// The place of the highest bid, the first of equal ones.
    fn best(&self) -> Option<u32> {
        let places = self.bids.iter().enumerate().rev();
        let best = places.max_by_key(|(_, bid)| bid.amount);
        best.map(|(place, _)| place as u32)
    }

    fn leading(&self) -> Option<&Bid> {
        let leader = self.leader?;
        Some(self.bids.get(leader as usize).expect("the bid that leads"))
    }
}

impl State {
    /// Returns the lot's number.
    pub fn offer(&mut self, title: String, reserve: Option<u64>) -> Option<u32> {
        let number = self.next;
        self.next = number.checked_add(1)?;
        let lot = Lot {
            title,
            reserve,
            phase: Phase::Draft,
            bids: Vec::new(),
            leader: None,
            planned: 0,
            ends: 0,
        };
        self.lots.insert(number, lot);
        Some(number)
    }

    /// Whether the lot was a draft.
    pub fn start(&mut self, lot: u32, seconds: u32, now: u64) -> bool {
        let lot = self.lots.get_mut(&lot);
        let lot = lot.filter(|lot| lot.phase == Phase::Draft);
        lot.map(|lot| lot.open(seconds, now)).is_some()
    }

    /// Returns how many bids the lot has now, if it is open.
    pub fn bid(&mut self, lot: u32, bidder: String, amount: u64, now: u64) -> Option<u32> {
        let lot = self.lots.get_mut(&lot)?;
        if !lot.is_open(now) {
            return None;
        }
        lot.bids.push(Bid { bidder, amount });
        lot.leader = lot.best();
        lot.ends = lot.ends.max(now.saturating_add(EXTENSION));
        Some(lot.bids())
    }

    /// Takes back a bidder's highest bid.
    pub fn take_back(&mut self, lot: u32, bidder: &str) -> Option<u64> {
        let lot = self.lots.get_mut(&lot)?;
        let places = lot.bids.iter().enumerate().rev();
        let own = places.filter(|(_, bid)| bid.bidder == bidder);
        let (place, _) = own.max_by_key(|(_, bid)| bid.amount)?;
        let bid = lot.bids.remove(place);
        lot.leader = lot.best();
        Some(bid.amount)
    }

    /// For how many milliseconds the lot is still open.
    pub fn time_left(&self, lot: u32, now: u64) -> Option<u64> {
        let lot = self.lots.get(&lot).filter(|lot| lot.is_open(now))?;
        Some(lot.ends - now)
    }

    /// Sells the lot to the one who leads, or withdraws it where that is less than the reserve.
    pub fn close(&mut self, number: u32) -> Option<Option<String>> {
        let lot = self.lots.get_mut(&number)?;
        if lot.phase != Phase::Open {
            return None;
        }
        let reserve = lot.reserve.unwrap_or(0);
        let winner = lot.leading().filter(|bid| bid.amount >= reserve);
        let winner = winner.map(|bid| bid.bidder.clone());
        lot.phase = match winner {
            Some(_) => Phase::Sold,
            None => Phase::Withdrawn,
        };
        self.closed.push_back(number);
        if self.closed.len() > CLOSED {
            self.closed.pop_front();
        }
        Some(winner)
    }

    /// Whether the lot is one of those that were closed last; it is then open again.
    pub fn open_again(&mut self, number: u32, seconds: u32, now: u64) -> bool {
        let Some(place) = self.closed.iter().position(|closed| *closed == number) else {
            return false;
        };
        self.closed.remove(place);
        let lot = self.lots.get_mut(&number).expect("a lot that was closed");
        lot.open(seconds, now);
        true
    }

    /// The lots that may be opened again, by number.
    pub fn closed(&self) -> Vec<u32> {
        let mut closed: Vec<u32> = self.closed.iter().copied().collect();
        closed.sort_unstable();
        closed
    }

    pub fn look(&self, lot: u32) -> Option<Lot> {
        self.lots.get(&lot).cloned()
    }

    /// The highest bids, the first of equal ones first.
    pub fn standing(&self, lot: u32) -> Vec<(String, u64)> {
        let mut bids: Vec<&Bid> = self
            .lots
            .get(&lot)
            .into_iter()
            .flat_map(|it| &it.bids)
            .collect();
        bids.sort_by_key(|bid| std::cmp::Reverse(bid.amount));
        let shown = bids.into_iter().take(SHOWN);
        shown.map(|bid| (bid.bidder.clone(), bid.amount)).collect()
    }

    /// Returns what the bidder has deposited in all.
    pub fn deposit(&mut self, bidder: String, amount: u64) -> u64 {
        let deposit = self.deposits.entry(bidder).or_default();
        *deposit = deposit.saturating_add(amount);
        *deposit
    }

    pub fn deposited(&self, bidder: &str) -> u64 {
        self.deposits.get(bidder).copied().unwrap_or(0)
    }

    /// Whether the lot is there and was not watched yet.
    pub fn watch(&mut self, bidder: String, lot: u32) -> bool {
        self.lots.contains_key(&lot) && self.watched.entry(bidder).or_default().insert(lot)
    }

    pub fn watched(&self, bidder: &str) -> Vec<u32> {
        self.watched
            .get(bidder)
            .into_iter()
            .flatten()
            .copied()
            .collect()
    }

    /// Returns the increment before.
    pub fn set_increment(&mut self, increment: f64) -> f64 {
        std::mem::replace(&mut self.increment, one_nan(increment))
    }

    /// What every history leaves true, and the operations rely on.
    fn check(&self, mode: Mode) -> Loaded<()> {
        let mut numbers = self.lots.keys();
        ensure(numbers.all(|number| *number < self.next), "a lot's number")?;
        let is_over = |number: &u32| {
            let lot = self.lots.get(number);
            lot.is_some_and(|lot| matches!(lot.phase, Phase::Sold | Phase::Withdrawn))
        };
        ensure(self.closed.iter().all(is_over), "a closed lot")?;
        ensure(self.closed.len() <= CLOSED, "so many closed lots")?;
        let distinct: BTreeSet<&u32> = self.closed.iter().collect();
        ensure(
            distinct.len() == self.closed.len(),
            "a lot that was closed twice",
        )?;
        if mode != Mode::LeaderUnchecked {
            let mut lots = self.lots.values();
            ensure(
                lots.all(|lot| lot.leader == lot.best()),
                "the bid that leads",
            )?;
        }
        ensure(self.route.len() <= ROUTE, "so long a route")
    }
}
