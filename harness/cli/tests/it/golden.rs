//! Golden snapshots: written from one version, and loaded into later ones.

use std::fs;
use std::path::Path;

use serde_json::Value;
use test_guests::Guest;

use crate::run::{Ran, folder, handover, property};

/// Hardly anything beside the golden snapshots.
const LITTLE: [&str; 4] = ["--cases", "1", "--property", "revert"];

fn take(folder: &Path, version: &str, out: &str) -> Ran {
    handover(folder, &["snapshot", version, "--out", out]).exits(0)
}

fn check(folder: &Path, versions: [&str; 2], more: &[&str]) -> Ran {
    handover(
        folder,
        &[&["check"][..], &versions, &LITTLE, &["--snapshot"], more].concat(),
    )
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("it can be listed").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            (name.into_owned(), fs::read(&path).expect("it can be read"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn a_set_is_small_and_distinct_and_the_same_for_the_same_seed() {
    let folder = folder();
    let said = take(folder.path(), "embedded:cart-v1", "a").stdout;
    take(folder.path(), "embedded:cart-v1", "b");
    let set = files(&folder.path().join("a"));
    assert_eq!(said, "16 golden snapshots of embedded:cart-v1 in a\n");
    assert_eq!(set.len(), 16);
    assert_eq!(set, files(&folder.path().join("b")));
    let mut observations = 0;
    for (_, text) in &set {
        let file: Value = serde_json::from_slice(text).expect("it is JSON");
        assert_eq!(file["version"]["path"], "embedded:cart-v1");
        observations += file["observations"].as_array().expect("an array").len();
    }
    assert!(observations > 16, "{observations}");
    let other = ["snapshot", "embedded:cart-v1", "--out", "c", "--seed", "1"];
    handover(folder.path(), &other).exits(0);
    assert_ne!(set, files(&folder.path().join("c")));
}

#[test]
fn correct_versions_load_what_any_earlier_one_saved() {
    let folder = folder();
    for (old, new) in [
        ("embedded:cart-v1", "embedded:cart-v2"),
        ("embedded:cart-v1", "embedded:cart-v3"),
        ("embedded:clock-v1", "embedded:clock-v2"),
        ("embedded:leases-v1", "embedded:leases-v2"),
        ("embedded:jobs-v1", "embedded:jobs-v2"),
    ] {
        let out = old.replace(':', "-");
        take(folder.path(), old, &out);
        let ran = check(folder.path(), [old, new], &[&out, "--json", "-"]).exits(0);
        let golden = property(&ran.json(), "golden").clone();
        assert_eq!(golden["status"], "pass", "{golden}");
        assert_eq!(golden["discarded"], 0);
        let operations = golden["operations"].as_array().expect("an array");
        assert!(operations.len() > 1, "{golden}");
    }
}

#[test]
fn a_version_that_loses_something_of_an_older_snapshot_is_told_with_the_file() {
    let folder = folder();
    take(folder.path(), "embedded:cart-v1", "set");
    let faulty = ["embedded:cart-v2", "embedded:cart-v2-faulty"];
    let ran = check(folder.path(), faulty, &["set"]).exits(1);
    let (id, verdict, row) = ran.rows()[1];
    assert_eq!((id, verdict), ("golden", "FAIL"), "{row}");
    let line = ran.stdout.lines().find(|it| it.contains("FAIL golden"));
    let line = line.unwrap_or_else(|| panic!("{}", ran.stdout));
    assert!(line.contains(": set/snapshot-"), "{line}");
    assert!(line.ends_with("after the load: note() differs"), "{line}");
    assert!(ran.stdout.contains("blame     load"), "{}", ran.stdout);

    let json = check(folder.path(), faulty, &["set", "--json", "-"]).exits(1);
    let golden = property(&json.json(), "golden").clone();
    assert_eq!(golden["status"], "fail");
    let failure = &golden["failures"][0];
    let message = failure["message"].as_str().expect("a text");
    assert!(message.starts_with("set/snapshot-"), "{message}");
    assert_ne!(failure["input"]["base64"], Value::Null);
    assert_ne!(failure["expected"], failure["observed"]);
}

#[test]
fn a_version_that_refuses_a_snapshot_fails() {
    let folder = folder();
    take(folder.path(), "embedded:cart-v3", "set");
    let pair = ["embedded:cart-v1", "embedded:cart-v2"];
    let ran = check(folder.path(), pair, &["set"]).exits(1);
    assert!(ran.stdout.contains("load refuses it"), "{}", ran.stdout);
    assert!(ran.stdout.contains("fails like another"), "{}", ran.stdout);
}

/// A canary: each update by itself is sound, and workers that were never updated to V2 are refused by V3.
#[test]
fn a_version_that_refuses_what_the_one_before_last_saved_is_told_with_each_file() {
    let folder = folder();
    let refuses = Guest::v2().with("read-v1", "(i32.const 0)");
    for (name, guest) in [
        ("v1.wasm", Guest::v1()),
        ("v2.wasm", Guest::v2()),
        ("v3.wasm", refuses),
        (
            "v3-sound.wasm",
            Guest::v2().item("(global $third i32 (i32.const 3))"),
        ),
    ] {
        fs::write(folder.path().join(name), guest.wasm()).expect("it can be written");
    }
    let said = take(folder.path(), "v1.wasm", "v1-set").stdout;
    let judged = |new: &str, more: &[&str]| {
        let pair = ["check", "v2.wasm", new, "--cases", "32"];
        handover(folder.path(), &[&pair[..], more].concat())
    };
    handover(
        folder.path(),
        &["check", "v1.wasm", "v2.wasm", "--cases", "32"],
    )
    .exits(0);
    judged("v3.wasm", &[]).exits(0);
    judged("v3-sound.wasm", &["--snapshot", "v1-set"]).exits(0);

    let failed = judged("v3.wasm", &["--snapshot", "v1-set", "--json", "-"]).exits(1);
    let report = failed.json();
    let failing = report["properties"].as_array().expect("an array").iter();
    let failing: Vec<&Value> = failing.filter(|it| it["status"] == "fail").collect();
    assert_eq!(failing.len(), 1, "{report:#}");
    assert_eq!(failing[0]["id"], "golden");
    let failure = &failing[0]["failures"][0];
    assert_eq!(failure["blame"], "load");
    let message = failure["message"].as_str().expect("a text");
    assert!(message.starts_with("v1-set/snapshot-"), "{message}");
    assert!(message.contains(": load refuses it"), "{message}");
    // The others of the set are named, too.
    let notes = report["notes"].as_array().expect("an array").iter();
    let others = notes.filter_map(Value::as_str);
    let others = others.filter(|it| it.starts_with("golden: v1-set/snapshot-"));
    let others = others.filter(|it| it.contains("fails like another: load refuses it"));
    let count = files(&folder.path().join("v1-set")).len();
    assert!(
        said.starts_with(&format!("{count} golden snapshots")),
        "{said}"
    );
    assert!(count > 1, "{said}");
    assert_eq!(others.count(), count - 1, "{report:#}");
}

#[test]
fn bytes_alone_that_load_refuses_fail_beside_a_set_that_passes() {
    let folder = folder();
    take(folder.path(), "embedded:cart-v1", "set");
    fs::create_dir(folder.path().join("field")).expect("a folder");
    for (name, bytes) in [("refused.bin", &b"no cart"[..]), ("README", b"about it")] {
        fs::write(folder.path().join("field").join(name), bytes).expect("it can be written");
    }
    let pair = ["embedded:cart-v1", "embedded:cart-v2"];
    let ran = check(folder.path(), pair, &["field", "set"]).exits(1);
    let row = ran.rows()[1].2;
    assert!(row.contains("    17  "), "{row}");
    assert!(
        ran.stdout.contains("field/refused.bin: load refuses it"),
        "{}",
        ran.stdout
    );
}

#[test]
fn what_is_no_golden_snapshot_is_told_in_a_sentence() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("empty")).expect("a folder");
    for (name, text) in [
        ("other.json", "{\"handover\": 1}"),
        ("text.json", "no JSON"),
        ("notes.txt", "a text"),
    ] {
        fs::write(at(name), text).expect("it can be written");
    }
    take(folder.path(), "embedded:cart-v1", "set");
    let (name, bytes) = files(&at("set")).remove(0);
    let text = String::from_utf8(bytes).expect("it is text");
    let changed = |from: &str, to: &str| text.replacen(from, to, 1);
    let broken = changed("\"base64\": \"", "\"base64\": \"*");
    fs::write(at("broken.json"), broken).expect("it can be written");
    let newer = changed("\"handover\": 1", "\"handover\": 2");
    fs::write(at("newer.json"), newer).expect("it can be written");
    let pair = ["embedded:cart-v1", "embedded:cart-v2"];
    for (path, said) in [
        ("empty", "there is no golden snapshot in the folder empty"),
        ("missing.bin", "cannot read the golden snapshot missing.bin"),
        ("other.json", "other.json is no golden snapshot: missing"),
        ("text.json", "text.json is no golden snapshot"),
        ("notes.txt", "ends neither in .json nor in .bin"),
        ("broken.json", "its bytes are no base64"),
        ("newer.json", "has the format 2"),
    ] {
        let ran = check(folder.path(), pair, &[path]).exits(2);
        assert!(ran.stderr.contains(said), "{path}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{path}");
    }
    check(folder.path(), pair, &[&format!("set/{name}")]).exits(0);
}

#[test]
fn a_set_that_cannot_be_written_is_told_in_a_sentence() {
    let folder = folder();
    fs::write(folder.path().join("taken"), "a file").expect("it can be written");
    let cart = "embedded:cart-v1";
    for (arguments, said) in [
        (&["snapshot", cart][..], "--out"),
        (&["snapshot", cart, "--out", "taken"], "taken"),
        (&["snapshot", "no.wasm", "--out", "set"], "no.wasm"),
        (&["snapshot", cart, "--out", "set", "--cases", "0"], "1 to"),
    ] {
        let ran = handover(folder.path(), arguments).exits(2);
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
    }
}

const AGENTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../sample-component/prebuilt/agents/golem-1.5"
);

