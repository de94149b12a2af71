//! Chains of versions and lives with crashes: what only a second hop, a second recovery or a retry loses is found, the hop is
//! named, and the history replays; correct chains pass.

use std::collections::BTreeSet;

use handover::case::text::history;
use handover::judging::verdict::{Blame, PropertyReport, Report, Status};
use handover::properties;
use handover::report::failure_file::FailureFile;
use handover::{Chain, Config, HopId, Options, check, regressions, replay};
use test_guests::{Guest, OPLOG_INDEX, chain, pair};

fn run(chain: &Chain, properties: &[&str], seed: u64) -> Report {
    let property = |id: &&str| properties::named(id).expect("there is such a property");
    let options = Options {
        cases: 192,
        seed,
        properties: properties.iter().map(property).collect(),
        ..Options::default()
    };
    check(chain, &options, &()).expect("a chain that can be checked")
}

/// The rows that fail: the property and the hop.
fn failing(report: &Report) -> Vec<(&'static str, Option<HopId>)> {
    let rows = report.properties.iter();
    let failing = rows.filter(|it| it.status == Status::Fail);
    failing.map(|it| (it.id, it.hop)).collect()
}

fn lifecycle(report: &Report) -> &PropertyReport {
    let found = report.properties.iter().find(|it| it.id == "lifecycle");
    found.expect("its row")
}

fn hop(from: usize, to: usize) -> Option<HopId> {
    Some(HopId { from, to })
}

/// A version 2 that writes another format after it loaded version 1, and reads it again.
fn with_memory_of_v1() -> Guest {
    Guest::v2()
        .item("(global $was-v1 (mut i32) (i32.const 0))")
        .before(
            "read-v2",
            "(if (i32.and (i32.eq (local.get $length) (i32.const 10)) (i32.eq (i32.load16_u (local.get $at)) (i32.const 0x334b)))
               (then (global.set $was-v1 (i32.const 1)) (i32.store16 (local.get $at) (i32.const 0x324b))))",
        )
        .before(
            "read-v1",
            "(if (i32.and (i32.eq (local.get $length) (i32.const 10)) (i32.eq (i32.load16_u (local.get $at)) (i32.const 0x314b)))
               (then (global.set $was-v1 (i32.const 1))))",
        )
        .edit(
            "save",
            "(i32.const 0x324b)",
            "(i32.add (i32.const 0x324b) (i32.shl (global.get $was-v1) (i32.const 8)))",
        )
}

/// A version 3 that loses the mark of what version 2 writes after it loaded version 1, and nothing else.
fn that_forgets() -> Guest {
    with_memory_of_v1().before(
        "load",
        "(if (i32.and (i32.eq (local.get $length) (i32.const 10)) (i32.eq (i32.load16_u (local.get $at)) (i32.const 0x334b)))
           (then (i32.store offset=2 (local.get $at) (i32.const 0))))",
    )
    // What it writes itself is whole.
    .edit("save", "(i32.shl (global.get $was-v1) (i32.const 8))", "(i32.const 0)")
}

#[test]
fn a_correct_chain_passes_every_property_on_every_hop_and_as_a_whole() {
    let chain = chain(&[Guest::v1(), Guest::v2(), Guest::v2()], &Config::default());
    for seed in 0..3 {
        let report = run(&chain, &[], seed);
        let hops = properties::ALL.len() - 1;
        assert_eq!(report.properties.len(), 2 * hops + 1);
        for row in &report.properties {
            let wanted = match row.id {
                // These snapshots never grow.
                "resources" | "state-kept" => Status::NotExercised,
                _ => Status::Pass,
            };
            assert_eq!(row.status, wanted, "seed {seed}: {row:#?}");
        }
        assert_eq!(report.properties[0].hop, hop(1, 2));
        assert_eq!(report.properties[hops].hop, hop(2, 3));
        assert_eq!(lifecycle(&report).hop, None);
        assert!(lifecycle(&report).discards() < 20, "{report:#?}");
        let of_lives = report
            .notes
            .iter()
            .filter(|note| note.contains("lifecycle"));
        assert_eq!(of_lives.count(), 0, "{:?}", report.notes);
    }
}

