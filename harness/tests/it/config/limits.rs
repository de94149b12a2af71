//! What a worker may use up.

use handover::judging::verdict::Status;
use handover::value::Val;
use handover::worker::Worker;
use handover::worker::observation::FailureKind;

use super::{CARTS, failed, only, opened, report};

#[test]
fn each_limit_is_reached_with_a_failure_of_its_own() {
    let line = [Val::String("a".to_owned()), Val::U32(1), Val::U64(1)];
    let failed = |limit: &str| {
        let pair = opened(CARTS, &format!("limits = {{ {limit} }}"));
        failed(&pair, "add-line", &line)
    };
    assert_eq!(failed("fuel = 100"), FailureKind::OutOfFuel);
    assert_eq!(failed("stack = 64"), FailureKind::StackExhausted);
    assert!(matches!(failed("transfer = 1"), FailureKind::Broken(_)));
    let pair = opened(CARTS, "limits = { memory = 65536 }");
    let failure = Worker::start(pair.old(), 0).err().map(|it| it.kind);
    assert_eq!(failure, Some(FailureKind::OutOfMemory));
}

#[test]
fn fuel_that_is_too_little_fails_the_check_in_the_guests_name() {
    let pair = opened(CARTS, "limits = { fuel = 100 }");
    let report = report(&pair);
    // Every history ends at its first call, whichever operation that is.
    let ended = report.notes.iter();
    let ended = ended.filter(|note| note.contains("out of fuel"));
    assert!(ended.count() > 3, "{:?}", report.notes);
    assert_ne!(only(&report).status, Status::Pass);
}

#[test]
fn more_fuel_memory_and_stack_than_the_default_can_be_allowed() {
    let limits = "limits = { fuel = 10_000_000_000, memory = 1073741824, stack = 16777216 }";
    let pair = opened(CARTS, limits);
    assert_eq!(only(&report(&pair)).status, Status::Pass);
}