#[test]
fn a_golden_snapshot_of_an_agent_is_loaded_into_that_agent() {
    let folder = folder();
    let at = |name: &str| format!("{AGENTS}/{name}.wasm");
    let (old, correct, forgetful) = (at("cart-v1"), at("cart-v2"), at("cart-v2-forgetful"));
    take(folder.path(), &old, "set");
    check(folder.path(), [&old, &correct], &["set"]).exits(0);
    let ran = check(folder.path(), [&old, &forgetful], &["set"]).exits(1);
    let said = "after the load: overview() differs in .note";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
    // Another agent's snapshots say nothing about it.
    let (wishes, later) = (at("wishes-v1"), at("wishes-v2"));
    let ran = check(folder.path(), [&wishes, &later], &["set"]);
    let row = ran.rows()[1].2;
    assert!(
        row.contains("the snapshot is one of another agent"),
        "{row}"
    );
    assert!(row.contains("NOT EXERCISED"), "{row}");
}

#[test]
fn an_operation_that_is_gone_is_said_and_the_calls_before_it_are_compared() {
    let folder = folder();
    take(folder.path(), "embedded:cart-v2", "set");
    let pair = ["embedded:cart-v1", "embedded:cart-v3"];
    // The first version has no `reorder`, and so the pair has none.
    let ran = check(folder.path(), pair, &["set"]).exits(0);
    assert!(
        ran.stdout.contains("is no call that both versions have"),
        "{}",
        ran.stdout
    );
}
