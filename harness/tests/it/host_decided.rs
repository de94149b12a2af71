//! What the host decided before the update is state by then; only what it decides afterwards is not held against the update.

use handover::judging::verdict::{Blame, Report, Status};
use handover::{Options, check};
use test_guests::{Guest, OPLOG_INDEX, pair};

/// A counter whose mark is what the host answered when it was set.
fn stamped(guest: Guest) -> Guest {
    let stamp = "(global.set $mark (i32.wrap_i64 (call $get-oplog-index)))";
    guest.import(OPLOG_INDEX).with("mark", stamp)
}

fn report(old: &Guest, new: &Guest, seed: u64) -> Report {
    let options = Options {
        cases: 64,
        seed,
        ..Options::default()
    };
    check(&pair(old, new), &options, &()).expect("a pair that can be checked")
}

#[test]
fn a_stamp_that_load_forgets_is_a_loss_although_the_host_made_it() {
    let forgetful = stamped(Guest::v2()).edit("read-v1", "(global.set $mark", "(drop");
    for seed in 0..3 {
        let report = report(&stamped(Guest::v1()), &forgetful, seed);
        let it = report.properties.iter();
        let mut it = it.filter(|it| it.id == "upgrade-equivalence");
        let failures = &it.next().expect("it was checked").failures;
        assert!(!failures.is_empty(), "seed {seed}: {report:#?}");
        assert_eq!(failures[0].blame, Blame::Load, "{failures:#?}");
    }
}

#[test]
fn a_stamp_that_is_kept_raises_no_alarm() {
    for seed in 0..3 {
        let report = report(&stamped(Guest::v1()), &stamped(Guest::v2()), seed);
        assert_eq!(report.verdict(), Status::Pass, "seed {seed}: {report:#?}");
    }
}

#[test]
fn what_is_excused_is_counted_in_the_notes() {
    // The new version asks the host once more, so that its next answer is another one.
    let asks = |guest: Guest| {
        let body = "(i32.wrap_i64 (call $get-oplog-index))";
        guest.import(OPLOG_INDEX).with("marked", body)
    };
    let twice = asks(Guest::v2()).before("marked", "(drop (call $get-oplog-index))");
    let report = report(&asks(Guest::v1()), &twice, 1);
    assert_eq!(report.verdict(), Status::Pass, "{report:#?}");
    let excused = report.notes.iter();
    let mut excused = excused.filter(|note| note.starts_with("upgrade-equivalence: what differs"));
    let note = excused.next().expect("a note");
    assert!(note.contains("marked"), "{note}");
}
