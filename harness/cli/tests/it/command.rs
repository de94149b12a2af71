//! The command, as a user runs it: exit codes, the table, JSON, failure files, and what a terminal or a pipe sees.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use handover::properties;
use serde_json::Value;
use tempfile::TempDir;

const FAULTY: [&str; 2] = ["embedded:cart-v1", "embedded:cart-v2-faulty"];
/// With so many cases, both faults of the faulty cart are found.
const ENOUGH: [&str; 2] = ["--cases", "64"];

/// The property that finds the lost note, alone: most of what is printed does not depend on how many there are.
const LOST: [&str; 2] = ["--property", "upgrade-equivalence"];

/// A folder to run the command in.
fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

/// The command in `folder`, with nothing in its environment that changes its output.
fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_handover"));
    command.env("HANDOVER_CACHE", "off");
    command.current_dir(folder).args(arguments);
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(variable);
    }
    command
}

/// How a run ended.
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn run(command: &mut Command) -> Ran {
    let output = command.output().expect("the command can be run");
    let text = |bytes| String::from_utf8(bytes).expect("the output is text");
    Ran {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

fn handover(folder: &Path, arguments: &[&str]) -> Ran {
    run(&mut command(folder, arguments))
}

impl Ran {
    /// Asserts the exit code, and shows what was printed where it is another one.
    #[track_caller]
    fn exits(self, code: i32) -> Self {
        let Self { stdout, stderr, .. } = &self;
        assert_eq!(self.code, Some(code), "{stdout}\n{stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
        self
    }

    /// The rows of the table: property and verdict, and all of the row.
    fn rows(&self) -> Vec<(&str, &str, &str)> {
        self.stdout
            .lines()
            .skip_while(|line| !line.starts_with("property "))
            .skip(1)
            .take_while(|line| !line.is_empty())
            .map(|row| {
                let (id, rest) = row.split_once("  ").expect("a row has columns");
                let verdict = rest.trim_start().split("  ").next().unwrap_or_default();
                (id.trim(), verdict, row)
            })
            .collect()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("the whole output is JSON")
    }

    /// What stands behind `handover ` in the lines that say how to replay.
    fn replay_lines(&self) -> Vec<&str> {
        self.stdout
            .lines()
            .filter_map(|line| line.trim().strip_prefix("replay"))
            .filter_map(|line| line.trim().strip_prefix("handover "))
            .collect()
    }
}

fn ids() -> Vec<&'static str> {
    properties::ALL.iter().map(|property| property.id).collect()
}

fn property<'a>(report: &'a Value, id: &str) -> &'a Value {
    let properties = report["properties"].as_array().expect("an array");
    let found = properties.iter().find(|property| property["id"] == id);
    found.unwrap_or_else(|| panic!("{id} is in the report"))
}

/// Checks the faulty pair in `folder`, and returns the path of the failure file of `property`.
fn failure_file(folder: &Path, property: &str) -> String {
    let arguments = [&["check"][..], &FAULTY, &ENOUGH, &["--property", property]].concat();
    let report = handover(folder, &[&arguments[..], &["--json", "-"]].concat())
        .exits(1)
        .json();
    let path = &report["properties"][0]["failures"][0]["replay"];
    path.as_str()
        .expect("a failure file was written")
        .to_owned()
}

/// Changes one member of a failure file.
fn alter(folder: &Path, file: &str, member: &str, value: Value) {
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).expect("the failure file can be read");
    let mut failure: Value = serde_json::from_str(&text).expect("it is JSON");
    failure[member] = value;
    std::fs::write(&path, failure.to_string()).expect("it can be written");
}

