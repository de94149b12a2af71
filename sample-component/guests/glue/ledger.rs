//! Between the exported `ledger` interface and `zoo_state::ledger`.

use crate::{
    Component,
    exports::zoo::services::ledger::{Account, Currency, Guest, Hold, Refusal},
    state,
    zoo_glue::with,
};

impl Guest for Component {
    fn open(name: String, currency: Currency, limit: Option<u64>) -> Option<u32> {
        let currency = match currency {
            Currency::Euro => state::Currency::Euro,
            Currency::Dollar => state::Currency::Dollar,
            Currency::Yen => state::Currency::Yen,
            Currency::Crown => state::Currency::Crown,
        };
        with(|ledger| ledger.open(name, currency, limit))
    }

    fn deposit(account: u32, amount: u64, key: String) -> Result<i64, Refusal> {
        Ok(with(|ledger| ledger.deposit(account, amount, key))?)
    }

    fn transfer(from: u32, to: u32, amount: u64) -> Result<i64, Refusal> {
        Ok(with(|ledger| ledger.transfer(from, to, amount))?)
    }

    fn hold_back(from: u32, to: u32, amount: u64, memo: String) -> Result<u64, Refusal> {
        Ok(with(|ledger| ledger.hold(from, to, amount, &memo))?)
    }

    fn settle() -> Option<u64> {
        with(|ledger| ledger.settle())
    }

    fn refund(hold: u64) -> bool {
        with(|ledger| ledger.refund(hold))
    }

    fn dispute(hold: u64) -> bool {
        with(|ledger| ledger.dispute(hold))
    }

    fn agree(hold: u64) -> bool {
        with(|ledger| ledger.agree(hold))
    }

    fn freeze(account: u32, frozen: bool) -> Option<bool> {
        with(|ledger| ledger.freeze(account, frozen))
    }

    fn look(account: u32) -> Option<Account> {
        let account = with(|ledger| ledger.account(account))?;
        Some(Account {
            name: account.name,
            currency: match account.currency {
                state::Currency::Euro => Currency::Euro,
                state::Currency::Dollar => Currency::Dollar,
                state::Currency::Yen => Currency::Yen,
                state::Currency::Crown => Currency::Crown,
            },
            balance: account.balance,
            limit: account.limit,
            frozen: account.frozen,
        })
    }

    fn look_up(hold: u64) -> Option<Hold> {
        let hold = with(|ledger| ledger.look_up(hold))?;
        Some(Hold {
            payer: hold.from,
            payee: hold.to,
            amount: hold.amount,
            memo: hold.memo,
            disputed: hold.disputed,
        })
    }

    fn set_fee(fee: u16) -> u16 {
        with(|ledger| ledger.set_fee(fee))
    }

    fn held() -> i64 {
        with(|ledger| ledger.held())
    }
}

impl From<state::Refusal> for Refusal {
    fn from(refusal: state::Refusal) -> Self {
        match refusal {
            state::Refusal::UnknownAccount => Self::UnknownAccount,
            state::Refusal::Frozen => Self::Frozen,
            state::Refusal::NotEnough => Self::NotEnough,
            state::Refusal::OtherCurrency => Self::OtherCurrency,
            state::Refusal::OutOfRange => Self::OutOfRange,
        }
    }
}
