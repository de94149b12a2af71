//! bincode.

use serde::{Deserialize, Serialize};

use super::{Account, Currency, Hold, Mode, State};
use crate::{Loaded, World, cut};

/// The first bytes.
pub(super) const MAGIC: [u8; 4] = *b"LED1";

#[derive(Serialize, Deserialize)]
struct Snapshot<A> {
    magic: [u8; 4],
    accounts: Vec<A>,
    next_account: u32,
    holds: Vec<HoldRow>,
    next_hold: u64,
    line: Vec<u64>,
    keys: Vec<(String, i64)>,
    fee: u16,
    remainder: u16,
    held: i64,
}

#[derive(Serialize, Deserialize)]
struct AccountRow {
    number: u32,
    name: String,
    currency: u32,
    balance: i64,
    limit: Option<u64>,
    frozen: bool,
}

#[derive(Serialize)]
struct ShortRow {
    number: u32,
    name: String,
    currency: u32,
    balance: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    frozen: bool,
}

#[derive(Serialize, Deserialize)]
struct HoldRow {
    number: u64,
    from: u32,
    to: u32,
    amount: i64,
    memo: String,
    disputed: bool,
}

/// The snapshot of a ledger.
pub fn save(state: &mut State, mode: Mode, world: &impl World) -> Vec<u8> {
    if mode != Mode::SaveMissesDisputes {
        return encode(state, mode, world);
    }
    let saved = state.saved.take();
    let bytes = saved.unwrap_or_else(|| encode(state, mode, world));
    state.saved = Some(bytes.clone());
    bytes
}

/// The state in a snapshot.
///
/// # Errors
/// The bytes are no snapshot of this version.
pub fn load(bytes: &[u8], _mode: Mode, _world: &impl World) -> Loaded<State> {
    let state = decode(bytes)?;
    state.check(Mode::Sound)?;
    Ok(state)
}

fn encode(state: &State, mode: Mode, world: &impl World) -> Vec<u8> {
    let mut accounts: Vec<AccountRow> = state.accounts.iter().map(account_row).collect();
    if mode == Mode::AccountsInHashOrder {
        let key = world.random();
        let hash =
            |row: &AccountRow| (u64::from(row.number) ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        accounts.sort_by_key(hash);
    }
    let bytes = match mode {
        Mode::NoLimitSkipped => {
            let short = accounts.into_iter().map(|row| ShortRow {
                number: row.number,
                name: row.name,
                currency: row.currency,
                balance: row.balance,
                limit: row.limit,
                frozen: row.frozen,
            });
            bincode::serialize(&snapshot(state, short.collect(), mode))
        }
        _ => bincode::serialize(&snapshot(state, accounts, mode)),
    };
    bytes.expect("bincode of plain data")
}

fn snapshot<A>(state: &State, accounts: Vec<A>, mode: Mode) -> Snapshot<A> {
    let mut snapshot = Snapshot {
        magic: MAGIC,
        accounts,
        next_account: state.next_account,
        holds: state.holds.iter().map(hold_row).collect(),
        next_hold: state.next_hold,
        line: state.line.clone(),
        keys: state.keys.iter().cloned().collect(),
        fee: state.fee,
        remainder: state.remainder,
        held: state.held,
    };
    match mode {
        Mode::MemoCutInBytes => {
            let cut_memo = |hold: &mut HoldRow| hold.memo = cut(&hold.memo, super::MEMO).to_owned();
            snapshot.holds.iter_mut().for_each(cut_memo);
        }
        Mode::RemainderNotSaved => snapshot.remainder = 0,
        Mode::KeysByName => snapshot.keys.sort(),
        Mode::TiesInHeapOrder => snapshot
            .line
            .sort_by_key(|number| (std::cmp::Reverse(state.holds[number].amount), *number)),
        Mode::DisputedAndFrozen => {
            let frozen = |number: &u32| state.accounts.get(number).is_some_and(|it| it.frozen);
            let is_lost =
                |hold: &&mut HoldRow| hold.disputed && hold.memo.is_empty() && frozen(&hold.from);
            for hold in snapshot.holds.iter_mut().filter(is_lost) {
                hold.disputed = false;
                snapshot.line.push(hold.number);
            }
        }
        _ => {}
    }
    snapshot
}

fn account_row((number, account): (&u32, &Account)) -> AccountRow {
    AccountRow {
        number: *number,
        name: account.name.clone(),
        currency: account.currency as u32,
        balance: account.balance,
        limit: account.limit,
        frozen: account.frozen,
    }
}

fn hold_row((number, hold): (&u64, &Hold)) -> HoldRow {
    HoldRow {
        number: *number,
        from: hold.from,
        to: hold.to,
        amount: hold.amount,
        memo: hold.memo.clone(),
        disputed: hold.disputed,
    }
}

pub(super) fn decode(bytes: &[u8]) -> Loaded<State> {
    let snapshot: Snapshot<AccountRow> =
        bincode::deserialize(bytes).map_err(|error| error.to_string())?;
    if snapshot.magic != MAGIC {
        return Err("it is no snapshot of a ledger".to_owned());
    }
    let mut state = State {
        next_account: snapshot.next_account,
        next_hold: snapshot.next_hold,
        line: snapshot.line,
        keys: snapshot.keys.into(),
        fee: snapshot.fee,
        remainder: snapshot.remainder,
        held: snapshot.held,
        ..State::default()
    };
    for row in snapshot.accounts {
        let account = Account {
            name: row.name,
            currency: currency(row.currency)?,
            balance: row.balance,
            limit: row.limit,
            frozen: row.frozen,
        };
        state.accounts.insert(row.number, account);
    }
    for row in snapshot.holds {
        let hold = Hold {
            from: row.from,
            to: row.to,
            amount: row.amount,
            memo: row.memo,
            disputed: row.disputed,
        };
        state.holds.insert(row.number, hold);
    }
    Ok(state)
}

pub(super) fn currency(number: u32) -> Loaded<Currency> {
    let found = Currency::ALL.get(number as usize);
    found
        .copied()
        .ok_or_else(|| "the currency is unknown".to_owned())
}
