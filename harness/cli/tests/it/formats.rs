//! The report of a check for other programs: JUnit, SARIF, and what GitHub shows.

use std::collections::BTreeSet;
use std::path::Path;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus};
use serde_json::Value;

use crate::run::{ENOUGH, FAULTY, LOST, Ran, command, folder, handover, ids, run};

/// The check of the faulty pair.
fn faulty<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["check"][..], &FAULTY, &ENOUGH, more].concat()
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).expect("the report was written")
}

/// Whether the test case failed, and with what message and description.
fn failed(case: &TestCase) -> Option<(&str, &str)> {
    match &case.status {
        TestCaseStatus::NonSuccess {
            kind: NonSuccessKind::Failure,
            message,
            description,
            ..
        } => Some((message.as_ref()?.as_str(), description.as_ref()?.as_str())),
        _ => None,
    }
}

#[test]
fn junit_and_sarif_say_what_the_json_says() {
    let folder = folder();
    let files = ["--json", "a.json", "--junit", "a.xml", "--sarif", "a.sarif"];
    handover(folder.path(), &faulty(&files)).exits(1);
    let json: Value = serde_json::from_str(&read(folder.path(), "a.json")).expect("JSON");
    let properties = json["properties"].as_array().expect("properties");

    let junit = Report::deserialize_from_str(&read(folder.path(), "a.xml")).expect("JUnit");
    let [suite] = &junit.test_suites[..] else {
        panic!("one suite: {junit:?}");
    };
    let names: Vec<&str> = suite.test_cases.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ids());
    for (case, property) in suite.test_cases.iter().zip(properties) {
        let first = &property["failures"][0];
        let (message, text) = failed(case).unzip();
        assert_eq!(message, first["message"].as_str(), "{case:?}");
        if let Some(text) = text {
            let replay = first["replay"].as_str().expect("a failure file");
            assert!(text.contains(replay) && text.contains("blame"), "{text}");
        }
        let is_skipped = matches!(case.status, TestCaseStatus::Skipped { .. });
        assert_eq!(is_skipped, property["status"] == "not-exercised");
    }
    assert!(junit.failures >= 2, "{}", junit.failures);

    let sarif: Value = serde_json::from_str(&read(folder.path(), "a.sarif")).expect("JSON");
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    let rules: Vec<&str> = rules.iter().filter_map(|it| it["id"].as_str()).collect();
    assert_eq!(rules, ids());
    let results = run["results"].as_array().expect("results");
    let told = properties.iter().flat_map(|property| {
        let failures = property["failures"].as_array().expect("failures");
        failures.iter().map(|it| (&property["id"], &it["message"]))
    });
    let told: Vec<_> = told.collect();
    assert_eq!(results.len(), told.len());
    let mut fingerprints = BTreeSet::new();
    for (result, (id, message)) in results.iter().zip(told) {
        assert_eq!((&result["ruleId"], &result["level"]), (id, &"error".into()));
        let text = result["message"]["text"].as_str().expect("a text");
        assert!(text.contains(message.as_str().expect("a text")), "{text}");
        let place = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(place, FAULTY[1], "load is to blame");
        fingerprints.insert(result["partialFingerprints"]["handover/v1"].to_string());
    }
    assert_eq!(fingerprints.len(), results.len());
}

#[test]
fn equal_reports_are_equal_files_and_a_hostile_name_is_text() {
    let folder = folder();
    let name = "a&]]>\u{202e}<script>::error::%0A.wasm";
    let old = sample_component::component("cart-v1").expect("it is embedded");
    std::fs::write(folder.path().join(name), old).expect("it is written");
    let files = |number: usize| [format!("{number}.xml"), format!("{number}.sarif")];
    for number in [1, 2] {
        let [junit, sarif] = files(number);
        let arguments = ["check", name, FAULTY[1], ENOUGH[0], ENOUGH[1]];
        let files = ["--junit", &junit, "--sarif", &sarif, LOST[0], LOST[1]];
        handover(folder.path(), &[&arguments[..], &files].concat()).exits(1);
    }
    for (one, other) in files(1).iter().zip(&files(2)) {
        let text = read(folder.path(), one);
        assert_eq!(text, read(folder.path(), other));
        assert!(
            !text.contains('\u{202e}') && !text.contains("<script>"),
            "{text}"
        );
    }
}

#[test]
fn a_verdict_that_is_no_propertys_is_in_the_formats_too() {
    let folder = folder();
    let blind = [
        "check",
        "embedded:sensors-v1",
        "embedded:sensors-v2",
        "--cases",
        "4",
    ];
    let blind = [&blind[..], &LOST, &["--junit", "a.xml", "--sensitivity"]].concat();
    let junit = |percent: &str, code: i32| {
        handover(folder.path(), &[&blind[..], &[percent]].concat()).exits(code);
        let junit = Report::deserialize_from_str(&read(folder.path(), "a.xml"));
        junit.expect("JUnit").failures
    };
    assert_eq!(junit("1", 0), 0);
    assert_eq!(junit("100", 1), 1);
}

#[test]
fn a_file_that_cannot_be_written_exits_with_2_and_says_so() {
    let folder = folder();
    let check = ["check", "--cases", "1", "--property", "resave"];
    for option in ["--html", "--junit", "--sarif"] {
        let ran = handover(
            folder.path(),
            &[&check[..], &[option, "missing/report"]].concat(),
        );
        let said = ran.exits(2).stderr;
        assert!(said.contains("missing/report"), "{said}");
    }
    let said = on_github(folder.path(), &check, "missing/summary")
        .exits(2)
        .stderr;
    assert!(said.contains("missing/summary"), "{said}");
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("a folder").count(),
        0
    );
}

/// The command in a workflow of GitHub's.
fn on_github(folder: &Path, arguments: &[&str], summary: &str) -> Ran {
    let mut command = command(folder, arguments);
    command.env("GITHUB_ACTIONS", "true");
    run(command.env("GITHUB_STEP_SUMMARY", folder.join(summary)))
}

#[test]
fn a_workflow_of_github_gets_annotations_and_a_summary() {
    let folder = folder();
    let plain = handover(folder.path(), &faulty(&LOST)).exits(1).stdout;
    let ran = on_github(folder.path(), &faulty(&LOST), "summary.md").exits(1);
    let (first, rest) = ran.stdout.split_once('\n').expect("lines");
    let token = first
        .strip_prefix("::stop-commands::")
        .expect("no commands in the table");
    let (table, commands) = rest
        .split_once(&format!("\n::{token}::\n"))
        .expect("an end");
    assert_eq!(table, plain);
    let commands: Vec<&str> = commands.lines().collect();
    let [command] = commands[..] else {
        panic!("one failure: {commands:?}");
    };
    let start =
        "::error title=handover%3A upgrade-equivalence::after the update: note() differs%0A";
    assert!(command.starts_with(start), "{command}");

    let once = read(folder.path(), "summary.md");
    assert!(
        once.starts_with("## handover: FAIL: do not update\n"),
        "{once}"
    );
    assert!(once.contains("| upgrade\\-equivalence | FAIL |"), "{once}");
    assert!(once.contains("            update\n"), "{once}");
    let json = [&faulty(&LOST)[..], &["--json", "-"]].concat();
    let ran = on_github(folder.path(), &json, "summary.md").exits(1);
    assert_eq!(ran.json()["verdict"], "fail");
    assert_eq!(ran.stderr.trim_end(), command);
    assert_eq!(read(folder.path(), "summary.md"), once.repeat(2));
}
