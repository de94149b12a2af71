use super::*;
use crate::testing::{Accepted, Shown};

const LATER: u64 = 0;
const CORRECT: &[Mode] = &[Mode::HeldDerived, Mode::AccountsInHashOrder];

fn history() -> State {
    let mut ledger = State::default();
    for (name, limit) in [("Ann", None), ("Bob", Some(u64::MAX)), ("ß", Some(0))] {
        ledger.open(name.to_owned(), Currency::Crown, limit);
    }
    ledger.open("Yen".to_owned(), Currency::Yen, None);
    for key in 0..8 {
        assert!(ledger.deposit(0, 100, format!("{}", 9 - key)).is_ok());
    }
    ledger.set_fee(7);
    assert_eq!(ledger.transfer(0, 2, 150), Ok(649));
    assert_eq!(ledger.transfer(0, 3, 1), Err(Refusal::OtherCurrency));
    assert_eq!(ledger.transfer(1, 0, 50), Ok(-50));
    for amount in [10, 20, 20] {
        assert!(ledger.hold(0, 2, amount, &"ä".repeat(40)).is_ok());
    }
    assert!(ledger.dispute(1) && ledger.agree(1) && ledger.dispute(0));
    ledger.freeze(2, true);
    ledger
}

fn observed(mut ledger: State) -> String {
    let accounts: Vec<_> = (0..4).map(|number| ledger.account(number)).collect();
    let holds: Vec<_> = (0..3).map(|number| ledger.look_up(number)).collect();
    let held = ledger.held();
    format!(
        "{accounts:?} {holds:?} {held} {:?} {:?}",
        ledger.settle(),
        ledger.keys
    )
}

fn two_accounts() -> State {
    let mut ledger = State::default();
    ledger.open("Ann".to_owned(), Currency::Euro, None);
    ledger.open("Bob".to_owned(), Currency::Euro, Some(100));
    ledger
        .deposit(0, 90, "first".to_owned())
        .expect("there is an account");
    ledger
}

const FAULTS: &[Shown<Mode, State>] = &[
    (Mode::NoLimitSkipped, two_accounts, |it| {
        format!("{:?}", it.account(0))
    }),
    (
        Mode::MemoCutInBytes,
        || {
            let mut it = two_accounts();
            it.hold(0, 1, 1, &"ä".repeat(20)).unwrap();
            it
        },
        |it| format!("{:?}", it.look_up(0)),
    ),
    (
        Mode::RemainderNotSaved,
        || {
            let mut it = two_accounts();
            it.set_fee(500);
            it.transfer(0, 1, 1).unwrap();
            it
        },
        |it| format!("{:?}", it.transfer(0, 1, 1)),
    ),
    (
        Mode::KeysByName,
        || {
            let mut it = two_accounts();
            for key in ["z", "a", "b", "c", "d", "e"] {
                it.deposit(0, 1, key.to_owned()).unwrap();
            }
            it
        },
        |it| {
            it.deposit(1, 1, "new".to_owned()).unwrap();
            format!("{:?}", it.deposit(1, 1, "a".to_owned()))
        },
    ),
    (
        Mode::TiesInHeapOrder,
        || {
            let mut it = two_accounts();
            for _ in 0..2 {
                it.hold(0, 1, 5, "").unwrap();
            }
            it.dispute(0);
            it.agree(0);
            it
        },
        |it| format!("{:?}", it.settle()),
    ),
    (
        Mode::DisputedAndFrozen,
        || {
            let mut it = two_accounts();
            it.hold(0, 1, 5, "").unwrap();
            it.dispute(0);
            it.freeze(0, true);
            it
        },
        |it| format!("{:?}", it.settle()),
    ),
    (
        Mode::SaveMissesDisputes,
        || {
            let mut it = two_accounts();
            it.hold(0, 1, 5, "").unwrap();
            v1::save(&mut it, Mode::SaveMissesDisputes, &Still(0));
            it.dispute(0);
            it
        },
        |it| format!("{:?}", it.look_up(0)),
    ),
    (
        Mode::CurrencyInserted,
        || {
            let mut it = State::default();
            it.open(String::new(), Currency::Yen, None);
            it
        },
        |it| format!("{:?}", it.account(0)),
    ),
    (
        Mode::OverdraftUnsigned,
        || {
            let mut it = two_accounts();
            it.transfer(1, 0, 7).unwrap();
            it
        },
        |it| format!("{:?}", it.account(1)),
    ),
];

const UNCHECKED: &[Accepted<Mode, State>] = &[(Mode::PartiesUnchecked, || {
    let mut it = two_accounts();
    it.hold(0, 1, 5, "").unwrap();
    it.accounts.remove(&1);
    it
})];

const ELSEWHERE: &[Mode] = &[];

round_trips!();

#[test]
fn of_equal_holds_the_first_in_the_line_is_settled() {
    let mut ledger = history();
    assert_eq!(ledger.settle(), Some(2));
    assert_eq!(ledger.settle(), Some(1));
    assert_eq!(ledger.settle(), None);
    assert_eq!(ledger.held(), 10);
    assert!(ledger.refund(0));
}
