use super::*;

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
