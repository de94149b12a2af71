//! The report of a check as JSON.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::run::{ENOUGH, FAULTY, LOST, command, folder, handover, ids, run};

#[test]
fn a_report_that_cannot_be_written_exits_with_2() {
    let folder = folder();
    let arguments = ["check", "--cases", "1", "--json", "missing/report.json"];
    let ran = handover(folder.path(), &arguments).exits(2);
    assert!(ran.stderr.contains("missing/report.json"), "{}", ran.stderr);
}

#[test]
fn json_on_standard_output_stands_alone() {
    let folder = folder();
    let check = [&["check"][..], &FAULTY, &ENOUGH, &LOST, &["--json", "-"]].concat();
    let plain = handover(folder.path(), &check).exits(1);
    assert_eq!(plain.json()["verdict"], "fail");
    assert!(plain.stdout.ends_with("}\n"));
    assert_eq!(plain.stderr, "");
    let forced = run(command(folder.path(), &check).env("CLICOLOR_FORCE", "1")).exits(1);
    assert_eq!(forced.stdout, plain.stdout);
}

#[test]
fn json_in_a_file_is_the_same_and_the_table_is_printed_too() {
    let folder = folder();
    let check = [&["check"][..], &FAULTY, &ENOUGH, &LOST].concat();
    let table = handover(
        folder.path(),
        &[&check[..], &["--json", "report.json"]].concat(),
    )
    .exits(1);
    assert_eq!(table.rows().len(), 1);
    let file = folder.path().join("report.json");
    let written = std::fs::read_to_string(file).expect("the report was written");
    let printed = handover(folder.path(), &[&check[..], &["--json", "-"]].concat()).exits(1);
    assert_eq!(written, printed.stdout);
}

#[test]
fn what_a_pass_is_worth_is_in_the_json_and_may_be_required() {
    let folder = folder();
    let check = ["check", "embedded:cart-v1", "embedded:cart-v2"];
    let check = [
        &check[..],
        &["--cases", "16", "--json", "-", "--sensitivity"],
    ]
    .concat();
    let report = handover(folder.path(), &[&check[..], &["1"]].concat());
    let report = report.exits(0).json();
    let (of, noticed) = (
        &report["sensitivity"]["of"],
        &report["sensitivity"]["noticed"],
    );
    let missed = report["sensitivity"]["unnoticed"].as_array().map(Vec::len);
    assert_eq!(
        of.as_u64().zip(noticed.as_u64()).map(|(of, it)| of - it),
        missed.map(|it| it as u64)
    );
    assert!(of.as_u64() > Some(8), "{of}");
    let too_much = handover(folder.path(), &[&check[..], &["101"]].concat()).exits(2);
    assert!(
        too_much.stderr.contains("at most 100"),
        "{}",
        too_much.stderr
    );
}

#[test]
fn the_names_in_the_json_are_the_documented_ones() {
    fn assert_names(object: &Value, names: &[&str]) {
        let object = object.as_object().expect("an object");
        let found: BTreeSet<&str> = object.keys().map(String::as_str).collect();
        assert_eq!(found, names.iter().copied().collect::<BTreeSet<_>>());
    }

    let folder = folder();
    let arguments = [
        &["check"][..],
        &FAULTY,
        &ENOUGH,
        &["--seed", "18446744073709551615"],
    ];
    let arguments = [&arguments.concat()[..], &["--json", "-"]].concat();
    let report = handover(folder.path(), &arguments).exits(1).json();
    assert_names(
        &report,
        &[
            "old",
            "new",
            "seed",
            "verdict",
            "updates",
            "properties",
            "notes",
        ],
    );
    assert_names(&report["updates"], &["automatic", "manual"]);
    assert_eq!(report["seed"].as_u64(), Some(u64::MAX));
    for (version, path) in [("old", FAULTY[0]), ("new", FAULTY[1])] {
        assert_names(&report[version], &["path", "sha256"]);
        assert_eq!(report[version]["path"], path);
        let sha256 = report[version]["sha256"].as_str().expect("a text");
        assert_eq!(sha256.len(), 64);
        assert!(sha256.chars().all(|digit| digit.is_ascii_hexdigit()));
    }
    let properties = report["properties"].as_array().expect("an array");
    assert_eq!(
        properties
            .iter()
            .map(|property| property["id"].as_str().unwrap_or_default())
            .collect::<Vec<_>>(),
        ids()
    );
    let mut failures = 0;
    for property in properties {
        assert_names(
            property,
            &[
                "id",
                "status",
                "cases",
                "discarded",
                "reason",
                "operations",
                "failures",
            ],
        );
        let status = property["status"].as_str().expect("a text");
        assert!(["pass", "fail", "not-exercised"].contains(&status));
        assert!(property["discarded"].as_u64() <= property["cases"].as_u64());
        let failed = property["failures"].as_array().expect("an array");
        assert_eq!(status == "fail", !failed.is_empty(), "{property}");
        for failure in failed {
            failures += 1;
            assert_names(
                failure,
                &[
                    "blame",
                    "message",
                    "expected",
                    "observed",
                    "points",
                    "backtrace",
                    "input",
                    "history",
                    "replay",
                ],
            );
            let replay = failure["replay"].as_str().expect("a text");
            assert!(folder.path().join(replay).is_file(), "{replay}");
        }
    }
    assert!(failures >= 2);
    assert!(report["notes"].is_array());

    let none = ["check", "--cases", "0", "--json", "-"];
    let report = handover(folder.path(), &none).exits(3).json();
    assert_eq!(report["verdict"], "not-exercised");
    assert_eq!(report["properties"][0]["status"], "not-exercised");
    let one = ["check", "--cases", "1", "--json", "-"];
    let report = handover(folder.path(), &one).exits(0).json();
    assert_eq!(report["verdict"], "pass");
}
