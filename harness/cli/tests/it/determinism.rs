//! The same seed gives the same report, to the byte, whatever the number of threads; another seed gives other cases.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::run;

const CASES: usize = 32;

/// What a check in a folder of its own leaves there.
#[derive(Debug, PartialEq)]
struct Left {
    json: String,
    table: String,
    /// Name and contents of each failure file.
    files: Vec<(String, String)>,
}

fn checked(versions: &[&str], seed: u64, threads: Option<usize>) -> Left {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut command = run::command(folder.path(), &["check"]);
    command
        .args(versions)
        .args(["--cases", &CASES.to_string(), "--seed", &seed.to_string()])
        .args(["--json", "report.json"])
        .env_remove("RAYON_NUM_THREADS");
    if let Some(threads) = threads {
        command.env("RAYON_NUM_THREADS", threads.to_string());
    }
    let output = command.output().expect("the command can be run");
    let read = |path: &Path| std::fs::read_to_string(path).expect("the file can be read");
    let mut files: Vec<(String, String)> = folder
        .path()
        .join("handover-failures")
        .read_dir()
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("the folder can be read"))
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, read(&entry.path()))
        })
        .collect();
    files.sort();
    Left {
        json: read(&folder.path().join("report.json")),
        table: String::from_utf8(output.stdout).expect("the table is text"),
        files,
    }
}

fn assert_same_on_every_run(versions: &[&str]) -> Left {
    let first = checked(versions, 7, None);
    for threads in [None, Some(1), Some(8)] {
        assert_eq!(checked(versions, 7, threads), first, "{threads:?} threads");
    }
    first
}

#[test]
fn a_correct_pair_gives_the_same_report_on_every_run_and_with_any_number_of_threads() {
    let left = assert_same_on_every_run(&["embedded:cart-v1", "embedded:cart-v2"]);
    assert_eq!(left.files, []);
}

#[test]
fn a_pair_whose_answers_depend_on_the_host_gives_the_same_report_too() {
    let left = assert_same_on_every_run(&["embedded:clock-v1", "embedded:clock-v2"]);
    // Automatic updates of it diverge.
    let [(name, _)] = &left.files[..] else {
        panic!("{}", left.table);
    };
    assert!(name.starts_with("replay-"), "{name}");
}

#[test]
fn a_faulty_pair_gives_the_same_failures_on_every_run_and_with_any_number_of_threads() {
    let left = assert_same_on_every_run(&["embedded:cart-v1", "embedded:cart-v2-faulty"]);
    assert!(!left.files.is_empty(), "{}", left.table);
}

#[test]
fn a_chain_gives_the_same_report_on_every_run_and_with_any_number_of_threads() {
    let carts = ["embedded:cart-v1", "embedded:cart-v2", "embedded:cart-v3"];
    let left = assert_same_on_every_run(&carts);
    assert_eq!(left.files, []);
    let faulty = [
        "embedded:cart-v1",
        "embedded:cart-v2",
        "embedded:cart-v2-faulty",
    ];
    let left = assert_same_on_every_run(&faulty);
    assert!(!left.files.is_empty(), "{}", left.table);
}

#[test]
fn another_seed_gives_other_cases() {
    let seeds_of_worlds = |seed| -> BTreeSet<u64> {
        let left = checked(&["embedded:cart-v1", "embedded:cart-v2-faulty"], seed, None);
        assert!(!left.files.is_empty(), "{}", left.table);
        left.files
            .iter()
            .map(|(_, text)| serde_json::from_str(text).expect("a failure file is JSON"))
            .map(|file: Value| file["seed"].as_u64().expect("every case has a seed"))
            .collect()
    };
    assert!(seeds_of_worlds(1).is_disjoint(&seeds_of_worlds(2)));
}
