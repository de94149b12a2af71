//! The report of a check as JSON.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::run::{ENOUGH, FAULTY, LOST, command, failure_file, folder, handover, ids, run};

#[test]
fn a_report_that_cannot_be_written_exits_with_2() {
    let folder = folder();
    for command in [&["check", "--cases", "1"][..], &["inspect", FAULTY[0]]] {
        let arguments = [command, &["--json", "missing/report.json"]].concat();
        let ran = handover(folder.path(), &arguments).exits(2);
        assert!(ran.stderr.contains("missing/report.json"), "{}", ran.stderr);
    }
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
fn every_command_that_reports_does_so_in_json_and_says_the_same() {
    let folder = folder();
    let json = |arguments: &[&str], code: i32| {
        let printed = [arguments, &["--json", "-"]].concat();
        let printed = handover(folder.path(), &printed).exits(code);
        let written = [arguments, &["--json", "report.json"]].concat();
        let text = handover(folder.path(), &written).exits(code).stdout;
        assert_ne!(text, "", "{arguments:?}");
        let file = std::fs::read_to_string(folder.path().join("report.json"));
        assert_eq!(file.expect("the report"), printed.stdout, "{arguments:?}");
        printed.json()
    };

    let inspected = json(&["inspect", FAULTY[1]], 0);
    assert_eq!(inspected["path"], FAULTY[1]);
    assert_eq!(inspected["load"]["name"], "load");
    let operations = inspected["operations"].as_array().expect("operations");
    assert!(operations.iter().any(|it| it["name"] == "note"));
    assert_eq!(inspected["agents"], Value::Null);

    let file = failure_file(folder.path(), "upgrade-equivalence");
    let replayed = json(&["replay", &file], 1);
    let [failure] = &replayed["failures"].as_array().expect("failures")[..] else {
        panic!("one failure: {replayed}");
    };
    let twin = failure["steps"].as_array().and_then(|steps| steps.last());
    let twin = twin.expect("a step");
    assert_eq!(
        (&twin["twin"], &twin["worker"]),
        (&failure["expected"], &failure["observed"])
    );
    std::fs::write(folder.path().join("broken.json"), "{}").expect("a file");
    let table = json(&["replay", &file, "broken.json"], 2);
    let results: Vec<_> = table["failures"]
        .as_array()
        .expect("failures")
        .iter()
        .collect();
    assert_eq!(
        (&results[0]["result"], &results[1]["result"]),
        (&"fail".into(), &"error".into())
    );
    assert_eq!(table["result"], "error");

    let fuzz = ["fuzz", FAULTY[1], "--from", FAULTY[0], "--runs", "2000"];
    let found = json(&fuzz, 1);
    assert_eq!(found["verdict"], "fail");
    assert_eq!(found["findings"][0]["property"], "load-is-total");
    assert!(found["runs"].as_u64() >= Some(2000), "{found}");

    std::fs::create_dir(folder.path().join("corpus")).expect("a folder");
    std::fs::write(folder.path().join("corpus/one"), [0; 3]).expect("a file");
    let reached = json(&["coverage", FAULTY[1], "--corpus", "corpus"], 0);
    assert_eq!(reached["inputs"]["failed"], 1);
    let functions = reached["functions"].as_array().expect("functions");
    assert!(functions.iter().any(|it| it["entered"].as_u64() > Some(0)));
    let both = [
        "coverage", FAULTY[1], "--corpus", "corpus", "--lcov", "-", "--json", "-",
    ];
    let said = handover(folder.path(), &both).exits(2).stderr;
    assert!(said.contains("only one of"), "{said}");
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
