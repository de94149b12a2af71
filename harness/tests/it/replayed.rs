//! Automatic updates and recoveries: what diverges, where, and whom to blame.

use handover::judging::verdict::{Blame, PropertyReport, Report, ReportedFailure, Status};
use handover::{Chain, Config, Mode, Options, check};
use test_guests::{Guest, NOW, OPLOG_INDEX, pair};

use crate::canaries::asking_once;

fn run(pair: &Chain, mode: Mode, property: &str, seed: u64) -> Report {
    let options = Options {
        cases: 64,
        seed,
        mode,
        properties: handover::properties::named(property).into_iter().collect(),
        ..Options::default()
    };
    check(pair, &options, &()).expect("a pair that can be checked")
}

fn row<'r>(report: &'r Report, id: &str) -> &'r PropertyReport {
    let found = report.properties.iter().find(|it| it.id == id);
    found.expect("a row of its own")
}

/// The failure of a pair's automatic update; there is one kind only.
fn diverges(old: &Guest, new: &Guest) -> ReportedFailure {
    let report = run(&pair(old, new), Mode::Automatic, "replay", 1);
    let replay = row(&report, "replay");
    assert_eq!(replay.status, Status::Fail, "{report:#?}");
    assert_eq!(report.verdict(), Status::Fail);
    assert_eq!(replay.failures.len(), 1, "{report:#?}");
    replay.failures[0].clone()
}

fn sides(failure: &ReportedFailure) -> (&str, &str) {
    let finding = &failure.finding;
    let side = |it: &'_ Option<String>| it.as_deref().unwrap_or_default().to_owned();
    let sides = (side(&finding.expected), side(&finding.observed));
    assert_ne!(sides.0, sides.1);
    (
        finding.expected.as_deref().unwrap_or_default(),
        finding.observed.as_deref().unwrap_or_default(),
    )
}

const CLOCK: &str = "(drop (call $now))";
const INDEX: &str = "(drop (call $get-oplog-index))";
const CLOCK_NAME: &str = "wasi:clocks/monotonic-clock.now";
const INDEX_NAME: &str = "golem:api/host.get-oplog-index";

/// A guest whose `get` makes these calls first.
fn calling(guest: Guest, calls: &[&str]) -> Guest {
    let guest = guest.import(NOW).import(OPLOG_INDEX);
    guest.before("get", &calls.concat())
}

#[test]
fn an_added_a_dropped_and_a_reordered_host_call_diverge_where_they_are_made() {
    let old = calling(Guest::v1(), &[CLOCK, INDEX]);
    for (calls, expected, observed) in [
        (&[CLOCK, INDEX, CLOCK][..], "returns", CLOCK_NAME),
        (&[CLOCK], INDEX_NAME, "returns"),
        (&[INDEX, CLOCK], CLOCK_NAME, INDEX_NAME),
    ] {
        let failure = diverges(&old, &calling(Guest::v2(), calls));
        assert_eq!(failure.blame, Blame::Behaviour);
        assert_eq!(sides(&failure), (expected, observed), "{failure:#?}");
        assert_eq!(failure.finding.case.operations(), 1, "{failure:#?}");
        let message = &failure.finding.message;
        assert!(message.contains("at operation 1 of 1, get()"), "{message}");
    }
}

#[test]
fn a_result_that_changed_and_a_trap_diverge() {
    let one_more = Guest::v2().with("get", "(i32.add (global.get $count) (i32.const 1))");
    let failure = diverges(&Guest::v1(), &one_more);
    assert_eq!(sides(&failure), ("0", "1"), "{failure:#?}");
    let traps = Guest::v2().before("marked", "(if (global.get $mark) (then unreachable))");
    let failure = diverges(&Guest::v1(), &traps);
    assert!(
        failure.finding.signature().contains("unreachable"),
        "{failure:#?}"
    );
    assert_eq!(failure.finding.case.operations(), 2, "{failure:#?}");
}

/// Whether the update comes before the call that differs or after it, it is one fault.
#[test]
fn a_difference_after_the_replay_is_found_and_told_once() {
    let later = Guest::v2()
        .item("(global $marks (mut i32) (i32.const 0))")
        .before(
            "add",
            "(if (i32.eq (global.get $marks) (i32.const 3)) (then (return (i32.const 77))))",
        )
        .before(
            "mark",
            "(global.set $marks (i32.add (global.get $marks) (i32.const 1)))",
        );
    let failure = diverges(&Guest::v1(), &later);
    assert_eq!(failure.finding.case.operations(), 4, "{failure:#?}");
    assert_eq!(failure.finding.observed.as_deref(), Some("77"));
}

