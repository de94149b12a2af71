//! Histories: their text is read back as their steps, and shrinking ends with the fewest operations and the simplest arguments.

use std::sync::LazyLock;

use handover::case::{Call, Case, Step, text};
use handover::judging::verdict::Outcome;
use handover::value::Val;
use handover::{Chain, Config, histories, properties};
use proptest::prelude::Strategy;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config as ProptestConfig, TestCaseError, TestError, TestRunner};

static CARTS: LazyLock<Chain> = LazyLock::new(|| {
    Chain::open(
        &["embedded:cart-v1", "embedded:cart-v2"],
        &Config::default(),
    )
    .expect("the embedded components open")
});

fn runner() -> TestRunner {
    TestRunner::deterministic()
}

#[test]
fn every_line_of_a_history_is_read_back_as_its_step() {
    let mut runner = runner();
    for _ in 0..50 {
        let tree = histories(&CARTS)
            .new_tree(&mut runner)
            .expect("a case can be generated");
        let case = tree.current();
        let lines = text::history(&CARTS, &case);
        assert_eq!(lines.len(), case.steps.len());
        for (line, step) in lines.iter().zip(case.steps) {
            let read = text::step(&CARTS, line).unwrap_or_else(|error| panic!("{line}: {error:#}"));
            let expected = match step {
                Step::Operation(call) => Step::Operation(Call::new(call.operation, call.arguments)),
                event => event,
            };
            assert_eq!(read, expected, "{line}");
        }
    }
}

/// The simplest case for which `fails` holds, as its history.
fn simplest(fails: impl Fn(&Case) -> bool) -> Vec<String> {
    let config = ProptestConfig {
        max_shrink_iters: 100_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let rng = runner().new_rng();
    let mut runner = TestRunner::new_with_rng(config, rng);
    let failed = runner.run(&histories(&CARTS), |case| match fails(&case) {
        true => Err(TestCaseError::fail("it is one of those")),
        false => Ok(()),
    });
    match failed {
        Err(TestError::Fail(_, case)) => text::history(&CARTS, &case),
        other => panic!("a case should have failed: {other:?}"),
    }
}

fn calls<'a>(case: &'a Case, name: &str) -> Vec<&'a [Val]> {
    let operation = CARTS.operation_named(name).expect("the cart has it");
    let calls = case.steps.iter().filter_map(|step| match step {
        Step::Operation(call) if call.operation == operation => Some(call.arguments.as_slice()),
        _ => None,
    });
    calls.collect()
}

#[test]
fn shrinking_ends_with_the_fewest_operations() {
    assert_eq!(
        simplest(|case| calls(case, "add-line").len() >= 2),
        ["add-line(\"a\", 0, 0)", "add-line(\"a\", 0, 0)"]
    );
    assert_eq!(simplest(|case| case.operations() >= 5).len(), 5);
}

#[test]
fn shrinking_keeps_what_the_failure_needs_in_its_order() {
    let update = |case: &Case| case.steps.iter().position(|step| *step == Step::Update);
    let history = simplest(|case| {
        let after = update(case).map_or(&[][..], |at| &case.steps[at + 1..]);
        after
            .iter()
            .any(|step| matches!(step, Step::Operation(call) if call.arguments.is_empty()))
    });
    assert_eq!(history.len(), 2, "{history:?}");
    assert_eq!(history[0], "update");

    // Two operations before the update, and somewhere a checkout.
    let fails = |history: &[String]| {
        let checkouts = history.iter().filter(|line| line.starts_with("checkout("));
        let update = history.iter().position(|line| line == "update");
        checkouts.count() > 0 && update.is_some_and(|at| at >= 2)
    };
    let history = simplest(|case| fails(&text::history(&CARTS, case)));
    assert!(fails(&history), "{history:?}");
    for dropped in 0..history.len() {
        let mut shorter = history.clone();
        shorter.remove(dropped);
        assert!(!fails(&shorter), "{history:?} without its step {dropped}");
    }
}

#[test]
fn shrinking_ends_with_the_simplest_arguments() {
    let quantity = |arguments: &[Val]| match arguments {
        [_, Val::U32(quantity), _] => *quantity,
        other => panic!("add-line does not take {other:?}"),
    };
    assert_eq!(
        simplest(|case| calls(case, "add-line")
            .into_iter()
            .any(|arguments| quantity(arguments) >= 2)),
        ["add-line(\"a\", 2, 0)"]
    );
    let note_of = |arguments: &[Val]| match arguments {
        [Val::String(note)] => note.clone(),
        other => panic!("set-note does not take {other:?}"),
    };
    let history = simplest(|case| {
        let mut notes = calls(case, "set-note").into_iter().map(note_of);
        notes.any(|note| !note.is_ascii())
    });
    // Which character it is depends on the text that was drawn: each gets as simple as it can.
    assert_eq!(history.len(), 1, "{history:?}");
    match text::step(&CARTS, &history[0]).expect("a call") {
        Step::Operation(call) => assert_eq!(note_of(&call.arguments).chars().count(), 1),
        event => panic!("{event:?}"),
    }
    assert_eq!(
        simplest(|case| !calls(case, "apply-coupon").is_empty()),
        ["apply-coupon(none)"]
    );
}

#[test]
fn what_shrinking_leaves_is_a_case_that_the_properties_can_judge() {
    let property = properties::named("upgrade-equivalence").expect("there is such a property");
    let mut runner = runner();
    for _ in 0..8 {
        let mut tree = histories(&CARTS)
            .new_tree(&mut runner)
            .expect("a case can be generated");
        let mut simpler = true;
        while simpler {
            let case = tree.current();
            let outcome = property.judge(&CARTS, &case);
            assert!(!matches!(outcome, Outcome::Fail(_)), "{outcome:?}");
            simpler = tree.simplify();
        }
        assert_eq!(tree.current().steps, []);
    }
}
