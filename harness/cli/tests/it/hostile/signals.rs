//! A signal ends a check with what it found until then.

use std::process::{Command, Stdio};
use std::time::Duration;

use super::Bench;
use crate::run;

/// How often, and how long between, a test looks for what a check writes in its first seconds: two minutes together.
const LOOKS: u32 = 1_200;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

#[test]
fn a_check_that_is_told_to_end_writes_its_report_and_ends_with_130() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let bench = Bench::new();
        bench.write("old.wasm", super::sample("cart-v1"));
        bench.write("new.wasm", super::sample("cart-v2"));
        let check = "check old.wasm new.wasm --cases 10000000 --json report.json";
        let arguments: Vec<&str> = check.split(' ').collect();
        let mut command = run::command(bench.0.path(), &arguments);
        command.env("HANDOVER_CACHE", bench.path("cache"));
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = child.spawn().expect("the command runs");
        // What it compiles is kept only after it has begun to watch for signals.
        let has_begun = || std::fs::read_dir(bench.path("cache")).is_ok_and(|it| it.count() > 0);
        let began = (0..LOOKS).any(|_| {
            std::thread::sleep(BETWEEN_LOOKS);
            has_begun()
        });
        let pid = child.id().to_string();
        let name = if began { signal } else { "-KILL" };
        let killed = Command::new("kill").args([name, &pid]).status();
        assert!(killed.expect("kill runs").success());
        let output = child.wait_with_output().expect("the command ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{signal}: {said}");
        let report = std::fs::read(bench.path("report.json")).expect("a report");
        let report: serde_json::Value = serde_json::from_slice(&report).expect("JSON");
        let rows = report["properties"].as_array().map(Vec::len);
        assert_eq!(rows, Some(handover::properties::ALL.len()));
    }
}
