//! `handover replay`: the line that a report prints works, the steps are told one by one, and what does not fit is refused.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::run::{ENOUGH, FAULTY, LOST, failure_file, folder, handover, run};

/// Changes one member of a failure file.
fn alter(folder: &Path, file: &str, member: &str, value: Value) {
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path).expect("the failure file can be read");
    let mut failure: Value = serde_json::from_str(&text).expect("it is JSON");
    failure[member] = value;
    std::fs::write(&path, failure.to_string()).expect("it can be written");
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
