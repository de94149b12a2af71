//! Oplogs that cannot be used, or not as a whole.

use serde_json::json;

use super::*;

#[test]
fn a_file_that_is_no_oplog_is_told_in_a_sentence() {
    let folder = forgetful();
    let whole = counting(3).text();
    let stream = Oplog::of_agent(Golem::V1_6, "CartAgent", "ann").text();
    for (text, said) in [
        (
            "",
            "prod.json ends in the middle of entry 1: [index, entry]",
        ),
        ("[]", "the oplog prod.json has no entry"),
        (&whole[..whole.len() / 2], "ends in the middle of entry 4"),
        (&stream[..stream.len() - 9], "ends in the middle of entry 3"),
        ("{\"handover\": 1}", "prod.json is no oplog, at entry 1"),
        ("[[1, {\"type\": \"NoOp\"}], 2]", "no oplog, at entry 2"),
        ("[[1]]", "an array of fewer than two items"),
        ("[[1, {\"timestamp\": 2}]]", "missing field `type`"),
        ("no JSON", "prod.json is no oplog, at entry 1"),
        (
            "{\"$type\": \"agent.oplog\"}",
            "it has no index, or no entry",
        ),
    ] {
        write(folder.path(), "prod.json", text);
        let ran = check(folder.path(), &[]).exits(2);
        assert!(ran.stderr.contains(said), "{text}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{text}");
    }
    let pair = ["check", "old.wasm", "new.wasm"];
    let missing = [&pair[..], &["--oplog", "missing.json"]].concat();
    let ran = handover(folder.path(), &missing).exits(2);
    let said = "cannot read the oplog missing.json";
    assert!(ran.stderr.contains(said), "{}", ran.stderr);
    let alone = handover(folder.path(), &[&pair[..], &["--redact"]].concat()).exits(2);
    assert!(alone.stderr.contains("--oplog"), "{}", alone.stderr);
}

#[test]
fn what_cannot_be_used_is_counted_and_said_and_the_rest_is_played() {
    let folder = forgetful();
    let oplog = counting(2)
        .entry("Teleport", json!({ "to": "mars" }))
        .entry("Teleport", json!({ "to": "venus" }))
        .entry("Jump", json!({ "jump": 3 }))
        .entry("ImportedFunctionInvoked", json!({ "functionName": "f" }))
        .call("subtract", &[Is::U32(1)], Some(&Is::U32(1)))
        .call("add", &[Is::Text("one")], Some(&Is::U32(1)))
        .call("get", &[], Some(&Is::Text("two")))
        .entry("SuccessfulUpdate", json!({ "targetRevision": 1 }))
        .call("get", &[], Some(&Is::U32(2)));
    write(folder.path(), "prod.json", oplog.text());
    let ran = check(folder.path(), &["--json", "-"]).exits(0);
    assert_eq!(row(&ran)["status"], "pass");
    let notes = notes(&ran);
    for said in [
        "in 2 entries: entries of the unknown type Teleport",
        "in 1 entry: entries of the unknown type Jump of another shape",
        "in 1 entry: what the host answered",
        "in 1 entry: a call of subtract, which the versions do not have in common",
        "in 1 entry: a call of add, whose arguments do not fit its parameters",
        "in 1 entry: what get returned, which is no value of its result",
        "entry 16 is an update",
        "4 calls; of 3 results of production that can be compared, the old version gives 3 here",
    ] {
        assert!(notes.contains(said), "{said}: {notes}");
    }
}

#[test]
fn an_oplog_of_another_worker_is_not_exercised() {
    let folder = forgetful();
    let oplog = Oplog::of_worker().call("subtract", &[Is::U32(1)], None);
    write(folder.path(), "prod.json", oplog.text());
    let ran = check(folder.path(), &["--json", "-"]);
    let other = row(&ran);
    assert_eq!(other["status"], "not-exercised");
    let reason =
        "every history was discarded: the oplog has no call that the versions have in common";
    assert_eq!(other["reason"], reason);

    let agents = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../sample-component/prebuilt/agents/golem-1.5"
    );
    let [old, new] = ["wishes-v1", "wishes-v2"].map(|it| format!("{agents}/{it}.wasm"));
    let oplog = Oplog::of_agent(Golem::V1_5, "CartAgent", "ann");
    write(folder.path(), "prod.json", oplog.text());
    let pair = ["check", &old, &new, "--oplog", "prod.json", "--json", "-"];
    let ran = handover(folder.path(), &[&pair[..], &LITTLE].concat());
    let reason = "every history was discarded: the oplog is one of another agent";
    assert_eq!(row(&ran)["reason"], reason);
}

#[test]
fn nothing_of_a_file_reaches_the_terminal_as_it_is() {
    let folder = forgetful();
    let oplog = counting(2).entry("\u{1b}[2J", json!({}));
    write(folder.path(), "prod.json", oplog.text());
    let ran = check(folder.path(), &[]).exits(0);
    assert!(ran.stdout.contains("\\u{1b}[2J"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'));
}
