//! Chains of versions: the hop that lost the state is named, and its failure replays.

use serde_json::Value;

use crate::run::{ENOUGH, LOST, folder, handover};

/// The first stall twice, and a third version whose load loses the order of a queue.
const CHAIN: [&str; 4] = [
    "check",
    "embedded:stall-v1",
    "embedded:stall-v1",
    "embedded:stall-v3",
];

#[test]
fn a_chain_names_the_hop_that_lost_the_state_and_its_failure_replays() {
    let folder = folder();
    let mode = "[environment]\nMODE = \"queue-order-lost\"\n";
    std::fs::write(folder.path().join("mode.toml"), mode).expect("a config file");
    let properties = [
        "--property",
        "upgrade-equivalence",
        "--property",
        "lifecycle",
    ];
    let arguments = [&CHAIN[..], &ENOUGH, &properties, &["--config", "mode.toml"]].concat();
    let ran = handover(folder.path(), &arguments).exits(1);
    let rows: Vec<Vec<&str>> = ran
        .rows()
        .iter()
        .map(|(_, _, row)| row.split_whitespace().take(3).collect())
        .collect();
    assert_eq!(
        rows,
        [
            ["upgrade-equivalence", "v1→v2", "PASS"],
            ["upgrade-equivalence", "v2→v3", "FAIL"],
            ["lifecycle", "all", "FAIL"],
        ]
    );
    assert!(
        ran.stdout.contains("blame     load of v2→v3"),
        "{}",
        ran.stdout
    );

    let json = [&arguments[..], &["--json", "-"]].concat();
    let report = handover(folder.path(), &json).exits(1).json();
    assert_eq!(report["versions"].as_array().map(Vec::len), Some(3));
    let row = &report["properties"][2];
    assert_eq!(
        (&row["id"], &row["hop"]),
        (&"lifecycle".into(), &Value::Null)
    );
    let failures = row["failures"].as_array().expect("its failures");
    let of_second = failures
        .iter()
        .find(|it| it["hop"] == serde_json::json!({"from": 2, "to": 3}));
    let file = of_second.expect("the second hop is named")["replay"].as_str();
    let file = file.expect("a failure file");
    let ran = handover(folder.path(), &["replay", file]).exits(1);
    assert!(
        ran.stdout.contains("after the update v2→v3"),
        "{}",
        ran.stdout
    );
    // Mended: the version after the update that lost the state is another.
    let mended = ["replay", file, "--new", "embedded:stall-v1"];
    handover(folder.path(), &mended).exits(2);
    handover(folder.path(), &[&mended[..], &["--any-version"]].concat()).exits(0);

    let of_hop = report["properties"][1]["failures"][0]["replay"].as_str();
    let of_hop = of_hop.expect("a failure file");
    handover(folder.path(), &["replay", of_hop]).exits(1);
}

#[test]
fn a_hop_that_the_chain_of_a_failure_file_does_not_have_exits_with_2() {
    let folder = folder();
    let mode = "[environment]\nMODE = \"queue-order-lost\"\n";
    std::fs::write(folder.path().join("mode.toml"), mode).expect("a config file");
    let arguments = [
        &CHAIN[..],
        &ENOUGH,
        &LOST,
        &["--config", "mode.toml", "--json", "-"],
    ]
    .concat();
    let report = handover(folder.path(), &arguments).exits(1).json();
    let file = report["properties"][1]["failures"][0]["replay"].as_str();
    let path = folder.path().join(file.expect("a failure file"));
    let text = std::fs::read_to_string(&path).expect("its text");
    let mut file: Value = serde_json::from_str(&text).expect("JSON");
    for (from, to) in [(0, 1), (3, 4), (1, 3), (7, 8), (u64::MAX, 0)] {
        file["hop"] = serde_json::json!({"from": from, "to": to});
        std::fs::write(&path, file.to_string()).expect("written");
        let ran = handover(folder.path(), &["replay", &path.display().to_string()]).exits(2);
        assert!(ran.stderr.contains("hop"), "{}", ran.stderr);
    }
}
