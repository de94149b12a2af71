use super::*;
use crate::testing::{Accepted, Shown};

const LATER: u64 = 0;
const CORRECT: &[Mode] = &[
    Mode::BidsSorted,
    Mode::LotsInHashOrder,
    Mode::NoDepositDropped,
];

fn history() -> State {
    let mut house = State::default();
    for number in 0..7 {
        assert_eq!(house.offer(format!("Löt {number}"), Some(20)), Some(number));
        assert!(house.start(number, 60, 1_000));
        assert!(house.watch("Ann".to_owned(), number));
    }
    for (bidder, amount) in [
        ("Ann", 10),
        ("Bob", u64::MAX),
        ("Cid", 10),
        ("Ann", 10),
        ("Dan", 12),
    ] {
        assert!(house.bid(3, bidder.to_owned(), amount, 58_000).is_some());
    }
    assert!(house.bid(5, "Bob".to_owned(), 19, 2_000).is_some());
    for number in [6, 5, 4, 2, 1] {
        assert!(house.close(number).is_some());
    }
    house.deposit("Bob".to_owned(), 0);
    house.deposit("Ann".to_owned(), u64::MAX);
    house.set_increment(f64::INFINITY);
    house
}

fn observed(mut house: State) -> String {
    let lots: Vec<_> = (0..7)
        .map(|it| {
            (
                house.look(it).map(|lot| lot.title),
                house.standing(it),
                house.time_left(it, 61_000),
            )
        })
        .collect();
    let back = house.take_back(3, "Bob");
    let deposits = ["Ann", "Bob"].map(|it| house.deposited(it));
    format!(
        "{lots:?} {back:?} {deposits:?} {:?} {:?} {:?}",
        house.standing(3),
        house.close(3),
        house.closed
    )
}

fn one_lot() -> State {
    let mut house = State::default();
    house.offer("chair".to_owned(), Some(20));
    house.start(0, 9, 0);
    house
}

const FAULTS: &[Shown<Mode, State>] = &[
    (
        Mode::AmountInThirtyBits,
        || {
            let mut it = one_lot();
            it.bid(0, "Ann".to_owned(), 1 << 30, 0);
            it
        },
        |it| format!("{:?}", it.standing(0)),
    ),
    (
        Mode::ExtensionNotSaved,
        || {
            let mut it = one_lot();
            it.bid(0, "Ann".to_owned(), 1, 8_999);
            it
        },
        |it| format!("{:?}", it.time_left(0, 9_500)),
    ),
    (
        Mode::WithdrawnUnderReserve,
        || {
            let mut it = one_lot();
            it.bid(0, "Ann".to_owned(), 1, 0);
            it.watch("Bob".to_owned(), 0);
            it.close(0);
            it
        },
        |it| format!("{:?}", it.watched("Bob")),
    ),
    (
        Mode::IncrementIsNull,
        || {
            let mut it = State::default();
            it.set_increment(f64::INFINITY);
            it
        },
        |it| it.set_increment(0.0).to_string(),
    ),
    (
        Mode::DepositInThirtyTwoBits,
        || {
            let mut it = State::default();
            it.deposit("Ann".to_owned(), 1 << 32);
            it
        },
        |it| it.deposited("Ann").to_string(),
    ),
    (
        Mode::PhasesSorted,
        || {
            let mut it = one_lot();
            it.close(0);
            it
        },
        |it| format!("{:?}", it.look(0)),
    ),
    (
        Mode::ClosedByLot,
        || {
            let mut it = State::default();
            for lot in 0..5 {
                it.offer(String::new(), None);
                it.start(lot, 9, 0);
            }
            for lot in [3, 2, 1, 0] {
                it.close(lot);
            }
            it
        },
        |it| {
            it.close(4);
            format!("{:?}", it.closed())
        },
    ),
    (
        Mode::TiesReversed,
        || {
            let mut it = one_lot();
            for name in ["Ann", "Bob"] {
                it.bid(0, name.to_owned(), 50, 0);
            }
            it
        },
        |it| format!("{:?}", it.close(0)),
    ),
    (Mode::RouteGrows, State::default, |_| String::new()),
];

const UNCHECKED: &[Accepted<Mode, State>] = &[(Mode::LeaderUnchecked, || {
    let mut it = one_lot();
    if let Some(lot) = it.lots.get_mut(&0) {
        lot.leader = Some(4);
    }
    it
})];

const ELSEWHERE: &[Mode] = &[];

round_trips!();

#[test]
fn the_lot_that_was_closed_first_is_the_first_that_stays_closed() {
    let mut house = history();
    assert_eq!(house.closed(), [1, 2, 4, 5]);
    house.close(0);
    assert_eq!(house.closed(), [0, 1, 2, 4]);
    assert!(!house.open_again(5, 1, 0) && house.open_again(4, 1, 0));
}
