//! SCALE, with compact numbers.

use parity_scale_codec::{Decode, Encode};

use super::{Bid, Lot, Mode, Phase, State};
use crate::{Loaded, World, one_nan};

/// The first bytes.
pub(super) const MAGIC: [u8; 4] = *b"AUC1";

#[derive(Encode, Decode)]
struct Snapshot {
    magic: [u8; 4],
    lots: Vec<LotRow>,
    #[codec(compact)]
    next: u32,
    closed: Vec<u32>,
    deposits: Vec<DepositRow>,
    watched: Vec<(String, Vec<u32>)>,
    increment: u64,
}

#[derive(Encode, Decode)]
struct LotRow {
    #[codec(compact)]
    number: u32,
    title: String,
    reserve: Option<u64>,
    phase: u8,
    bids: Vec<BidRow>,
    leader: Option<u32>,
    planned: u64,
    ends: u64,
}

#[derive(Encode, Decode)]
struct BidRow {
    bidder: String,
    #[codec(compact)]
    amount: u64,
}

#[derive(Encode, Decode)]
struct DepositRow {
    bidder: String,
    #[codec(compact)]
    amount: u64,
}

/// The snapshot of an auction house.
pub fn save(state: &mut State, mode: Mode, world: &impl World) -> Vec<u8> {
    let mut lots: Vec<LotRow> = state
        .lots
        .iter()
        .map(|(number, lot)| lot_row(*number, lot, mode))
        .collect();
    if mode == Mode::LotsInHashOrder {
        let key = world.random();
        let hash = |row: &LotRow| (u64::from(row.number) ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        lots.sort_by_key(hash);
    }
    let deposits = state.deposits.iter().map(|(bidder, amount)| DepositRow {
        bidder: bidder.clone(),
        amount: *amount,
    });
    let is_kept = |row: &DepositRow| mode != Mode::NoDepositDropped || row.amount > 0;
    let is_watched = |lot: &u32| mode != Mode::WithdrawnUnderReserve || !is_under(state, *lot);
    let watched = state.watched.iter().map(|(bidder, lots)| {
        let lots = lots.iter().copied().filter(is_watched).collect();
        (bidder.clone(), lots)
    });
    let snapshot = Snapshot {
        magic: MAGIC,
        lots,
        next: state.next,
        closed: state.closed.iter().copied().collect(),
        deposits: deposits.filter(is_kept).collect(),
        watched: watched.collect(),
        increment: state.increment.to_bits(),
    };
    snapshot.encode()
}

/// Whether a lot was withdrawn although somebody had bid.
fn is_under(state: &State, lot: u32) -> bool {
    let lot = state.lots.get(&lot);
    lot.is_some_and(|lot| {
        lot.phase == Phase::Withdrawn && lot.reserve.is_some() && !lot.bids.is_empty()
    })
}

fn lot_row(number: u32, lot: &Lot, mode: Mode) -> LotRow {
    let bid = |bid: &Bid| BidRow {
        bidder: bid.bidder.clone(),
        amount: match mode {
            Mode::AmountInThirtyBits => bid.amount & 0x3fff_ffff,
            _ => bid.amount,
        },
    };
    LotRow {
        number,
        title: lot.title.clone(),
        reserve: lot.reserve,
        phase: lot.phase as u8,
        bids: lot.bids.iter().map(bid).collect(),
        leader: lot.leader,
        planned: lot.planned,
        ends: match mode {
            Mode::ExtensionNotSaved => lot.planned,
            _ => lot.ends,
        },
    }
}

/// The state in a snapshot.
///
/// # Errors
/// The bytes are no snapshot of this version.
pub fn load(bytes: &[u8], mode: Mode, _world: &impl World) -> Loaded<State> {
    let state = decode(bytes, mode)?;
    state.check(Mode::Sound)?;
    Ok(state)
}

pub(super) fn decode(mut bytes: &[u8], mode: Mode) -> Loaded<State> {
    let snapshot = Snapshot::decode(&mut bytes).map_err(|error| error.to_string())?;
    if snapshot.magic != MAGIC || !bytes.is_empty() {
        return Err("it is no snapshot of an auction house".to_owned());
    }
    let mut state = State {
        next: snapshot.next,
        closed: snapshot.closed.into(),
        increment: one_nan(f64::from_bits(snapshot.increment)),
        ..State::default()
    };
    for row in snapshot.lots {
        let bid = |row: BidRow| Bid {
            bidder: row.bidder,
            amount: row.amount,
        };
        let mut lot = Lot {
            title: row.title,
            reserve: row.reserve,
            phase: phase(row.phase)?,
            bids: row.bids.into_iter().map(bid).collect(),
            leader: row.leader,
            planned: row.planned,
            ends: row.ends,
        };
        if mode == Mode::AmountInThirtyBits {
            lot.leader = lot.best();
        }
        state.lots.insert(row.number, lot);
    }
    let deposits = snapshot.deposits.into_iter();
    state.deposits = deposits.map(|row| (row.bidder, row.amount)).collect();
    let watched = snapshot.watched.into_iter();
    state.watched = watched
        .map(|(bidder, lots)| (bidder, lots.into_iter().collect()))
        .collect();
    Ok(state)
}

pub(super) fn phase(number: u8) -> Loaded<Phase> {
    let phase = Phase::ALL.get(usize::from(number));
    phase
        .copied()
        .ok_or_else(|| "the phase is unknown".to_owned())
}