#[test]
fn what_grows_too_fast_is_shown_with_what_was_measured_in_every_report() {
    let folder = folder();
    let config = "[limits]\nfuel = 100000000\nfuel-per-byte = 1000\n[environment]\nMODE = \"quadratic-time\"\n";
    std::fs::write(folder.path().join("mode.toml"), config).expect("a config file");
    let check = [
        "check",
        "embedded:stall-v1",
        "embedded:stall-v3",
        "--property",
        "resources",
        "--config",
        "mode.toml",
    ];
    let json = handover(folder.path(), &[&check[..], &["--json", "-"]].concat())
        .exits(1)
        .json();
    let failure = &property(&json, "resources")["failures"][0];
    let points = failure["points"].as_array().expect("points");
    let of = |point: &Value, member: &str| point[member].as_u64().expect("a number");
    for pair in points.windows(2) {
        assert_eq!(of(&pair[1], "times"), of(&pair[0], "times") * 2);
        assert!(of(&pair[1], "snapshot") > of(&pair[0], "snapshot"));
        assert!(of(&pair[1], "fuel") > of(&pair[0], "fuel") * 5 / 2);
        assert!(of(&pair[1], "memory") >= 65_536);
    }
    assert_eq!(points.len(), 4);
    let table = handover(folder.path(), &check).exits(1);
    let replay = failure["replay"].as_str().expect("a failure file");
    let replayed = handover(folder.path(), &["replay", replay]).exits(1);
    let fuel = of(&points[3], "fuel").to_string();
    let message = failure["message"].as_str().expect("a message");
    for text in [&table.stdout, &replayed.stdout] {
        assert!(text.contains(&fuel) && text.contains(message), "{text}");
    }
}

#[test]
fn the_embedded_pair_passes_with_a_row_for_each_property() {
    let folder = folder();
    let ran = handover(folder.path(), &["check", "--cases", "16"]).exits(0);
    let rows = ran.rows();
    assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), ids());
    assert!(rows.iter().all(|row| row.1 == "PASS"), "{}", ran.stdout);
    assert!(ran.stdout.contains("embedded:cart-v1"));
    assert!(ran.stdout.contains("embedded:cart-v2"));
    assert_eq!(ran.stderr, "", "a pipe sees no progress bar");
    assert!(
        !folder.path().join("handover-failures").exists(),
        "without a failure there is no folder for them"
    );
}

#[test]
fn both_faults_of_the_faulty_cart_are_reported() {
    let folder = folder();
    let arguments = [&["check"][..], &FAULTY, &ENOUGH, &["--json", "-"]].concat();
    let report = handover(folder.path(), &arguments).exits(1).json();
    assert_eq!(report["verdict"], "fail");

    let lost = property(&report, "upgrade-equivalence");
    assert_eq!(lost["status"], "fail");
    let failure = &lost["failures"][0];
    let history: Vec<&str> = failure["history"]
        .as_array()
        .expect("an array")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let operations = history.iter().filter(|line| **line != "update").count();
    assert!(operations <= 3, "{history:?}");
    assert_eq!(
        history.iter().filter(|line| **line == "update").count(),
        1,
        "{history:?}"
    );
    assert_eq!(history.last(), Some(&"note()"), "{history:?}");
    assert_eq!(failure["blame"], "load");
    assert_eq!(failure["observed"], "\"\"");
    assert_ne!(failure["expected"], failure["observed"]);

    let trap = property(&report, "load-is-total");
    assert_eq!(trap["status"], "fail");
    let failure = &trap["failures"][0];
    assert_eq!(failure["blame"], "load");
    assert_eq!(failure["history"], Value::Array(Vec::new()));
    let message = failure["message"].as_str().unwrap_or_default();
    assert!(message.contains("trap"), "{message}");
    // It indexes byte 4 of 3.
    assert_eq!(failure["input"]["base64"], "AAAA", "{failure}");
}

#[test]
fn the_replay_line_works_as_it_is_printed() {
    let folder = folder();
    let arguments = [&["check"][..], &FAULTY, &ENOUGH].concat();
    let checked = handover(folder.path(), &arguments).exits(1);
    let lines = checked.replay_lines();
    assert!(lines.len() >= 2, "{}", checked.stdout);
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        let &["replay", file] = words.as_slice() else {
            panic!("{line:?} is no replay of a file");
        };
        assert!(folder.path().join(file).is_file(), "{file}");
        let replayed = handover(folder.path(), &words).exits(1);
        assert!(replayed.stdout.contains("  1  "), "{}", replayed.stdout);
        assert!(replayed.stdout.contains("\nFAIL"), "{}", replayed.stdout);
    }
}

