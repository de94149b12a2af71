//! `handover check`: what its table says of correct and of faulty pairs, and what its options do.

use serde_json::Value;

use crate::run::{ENOUGH, FAULTY, LOST, folder, handover, ids, property};

/// The cart's snapshots are in a format that does not name its fields.
fn verdict_on_cart(id: &str) -> &'static str {
    match id {
        "state-kept" => "NOT EXERCISED",
        _ => "PASS",
    }
}

#[test]
fn the_embedded_pair_passes_with_a_row_for_each_property() {
    let folder = folder();
    let ran = handover(folder.path(), &["check", "--cases", "16"]).exits(0);
    let rows = ran.rows();
    assert_eq!(rows.iter().map(|row| row.0).collect::<Vec<_>>(), ids());
    for (id, verdict, ..) in rows {
        assert_eq!(verdict, verdict_on_cart(id), "{}", ran.stdout);
    }
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
        let exits = if verdict_on_cart(id) == "PASS" { 0 } else { 3 };
        let ran = handover(folder.path(), &[&arguments[..], &[id]].concat()).exits(exits);
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
fn a_history_has_no_more_operations_than_allowed() {
    let folder = folder();
    // One operation cannot both change a state and show it.
    let arguments = [&["check"][..], &FAULTY, &ENOUGH, &LOST].concat();
    handover(folder.path(), &[&arguments[..], &["--ops", "1"]].concat()).exits(0);
    handover(folder.path(), &[&arguments[..], &["--ops", "0"]].concat()).exits(3);
    handover(folder.path(), &[&arguments[..], &["--ops", "50"]].concat()).exits(1);
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
            // Those that feed bytes to load run sixteen inputs for each case, upgrade-equivalence eight histories; resources runs one for 64.
            let said = [1_000_000_000u64, 8_000_000_000, 16_000_000_000, 15_625_000]
                .map(|wanted| format!("time was enough for {cases} of {wanted} cases"));
            // Of the carts' snapshots, most name too few fields for state-kept.
            let is_discarded = cases > 0 && property["discarded"].as_u64() == Some(cases);
            let is_said = said.iter().any(|it| match is_discarded {
                true => reason.starts_with(&format!("{it}, and each was discarded: ")),
                false => reason == it,
            });
            assert!(is_said, "{property}");
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
