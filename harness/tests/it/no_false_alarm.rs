//! Correct pairs pass with every seed, whose cases are others each time.

use std::collections::BTreeSet;

use handover::judging::verdict::{Report, Status};
use handover::{Chain, Config, Options, check, properties};

const CASES: usize = 32;

fn assert_no_false_alarm(old: &str, new: &str) {
    let pair = Chain::open(&[old, new], &Config::default()).expect("the embedded components open");
    let discarded = |report: &Report| -> Vec<usize> {
        report.properties.iter().map(|it| it.discards()).collect()
    };
    let mut seen = BTreeSet::new();
    for seed in [0, 1, u64::MAX] {
        let options = Options {
            cases: CASES,
            seed,
            strict: true,
            ..Options::default()
        };
        let report = check(&pair, &options, &()).expect("both versions start");
        assert_eq!(report.properties.len(), properties::ALL.len());
        for property in &report.properties {
            let wanted = match property.id {
                // These snapshots do not name their fields, or the next version's do not.
                "state-kept" => Status::NotExercised,
                // It asks the host more often, so that automatic updates diverge: no fault, and told.
                "replay" if new == "embedded:clock-v2" => Status::Diverges,
                _ => Status::Pass,
            };
            assert_eq!(property.status, wanted, "seed {seed}: {property:?}");
            let is_silent = property.failures.is_empty();
            assert_eq!(
                is_silent,
                wanted != Status::Diverges,
                "seed {seed}: {property:?}"
            );
        }
        assert_eq!(report.verdict(), Status::Pass);
        seen.insert(discarded(&report));
    }
    assert!(
        seen.len() > 1,
        "the cases of every seed are alike: {seen:?}"
    );
}

#[test]
fn the_update_from_the_first_cart_to_the_second_raises_no_false_alarm() {
    assert_no_false_alarm("embedded:cart-v1", "embedded:cart-v2");
}

#[test]
fn the_update_from_the_second_cart_to_the_third_raises_no_false_alarm() {
    assert_no_false_alarm("embedded:cart-v2", "embedded:cart-v3");
}

#[test]
fn the_update_from_the_first_cart_to_the_third_raises_no_false_alarm() {
    assert_no_false_alarm("embedded:cart-v1", "embedded:cart-v3");
}

#[test]
fn the_update_of_a_cart_to_itself_raises_no_false_alarm() {
    assert_no_false_alarm("embedded:cart-v1", "embedded:cart-v1");
}

#[test]
fn the_update_of_a_component_that_asks_the_host_raises_no_false_alarm() {
    assert_no_false_alarm("embedded:clock-v1", "embedded:clock-v2");
}