#[test]
fn the_replay_line_works_for_a_folder_with_a_space_in_its_name() {
    let folder = folder();
    let failures = ["--failures", "my failures"];
    let arguments = [&["check"][..], &FAULTY, &ENOUGH, &LOST, &failures].concat();
    let checked = handover(folder.path(), &arguments).exits(1);
    let line = *checked.replay_lines().first().expect("a replay line");
    let script = format!("\"$HANDOVER\" {line}");
    let mut shell = Command::new("sh");
    shell.current_dir(folder.path()).args(["-c", &script]);
    shell.env("HANDOVER_CACHE", "off");
    run(shell.env("HANDOVER", env!("CARGO_BIN_EXE_handover"))).exits(1);
}

#[test]
fn a_replay_tells_the_history_step_by_step() {
    let folder = folder();
    let file = failure_file(folder.path(), "upgrade-equivalence");
    let replayed = handover(folder.path(), &["replay", &file]).exits(1);
    let steps: Vec<&str> = replayed
        .stdout
        .lines()
        .filter(|line| line.starts_with("  ") && line[..3].trim().parse::<u8>().is_ok())
        .collect();
    assert_eq!(steps.len(), 3, "{}", replayed.stdout);
    assert!(steps[0].starts_with("  1  set-note("), "{steps:?}");
    assert_eq!(steps[1..], ["  2  update", "  3  note()"]);
    for shown in [
        "both    returns",
        "worker  updated with a snapshot of",
        "twin    \"",
        "worker  \"\"",
        "blame: load",
    ] {
        assert!(replayed.stdout.contains(shown), "{shown}");
    }
}

#[test]
fn a_replay_on_the_mended_component_passes_if_other_versions_are_accepted() {
    let folder = folder();
    for property in ["upgrade-equivalence", "load-is-total"] {
        let file = failure_file(folder.path(), property);
        let mended = ["replay", &file, "--new", "embedded:cart-v2"];
        let refused = handover(folder.path(), &mended).exits(2);
        assert!(
            refused.stderr.contains("--any-version"),
            "{}",
            refused.stderr
        );
        let accepted = [&mended[..], &["--any-version"]].concat();
        let replayed = handover(folder.path(), &accepted).exits(0);
        assert!(replayed.stdout.contains("\nPASS"), "{}", replayed.stdout);
    }
}

#[test]
fn a_replay_that_says_nothing_exits_with_3() {
    let folder = folder();
    let file = failure_file(folder.path(), "upgrade-equivalence");
    alter(folder.path(), &file, "history", Value::from(vec!["update"]));
    let replayed = handover(folder.path(), &["replay", &file]).exits(3);
    assert!(
        replayed.stdout.contains("\nDISCARDED"),
        "{}",
        replayed.stdout
    );
}

#[test]
fn a_replay_names_the_line_that_the_components_do_not_know() {
    let folder = folder();
    let file = failure_file(folder.path(), "upgrade-equivalence");
    let replay = ["replay", &file, "--any-version"];
    let clocks = ["--old", "embedded:clock-v1", "--new", "embedded:clock-v2"];
    let refused = handover(folder.path(), &[&replay[..], &clocks].concat()).exits(2);
    assert!(refused.stderr.contains("set-note"), "{}", refused.stderr);

    for (line, part) in [
        ("note", "note"),
        ("note(", "note("),
        ("note(1)", "note(1)"),
        ("set-note(1)", "set-note(1)"),
        ("set-note(\"a\", \"b\")", "set-note("),
        ("", "\"\""),
    ] {
        alter(folder.path(), &file, "history", Value::from(vec![line]));
        let refused = handover(folder.path(), &replay).exits(2);
        assert!(refused.stderr.contains(part), "{line}: {}", refused.stderr);
    }
}

