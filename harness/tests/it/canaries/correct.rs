//! Correct pairs pass, whatever their answers depend on.

use handover::judging::verdict::Status;
use handover::properties::ALL;
use test_guests::{Guest, OPLOG_INDEX, pair};

use super::guests::described;
use super::{CASES, of, run};

#[test]
fn a_correct_pair_passes_and_exercises_every_property_with_any_seed() {
    let old = described(Guest::v1(), &["read-v1"]);
    let pair = pair(&old, &described(Guest::v2(), &["read-v1", "read-v2"]));
    for seed in 0..3 {
        let report = run(&pair, seed, true);
        let passed: Vec<&str> = report
            .properties
            .iter()
            .filter(|it| it.status == Status::Pass)
            .map(|it| it.id)
            .collect();
        let all = ALL.iter().map(|property| property.id);
        let others: Vec<&str> = all.filter(|id| *id != "resources").collect();
        assert_eq!(passed, others, "seed {seed}: {report:#?}");
        assert_eq!(report.notes, Vec::<String>::new(), "seed {seed}");
        let resources = of(&report, "resources");
        assert_eq!(resources.status, Status::NotExercised);
        assert!(
            resources
                .reason
                .contains("no operation makes the snapshot grow"),
            "{resources:?}"
        );
        for property in &report.properties {
            if property.id == "resources" {
                continue;
            }
            assert!(
                property.cases - property.discards() >= CASES / 2,
                "{property:#?}"
            );
        }
    }
}

#[test]
fn what_an_instance_drew_from_the_host_at_its_start_is_not_held_against_the_update() {
    // The oplog's parity at the start, as one of two orders of a map would be.
    let drawn = |guest: Guest| {
        guest
            .import(OPLOG_INDEX)
            .item("(global $drawn (mut i32) (i32.const 0))")
            .with(
                "start",
                "(global.set $drawn (i32.and (i32.wrap_i64 (call $get-oplog-index)) (i32.const 1)))",
            )
            .with("marked", "(i32.add (i32.mul (global.get $mark) (i32.const 2)) (global.get $drawn))")
    };
    let pair = pair(&drawn(Guest::v1()), &drawn(Guest::v2()));
    for seed in 0..3 {
        let report = run(&pair, seed, true);
        assert_eq!(report.verdict(), Status::Pass, "seed {seed}: {report:#?}");
    }
}

#[test]
fn beside_what_depends_on_the_host_a_loss_is_found() {
    let drawn = |guest: Guest| {
        guest
            .import(OPLOG_INDEX)
            .before("get", "(drop (call $get-oplog-index))")
    };
    let new = Guest::v2().edit(
        "read-v1",
        "(global.set $mark (i32.load offset=6 (local.get $at)))",
        "",
    );
    let report = run(&pair(&drawn(Guest::v1()), &drawn(new)), 0, false);
    assert_eq!(of(&report, "upgrade-equivalence").status, Status::Fail);
}