#[test]
fn what_is_answered_from_the_record_is_what_the_old_version_was_answered() {
    // Both return what they are told; the new one asks at another place in the program, which the world answers alike.
    let telling = |guest: Guest| {
        let told = "(i32.wrap_i64 (i64.xor (call $now) (call $get-oplog-index)))";
        guest.import(NOW).import(OPLOG_INDEX).with("get", told)
    };
    let report = run(
        &pair(&telling(Guest::v1()), &telling(Guest::v2())),
        Mode::Automatic,
        "replay",
        1,
    );
    assert_eq!(row(&report, "replay").status, Status::Pass, "{report:#?}");
}

#[test]
fn a_pair_that_only_allows_manual_updates_has_not_failed() {
    let chatty = calling(Guest::v2(), &[CLOCK]);
    let pair = pair(&Guest::v1(), &chatty);
    let all = |mode| {
        let options = Options {
            cases: 48,
            mode,
            ..Options::default()
        };
        check(&pair, &options, &()).expect("a pair that can be checked")
    };
    let both = all(Mode::Both);
    assert_eq!(row(&both, "replay").status, Status::Diverges);
    assert_eq!(both.verdict(), Status::Pass);
    let updates = both.updates().expect("both were judged");
    assert_eq!(updates.to_string(), "manual only");
    let manual = all(Mode::Manual);
    assert!(manual.properties.iter().all(|it| it.id != "replay"));
    assert_eq!(manual.updates(), None);
    let automatic = all(Mode::Automatic);
    let ids: Vec<&str> = automatic.properties.iter().map(|it| it.id).collect();
    assert_eq!(ids, ["recovery", "replay"]);
    assert_eq!(automatic.verdict(), Status::Fail);
}

#[test]
fn a_pair_without_save_and_load_can_be_updated_automatically() {
    let [old, new] = [Guest::v1(), Guest::v2()].map(|it| it.save_as(None).load_as(None));
    let pair = pair(&old, &new);
    let options = Options {
        cases: 32,
        mode: Mode::Automatic,
        ..Options::default()
    };
    let report = check(&pair, &options, &()).expect("no save is needed");
    assert_eq!(row(&report, "replay").status, Status::Pass, "{report:#?}");
    assert_eq!(row(&report, "recovery").status, Status::NotExercised);
    assert_eq!(report.verdict(), Status::Pass);
    let error = check(&pair, &Options::default(), &()).expect_err("no manual update can succeed");
    assert!(error.to_string().contains("--mode automatic"), "{error}");
}

#[test]
fn a_function_that_is_missing_is_told() {
    let old = Guest::v1().component_item(
        r#"(func (export "gone") (result u32) (canon lift (core func $guest "get")))"#,
    );
    let report = run(&pair(&old, &Guest::v2()), Mode::Both, "replay", 1);
    let told = |note: &String| note.contains("called with gone");
    assert!(report.notes.iter().any(told), "{:?}", report.notes);
}

/// Both versions ask once, so that a replay from the start goes well, and only one from a snapshot does not.
#[test]
fn a_suffix_that_diverges_only_after_recovery_is_found() {
    let pair = pair(&asking_once(Guest::v1()), &asking_once(Guest::v2()));
    let report = run(&pair, Mode::Both, "replay", 1);
    assert_eq!(row(&report, "replay").status, Status::Pass, "{report:#?}");
    let report = run(&pair, Mode::Both, "recovery", 1);
    let recovery = row(&report, "recovery");
    assert_eq!(recovery.status, Status::Fail, "{report:#?}");
    let failure = &recovery.failures[0];
    assert_eq!(failure.blame, Blame::Save);
    assert_eq!(sides(failure), ("returns", INDEX_NAME), "{failure:#?}");
}

#[test]
fn the_sample_pairs_come_out_as_they_are() {
    for (versions, status) in [
        (["embedded:cart-v1", "embedded:cart-v2"], None),
        (
            ["embedded:clock-v1", "embedded:clock-v2"],
            Some(Status::Diverges),
        ),
        (
            ["embedded:clock-v1", "embedded:clock-v1"],
            Some(Status::Pass),
        ),
    ] {
        let pair = Chain::open(&versions, &Config::default()).expect("a pair");
        for seed in 0..3 {
            let report = run(&pair, Mode::Both, "replay", seed);
            if let Some(status) = status {
                assert_eq!(
                    row(&report, "replay").status,
                    status,
                    "{versions:?}: {report:#?}"
                );
            }
            let report = run(&pair, Mode::Both, "recovery", seed);
            let recovery = row(&report, "recovery");
            assert_eq!(recovery.status, Status::Pass, "{versions:?}: {report:#?}");
        }
    }
}