#[test]
fn what_only_the_second_hop_of_a_life_loses_is_found_by_the_chain_alone_and_named() {
    let guests = [Guest::v1(), with_memory_of_v1(), that_forgets()];
    for (old, new) in [(0, 1), (1, 2), (0, 2)] {
        let report = run(&pair(&guests[old], &guests[new]), &[], 3);
        assert_eq!(failing(&report), [], "{old} {new}: {report:#?}");
    }
    let chain = chain(&guests, &Config::default());
    let report = run(&chain, &[], 3);
    assert_eq!(failing(&report), [("lifecycle", None)], "{report:#?}");
    let row = lifecycle(&report);
    for failure in &row.failures {
        assert_eq!(failure.finding.hop, hop(2, 3), "{failure:#?}");
        assert_eq!(failure.blame, Blame::Load);
    }
    let failure = &row.failures[0];
    let lines = history(&chain, &failure.finding.case);
    assert_eq!(lines.len(), 4, "{lines:?}");
    let updates = lines.iter().filter(|line| *line == "update").count();
    assert_eq!(
        (updates, lines[2..].join(" ")),
        (2, "update marked()".to_owned())
    );

    let folder = tempfile::tempdir().expect("a folder");
    let kept = FailureFile::new_in_chain(&chain, row, failure, None);
    assert_eq!(kept.versions.len(), 3);
    assert_eq!(
        (kept.old.path.as_str(), kept.new.path.as_str()),
        ("v2.wasm", "v3.wasm")
    );
    let path = kept.write(folder.path()).expect("a failure file");
    let read = FailureFile::read(&path).expect("the failure file again");
    assert_eq!(read, kept);
    let judged = read.judged(&chain).expect("the chain");
    let case = read.case(judged).expect("its history");
    assert_eq!(case, failure.finding.case);
    let replayed = replay(judged, read.property().expect("its property"), &case);
    let (finding, blame) = replayed.outcome.expect("no discard").expect("the same");
    assert_eq!((finding.message, blame), (read.message, read.blame));
    let came_back = regressions(&chain, folder.path()).expect_err("it is not mended");
    assert!(came_back.to_string().contains("marked"), "{came_back}");
}

#[test]
fn what_a_hop_loses_by_itself_is_told_in_its_row_and_by_the_chain() {
    let forgets = Guest::v2().edit("read-v2", "(global.set $mark", "(drop");
    let chain = chain(&[Guest::v1(), Guest::v2(), forgets], &Config::default());
    let report = run(&chain, &["upgrade-equivalence", "lifecycle"], 0);
    assert_eq!(
        failing(&report),
        [("upgrade-equivalence", hop(2, 3)), ("lifecycle", None)]
    );
    // Version 3 forgets what it wrote itself, too.
    let failures = &lifecycle(&report).failures;
    let hops = failures.iter().map(|failure| failure.finding.hop);
    let hops: BTreeSet<Option<(usize, usize)>> =
        hops.map(|hop| hop.map(|it| (it.from, it.to))).collect();
    assert!(hops.contains(&Some((2, 3))), "{failures:#?}");
    assert!(
        hops.is_subset(&BTreeSet::from([Some((2, 3)), Some((3, 3))])),
        "{failures:#?}"
    );
    let row = &report.properties[1];
    let file = FailureFile::new_in_chain(&chain, row, &row.failures[0], None);
    assert_eq!(file.hop, hop(2, 3));
    let judged = file.judged(&chain).expect("the hop");
    let case = file.case(judged).expect("its history");
    let property = file.property().expect("its property");
    assert!(matches!(
        replay(judged, property, &case).outcome,
        Ok(Some(_))
    ));
}

#[test]
fn a_version_that_does_not_read_the_first_is_no_failure_of_the_chain_but_noted() {
    let reads_v2_alone = Guest::v2().before("read-v1", "(return (i32.const 0))");
    let guests = [Guest::v1(), Guest::v2(), reads_v2_alone];
    let report = run(&chain(&guests, &Config::default()), &["lifecycle"], 0);
    assert_eq!(failing(&report), [], "{report:#?}");
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains("v3.wasm refuses snapshots of v1.wasm")),
        "{:?}",
        report.notes
    );
}

