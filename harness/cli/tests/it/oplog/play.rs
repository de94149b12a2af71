//! What is found with a history of production, and how much of it is played.

use std::time::Instant;

use serde_json::json;
use test_guests::OPLOG_INDEX;

use super::*;

const AGENTS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../sample-component/prebuilt/agents"
);

fn agent(path: &str) -> String {
    format!("{AGENTS}/{path}.wasm")
}

#[test]
fn a_fault_that_only_production_reaches_is_found_and_shrunk_and_replayed() {
    let folder = forgetful();
    let pair = ["check", "old.wasm", "new.wasm", "--cases", "48"];
    handover(folder.path(), &pair).exits(0);
    let oplog =
        counting(40)
            .call("mark", &[Is::U32(7)], None)
            .call("mark", &[Is::U32(MAGIC)], None);
    let oplog = (41..=80).fold(oplog, |oplog, number| {
        oplog.call("add", &[Is::U32(1)], Some(&Is::U32(number)))
    });
    let oplog = oplog.call("marked", &[], Some(&Is::U32(MAGIC)));
    write(folder.path(), "prod.json", oplog.text());
    let ran = check(folder.path(), &["--json", "-"]).exits(1);
    let row = row(&ran);
    assert_eq!(row["status"], "fail", "{row}");
    let failure = &row["failures"][0];
    let history = format!("[\"mark({MAGIC})\",\"update\",\"marked()\"]");
    assert_eq!(failure["history"].to_string(), history);
    assert_eq!(failure["blame"], "load");
    let message = failure["message"].as_str().expect("a text");
    assert_eq!(
        message,
        "prod.json: upgrade-equivalence: after the update: marked() differs"
    );
    let file = failure["replay"].as_str().expect("a failure file");
    let replayed = handover(folder.path(), &["replay", file]).exits(1);
    assert!(replayed.stdout.contains("marked()"), "{}", replayed.stdout);
    assert!(
        notes(&ran).contains("83 calls; of 83 results of production that can be compared, the old version gives 83 here"),
        "{}",
        notes(&ran)
    );
}

#[test]
fn the_generator_draws_values_of_production() {
    let folder = forgetful();
    let oplog = counting(4).call("mark", &[Is::U32(MAGIC)], None);
    write(folder.path(), "prod.json", oplog.text());
    let check = |more: &[&str]| {
        let pair = ["check", "old.wasm", "new.wasm", "--json", "-"];
        let few = ["--cases", "48", "--property", "upgrade-equivalence"];
        handover(folder.path(), &[&pair[..], &few, more].concat())
    };
    let without = check(&[]).exits(0).json();
    assert_eq!(property(&without, "upgrade-equivalence")["status"], "pass");
    let with = check(&["--oplog", "prod.json"]).exits(1).json();
    assert_eq!(property(&with, "upgrade-equivalence")["status"], "fail");
}

#[test]
fn a_snapshot_of_production_must_come_through() {
    let folder = forgetful();
    let mark = |mark: u32| [b"K1\x05\0\0\0".as_slice(), &mark.to_le_bytes()].concat();
    let oplog = |bytes: &[u8]| {
        counting(5)
            .snapshot(bytes, "application/octet-stream")
            .call("marked", &[], None)
            .text()
    };
    write(folder.path(), "prod.json", oplog(&mark(7)));
    let ran = check(folder.path(), &["--json", "-"]).exits(0);
    let harmless = row(&ran);
    assert_eq!(harmless["discarded"], 0, "{harmless}");

    write(folder.path(), "prod.json", oplog(&mark(MAGIC)));
    let ran = check(folder.path(), &["--json", "-"]).exits(1);
    let failure = row(&ran)["failures"][0].clone();
    let message = failure["message"].as_str().expect("a text");
    assert_eq!(
        message,
        "prod.json (entry 12): after the load: marked() differs"
    );
    assert_ne!(failure["input"]["base64"], Value::Null);

    // What the old version does not load says nothing about the new one.
    write(folder.path(), "prod.json", oplog(b"no snapshot"));
    let ran = check(folder.path(), &["--json", "-"]).exits(0);
    assert_eq!(row(&ran)["discarded"], 1);
}

