//! borsh; it reads the old bincode too.

use borsh::{BorshDeserialize, BorshSerialize};

use super::{Account, Currency, Hold, Mode, State, v1};
use crate::{Loaded, World};

/// The first bytes.
const MAGIC: [u8; 4] = *b"LED2";

#[derive(BorshSerialize, BorshDeserialize)]
struct Snapshot {
    magic: [u8; 4],
    accounts: Vec<(u32, AccountRow)>,
    next_account: u32,
    /// The open holds in their order, then the disputed ones.
    open: Vec<(u64, HoldRow)>,
    disputed: Vec<(u64, HoldRow)>,
    next_hold: u64,
    keys: Vec<(String, i64)>,
    fee: u16,
    remainder: u16,
    held: Option<i64>,
}

#[derive(BorshSerialize, BorshDeserialize)]
struct AccountRow {
    currency: u8,
    frozen: bool,
    limit: Option<u64>,
    balance: Balance,
    name: String,
}

#[derive(BorshSerialize, BorshDeserialize)]
enum Balance {
    Signed(i64),
    Unsigned(u64),
}

#[derive(BorshSerialize, BorshDeserialize)]
struct HoldRow {
    parties: (u32, u32),
    amount: i64,
    memo: String,
}

/// The snapshot of a ledger.
pub fn save(state: &mut State, mode: Mode, _world: &impl World) -> Vec<u8> {
    let row = |number: &u64, hold: &Hold| {
        let row = HoldRow {
            parties: (hold.from, hold.to),
            amount: hold.amount,
            memo: hold.memo.clone(),
        };
        (*number, row)
    };
    let disputed = state.holds.iter().filter(|(_, hold)| hold.disputed);
    let snapshot = Snapshot {
        magic: MAGIC,
        accounts: state
            .accounts
            .iter()
            .map(|(number, account)| (*number, account_row(account, mode)))
            .collect(),
        next_account: state.next_account,
        open: state
            .line
            .iter()
            .map(|number| row(number, &state.holds[number]))
            .collect(),
        disputed: disputed.map(|(number, hold)| row(number, hold)).collect(),
        next_hold: state.next_hold,
        keys: state.keys.iter().cloned().collect(),
        fee: state.fee,
        remainder: state.remainder,
        held: match mode {
            Mode::HeldDerived => None,
            _ => Some(state.held),
        },
    };
    borsh::to_vec(&snapshot).expect("borsh of plain data")
}

/// The state in a snapshot of this version or the old one.
///
/// # Errors
/// The bytes are neither.
pub fn load(bytes: &[u8], mode: Mode, _world: &impl World) -> Loaded<State> {
    let state = match bytes.starts_with(&v1::MAGIC) {
        true => {
            let mut state = v1::decode(bytes)?;
            migrate(&mut state, mode);
            state
        }
        false => decode(bytes)?,
    };
    state.check(mode)?;
    Ok(state)
}

/// The slips on the way from the old format.
fn migrate(state: &mut State, mode: Mode) {
    if mode == Mode::CurrencyInserted {
        // The order that this version's enum was given, with the new currency where the alphabet has it.
        let order = [
            Currency::Euro,
            Currency::Crown,
            Currency::Dollar,
            Currency::Yen,
        ];
        for account in state.accounts.values_mut() {
            account.currency = order[account.currency as usize];
        }
    }
}

fn account_row(account: &Account, mode: Mode) -> AccountRow {
    AccountRow {
        currency: account.currency as u8,
        frozen: account.frozen,
        limit: account.limit,
        balance: match mode {
            Mode::OverdraftUnsigned => Balance::Unsigned(account.balance.unsigned_abs()),
            _ => Balance::Signed(account.balance),
        },
        name: account.name.clone(),
    }
}

fn decode(bytes: &[u8]) -> Loaded<State> {
    let snapshot: Snapshot = borsh::from_slice(bytes).map_err(|error| error.to_string())?;
    if snapshot.magic != MAGIC {
        return Err("it is no snapshot of a ledger".to_owned());
    }
    let mut state = State {
        next_account: snapshot.next_account,
        next_hold: snapshot.next_hold,
        line: snapshot.open.iter().map(|(number, _)| *number).collect(),
        keys: snapshot.keys.into(),
        fee: snapshot.fee,
        remainder: snapshot.remainder,
        ..State::default()
    };
    for (number, row) in snapshot.accounts {
        let account = Account {
            name: row.name,
            currency: v1::currency(u32::from(row.currency))?,
            balance: match row.balance {
                Balance::Signed(balance) => balance,
                Balance::Unsigned(balance) => {
                    i64::try_from(balance).map_err(|_| "the balance cannot be".to_owned())?
                }
            },
            limit: row.limit,
            frozen: row.frozen,
        };
        state.accounts.insert(number, account);
    }
    let open = snapshot.open.into_iter().map(|row| (row, false));
    let disputed = snapshot.disputed.into_iter().map(|row| (row, true));
    for ((number, row), disputed) in open.chain(disputed) {
        let hold = Hold {
            from: row.parties.0,
            to: row.parties.1,
            amount: row.amount,
            memo: row.memo,
            disputed,
        };
        state.holds.insert(number, hold);
    }
    let sum = || {
        let amounts = state.holds.values().map(|hold| hold.amount);
        amounts.fold(0, i64::saturating_add)
    };
    state.held = snapshot.held.unwrap_or_else(sum);
    Ok(state)
}
