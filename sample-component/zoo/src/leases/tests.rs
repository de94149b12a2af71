use super::*;
use crate::testing::{Accepted, Shown};

const LATER: u64 = 70_000;
const CORRECT: &[Mode] = &[
    Mode::RelativeTimes,
    Mode::ExpiredDropped,
    Mode::FullBucketsDropped,
];

fn history() -> State {
    let mut leases = State::default();
    leases.acquire("door".to_owned(), "Ann".to_owned(), 500, None, 1_000);
    leases.acquire(
        "gate".to_owned(),
        "Bob".to_owned(),
        u32::MAX,
        Some(Vec::new()),
        60_000,
    );
    leases.acquire(
        "lid".to_owned(),
        "Ann".to_owned(),
        20_000,
        Some(vec![0, 255]),
        60_000,
    );
    for (client, now) in [
        ("a", 10),
        ("b", 20),
        ("c", 69_000),
        ("d", 69_500),
        ("a", 69_999),
    ] {
        assert!(leases.allow(client.to_owned(), now));
    }
    assert_eq!(leases.reserve("d".to_owned(), 9, 69_999), Some(4_501));
    leases.open("Ann".to_owned(), 5, &Still(3));
    leases.open("Bob".to_owned(), 69_000, &Still(4));
    leases.back_off(&Still(5));
    leases
}

fn observed(leases: State) -> String {
    let now = LATER + 17;
    let resources = ["door", "gate", "lid"];
    let held: Vec<_> = resources
        .iter()
        .map(|it| (leases.holder(it, now), leases.note(it, now)))
        .collect();
    let balances: Vec<_> = ["a", "b", "c", "d", "e"]
        .iter()
        .map(|it| leases.balance(it, now))
        .collect();
    let ages: Vec<_> = ["Ann", "Bob"]
        .iter()
        .map(|it| leases.age(it, now))
        .collect();
    let order: Vec<_> = leases
        .clients
        .iter()
        .filter(|(_, it)| it.level(now) < FULL)
        .collect();
    format!(
        "{held:?} {balances:?} {ages:?} {} {:?} {order:?}",
        leases.fence, leases.jitter
    )
}

const FAULTS: &[Shown<Mode, State>] = &[
    (
        Mode::BucketsNotSaved,
        || {
            let mut it = State::default();
            it.allow("a".to_owned(), LATER);
            it
        },
        |it| it.balance("a", LATER).to_string(),
    ),
    (
        Mode::DebtForgiven,
        || {
            let mut it = State::default();
            it.reserve("a".to_owned(), 9, LATER);
            it
        },
        |it| it.balance("a", LATER).to_string(),
    ),
    (
        Mode::UntilInSeconds,
        || {
            let mut it = State::default();
            it.acquire("r".to_owned(), "h".to_owned(), 1_999, None, LATER);
            it
        },
        |it| format!("{:?}", it.holder("r", LATER)),
    ),
    (
        Mode::ClientsByName,
        || {
            let mut it = State::default();
            for name in ["z", "a", "b", "c", "d", "e"] {
                it.reserve(name.to_owned(), 5, LATER);
            }
            it
        },
        |it| {
            it.allow("new".to_owned(), LATER);
            it.balance("a", LATER).to_string()
        },
    ),
    (
        Mode::JitterReseeded,
        || {
            let mut it = State::default();
            it.back_off(&Still(1));
            it
        },
        |it| it.back_off(&Still(2)).to_string(),
    ),
    (
        Mode::KeysDrawnAgain,
        || {
            let mut it = State::default();
            it.open("u".to_owned(), LATER, &Still(1));
            it
        },
        |it| it.verify("u", 1 ^ 0x5bd1_e995, LATER).to_string(),
    ),
    (
        Mode::SessionsStartOver,
        || {
            let mut it = State::default();
            it.open("u".to_owned(), 1, &Still(1));
            it
        },
        |it| it.verify("u", 1 ^ 0x5bd1_e995, IDLE + 1).to_string(),
    ),
    (
        Mode::FieldsByPosition,
        || {
            let mut it = State::default();
            it.open("u".to_owned(), 1, &Still(1));
            it.verify("u", 1 ^ 0x5bd1_e995, 9);
            it
        },
        |it| format!("{:?}", it.age("u", 10)),
    ),
    (
        Mode::NoNoteIsEmpty,
        || {
            let mut it = State::default();
            it.acquire("r".to_owned(), "h".to_owned(), 1_999, None, LATER);
            it
        },
        |it| format!("{:?}", it.note("r", LATER)),
    ),
    (
        Mode::FenceAfterLeases,
        || {
            let mut it = State::default();
            it.acquire("r".to_owned(), "h".to_owned(), 1_999, None, LATER);
            it.release("r", 0, LATER);
            it
        },
        |it| {
            format!(
                "{:?}",
                it.acquire("r".to_owned(), "h".to_owned(), 1, None, LATER)
            )
        },
    ),
    (Mode::HandoversPileUp, State::default, |_| String::new()),
];

const UNCHECKED: &[Accepted<Mode, State>] = &[];

const ELSEWHERE: &[Mode] = &[];

round_trips!();

#[test]
fn the_client_that_came_longest_ago_loses_its_bucket() {
    let mut leases = State::default();
    for client in 0..CLIENTS {
        leases.reserve(client.to_string(), 5, 0);
    }
    leases.allow("0".to_owned(), 0);
    leases.allow("new".to_owned(), 0);
    assert_eq!(leases.balance("0", 0), 0);
    assert_eq!(leases.balance("1", 0), 5);
}
