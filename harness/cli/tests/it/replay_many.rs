//! `handover replay` of a folder, a glob and several files: a table, and the worst exit code.

use std::path::Path;

use serde_json::Value;

use crate::run::{Ran, failure_file, folder, handover};

const LOST: &str = "upgrade-equivalence";
const TRAPS: &str = "load-is-total";

/// Puts a failure of each of two properties into the folder `found`.
fn found(folder: &Path) {
    std::fs::create_dir(folder.join("found")).expect("the folder can be made");
    for property in [LOST, TRAPS] {
        let file = failure_file(folder, property);
        let kept = folder.join("found").join(format!("{property}.json"));
        std::fs::copy(folder.join(file), kept).expect("the failure file can be copied");
    }
}

/// The columns of every row.
fn rows(ran: &Ran) -> Vec<Vec<&str>> {
    let columns = |line| str::split(line, "  ").map(str::trim);
    let table = ran.stdout.lines().take_while(|line| !line.is_empty());
    table
        .map(|line| columns(line).filter(|it| !it.is_empty()).collect())
        .collect()
}

#[test]
fn a_folder_a_glob_and_its_files_are_the_same_table() {
    let folder = folder();
    found(folder.path());
    let (traps, lost) = (format!("found/{TRAPS}.json"), format!("found/{LOST}.json"));
    std::fs::write(folder.path().join("found/notes.txt"), "no failure").expect("can be written");
    let wanted = [
        ["file", "property", "result"],
        [&traps, TRAPS, "FAIL"],
        [&lost, LOST, "FAIL"],
    ];
    for arguments in [
        &["found"][..],
        &["found/*.json"],
        &["f?und/*-*"],
        &[&traps, &lost],
        &[&traps, "found", "found/*.json"],
    ] {
        let ran = handover(folder.path(), &[&["replay"], arguments].concat()).exits(1);
        assert_eq!(rows(&ran), wanted, "{arguments:?}");
        assert!(ran.stdout.ends_with("\n2 failure files: 2 FAIL\n"));
    }
}

#[test]
fn a_folder_of_failures_passes_on_the_mended_component() {
    let folder = folder();
    found(folder.path());
    let mended = ["replay", "found", "--new", "embedded:cart-v2"];
    let accepted = [&mended[..], &["--any-version"]].concat();
    let ran = handover(folder.path(), &accepted).exits(0);
    assert!(
        ran.stdout.ends_with("\n2 failure files: 2 PASS\n"),
        "{}",
        ran.stdout
    );
    let refused = handover(folder.path(), &mended).exits(2);
    assert_eq!(refused.stderr.matches("--any-version").count(), 2);
}

#[test]
fn the_exit_code_is_the_worst_and_no_file_hides_another() {
    let folder = folder();
    found(folder.path());
    let lost = folder.path().join(format!("found/{LOST}.json"));
    let text = std::fs::read_to_string(&lost).expect("it can be read");
    let mut failure: Value = serde_json::from_str(&text).expect("it is JSON");
    failure["history"] = Value::from(vec!["update"]);
    std::fs::write(&lost, failure.to_string()).expect("it can be written");
    let results = |ran: &Ran| -> Vec<String> {
        let rows = rows(ran);
        rows.iter().skip(1).map(|row| row[2].to_owned()).collect()
    };

    let ran = handover(folder.path(), &["replay", "found"]).exits(1);
    assert_eq!(results(&ran), ["FAIL", "DISCARDED"]);
    let mended = ["--new", "embedded:cart-v2", "--any-version"];
    let ran = handover(folder.path(), &[&["replay", "found"][..], &mended].concat()).exits(3);
    assert_eq!(results(&ran), ["PASS", "DISCARDED"]);

    std::fs::write(folder.path().join("found/a.json"), "{}").expect("it can be written");
    let ran = handover(folder.path(), &["replay", "found"]).exits(2);
    assert_eq!(results(&ran), ["COULD NOT RUN", "FAIL", "DISCARDED"]);
    assert!(ran.stderr.contains("found/a.json"), "{}", ran.stderr);
}

#[test]
fn a_folder_of_one_failure_tells_it_step_by_step_and_an_empty_one_is_refused() {
    let folder = folder();
    found(folder.path());
    std::fs::remove_file(folder.path().join(format!("found/{TRAPS}.json"))).expect("it is there");
    let ran = handover(folder.path(), &["replay", "found"]).exits(1);
    assert!(ran.stdout.contains("  2  update"), "{}", ran.stdout);

    std::fs::create_dir(folder.path().join("empty")).expect("the folder can be made");
    for (path, said) in [
        (
            "empty",
            "there is no failure file (*.json) in the folder empty",
        ),
        ("none/*.json", "no file matches none/*.json"),
        ("found/[", "found/[ is no glob"),
    ] {
        let refused = handover(folder.path(), &["replay", path]).exits(2);
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
        assert_eq!(refused.stdout, "");
    }
}
