//! Strings of production are left out of what is written, if that is asked for.

use super::*;
use crate::run::{command, run};

const AGENTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../sample-component/prebuilt/agents/golem-1.5"
);
/// Who and what nobody is to read.
const SECRETS: [&str; 2] = ["Ann-Marie7", "Hunter2!"];

/// All that a check prints and writes.
fn written(more: &[&str]) -> (TempDir, String) {
    let folder = folder();
    let [customer, note] = SECRETS;
    let oplog = Oplog::of_agent(Golem::V1_5, "CartAgent", customer)
        .call("set_note", &[Is::Text(note).some()], None)
        .call("set_note", &[Is::Text(note).some()], Some(&Is::U32(0)))
        .call("overview", &[], None);
    write(folder.path(), "prod.json", oplog.text());
    let [old, new] = ["cart-v1", "cart-v2-forgetful"].map(|it| format!("{AGENTS}/{it}.wasm"));
    let pair = ["check", &old, &new, "--oplog", "prod.json", "--cases", "8"];
    let few = ["--property", "upgrade-equivalence", "--json", "out.json"];
    let mut check = command(folder.path(), &[&pair[..], &few, more].concat());
    let mut all = run(check.env("HANDOVER_CACHE", "cache")).exits(1).stdout;
    all += &fs::read_to_string(folder.path().join("out.json")).expect("a report");
    for file in fs::read_dir(folder.path().join("handover-failures")).expect("a folder") {
        all += &fs::read_to_string(file.expect("a file").path()).expect("a text");
    }
    (folder, all)
}

#[test]
fn a_string_of_production_is_written_only_without_redaction() {
    let (_, all) = written(&[]);
    for secret in SECRETS {
        assert!(all.contains(secret), "{secret}");
    }
    let (folder, all) = written(&["--redact"]);
    for secret in SECRETS {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
    // The same length and the same kinds of characters, and the failure is one still.
    assert!(all.contains("CartAgent(\\\"Aaa-Aaaaa0\\\")"), "{all}");
    let failures = folder.path().join("handover-failures");
    let mut replayed = 0;
    for file in fs::read_dir(failures).expect("a folder") {
        let path = file.expect("a file").path();
        let text = fs::read_to_string(&path).expect("a text");
        if text.contains("Aaa-Aaaaa0") {
            let mut replay = command(folder.path(), &["replay", &path.to_string_lossy()]);
            run(replay.env("HANDOVER_CACHE", "cache")).exits(1);
            replayed += 1;
        }
    }
    assert!(replayed > 0);
}
