//! One planted fault for each property, which this property catches and no other; and a correct pair, which passes all.

mod guest;

use std::collections::BTreeSet;

use guest::{Guest, OPLOG_COMMIT, OPLOG_INDEX, pair};
use handover::judging::verdict::{Blame, PropertyReport, Report, Status};
use handover::properties::{self, ALL};
use handover::report::failure_file::FailureFile;
use handover::{Options, Pair, check, replay};

/// Cases of each property: enough that no fault below is found by luck.
const CASES: usize = 192;

/// A pair with a fault, and what the check must say of it.
struct Canary {
    old: Guest,
    new: Guest,
    blame: Blame,
    /// Operations of the shortest history that shows the fault.
    shortest: usize,
}

/// The canary of a property.
fn canary(property: &str) -> Option<Canary> {
    let (v1, v2) = (Guest::v1, Guest::v2);
    Some(match property {
        "accepts-saved" => Canary {
            old: v1(),
            // Loads every count of version 1, except three.
            new: v2().before(
                "read-v1",
                "(if (i32.eq (i32.load offset=2 (local.get $at)) (i32.const 3)) (then (return (i32.const 0))))",
            ),
            blame: Blame::Mapping,
            // One and two are three.
            shortest: 2,
        },
        "upgrade-equivalence" => Canary {
            old: v1(),
            // Forgets the mark, but only when it loads version 1.
            new: v2().edit("read-v1", "(global.set $mark (i32.load offset=6 (local.get $at)))", ""),
            blame: Blame::Load,
            shortest: 2,
        },
        "save-is-pure" => Canary {
            // Counts its saves in the mark, behind the snapshot's back.
            old: v1().after(
                "save",
                "(global.set $mark (i32.add (global.get $mark) (i32.const 1)))",
            ),
            new: v2(),
            blame: Blame::Save,
            shortest: 1,
        },
        "load-is-total" => Canary {
            old: v1(),
            // Traps on a single byte above 127.
            new: v2().before(
                "load",
                "(if (i32.eq (local.get $length) (i32.const 1))
                   (then (if (i32.gt_u (i32.load8_u (local.get $at)) (i32.const 127)) (then unreachable))))",
            ),
            blame: Blame::Load,
            shortest: 0,
        },
        "load-is-strict" => Canary {
            old: v1(),
            // Accepts anything behind a snapshot.
            new: v2().edit("read-v2", "(i32.ne (local.get $length)", "(i32.lt_u (local.get $length)"),
            blame: Blame::Load,
            shortest: 0,
        },
        "accepted-is-stable" => Canary {
            old: v1(),
            // Loads a count above the cap, which only get finds out.
            new: v2()
                .edit(
                    "read-v2",
                    "(if (i32.gt_u (i32.load offset=6 (local.get $at)) (global.get $cap)) (then (return (i32.const 0))))",
                    "",
                )
                .before("get", "(if (i32.gt_u (global.get $count) (global.get $cap)) (then unreachable))"),
            blame: Blame::Load,
            shortest: 1,
        },
        "reload-equivalence" => {
            let guest = with_expiry();
            Canary {
                old: guest.clone(),
                new: guest,
                blame: Blame::Load,
                shortest: 2,
            }
        }
        "resave" => Canary {
            old: v1(),
            // Saves the count that it loaded, not the one that it has.
            new: v2()
                .item("(global $loaded (mut i32) (i32.const 0))")
                .after("load", "(global.set $loaded (global.get $count))")
                .edit("save", "(global.get $count)", "(global.get $loaded)"),
            blame: Blame::Save,
            shortest: 2,
        },
        "revert" => Canary {
            // Changes the outside world, which no revert takes back.
            old: v1().import(OPLOG_COMMIT).before("save", "(call $oplog-commit (i32.const 1))"),
            new: v2(),
            blame: Blame::Save,
            shortest: 0,
        },
        "lifecycle" => Canary {
            old: v1(),
            // Expires its own snapshots, not those of version 1: only a crash after a second update shows it.
            new: expiring(v2(), "read-v2", 25_500),
            blame: Blame::Load,
            shortest: 2,
        },
        "load-is-read-only" => Canary {
            old: v1(),
            // Changes the outside world, again at every recovery.
            new: v2().import(OPLOG_COMMIT).before("load", "(call $oplog-commit (i32.const 1))"),
            blame: Blame::Load,
            shortest: 0,
        },
        "resources" => {
            let guest = with_trail(counting_up(), "$count");
            Canary {
                old: guest.clone(),
                // Compares every byte of the trail with every other.
                new: guest.after("read-v1", EVERY_PAIR),
                blame: Blame::Load,
                shortest: 1,
            }
        }
        _ => return None,
    })
}

/// A guest whose `add` counts one up, whatever it is given.
fn counting_up() -> Guest {
    let one = "(if (i32.lt_u (global.get $count) (global.get $cap))
          (then (global.set $count (i32.add (global.get $count) (i32.const 1)))))
        (global.get $count)";
    Guest::v1().with("add", one)
}

