//! Accounts with transfers, and amounts held back until they are settled or refunded.

pub mod v1;
pub mod v2;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use crate::{Loaded, ensure};

modes! {
    NoLimitSkipped = "no-limit-skipped",
    MemoCutInBytes = "memo-cut-in-bytes",
    RemainderNotSaved = "remainder-not-saved",
    KeysByName = "keys-by-name",
    TiesInHeapOrder = "ties-in-heap-order",
    DisputedAndFrozen = "disputed-and-frozen",
    SaveMissesDisputes = "save-misses-disputes",
    CurrencyInserted = "currency-inserted",
    OverdraftUnsigned = "overdraft-unsigned",
    PartiesUnchecked = "parties-unchecked",

    HeldDerived = "held-derived",
    AccountsInHashOrder = "accounts-in-hash-order",
}

/// How many keys of deposits are remembered.
const KEYS: usize = 6;
/// The longest memo, in characters.
const MEMO: usize = 32;
/// The highest fee, in thousandths.
const FEE: u16 = 500;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    accounts: BTreeMap<u32, Account>,
    next_account: u32,
    holds: BTreeMap<u64, Hold>,
    next_hold: u64,
    /// The open holds, those without a dispute; of equal amounts, the first is settled first.
    line: Vec<u64>,
    /// The last [`KEYS`] keys of deposits and what the balance was then, the oldest first.
    keys: VecDeque<(String, i64)>,
    /// Thousandths of a transfer.
    fee: u16,
    /// Thousandths of a unit that no fee has taken yet, below 1000.
    remainder: u16,
    /// The sum of all holds.
    held: i64,
    /// What save wrote since something changed; only one mode uses it.
    saved: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub name: String,
    pub currency: Currency,
    pub balance: i64,
    /// How far it may be overdrawn.
    pub limit: Option<u64>,
    pub frozen: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Hold {
    pub from: u32,
    pub to: u32,
    pub amount: i64,
    pub memo: String,
    pub disputed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Currency {
    Euro,
    Dollar,
    Yen,
    Crown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    UnknownAccount,
    Frozen,
    NotEnough,
    OtherCurrency,
    OutOfRange,
}

impl Currency {
    /// In the order of their numbers in the old format.
    const ALL: [Self; 4] = [Self::Euro, Self::Dollar, Self::Yen, Self::Crown];
}

impl Account {
    fn has(&self, amount: i128) -> bool {
        i128::from(self.balance) - amount >= -i128::from(self.limit.unwrap_or(0))
    }
}

impl State {
    /// Returns the account's number.
    pub fn open(&mut self, name: String, currency: Currency, limit: Option<u64>) -> Option<u32> {
        self.saved = None;
        let number = self.next_account;
        self.next_account = number.checked_add(1)?;
        let account = Account {
            name,
            currency,
            balance: 0,
            limit,
            frozen: false,
        };
        self.accounts.insert(number, account);
        Some(number)
    }

    /// Repeated with the same key, returns the same balance.
    pub fn deposit(&mut self, account: u32, amount: u64, key: String) -> Result<i64, Refusal> {
        self.saved = None;
        if let Some((_, balance)) = self.keys.iter().find(|(known, _)| *known == key) {
            return Ok(*balance);
        }
        let amount = i64::try_from(amount).map_err(|_| Refusal::OutOfRange)?;
        let account = self.account_mut(account)?;
        let balance = account.balance.checked_add(amount);
        account.balance = balance.ok_or(Refusal::OutOfRange)?;
        let balance = account.balance;
        self.keys.push_back((key, balance));
        if self.keys.len() > KEYS {
            self.keys.pop_front();
        }
        Ok(balance)
    }

    fn account_mut(&mut self, account: u32) -> Result<&mut Account, Refusal> {
        let account = self.accounts.get_mut(&account);
        account.ok_or(Refusal::UnknownAccount)
    }

    /// Returns what is left on the first account; the fee comes on top of the amount.
    pub fn transfer(&mut self, from: u32, to: u32, amount: u64) -> Result<i64, Refusal> {
        self.saved = None;
        let thousandths = i128::from(amount) * i128::from(self.fee) + i128::from(self.remainder);
        let taken = i128::from(amount) + thousandths / 1_000;
        self.check_parties(from, to, taken)?;
        let amount = i64::try_from(amount).map_err(|_| Refusal::OutOfRange)?;
        let taken = i64::try_from(taken).map_err(|_| Refusal::OutOfRange)?;
        let left = self.account_mut(from)?.balance.checked_sub(taken);
        let left = left.ok_or(Refusal::OutOfRange)?;
        if from == to {
            return Ok(self.account_mut(from)?.balance);
        }
        let other = self.account_mut(to)?;
        let more = other.balance.checked_add(amount);
        other.balance = more.ok_or(Refusal::OutOfRange)?;
        self.account_mut(from)?.balance = left;
        self.remainder = (thousandths % 1_000) as u16;
        Ok(left)
    }

    fn check_parties(&self, from: u32, to: u32, amount: i128) -> Result<(), Refusal> {
        let from = self.accounts.get(&from).ok_or(Refusal::UnknownAccount)?;
        let to = self.accounts.get(&to).ok_or(Refusal::UnknownAccount)?;
        if from.frozen {
            return Err(Refusal::Frozen);
        }
        if from.currency != to.currency {
            return Err(Refusal::OtherCurrency);
        }
        match from.has(amount) {
            true => Ok(()),
            false => Err(Refusal::NotEnough),
        }
    }

    /// Takes an amount from the first account for the second; returns the hold's number.
    pub fn hold(&mut self, from: u32, to: u32, amount: u64, memo: &str) -> Result<u64, Refusal> {
        self.saved = None;
        self.check_parties(from, to, i128::from(amount))?;
        let amount = i64::try_from(amount).map_err(|_| Refusal::OutOfRange)?;
        let held = self.held.checked_add(amount).ok_or(Refusal::OutOfRange)?;
        let payer = self.account_mut(from)?;
        let left = payer.balance.checked_sub(amount);
        payer.balance = left.ok_or(Refusal::OutOfRange)?;
        self.held = held;
        let number = self.next_hold;
        self.next_hold += 1;
        let hold = Hold {
            from,
            to,
            amount,
            memo: memo.chars().take(MEMO).collect(),
            disputed: false,
        };
        self.holds.insert(number, hold);
        self.line.push(number);
        Ok(number)
    }

    /// Pays the largest of the open holds, the first of them; returns its number.
    pub fn settle(&mut self) -> Option<u64> {
        self.saved = None;
        let amount = |number: &u64| self.holds.get(number).expect("a hold in the line").amount;
        let largest = self.line.iter().map(amount).max()?;
        let number = *self.line.iter().find(|number| amount(number) == largest)?;
        let to = self.holds.get(&number)?.to;
        self.end(number, to).then_some(number)
    }

    /// Gives back what was held, disputed or not.
    pub fn refund(&mut self, number: u64) -> bool {
        self.saved = None;
        let from = self.holds.get(&number).map(|hold| hold.from);
        from.is_some_and(|from| self.end(number, from))
    }

    /// Pays a hold to one of its parties, unless the balance is too large for that.
    fn end(&mut self, number: u64, to: u32) -> bool {
        let amount = self.holds.get(&number).map_or(0, |hold| hold.amount);
        let account = self.accounts.get_mut(&to).expect("a party of the hold");
        let Some(balance) = account.balance.checked_add(amount) else {
            return false;
        };
        account.balance = balance;
        self.held -= amount;
        self.holds.remove(&number);
        self.line.retain(|open| *open != number);
        true
    }

    /// Whether the hold is there; a disputed one is not settled.
    pub fn dispute(&mut self, number: u64) -> bool {
        let Some(hold) = self.holds.get_mut(&number) else {
            return false;
        };
        hold.disputed = true;
        self.line.retain(|open| *open != number);
        true
    }

    /// Whether a dispute ends; the hold is then the last in the line.
    pub fn agree(&mut self, number: u64) -> bool {
        self.saved = None;
        let hold = self.holds.get_mut(&number).filter(|hold| hold.disputed);
        let Some(hold) = hold else {
            return false;
        };
        hold.disputed = false;
        self.line.push(number);
        true
    }

    /// Returns whether it was frozen before; a frozen account pays nothing.
    pub fn freeze(&mut self, account: u32, frozen: bool) -> Option<bool> {
        self.saved = None;
        let account = self.accounts.get_mut(&account)?;
        Some(std::mem::replace(&mut account.frozen, frozen))
    }

    pub fn account(&self, account: u32) -> Option<Account> {
        self.accounts.get(&account).cloned()
    }

    pub fn look_up(&self, hold: u64) -> Option<Hold> {
        self.holds.get(&hold).cloned()
    }

    /// Returns the fee before, in thousandths.
    pub fn set_fee(&mut self, fee: u16) -> u16 {
        self.saved = None;
        std::mem::replace(&mut self.fee, fee.min(FEE))
    }

    pub fn held(&self) -> i64 {
        self.held
    }

    /// What every history leaves true, and the operations rely on.
    fn check(&self, mode: Mode) -> Loaded<()> {
        let mut accounts = self.accounts.keys();
        ensure(
            accounts.all(|number| *number < self.next_account),
            "an account's number",
        )?;
        let mut holds = self.holds.keys();
        ensure(
            holds.all(|number| *number < self.next_hold),
            "a hold's number",
        )?;
        // No history is so long.
        ensure(self.next_hold < 1 << 63, "the next hold's number")?;
        if mode != Mode::PartiesUnchecked {
            let is_there = |number| self.accounts.contains_key(number);
            let mut parties = self.holds.values().flat_map(|hold| [&hold.from, &hold.to]);
            ensure(parties.all(is_there), "a hold's party")?;
        }
        let mut line = self.line.clone();
        line.sort_unstable();
        let open = self.holds.iter().filter(|(_, hold)| !hold.disputed);
        ensure(
            open.map(|(number, _)| *number).eq(line),
            "the line of holds",
        )?;
        let amounts = self.holds.values().map(|hold| hold.amount);
        ensure(amounts.clone().all(|amount| amount >= 0), "an amount")?;
        let sum = amounts.map(i128::from).sum::<i128>();
        ensure(sum == i128::from(self.held), "what is held")?;
        ensure(self.keys.len() <= KEYS, "so many keys")?;
        ensure(self.fee <= FEE && self.remainder < 1_000, "the fee")
    }
}