#[test]
fn a_load_that_refuses_a_state_of_production_fails() {
    let refuse = format!(
        "(if (i32.eq (i32.load offset=6 (local.get $at)) (i32.const {MAGIC})) (then (return (i32.const 0))))"
    );
    let folder = with_versions(&Guest::v1(), &Guest::v2().before("read-v1", &refuse));
    let oplog = counting(3).call("mark", &[Is::U32(MAGIC)], None);
    let oplog = oplog.call("get", &[], Some(&Is::U32(3)));
    write(folder.path(), "prod.json", oplog.text());
    let ran = check(folder.path(), &["--json", "-"]).exits(1);
    let failure = row(&ran)["failures"][0].clone();
    let history = format!("[\"mark({MAGIC})\",\"update\"]");
    assert_eq!(failure["history"].to_string(), history);
    let message = failure["message"].as_str().expect("a text");
    let said = "prod.json: accepts-saved: the update fails";
    assert!(message.starts_with(said), "{message}");
}

#[test]
fn a_recovery_from_where_production_saved_must_make_the_same_host_calls() {
    let asking = Guest::v2()
        .import(OPLOG_INDEX)
        .item("(global $asked (mut i32) (i32.const 0))")
        .before(
            "add",
            "(if (i32.eqz (global.get $asked)) (then
               (global.set $asked (i32.const 1))
               (drop (call $get-oplog-index))))",
        );
    let folder = with_versions(&Guest::v1(), &asking);
    let saved = counting(3).snapshot(b"K1\x03\0\0\0\0\0\0\0", "application/octet-stream");
    let oplog = saved.call("add", &[Is::U32(1)], Some(&Is::U32(4)));
    write(folder.path(), "prod.json", oplog.text());
    let ran = check(folder.path(), &["--json", "-"]).exits(1);
    let failure = row(&ran)["failures"][0].clone();
    assert_eq!(
        failure["history"].to_string(),
        "[\"add(1)\",\"snapshot\",\"add(1)\",\"crash\"]"
    );
    let message = failure["message"].as_str().expect("a text");
    let said = "prod.json: recovery: the new version's recovery from its own snapshot diverges";
    assert!(message.starts_with(said), "{message}");
    // Without a snapshot there is nothing to recover from.
    write(folder.path(), "prod.json", counting(4).text());
    check(folder.path(), &[]).exits(0);
}

#[test]
fn ten_thousand_entries_of_each_format_are_played() {
    for (golem, old, new) in [
        (
            Golem::V1_2,
            "embedded:cart-v1".to_owned(),
            "embedded:cart-v2".to_owned(),
        ),
        (
            Golem::V1_5,
            agent("golem-1.5/cart-v1"),
            agent("golem-1.5/cart-v2"),
        ),
        (
            Golem::V1_6,
            agent("golem-1.6/shop-v1"),
            agent("golem-1.6/shop-v2"),
        ),
    ] {
        let folder = folder();
        let mut oplog = match golem {
            Golem::V1_2 => Oplog::of_worker(),
            _ => Oplog::of_agent(golem, "CartAgent", "ann"),
        };
        let mut calls = 0;
        // About as many host calls beside a call as in production.
        while oplog.len() + 8 <= 10_000 {
            for _ in 0..3 {
                oplog = oplog
                    .entry(
                        "Start",
                        json!({ "functionName": "wasi:clocks/wall-clock::now" }),
                    )
                    .entry("End", json!({ "startIndex": 1 }));
            }
            let text = format!("note {calls}");
            let note = Is::Text(&text);
            oplog = match golem {
                Golem::V1_2 => oplog.call("shop:cart/cart@1.0.0.{set-note}", &[note], None),
                _ => oplog.call("set_note", &[note.some()], None),
            };
            calls += 1;
        }
        while oplog.len() < 10_000 {
            oplog = oplog.entry("NoOp", json!({}));
        }
        write(folder.path(), "prod.json", oplog.text());
        let read = handover::oplog::read(&folder.path().join("prod.json"));
        assert_eq!(read.expect("an oplog").read, 10_000);
        let arguments = ["check", &old, &new, "--oplog", "prod.json", "--json", "-"];
        let begin = Instant::now();
        let agent: &[&str] = match golem {
            Golem::V1_2 => &[],
            _ => &["--agent", "CartAgent"],
        };
        let ran = handover(folder.path(), &[&arguments[..], &LITTLE, agent].concat()).exits(0);
        println!("{golem:?}: {:?}", begin.elapsed());
        let row = row(&ran);
        assert_eq!(
            (&row["status"], &row["discarded"]),
            (&"pass".into(), &0.into()),
            "{row}"
        );
        let said = format!(
            "{calls} calls; of {calls} results of production that can be compared, the old version gives {calls} here"
        );
        assert!(notes(&ran).contains(&said), "{}", notes(&ran));
    }
}