/// A guest that saves so many more bytes as the global `counter` says, and takes it from there.
fn with_trail(guest: Guest, counter: &str) -> Guest {
    guest
        .edit(
            "save",
            "(i32.const 10)",
            &format!("(i32.add (i32.const 10) (global.get {counter}))"),
        )
        .edit(
            "read-v1",
            "(i32.ne (local.get $length) (i32.const 10))",
            "(i32.gt_u (i32.sub (local.get $length) (i32.const 10)) (global.get $cap))",
        )
        .after(
            "read-v1",
            &format!("(global.set {counter} (i32.sub (local.get $length) (i32.const 10)))"),
        )
}

/// Takes a step for every pair of bytes in a snapshot of `$length`.
const EVERY_PAIR: &str = "
    (local $left i32)
    (local.set $left (i32.mul (local.get $length) (local.get $length)))
    (loop $pair
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $pair (local.get $left)))";

/// A guest that saves its place in the oplog, and starts anew when the oplog has grown by more than 25,500 entries since.
///
/// In the simulated world an update's load always finds some 25,260 entries more than the save did; the load of a recovery
/// comes later.
fn with_expiry() -> Guest {
    expiring(Guest::v1(), "read-v1", 25_500)
}

/// The same of any guest, in the format that `read` reads, and with another difference.
fn expiring(guest: Guest, read: &str, entries: u32) -> Guest {
    guest
        .import(OPLOG_INDEX)
        .before("save", "(i64.store (i32.const 74) (call $get-oplog-index))")
        .edit("save", "(i32.const 10)", "(i32.const 18)")
        .edit(read, "(i32.const 10)", "(i32.const 18)")
        .after(
            read,
            &format!(
                "(if (i64.gt_s (i64.sub (call $get-oplog-index) (i64.load offset=10 (local.get $at))) (i64.const {entries}))
                   (then (global.set $count (i32.const 0))))"
            ),
        )
}

fn run(pair: &Pair, seed: u64, strict: bool) -> Report {
    let options = Options {
        cases: CASES,
        seed,
        strict,
        ..Options::default()
    };
    check(pair, &options, &()).expect("a pair that can be checked")
}

fn failing(report: &Report) -> BTreeSet<&'static str> {
    let failing = report
        .properties
        .iter()
        .filter(|it| it.status == Status::Fail);
    failing.map(|it| it.id).collect()
}

fn of<'r>(report: &'r Report, id: &str) -> &'r PropertyReport {
    let found = report.properties.iter().find(|it| it.id == id);
    found.unwrap_or_else(|| panic!("no report on {id}"))
}

/// Checks the canary of a property, and what is kept of its failure.
fn only_one_catches(id: &str) {
    let canary = canary(id).expect("a canary");
    let pair = pair(&canary.old, &canary.new);
    let report = run(&pair, 1, id == "load-is-strict");
    assert_eq!(failing(&report), BTreeSet::from([id]), "{report:#?}");
    let caught = of(&report, id);
    for failure in &caught.failures {
        assert_eq!(failure.blame, canary.blame, "{failure:#?}");
    }
    let failure = &caught.failures[0];
    assert!(
        failure.finding.case.operations() <= canary.shortest,
        "{failure:#?}"
    );

    let folder = tempfile::tempdir().expect("a folder");
    let kept = FailureFile::new(&pair, id, failure, None);
    let path = kept.write(folder.path()).expect("a failure file");
    let read = FailureFile::read(&path).expect("the failure file again");
    assert_eq!(read, kept);
    let case = read.case(&pair).expect("its history");
    assert_eq!(case, failure.finding.case);
    let replayed = replay(&pair, read.property().expect("its property"), &case);
    let (finding, blame) = replayed
        .outcome
        .expect("no discard")
        .expect("the same failure");
    assert_eq!((finding.signature, blame), (read.signature, read.blame));
    assert_eq!(finding.message, read.message);
}

#[test]
fn every_property_has_a_canary() {
    for property in ALL {
        assert!(
            canary(property.id).is_some(),
            "{} has no canary",
            property.id
        );
    }
}

#[test]
fn a_load_that_refuses_a_reachable_count_fails_accepts_saved_alone() {
    only_one_catches("accepts-saved");
}

#[test]
fn a_load_that_forgets_a_field_of_the_old_format_fails_upgrade_equivalence_alone() {
    only_one_catches("upgrade-equivalence");
}

#[test]
fn a_save_that_counts_itself_fails_save_is_pure_alone() {
    only_one_catches("save-is-pure");
}

#[test]
fn a_load_that_traps_on_one_short_input_fails_load_is_total_alone() {
    only_one_catches("load-is-total");
}

#[test]
fn a_load_that_accepts_trailing_bytes_fails_load_is_strict_alone() {
    only_one_catches("load-is-strict");
}

#[test]
fn a_load_that_accepts_an_unreachable_count_fails_accepted_is_stable_alone() {
    only_one_catches("accepted-is-stable");
}

