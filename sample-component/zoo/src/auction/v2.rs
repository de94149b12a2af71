//! JSON; it reads the old SCALE too.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Bid, Lot, Mode, Phase, State, v1};
use crate::{Loaded, World, one_nan};

const FORMAT: u32 = 2;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Snapshot {
    format: u32,
    lots: Vec<Row>,
    next_lot: u32,
    recently_closed: Vec<u32>,
    deposits: BTreeMap<String, u64>,
    watched: BTreeMap<String, BTreeSet<u32>>,
    increment: Number,
    route: String,
}

/// JSON has no infinite numbers and no NaN: the bits are written, or what the format makes of the number.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Number {
    Bits(u64),
    Plain(f64),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Row {
    number: u32,
    title: String,
    reserve: Option<u64>,
    phase: Phase,
    bids: Vec<(String, u64)>,
    #[serde(default)]
    leader: Option<u32>,
    planned_end: u64,
    end: u64,
}

/// The snapshot of an auction house.
pub fn save(state: &mut State, mode: Mode, _world: &impl World) -> Vec<u8> {
    let snapshot = Snapshot {
        format: FORMAT,
        lots: state
            .lots
            .iter()
            .map(|(number, lot)| row(*number, lot, mode))
            .collect(),
        next_lot: state.next,
        recently_closed: state.closed.iter().copied().collect(),
        deposits: state.deposits.clone(),
        watched: state.watched.clone(),
        increment: match mode {
            Mode::IncrementIsNull => Number::Plain(state.increment),
            _ => Number::Bits(state.increment.to_bits()),
        },
        route: state.route.clone(),
    };
    serde_json::to_vec(&snapshot).expect("JSON of plain data")
}

fn row(number: u32, lot: &Lot, mode: Mode) -> Row {
    let mut bids: Vec<&Bid> = lot.bids.iter().collect();
    let mut leader = lot.leader;
    if mode == Mode::BidsSorted {
        // Equal bids keep their order, and nobody sees another.
        bids.sort_by_key(|bid| Reverse(bid.amount));
        leader = leader.map(|_| 0);
    }
    let bids = bids.into_iter();
    Row {
        number,
        title: lot.title.clone(),
        reserve: lot.reserve,
        phase: lot.phase,
        bids: bids.map(|bid| (bid.bidder.clone(), bid.amount)).collect(),
        leader,
        planned_end: lot.planned,
        end: lot.ends,
    }
}

/// The state in a snapshot of this version or the old one.
///
/// # Errors
/// The bytes are neither.
pub fn load(bytes: &[u8], mode: Mode, _world: &impl World) -> Loaded<State> {
    let mut state = match bytes.starts_with(&v1::MAGIC) {
        true => {
            let mut state = v1::decode(bytes, mode)?;
            migrate(&mut state, mode)?;
            state
        }
        false => decode(bytes)?,
    };
    lose(&mut state, mode);
    state.check(mode)?;
    Ok(state)
}

/// The slips on the way from the old format.
fn migrate(state: &mut State, mode: Mode) -> Loaded<()> {
    match mode {
        Mode::DepositInThirtyTwoBits => {
            let mut deposits = state.deposits.values();
            match deposits.all(|amount| u32::try_from(*amount).is_ok()) {
                true => Ok(()),
                false => Err("a deposit is out of range".to_owned()),
            }
        }
        Mode::PhasesSorted => {
            // This version's enum is in the order in which a lot goes through them when nobody bids.
            let order = [Phase::Draft, Phase::Open, Phase::Withdrawn, Phase::Sold];
            for lot in state.lots.values_mut() {
                lot.phase = order[lot.phase as usize];
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The slips in taking over what was read.
fn lose(state: &mut State, mode: Mode) {
    match mode {
        Mode::ClosedByLot => state.closed.make_contiguous().sort_unstable(),
        Mode::TiesReversed => {
            for lot in state.lots.values_mut() {
                lot.bids.reverse();
                lot.bids.sort_by_key(|bid| Reverse(bid.amount));
                lot.leader = lot.best();
            }
        }
        Mode::RouteGrows => state.route.push_str("scale>"),
        _ => {}
    }
}

fn decode(bytes: &[u8]) -> Loaded<State> {
    let snapshot: Snapshot = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if snapshot.format != FORMAT {
        return Err(format!("format {} is unknown", snapshot.format));
    }
    let mut state = State {
        next: snapshot.next_lot,
        closed: snapshot.recently_closed.into(),
        deposits: snapshot.deposits,
        watched: snapshot.watched,
        increment: match snapshot.increment {
            Number::Bits(bits) => one_nan(f64::from_bits(bits)),
            Number::Plain(number) => number,
        },
        route: snapshot.route,
        ..State::default()
    };
    for row in snapshot.lots {
        let bids = row.bids.into_iter();
        let lot = Lot {
            title: row.title,
            reserve: row.reserve,
            phase: row.phase,
            bids: bids
                .map(|(bidder, amount)| Bid { bidder, amount })
                .collect(),
            leader: row.leader,
            planned: row.planned_end,
            ends: row.end,
        };
        state.lots.insert(row.number, lot);
    }
    Ok(state)
}
