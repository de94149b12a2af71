use super::*;

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

round_trips!();

#[test]
fn the_lot_that_was_closed_first_is_the_first_that_stays_closed() {
    let mut house = history();
    assert_eq!(house.closed(), [1, 2, 4, 5]);
    house.close(0);
    assert_eq!(house.closed(), [0, 1, 2, 4]);
    assert!(!house.open_again(5, 1, 0) && house.open_again(4, 1, 0));
}
