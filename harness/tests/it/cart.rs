//! A user's way in, as the README shows it, on the sample carts; and that each of these tests can fail.

// README: state
use std::sync::LazyLock;

use cart_state::{v1, v2};
use handover::{Config, Pair, assertions};
use proptest::prelude::*;

static PAIR: LazyLock<Pair> = LazyLock::new(|| {
    Pair::open("embedded:cart-v1", "embedded:cart-v2", &Config::default()).expect("both open")
});

proptest! {
    #[test]
    fn the_state_survives_the_update(cart in any::<v1::Cart>()) {
        assertions::state_round_trip(&PAIR, &cart, v1::encode, v2::decode, |cart| v2::Cart::from(cart.clone()))?;
    }
}
// README: end

// README: histories
use handover::histories;

proptest! {
    #[test]
    fn no_history_tells_the_versions_apart(case in histories(&PAIR).weight("checkout", 3).without("hold")) {
        assertions::upgrade_equivalence(&PAIR, &case)?;
    }
}
// README: end

static FAULTY: LazyLock<Pair> = LazyLock::new(|| {
    Pair::open(
        "embedded:cart-v1",
        "embedded:cart-v2-faulty",
        &Config::default(),
    )
    .expect("both open")
});

fn message<T: std::fmt::Debug>(
    failure: Result<(), proptest::test_runner::TestError<T>>,
) -> (String, T) {
    match failure {
        Err(proptest::test_runner::TestError::Fail(reason, value)) => {
            (reason.message().to_owned(), value)
        }
        other => panic!("the property should have failed: {other:?}"),
    }
}

fn runner() -> proptest::test_runner::TestRunner {
    proptest::test_runner::TestRunner::deterministic()
}

#[test]
fn a_forgotten_field_fails_the_state_round_trip_and_is_blamed_on_load() {
    let failed = runner().run(&any::<v1::Cart>(), |cart| {
        assertions::state_round_trip(&FAULTY, &cart, v1::encode, v2::decode, |cart| {
            v2::Cart::from(cart.clone())
        })
    });
    let (message, _) = message(failed);
    assert!(message.starts_with("state-round-trip: "), "{message}");
    assert!(message.contains("blame"), "{message}");
}

#[test]
fn a_wrong_promise_fails_the_state_round_trip() {
    let failed = runner().run(&any::<v1::Cart>(), |cart| {
        assertions::state_round_trip(&PAIR, &cart, v1::encode, v2::decode, |_| {
            v2::Cart::default()
        })
    });
    let (message, _) = message(failed);
    assert!(message.contains("mapping"), "{message}");
}

#[test]
fn a_forgotten_field_fails_a_history_that_proptest_shrinks_to_two_operations() {
    let failed = runner().run(&histories(&FAULTY).without("hold"), |case| {
        assertions::upgrade_equivalence(&FAULTY, &case)
    });
    let (message, case) = message(failed);
    assert!(message.contains("note()"), "{message}");
    assert_eq!(case.operations(), 2, "{case:?}");
}

#[test]
fn an_operation_without_weight_is_never_called() {
    let hold = PAIR.operation_named("hold").expect("the cart has it");
    let counted = std::cell::Cell::new(0);
    let strategy = histories(&PAIR).without("hold").operations(20);
    runner()
        .run(&strategy, |case| {
            for step in &case.steps {
                if let handover::case::Step::Operation(call) = step {
                    prop_assert_ne!(call.operation, hold);
                    counted.set(counted.get() + 1);
                }
            }
            prop_assert!(case.operations() <= 20);
            Ok(())
        })
        .expect("no case calls it");
    assert!(counted.get() > 100);
}

#[test]
fn a_name_that_the_pair_does_not_have_generates_no_case() {
    for strategy in [
        histories(&PAIR).without("holt"),
        histories(&PAIR).arguments("holt", Just(Vec::new())),
    ] {
        let refused = runner().run(&strategy, |_| Ok(()));
        let reason = format!("{:?}", refused.expect_err("no case is generated"));
        assert!(
            reason.contains("holt") && reason.contains("add-line"),
            "{reason}"
        );
    }
}

#[test]
fn arguments_come_from_the_users_own_strategy() {
    use handover::value::Val;
    let note = PAIR.operation_named("set-note").expect("the cart has it");
    let strategy = histories(&PAIR).weight("set-note", 20).arguments(
        "set-note",
        "[xyz]{3}".prop_map(|text| vec![Val::String(text)]),
    );
    let seen = std::cell::Cell::new(0);
    runner()
        .run(&strategy, |case| {
            for step in &case.steps {
                if let handover::case::Step::Operation(call) = step
                    && call.operation == note
                {
                    let Some(Val::String(text)) = call.arguments.first() else {
                        return Err(TestCaseError::fail("set-note takes a string"));
                    };
                    prop_assert!(text.len() == 3 && text.chars().all(|it| "xyz".contains(it)));
                    seen.set(seen.get() + 1);
                }
            }
            Ok(())
        })
        .expect("every argument is of the strategy");
    assert!(seen.get() > 50);
}