#[test]
fn a_version_that_reads_the_first_and_loses_something_fails_the_direct_update() {
    let forgets = Guest::v2().edit("read-v1", "(global.set $mark", "(drop");
    let guests = [Guest::v1(), Guest::v2(), forgets];
    let report = run(&chain(&guests, &Config::default()), &[], 0);
    assert_eq!(failing(&report), [("lifecycle", None)], "{report:#?}");
    for failure in &lifecycle(&report).failures {
        assert_eq!(failure.finding.hop, hop(1, 3), "{failure:#?}");
        assert_eq!(failure.blame, Blame::Load);
    }
}

/// The state expires between the first recovery and the second, which is later.
#[test]
fn what_only_a_second_crash_shows_fails_lifecycle_alone() {
    let guest = Guest::v1()
        .import(OPLOG_INDEX)
        .before("save", "(i64.store (i32.const 74) (call $get-oplog-index))")
        .edit("save", "(i32.const 10)", "(i32.const 18)")
        .edit("read-v1", "(i32.const 10)", "(i32.const 18)")
        .after(
            "read-v1",
            "(if (i64.gt_s (i64.sub (call $get-oplog-index) (i64.load offset=10 (local.get $at))) (i64.const 26_000))
               (then (global.set $count (i32.const 0))))",
        );
    let pair = pair(&guest, &guest);
    let report = run(&pair, &[], 1);
    assert_eq!(failing(&report), [("lifecycle", None)], "{report:#?}");
    let finding = &lifecycle(&report).failures[0].finding;
    let lines = history(&pair, &finding.case);
    let events: Vec<&str> = lines
        .iter()
        .map(String::as_str)
        .filter(|it| !it.contains('('))
        .collect();
    assert_eq!(events.len(), 3, "{lines:?}");
    assert_eq!(events[0], "update");
    assert_eq!(finding.hop, None);
}

#[test]
fn a_retry_that_saves_less_than_the_update_that_failed_is_blamed_on_save() {
    use test_guests::Import;
    const GET: Import = Import {
        interface: "golem:api/host@1.1.0",
        function: "get-idempotence-mode",
        wit: "(result bool)",
        core: "(result i32)",
    };
    const SET: Import = Import {
        interface: "golem:api/host@1.1.7",
        function: "set-idempotence-mode",
        wit: r#"(param "idempotent" bool)"#,
        core: "(param i32)",
    };
    // The first save of a version turns a setting over; the next writes no mark.
    let new = Guest::v2()
        .import(GET)
        .import(SET)
        .edit(
            "save",
            "(global.get $mark)",
            "(select (global.get $mark) (i32.const 0) (call $get-idempotence-mode))",
        )
        .after("save", "(call $set-idempotence-mode (i32.const 0))");
    let report = run(&pair(&Guest::v1(), &new), &["lifecycle"], 0);
    let failures = &lifecycle(&report).failures;
    assert!(!failures.is_empty(), "{report:#?}");
    assert!(
        failures.iter().all(|it| it.blame == Blame::Save),
        "{failures:#?}"
    );
}

#[test]
fn a_chain_takes_the_config_by_the_names_of_the_first_version() {
    let forgets = Guest::v2().edit("read-v2", "(global.set $mark", "(drop");
    let guests = [Guest::v1(), Guest::v2(), forgets];
    let declared = |text: &str| {
        let config = Config::parse(text).expect("a config");
        run(
            &chain(&guests, &config),
            &["upgrade-equivalence", "lifecycle"],
            0,
        )
    };
    let differs = r#"differs = [{ function = "marked", reason = "it is gone" }]"#;
    assert_eq!(failing(&declared(differs)), []);
    assert_eq!(failing(&declared(r#"ignore = ["marked"]"#)), []);
    let renamed = r#"same = [{ old = "nothing", new = "marked" }]"#;
    let config = Config::parse(renamed).expect("a config");
    let runtime = test_guests::runtime();
    let versions = guests
        .iter()
        .map(|guest| test_guests::open(&runtime, guest));
    let error = Chain::new(versions.collect(), &config).expect_err("no such function");
    assert!(error.to_string().contains("nothing"), "{error:#}");
}