#[test]
fn agents_of_both_formats_lose_a_note_to_a_forgetful_version() {
    for (golem, old, new) in [
        (
            Golem::V1_5,
            "golem-1.5/cart-v1",
            "golem-1.5/cart-v2-forgetful",
        ),
        (
            Golem::V1_6,
            "golem-1.6/shop-v1",
            "golem-1.6/shop-v2-forgetful",
        ),
    ] {
        let folder = folder();
        let item = Is::Record(vec![]);
        let oplog = Oplog::of_agent(golem, "CartAgent", "ann")
            .call("set_note", &[Is::Text("ring twice").some()], None)
            .call("add_item", &[item], Some(&Is::U32(1)))
            .call("receipt", &[Is::U64(1)], Some(&Is::Nothing))
            .call("overview", &[], None);
        write(folder.path(), "prod.json", oplog.text());
        let (old, new) = (agent(old), agent(new));
        let arguments = [
            "check",
            &old,
            &new,
            "--agent",
            "CartAgent",
            "--oplog",
            "prod.json",
        ];
        let ran = handover(
            folder.path(),
            &[&arguments[..], &LITTLE, &["--json", "-"]].concat(),
        )
        .exits(1);
        let failure = row(&ran)["failures"][0].clone();
        assert_eq!(failure["agent"], "CartAgent(\"ann\")");
        let history = "[\"set_note(some(\\\"ring twice\\\"))\",\"update\",\"overview()\"]";
        assert_eq!(failure["history"].to_string(), history);
        assert!(
            notes(&ran).contains("not used, in 1 entry: a call of add_item, whose arguments do not fit its parameters"),
            "{}",
            notes(&ran)
        );
    }
}

#[test]
fn an_automatic_update_that_diverges_is_told_and_fails_where_it_is_asked_for() {
    let folder = folder();
    let oplog = Oplog::of_worker().call("make-stamp", &[Is::Text("a")], None);
    write(folder.path(), "prod.json", oplog.text());
    let check = |more: &[&str]| {
        let pair = [
            "check",
            "embedded:clock-v1",
            "embedded:clock-v2",
            "--cases",
            "1",
        ];
        let oplog = ["--oplog", "prod.json", "--json", "-"];
        handover(folder.path(), &[&pair[..], &oplog, more].concat())
    };
    let told = check(&["--property", "revert"]).exits(0);
    let said = "replay: the automatic update diverges at operation 1 of 1, make-stamp(\"a\")";
    assert!(notes(&told).contains(said), "{}", notes(&told));
    let asked = check(&["--mode", "automatic", "--property", "replay"]).exits(1);
    let message = row(&asked)["failures"][0]["message"].to_string();
    assert!(
        message.contains("the automatic update diverges"),
        "{message}"
    );
}

#[test]
fn what_production_saw_and_the_old_version_does_not_is_said_with_its_entry() {
    let folder = forgetful();
    let oplog = counting(2).call("get", &[], Some(&Is::U32(9)));
    write(folder.path(), "prod.json", oplog.text());
    let ran = check(folder.path(), &["--json", "-"]).exits(0);
    let notes = notes(&ran);
    assert!(notes.contains("the old version gives 2 here"), "{notes}");
    let said = "the first other result is in entry 6: get() gave 9, and gives 2 here";
    assert!(notes.contains(said), "{notes}");
}

#[test]
fn what_a_jump_or_a_revert_dropped_has_not_happened() {
    let folder = forgetful();
    let kept = counting(2).call("mark", &[Is::U32(MAGIC)], None);
    write(
        folder.path(),
        "prod.json",
        kept.clone().call("marked", &[], None).text(),
    );
    check(folder.path(), &[]).exits(1);
    for (ty, field) in [("Revert", "droppedRegion"), ("Jump", "jump")] {
        let region = json!({ field: { "start": 6, "end": 7 } });
        let oplog = kept
            .clone()
            .entry(ty, region)
            .call("marked", &[], Some(&Is::U32(0)));
        write(folder.path(), "prod.json", oplog.text());
        let ran = check(folder.path(), &["--json", "-"]).exits(0);
        let notes = notes(&ran);
        assert!(notes.contains("3 calls; of 3 results"), "{notes}");
        assert!(
            notes.contains("a jump or a revert dropped 2 entries"),
            "{notes}"
        );
    }
}
