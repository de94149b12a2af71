//! Bad input, through the command: each gives one clear sentence and exit code 2, or a verdict; never a panic, and never
//! a run without end.

mod assurance;
mod components;
mod configs;
mod files;
mod guests;
mod long;
mod memory;
#[cfg(unix)]
mod signals;
mod terminal;

use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;
use tempfile::TempDir;
use test_guests::Guest;

use crate::run;

/// A folder with components, and the command in it.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("the file is written");
        path
    }

    fn handover(&self, arguments: &[&str]) -> Output {
        let output = run::command(self.0.path(), arguments)
            .output()
            .expect("the command runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!text.contains("panicked"), "{text}");
        output
    }

    /// The command cannot run, and says why in one line; returns it.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.handover(arguments);
        let text = String::from_utf8_lossy(&output.stderr)
            .trim_end()
            .to_owned();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.starts_with("error: "), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        text
    }

    /// Checks a pair with small limits; the exit code and the report.
    fn check(&self, old: &Guest, new: &Guest) -> (i32, Value) {
        self.write("old.wasm", old.wasm());
        self.write("new.wasm", new.wasm());
        self.write(
            "small.toml",
            "[limits]\nfuel = 1000000\nfuel-per-byte = 100\nmemory = 8388608\ntransfer = 4194304\n",
        );
        let arguments = [
            "check",
            "old.wasm",
            "new.wasm",
            "--cases",
            "16",
            "--config",
            "small.toml",
            "--json",
            "-",
        ];
        let output = self.handover(&arguments);
        let code = output.status.code().expect("an exit code");
        let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        (code, report)
    }
}

/// The failures of a property in a report.
fn failures<'r>(report: &'r Value, id: &str) -> &'r [Value] {
    let properties = report["properties"].as_array().expect("properties");
    let property = properties
        .iter()
        .find(|it| it["id"] == id)
        .expect("the property");
    property["failures"].as_array().expect("failures")
}

fn message<'r>(report: &'r Value, id: &str) -> &'r str {
    failures(report, id)
        .first()
        .and_then(|failure| failure["message"].as_str())
        .unwrap_or_else(|| panic!("{id} should have failed: {report:#}"))
}

fn sample(name: &str) -> &'static [u8] {
    sample_component::component(name).expect("the embedded component")
}
