//! What a released version saved, in a test of one's own.

use handover::{Chain, Config, golden};
use test_guests::Guest;

fn pair(old: &str, new: &str) -> Chain {
    Chain::open(&[old, new], &Config::default()).expect("a pair")
}

#[test]
fn a_correct_version_loads_a_set_and_a_faulty_one_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let taken = golden::take("embedded:cart-v1", None, &Config::default(), 32, 7);
    let taken = taken.expect("it saves");
    assert_eq!(taken.refused, 0);
    let written = golden::write(&taken.files, folder.path()).expect("it can be written");
    let correct = pair("embedded:cart-v2", "embedded:cart-v3");
    let judged = golden(&correct, folder.path()).expect("nothing is lost");
    assert_eq!(judged, written.len());
    let faulty = pair("embedded:cart-v2", "embedded:cart-v2-faulty");
    let error = golden(&faulty, folder.path()).expect_err("the note is lost");
    let error = error.to_string();
    assert!(error.contains("note() differs"), "{error}");
}

#[test]
fn a_folder_without_golden_snapshots_proves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let carts = pair("embedded:cart-v1", "embedded:cart-v2");
    let error = golden(&carts, folder.path()).expect_err("there is nothing to judge");
    assert!(error.to_string().contains("no golden snapshot"), "{error}");
}

#[test]
fn bytes_alone_must_survive_a_resave() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = b"K1\x05\0\0\0\x03\0\0\0";
    std::fs::write(folder.path().join("field.bin"), bytes).expect("it can be written");
    let sound = test_guests::pair(&Guest::v1(), &Guest::v2());
    let judged = golden(&sound, folder.path());
    assert_eq!(judged.expect("nothing is lost"), 1);
    // Loads all of version 1, but forgets the mark of its own snapshots.
    let mark = "(global.set $mark (i32.load offset=2 (local.get $at)))";
    let forgetful = Guest::v2().edit("read-v2", mark, "");
    let error = golden(&test_guests::pair(&Guest::v1(), &forgetful), folder.path());
    let error = error.expect_err("the mark is lost").to_string();
    assert!(
        error.contains("field.bin: after saving and loading"),
        "{error}"
    );
    assert!(error.contains("marked() differs"), "{error}");
}
