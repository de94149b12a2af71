//! What fuzzing and checking once found in the faulty cart must not come back in the correct one.

use handover::{Config, Pair, regressions};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regressions");

fn pair(new: &str) -> Pair {
    Pair::open("embedded:cart-v1", new, &Config::default()).expect("a pair")
}

#[test]
fn what_was_found_once_is_judged_again() {
    let judged = regressions(&pair("embedded:cart-v2"), FOLDER);
    assert_eq!(judged.expect("nothing came back"), 2);
}

#[test]
fn what_comes_back_is_told_with_its_file() {
    let error = regressions(&pair("embedded:cart-v2-faulty"), FOLDER);
    let error = error.expect_err("the faults are there").to_string();
    assert!(error.starts_with("2 of 2 came back"), "{error}");
    for file in ["short-snapshot.json", "lost-note.json"] {
        assert!(error.contains(file), "{error}");
    }
}

#[test]
fn a_folder_without_failure_files_proves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = regressions(&pair("embedded:cart-v2"), folder.path());
    let error = error.expect_err("there is nothing to judge").to_string();
    assert!(error.contains("no failure file"), "{error}");
    let missing = folder.path().join("missing");
    assert!(regressions(&pair("embedded:cart-v2"), missing).is_err());
}
