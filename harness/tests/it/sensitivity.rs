//! What a pass is worth: which parts of the state would be noticed if they were lost.

use handover::judging::verdict::{Report, Sensitivity, Status};
use handover::{Chain, Config, Options, check};
use test_guests::{Guest, pair};

use crate::canaries::{canary, described};

fn run(pair: &Chain, sensitivity: Option<usize>) -> Report {
    let options = Options {
        cases: 48,
        seed: 1,
        sensitivity,
        properties: handover::properties::named("upgrade-equivalence")
            .into_iter()
            .collect(),
        ..Options::default()
    };
    check(pair, &options, &()).expect("a pair that can be checked")
}

fn measured(pair: &Chain) -> Sensitivity {
    let report = run(pair, None);
    let sensitivity = report.sensitivity.clone();
    sensitivity.unwrap_or_else(|| panic!("it is measured: {report:#?}"))
}

fn places(sensitivity: &Sensitivity) -> Vec<&str> {
    let unnoticed = sensitivity.unnoticed.iter();
    unnoticed.map(|it| it.place.as_str()).collect()
}

#[test]
fn each_byte_of_a_state_that_operations_show_is_noticed() {
    let sensitivity = measured(&pair(&Guest::v1(), &Guest::v2()));
    assert_eq!(sensitivity.unit, "bytes");
    assert!(sensitivity.of >= 4, "{sensitivity:?}");
    assert_eq!(places(&sensitivity), [""; 0], "{sensitivity:?}");
    assert_eq!(sensitivity.percent(), 100);
}

#[test]
fn a_field_that_no_getter_shows_is_named() {
    // The mark is saved and loaded, and nothing tells it.
    let silent = |guest: Guest| guest.with("marked", "(i32.const 7)");
    let pair = pair(
        &described(silent(Guest::v1()), &["read-v1"]),
        &described(silent(Guest::v2()), &["read-v1", "read-v2"]),
    );
    let sensitivity = measured(&pair);
    // All of it is one field, of which the count is noticed.
    assert_eq!((sensitivity.unit, sensitivity.of), ("fields", 1));
    assert_eq!(sensitivity.noticed, 1);
    let plain = measured(&test_guests::pair(
        &silent(Guest::v1()),
        &silent(Guest::v2()),
    ));
    assert_eq!(plain.unit, "bytes");
    let places = places(&plain);
    assert!(!places.is_empty(), "{plain:?}");
    let is_mark = |it: &&str| ["byte 6", "byte 7", "byte 8", "byte 9"].contains(it);
    assert!(places.iter().all(is_mark), "{plain:?}");
}

#[test]
fn a_field_that_nobody_reads_is_named_and_fails_where_more_is_wanted() {
    let longer = |guest: Guest| guest.edit("read-v1", "(i32.const 10)", "(i32.const 14)");
    let old = longer(Guest::v1()).edit(
        "save",
        "(call $snapshot (i32.const 64) (i32.const 10))",
        "(i32.store (i32.const 74) (i32.const 7)) (call $snapshot (i32.const 64) (i32.const 14))",
    );
    let pair = pair(&old, &longer(Guest::v2()));
    let sensitivity = measured(&pair);
    assert_eq!(places(&sensitivity), ["byte 10"], "{sensitivity:?}");
    let percent = sensitivity.percent();
    assert!(percent < 100);
    assert_eq!(run(&pair, Some(percent)).verdict(), Status::Pass);
    assert_eq!(run(&pair, Some(percent + 1)).verdict(), Status::Fail);
}

#[test]
fn where_something_is_lost_it_is_not_measured() {
    let lost = canary("upgrade-equivalence").expect("a canary");
    let report = run(&pair(&lost.old, &lost.new), Some(100));
    assert_eq!(report.verdict(), Status::Fail);
    assert_eq!(report.sensitivity, None);
}

#[test]
fn the_fields_of_a_json_state_have_names() {
    let jobs = ["embedded:jobs-v1", "embedded:jobs-v2"];
    let jobs = Chain::open(&jobs, &Config::default()).expect("a pair");
    let sensitivity = measured(&jobs);
    assert_eq!(sensitivity.unit, "fields");
    assert!(sensitivity.of > 8, "{sensitivity:?}");
    assert!(sensitivity.percent() >= 80, "{sensitivity:?}");
    let again = measured(&jobs);
    assert_eq!(sensitivity, again);
}