#[test]
fn a_file_that_is_no_failure_file_is_refused() {
    let folder = folder();
    let file = failure_file(folder.path(), "load-is-total");
    for (member, value) in [
        ("handover", Value::from(2)),
        ("property", Value::from("no-such-property")),
        ("blame", Value::from("nobody")),
        ("unknown", Value::from(1)),
        (
            "input",
            serde_json::json!({"base64": "%", "mime_type": "x"}),
        ),
    ] {
        let good = std::fs::read(folder.path().join(&file)).expect("it can be read");
        alter(folder.path(), &file, member, value);
        let refused = handover(folder.path(), &["replay", &file]).exits(2);
        assert!(refused.stderr.starts_with("error: "), "{}", refused.stderr);
        std::fs::write(folder.path().join(&file), good).expect("it can be written");
    }
    for (name, contents) in [("empty", ""), ("text", "not JSON"), ("array", "[]")] {
        std::fs::write(folder.path().join(name), contents).expect("it can be written");
        handover(folder.path(), &["replay", name]).exits(2);
    }
    handover(folder.path(), &["replay", "."]).exits(2);
    handover(folder.path(), &["replay", "missing.json"]).exits(2);
}

#[test]
fn without_cases_nothing_is_exercised() {
    let folder = folder();
    let ran = handover(folder.path(), &["check", "--cases", "0"]).exits(3);
    let rows = ran.rows();
    assert_eq!(rows.len(), ids().len());
    for (_, verdict, row) in rows {
        assert_eq!(verdict, "NOT EXERCISED", "{row}");
        assert!(row.ends_with("no case was run"), "{row}");
    }
}

