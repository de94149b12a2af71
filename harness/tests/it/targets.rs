//! The fuzz targets, each with a run in which it must fail; and that what steers a fuzzer follows the input.

use cart_state::vault::faults;
use cart_state::{Operations, v1, v2};
use handover::fuzz::{Guide, Hostile, Load, SMALL, State, Target, Update};
use handover::{Chain, Config};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng};
use test_guests::{Guest, open, runtime};

const FAULTY: [&str; 2] = ["embedded:cart-v1", "embedded:cart-v2-faulty"];
const SOUND: [&str; 2] = ["embedded:cart-v1", "embedded:cart-v2"];

fn load(new: &str) -> Load {
    Load::open(new, &Config::default()).expect("the component opens")
}

fn update(versions: [&str; 2]) -> Update {
    Update::open(versions, &Config::default()).expect("both open")
}

fn state(versions: [&str; 2]) -> impl Target {
    // As much of a cart as shows the fault that is planted.
    let cart = |note: &String| {
        let mut cart = v1::Cart::default();
        cart.set_note(note.clone());
        cart
    };
    let encode = move |note: &String| v1::encode(&cart(note));
    let state = State::of(encode, v2::decode, move |note| v2::Cart::from(cart(note)));
    state.open(versions, &Config::default()).expect("both open")
}

/// So many inputs of random bytes, always the same.
fn inputs(count: usize) -> impl Iterator<Item = Vec<u8>> {
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    (0..count).map(move |_| (0..2_000).map(|_| rng.random()).collect())
}

fn report(outcome: Result<(), TestCaseError>) -> Option<String> {
    match outcome {
        Err(TestCaseError::Fail(report)) => Some(report.message().to_owned()),
        Ok(()) | Err(TestCaseError::Reject(_)) => None,
    }
}

#[test]
fn a_trap_in_load_is_reported_with_its_input_and_backtrace() {
    let found = report(load("embedded:cart-v2-faulty").run(&[0; 3])).expect("load traps");
    assert!(found.starts_with("FAIL load-is-total: "), "{found}");
    assert!(found.contains("input     3 bytes: 000000"), "{found}");
    assert!(load("embedded:cart-v2").run(&[0; 3]).is_ok());
    // The innermost frame is the guest's own, not one of the panic's.
    let fault = (faults::MISSING_VERSION.input)();
    let found = report(load("embedded:vault").run(&fault)).expect("load traps");
    assert!(
        found.contains("bytes: 5641554c54424f58\n            in cart_state::vault::"),
        "{found}"
    );
}

#[test]
fn what_load_accepts_and_an_operation_cannot_bear_is_reported() {
    // Loads a count above the cap, which only get finds out.
    let guest = Guest::v2()
        .edit(
            "read-v2",
            "(if (i32.gt_u (i32.load offset=6 (local.get $at)) (global.get $cap)) (then (return (i32.const 0))))",
            "",
        )
        .before("get", "(if (i32.gt_u (global.get $count) (global.get $cap)) (then unreachable))");
    let target = |guest: &Guest| {
        let runtime = runtime();
        let pair = Chain::new(
            vec![open(&runtime, guest), open(&runtime, guest)],
            &Config::default(),
        );
        let guide = Guide::new(&runtime, "guest.wasm", &guest.wasm());
        Load::new(pair.expect("a pair"), guide.expect("a guide")).expect("it has load")
    };
    // The mark is of no account, but of these inputs, one in 256 has a history, each another.
    let beyond = |mark: u16| {
        let [low, high] = mark.to_le_bytes();
        [b"K2", [low, high, 0, 0].as_slice(), &[0xff; 4]].concat()
    };
    let mut faulty = target(&guest);
    let found = (0..4_096).find_map(|mark| report(faulty.run(&beyond(mark))));
    let found = found.expect("get traps");
    assert!(found.starts_with("FAIL accepted-is-stable: "), "{found}");
    assert!(found.contains("get()"), "{found}");
    let mut sound = target(&Guest::v2());
    assert!((0..4_096).all(|mark| sound.run(&beyond(mark)).is_ok()));
}