#[test]
fn a_load_that_expires_snapshots_fails_reload_equivalence_alone() {
    only_one_catches("reload-equivalence");
}

#[test]
fn a_save_that_writes_what_was_loaded_fails_resave_alone() {
    only_one_catches("resave");
}

#[test]
fn a_save_that_changes_the_world_fails_revert_alone() {
    only_one_catches("revert");
}

#[test]
fn a_load_that_expires_its_own_snapshots_fails_lifecycle_alone() {
    only_one_catches("lifecycle");
}

#[test]
fn a_load_that_changes_the_world_fails_load_is_read_only_alone() {
    only_one_catches("load-is-read-only");
}

#[test]
fn an_advisory_property_is_a_note_unless_the_check_is_strict() {
    let canary = canary("load-is-strict").expect("a canary");
    let report = run(&pair(&canary.old, &canary.new), 1, false);
    assert_eq!(report.verdict(), Status::Pass);
    assert!(of(&report, "load-is-strict").failures.is_empty());
    let noted = report
        .notes
        .iter()
        .any(|note| note.starts_with("load-is-strict: "));
    assert!(noted, "{:?}", report.notes);
}

#[test]
fn a_correct_pair_passes_and_exercises_every_property_with_any_seed() {
    let pair = pair(&Guest::v1(), &Guest::v2());
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
fn a_snapshot_that_grows_in_proportion_passes_resources_with_any_seed() {
    let guest = with_trail(counting_up(), "$count");
    let pair = pair(&guest, &guest);
    for seed in 0..3 {
        let report = run(&pair, seed, false);
        let resources = of(&report, "resources");
        assert_eq!(resources.status, Status::Pass, "seed {seed}: {report:#?}");
        assert_eq!(resources.discards(), 0, "seed {seed}: {report:#?}");
    }
}

#[test]
fn a_log_of_what_was_read_is_a_leak_that_fails_a_strict_check_alone() {
    let guest = Guest::v1().item("(global $reads (mut i32) (i32.const 0))");
    let guest = with_trail(guest, "$reads").before(
        "get",
        "(if (i32.lt_u (global.get $reads) (global.get $cap))
           (then (global.set $reads (i32.add (global.get $reads) (i32.const 1)))))",
    );
    let pair = pair(&guest, &guest);
    let report = run(&pair, 1, false);
    assert_eq!(failing(&report), BTreeSet::new(), "{report:#?}");
    let noted = report
        .notes
        .iter()
        .any(|note| note.starts_with("resources: the snapshot grows with every get"));
    assert!(noted, "{:?}", report.notes);
    let report = run(&pair, 1, true);
    let failure = &of(&report, "resources").failures[0];
    assert_eq!(failure.finding.case.operations(), 1, "{failure:#?}");
    let sizes: Vec<usize> = failure
        .finding
        .points
        .iter()
        .map(|it| it.snapshot)
        .collect();
    assert!(sizes.windows(2).all(|pair| pair[0] < pair[1]), "{sizes:?}");
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

/// Only `upgrade-equivalence` fails, and it blames this half.
fn blames(old: &Guest, new: &Guest, blame: Blame) {
    let report = run(&pair(old, new), 2, false);
    let failures = &of(&report, "upgrade-equivalence").failures;
    assert!(!failures.is_empty(), "{report:#?}");
    for failure in failures {
        assert_eq!(failure.blame, blame, "{failure:#?}");
    }
}

#[test]
fn a_field_that_save_does_not_write_is_blamed_on_save() {
    let old = Guest::v1().edit("save", "(global.get $mark)", "(i32.const 0)");
    blames(&old, &Guest::v2(), Blame::Save);
}

#[test]
fn a_field_that_load_does_not_read_is_blamed_on_load() {
    let new = Guest::v2().edit("read-v1", "(global.set $mark", "(drop");
    blames(&Guest::v1(), &new, Blame::Load);
}

#[test]
fn two_byte_orders_are_blamed_on_the_mapping() {
    let swap = "(func $swap (param i32) (result i32)
        (i32.or
          (i32.rotl (i32.and (local.get 0) (i32.const 0xff00ff00)) (i32.const 8))
          (i32.rotr (i32.and (local.get 0) (i32.const 0x00ff00ff)) (i32.const 8))))";
    // Reads and writes version 1's format, with the mark in network byte order.
    let new = Guest::v1()
        .item(swap)
        .edit(
            "save",
            "(global.get $mark)",
            "(call $swap (global.get $mark))",
        )
        .edit(
            "read-v1",
            "(i32.load offset=6 (local.get $at))",
            "(call $swap (i32.load offset=6 (local.get $at)))",
        );
    blames(&Guest::v1(), &new, Blame::Mapping);
}

#[test]
fn no_two_properties_have_the_same_name() {
    let ids: BTreeSet<&str> = ALL.iter().map(|property| property.id).collect();
    assert_eq!(ids.len(), ALL.len());
    for id in ids {
        assert!(properties::named(id).is_some_and(|property| property.id == id));
    }
}