#[test]
fn a_wrong_usage_exits_with_2_and_says_what_is_wrong() {
    let folder = folder();
    let old = "embedded:cart-v1";
    for (arguments, said) in [
        (&[][..], "Usage"),
        (&["chekc"], "chekc"),
        (&["check", old], "2 values"),
        (&["check", old, old, "missing.wasm"], "missing.wasm"),
        (
            &["check", "--property", "upgrade-equivalenc"],
            "upgrade-equivalence",
        ),
        (&["check", "--nothing"], "--nothing"),
        (&["check", "--cases", "many"], "many"),
        (&["check", "--cases", "-1"], "-1"),
        (&["check", "--seed", "x"], "x"),
        (&["check", "--ops", "4000000000"], "--ops"),
        (&["check", "missing.wasm", old], "missing.wasm"),
        (&["check", old, "missing.wasm"], "missing.wasm"),
        (&["check", old, "embedded:cart-v9"], "cart-v9"),
        (&["check", ".", old], "not a file"),
        (&["check", "--config", "missing.toml"], "missing.toml"),
        (&["inspect"], "FILE"),
        (&["inspect", "missing.wasm"], "missing.wasm"),
        (&["replay"], "FAILURE.json"),
    ] {
        let ran = handover(folder.path(), arguments).exits(2);
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
}

#[test]
fn a_report_that_cannot_be_written_exits_with_2() {
    let folder = folder();
    let arguments = ["check", "--cases", "1", "--json", "missing/report.json"];
    let ran = handover(folder.path(), &arguments).exits(2);
    assert!(ran.stderr.contains("missing/report.json"), "{}", ran.stderr);
}

#[test]
fn failure_files_that_cannot_be_written_cost_no_verdict() {
    let folder = folder();
    std::fs::write(folder.path().join("taken"), "a file").expect("it can be written");
    let failures = ["--failures", "taken"];
    let arguments = [&["check"][..], &FAULTY, &ENOUGH, &LOST, &failures].concat();
    let ran = handover(folder.path(), &arguments).exits(1);
    assert!(ran.stderr.contains("warning: "), "{}", ran.stderr);
    assert_eq!(ran.replay_lines(), Vec::<&str>::new());
    assert!(ran.stdout.contains("note() differs"), "{}", ran.stdout);
}

#[test]
fn help_and_version_are_no_errors() {
    let folder = folder();
    let version = handover(folder.path(), &["--version"]).exits(0);
    assert_eq!(
        version.stdout,
        concat!("handover ", env!("CARGO_PKG_VERSION"), "\n")
    );
    for arguments in [
        &["--help"][..],
        &["help", "check"],
        &["check", "--help"],
        &["inspect", "--help"],
        &["replay", "--help"],
    ] {
        let help = handover(folder.path(), arguments).exits(0);
        assert!(help.stdout.contains("Usage: handover"), "{}", help.stdout);
        assert_eq!(help.stderr, "");
    }
    for arguments in [&["--help"][..], &["check", "--help"], &["replay", "--help"]] {
        let help = handover(folder.path(), arguments).exits(0).stdout;
        for code in 0..=3 {
            assert!(help.contains(&format!("\n  {code}  ")), "{help}");
        }
    }
}

#[test]
fn only_the_properties_that_are_named_are_checked() {
    let folder = folder();
    let arguments = ["check", "--cases", "2", "--property"];
    let ran = handover(
        folder.path(),
        &[&arguments[..], &["resave", "--property", "revert"]].concat(),
    )
    .exits(0);
    let rows: Vec<&str> = ran.rows().iter().map(|row| row.0).collect();
    assert_eq!(rows, ["resave", "revert"]);
    for id in ids() {
        let ran = handover(folder.path(), &[&arguments[..], &[id]].concat()).exits(0);
        let rows: Vec<&str> = ran.rows().iter().map(|row| row.0).collect();
        assert_eq!(rows, [id]);
    }
}

#[test]
fn an_advisory_property_fails_only_in_a_strict_check() {
    let folder = folder();
    let advisory = ["--property", "load-is-strict"];
    let arguments = [&["check"][..], &FAULTY, &ENOUGH, &advisory].concat();
    let lenient = handover(folder.path(), &arguments).exits(0);
    assert_eq!(lenient.rows()[0].1, "PASS");
    let note = "load-is-strict: load accepts bytes that no version's save writes";
    assert!(lenient.stdout.contains(note), "{}", lenient.stdout);
    assert!(lenient.stdout.contains("--strict"), "{}", lenient.stdout);

    let strict = handover(folder.path(), &[&arguments[..], &["--strict"]].concat()).exits(1);
    assert_eq!(strict.rows()[0].1, "FAIL");
    assert_eq!(strict.replay_lines().len(), 1, "{}", strict.stdout);
}

#[test]
fn a_check_that_runs_out_of_time_says_for_how_many_cases_the_time_was_enough() {
    let folder = folder();
    let arguments = ["check", "--cases", "1000000000", "--json", "-"];
    for seconds in ["0", "1"] {
        let ran = handover(
            folder.path(),
            &[&arguments[..], &["--seconds", seconds]].concat(),
        );
        let report = ran.json();
        for property in report["properties"].as_array().expect("an array") {
            let cases = property["cases"].as_u64().expect("a number");
            let reason = property["reason"].as_str().expect("a text");
            // Those that feed bytes to load run sixteen inputs for each case; resources runs one for 64.
            let said = [1_000_000_000u64, 16_000_000_000, 15_625_000]
                .map(|wanted| format!("time was enough for {cases} of {wanted} cases"));
            assert!(said.iter().any(|it| it == reason), "{property}");
        }
        // How many cases a second is enough for is the machine's affair; none is no pass.
        let code = match report["verdict"].as_str() {
            Some("pass") => 0,
            Some("not-exercised") => 3,
            other => panic!("the carts are correct: {other:?}"),
        };
        assert!(seconds != "0" || code == 3, "no time is enough for no case");
        ran.exits(code);
    }
}

#[test]
fn time_that_is_enough_leaves_no_trace_in_the_report() {
    let folder = folder();
    let arguments = ["check", "--cases", "4", "--json", "-"];
    let unbounded = handover(folder.path(), &arguments).exits(0);
    for seconds in ["600", "18446744073709551615"] {
        let bounded = [&arguments[..], &["--seconds", seconds]].concat();
        let bounded = handover(folder.path(), &bounded).exits(0);
        assert_eq!(bounded.stdout, unbounded.stdout);
    }
}

#[test]
fn a_history_has_no_more_operations_than_allowed() {
    let folder = folder();
    // One operation cannot both change a state and show it.
    let arguments = [&["check"][..], &FAULTY, &ENOUGH, &LOST].concat();
    handover(folder.path(), &[&arguments[..], &["--ops", "1"]].concat()).exits(0);
    handover(folder.path(), &[&arguments[..], &["--ops", "0"]].concat()).exits(3);
    handover(folder.path(), &[&arguments[..], &["--ops", "50"]].concat()).exits(1);
}

#[test]
fn a_pipe_gets_no_escape_codes_unless_colours_are_forced() {
    let folder = folder();
    let check = [&["check"][..], &FAULTY, &ENOUGH, &LOST].concat();
    let file = failure_file(folder.path(), "upgrade-equivalence");
    for arguments in [&check[..], &["replay", &file], &["check", "--nothing"]] {
        let has_codes = |variables: &[(&str, &str)]| {
            let mut command = command(folder.path(), arguments);
            let ran = run(command.envs(variables.iter().copied()));
            format!("{}{}", ran.stdout, ran.stderr).contains('\u{1b}')
        };
        assert!(!has_codes(&[]), "{arguments:?}");
        assert!(!has_codes(&[("NO_COLOR", "1")]), "{arguments:?}");
        assert!(has_codes(&[("CLICOLOR_FORCE", "1")]), "{arguments:?}");
        assert!(
            !has_codes(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]),
            "{arguments:?}"
        );
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
        &["old", "new", "seed", "verdict", "properties", "notes"],
    );
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

#[test]
fn a_reader_that_has_gone_away_is_no_panic() {
    let folder = folder();
    let file = failure_file(folder.path(), "upgrade-equivalence");
    for (arguments, code) in [
        (&["check", "--cases", "1"][..], 0),
        (&["check", "--cases", "1", "--json", "-"], 0),
        (&["check", "--cases", "0"], 3),
        (&["inspect", "embedded:cart-v1"], 0),
        (&["replay", &file], 1),
        (&["--help"], 0),
    ] {
        let mut command = command(folder.path(), arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command can be run");
        drop(child.stdout.take());
        let ended = child.wait_with_output().expect("it ends");
        let stderr = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {stderr}");
        assert_eq!(stderr, "", "{arguments:?}");
    }
}

#[test]
fn inspect_shows_save_and_load_and_the_operations_with_their_types() {
    let folder = folder();
    let shown = handover(folder.path(), &["inspect", "embedded:cart-v3"])
        .exits(0)
        .stdout;
    for line in [
        "save: golem:api/save-snapshot.save (1.5.0): func() -> record { payload: list<u8>, mime-type: string }",
        "load: golem:api/load-snapshot.load (1.5.0): func(snapshot: record { payload: list<u8>, mime-type: string }) -> result<_, string>",
        "operations: 16",
        "  shop:cart/cart@1.1.0.note: func() -> string",
        "  shop:cart/cart@1.1.0.hold: func(reason: option<string>) -> variant { open, on-hold(string), ordered(u64) }",
        "  shop:cart/cart@1.1.0.set-delivery: func(delivery: flags { express, gift-wrap, leave-with-neighbour }) -> flags { express, gift-wrap, leave-with-neighbour }",
        "imported functions: 0",
    ] {
        assert!(shown.lines().any(|it| it == line), "{line}\n{shown}");
    }
}

#[test]
fn inspect_shows_who_answers_the_imports() {
    let folder = folder();
    let shown = handover(folder.path(), &["inspect", "embedded:clock-v1"])
        .exits(0)
        .stdout;
    assert!(shown.contains("save: golem:api/save-snapshot.save (1.1.0): func() -> list<u8>\n"));
    assert!(shown.contains("\noperations: 12\n"), "{shown}");
    assert!(shown.contains("\nimported functions: 5\n"), "{shown}");
    for (interface, function) in [
        ("golem:api/host@1.1.0", "get-oplog-index"),
        ("wasi:cli/environment@0.2.3", "get-environment"),
        ("wasi:random/random@0.2.3", "get-random-u64"),
    ] {
        let lines = format!("  {interface}: answered by the simulated world\n    {function}\n");
        assert!(shown.contains(&lines), "{lines}\n{shown}");
    }
}

/// The first stall twice, and a third version whose load loses the order of a queue.
const CHAIN: [&str; 4] = [
    "check",
    "embedded:stall-v1",
    "embedded:stall-v1",
    "embedded:stall-v3",
];

#[test]
fn a_chain_names_the_hop_that_lost_the_state_and_its_failure_replays() {
    let folder = folder();
    let mode = "[environment]\nMODE = \"queue-order-lost\"\n";
    std::fs::write(folder.path().join("mode.toml"), mode).expect("a config file");
    let properties = [
        "--property",
        "upgrade-equivalence",
        "--property",
        "lifecycle",
    ];
    let arguments = [&CHAIN[..], &ENOUGH, &properties, &["--config", "mode.toml"]].concat();
    let ran = handover(folder.path(), &arguments).exits(1);
    let rows: Vec<Vec<&str>> = ran
        .rows()
        .iter()
        .map(|(_, _, row)| row.split_whitespace().take(3).collect())
        .collect();
    assert_eq!(
        rows,
        [
            ["upgrade-equivalence", "v1→v2", "PASS"],
            ["upgrade-equivalence", "v2→v3", "FAIL"],
            ["lifecycle", "all", "FAIL"],
        ]
    );
    assert!(
        ran.stdout.contains("blame     load of v2→v3"),
        "{}",
        ran.stdout
    );

    let json = [&arguments[..], &["--json", "-"]].concat();
    let report = handover(folder.path(), &json).exits(1).json();
    assert_eq!(report["versions"].as_array().map(Vec::len), Some(3));
    let row = &report["properties"][2];
    assert_eq!(
        (&row["id"], &row["hop"]),
        (&"lifecycle".into(), &Value::Null)
    );
    let failures = row["failures"].as_array().expect("its failures");
    let of_second = failures
        .iter()
        .find(|it| it["hop"] == serde_json::json!({"from": 2, "to": 3}));
    let file = of_second.expect("the second hop is named")["replay"].as_str();
    let file = file.expect("a failure file");
    let ran = handover(folder.path(), &["replay", file]).exits(1);
    assert!(
        ran.stdout.contains("after the update v2→v3"),
        "{}",
        ran.stdout
    );
    // Mended: the version after the update that lost the state is another.
    let mended = ["replay", file, "--new", "embedded:stall-v1"];
    handover(folder.path(), &mended).exits(2);
    handover(folder.path(), &[&mended[..], &["--any-version"]].concat()).exits(0);

    let of_hop = report["properties"][1]["failures"][0]["replay"].as_str();
    let of_hop = of_hop.expect("a failure file");
    handover(folder.path(), &["replay", of_hop]).exits(1);
}

#[test]
fn a_hop_that_the_chain_of_a_failure_file_does_not_have_exits_with_2() {
    let folder = folder();
    let mode = "[environment]\nMODE = \"queue-order-lost\"\n";
    std::fs::write(folder.path().join("mode.toml"), mode).expect("a config file");
    let arguments = [
        &CHAIN[..],
        &ENOUGH,
        &LOST,
        &["--config", "mode.toml", "--json", "-"],
    ]
    .concat();
    let report = handover(folder.path(), &arguments).exits(1).json();
    let file = report["properties"][1]["failures"][0]["replay"].as_str();
    let path = folder.path().join(file.expect("a failure file"));
    let text = std::fs::read_to_string(&path).expect("its text");
    let mut file: Value = serde_json::from_str(&text).expect("JSON");
    for (from, to) in [(0, 1), (3, 4), (1, 3), (7, 8), (u64::MAX, 0)] {
        file["hop"] = serde_json::json!({"from": from, "to": to});
        std::fs::write(&path, file.to_string()).expect("written");
        let ran = handover(folder.path(), &["replay", &path.display().to_string()]).exits(2);
        assert!(ran.stderr.contains("hop"), "{}", ran.stderr);
    }
}