#[test]
fn a_field_that_the_update_forgets_is_reported_with_its_history() {
    let mut target = update(FAULTY);
    let found = inputs(200).find_map(|input| report(target.run(&input)));
    let found = found.expect("the note is lost");
    assert!(found.starts_with("FAIL upgrade-equivalence: "), "{found}");
    assert!(found.contains("history   "), "{found}");
    let mut target = update(SOUND);
    assert!(inputs(40).all(|input| report(target.run(&input)).is_none()));
}

#[test]
fn a_state_that_does_not_arrive_is_reported_with_that_state() {
    let mut target = state(FAULTY);
    let found = inputs(200).find_map(|input| report(target.run(&input)));
    let found = found.expect("the note is lost");
    assert!(found.starts_with("state-round-trip: "), "{found}");
    assert!(found.contains("state    \""), "{found}");
    let mut target = state(SOUND);
    assert!(inputs(40).all(|input| target.run(&input).is_ok()));
}

#[test]
fn an_input_without_a_byte_is_an_input() {
    assert!(load(SOUND[1]).run(&[]).is_ok());
    assert_eq!(report(update(SOUND).run(&[])), None);
    assert!(state(SOUND).run(&[]).is_ok());
}

fn hostile() -> Hostile {
    let small = Config::parse(SMALL).expect("a config");
    let guests = [Guest::v1().wasm(), Guest::v2().wasm()];
    Hostile::new(guests.to_vec(), small).expect("an engine")
}

/// How many changed components are tried: as many as take a minute at most.
const CHANGED: usize = 1_000;

#[test]
fn a_component_with_changed_bytes_is_refused_or_behaves_as_itself() {
    let mut target = hostile();
    let mut valid = 0;
    for (number, mut input) in inputs(CHANGED).enumerate() {
        // From one change to four.
        input.truncate(1 + 6 * (1 + number % 4));
        let outcome = target.run(&input);
        valid += usize::from(outcome.is_ok());
        assert_eq!(report(outcome), None, "input {number}: {input:?}");
    }
    assert!(valid >= CHANGED / 20, "{valid} of {CHANGED} were valid");
}

#[test]
fn a_rewriter_that_changes_what_it_rewrites_is_reported() {
    let refuses = Guest::v2().with("load", "(call $refuse)").wasm();
    let mut target = hostile().rewriting(move |_| refuses.clone());
    let found = report(target.run(&[1])).expect("it answers something else");
    assert!(
        found.contains("answers Refused in place of Accepted"),
        "{found}"
    );
    let mut target = hostile().rewriting(|_| Vec::new());
    let found = report(target.run(&[1])).expect("it cannot be opened");
    assert!(found.contains("cannot be opened"), "{found}");
    assert_eq!(report(hostile().run(&[1])), None);
}

/// Other edges are taken for other inputs, the same for the same, and comparisons suggest something.
fn steers(mut target: impl Target, inputs: [&[u8]; 2]) {
    let mut edges = inputs.map(|input| {
        let _ = target.run(input);
        target.counters().to_vec()
    });
    assert_ne!(edges[0], edges[1]);
    let _ = target.run(inputs[0]);
    assert_eq!(target.counters(), edges[0]);
    assert!(edges.iter_mut().all(|edges| edges.iter().any(|it| *it > 0)));
    assert!(!target.substitutions(inputs[1]).is_empty());
}

#[test]
fn every_target_steers_a_fuzzer() {
    let random: Vec<_> = inputs(2).collect();
    let random = [random[0].as_slice(), random[1].as_slice()];
    steers(load("embedded:cart-v1"), [b"CARX", b"CART\x01"]);
    steers(update(SOUND), random);
    steers(state(SOUND), random);
}

#[test]
fn what_a_user_mends_is_mended() {
    let mut input = vec![1];
    load("embedded:cart-v1").mend(&mut input);
    assert_eq!(input, [1]);
    let target = load("embedded:cart-v1").fix(|bytes| bytes.push(7));
    target.mend(&mut input);
    assert_eq!(input, [1, 7]);
}

#[test]
fn a_component_without_load_is_no_target() {
    let guest = Guest::v2().load_as(None);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("none.wasm");
    std::fs::write(&path, guest.wasm()).expect("the file is written");
    let error = Load::open(&path.to_string_lossy(), &Config::default()).err();
    let error = error.map(|error| format!("{error:#}")).unwrap_or_default();
    assert!(error.contains("does not export load"), "{error}");
}
