//! Which operations histories call, and how often.

use handover::case::Step;
use handover::judging::verdict::Status;
use handover::{Chain, histories};
use proptest::prelude::Strategy;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::{CARTS, FAULTY, notes_with, only, opened, report};

/// The names of the operations that many histories of the pair call, with how often.
fn called(pair: &Chain) -> Vec<(&str, usize)> {
    let mut counts: Vec<(&str, usize)> = pair
        .operations()
        .iter()
        .map(|operation| (operation.name(), 0))
        .collect();
    let mut runner = TestRunner::deterministic();
    let histories = histories(pair);
    for _ in 0..100 {
        let tree = histories.new_tree(&mut runner).expect("a case");
        for step in tree.current().steps {
            if let Step::Operation(call) = step {
                counts[call.operation].1 += 1;
            }
        }
    }
    counts
}

fn count(pair: &Chain, operation: &str) -> usize {
    let counts = called(pair);
    let found = counts.iter().find(|(name, _)| *name == operation);
    found.expect("the pair has the operation").1
}

#[test]
fn an_ignored_function_is_called_by_no_history_and_listed() {
    let pair = opened(FAULTY, "ignore = [\"note\", \"shop:cart/cart.history\"]");
    assert!(pair.operation_named("note").is_err());
    assert!(pair.operation_named("history").is_err());
    assert!(pair.operation_named("set-note").is_ok());
    let report = report(&pair);
    assert_eq!(
        only(&report).status,
        Status::Pass,
        "nothing else shows the loss"
    );
    let [note] = notes_with(&report, "shop:cart/cart.note")[..] else {
        panic!("{:?}", report.notes);
    };
    for part in ["shop:cart/cart.history", "not exercised", "ignore"] {
        assert!(note.contains(part), "{note}");
    }
}

#[test]
fn weights_say_how_often_a_function_is_called() {
    let plain = opened(CARTS, "");
    let weighted = opened(
        CARTS,
        "weights = { checkout = 50, \"shop:cart/cart.note\" = 0 }",
    );
    assert!(count(&plain, "note") > 0);
    assert_eq!(count(&weighted, "note"), 0);
    assert!(count(&weighted, "checkout") > 3 * count(&plain, "checkout"));
    // Whoever switches a function off is told so.
    let report = report(&weighted);
    assert!(
        !notes_with(&report, "shop:cart/cart.note ").is_empty(),
        "{:?}",
        report.notes
    );
}

#[test]
fn without_weights_every_function_is_called() {
    let pair = opened(CARTS, "");
    let counts = called(&pair);
    assert_eq!(counts.len(), 15);
    assert!(counts.iter().all(|(_, count)| *count > 20), "{counts:?}");
}
