//! `handover fuzz`: what it finds, that it tells each fault once and in its shortest form, and what it does with bad input.

mod campaigns;
mod findings;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use test_guests::Guest;

use crate::run;

const FAULTY: &str = "embedded:cart-v2-faulty";

/// A folder, and the command in it.
struct Bench(TempDir);

/// What a campaign left.
struct Campaign {
    code: i32,
    summary: String,
    said: String,
    /// The failure files by name.
    files: BTreeMap<String, Value>,
}

impl Bench {
    fn new() -> Self {
        let bench = Self(tempfile::tempdir().expect("a folder"));
        let limits = "[limits]\nfuel = 30_000_000\nfuel-per-byte = 1000\nmemory = 16777216\n";
        bench.write("small.toml", limits);
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).expect("the file is written");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        run::command(self.0.path(), arguments)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().expect("the command runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("panicked"), "{said}");
        output
    }

    /// Fuzzes, with failure files in a folder of their own.
    fn fuzz(&self, arguments: &[&str]) -> Campaign {
        let failures = self.path("failures");
        let _ = fs::remove_dir_all(&failures);
        let output = self.run(&[&["fuzz", "--failures", "failures"], arguments].concat());
        Campaign {
            code: output.status.code().expect("an exit code"),
            summary: String::from_utf8_lossy(&output.stdout).into_owned(),
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
            files: json_files(&failures),
        }
    }

    /// Fuzzes a guest of this one shape.
    fn fuzz_guest(&self, guest: &Guest, runs: &str) -> Campaign {
        self.write("guest.wasm", guest.wasm());
        let arguments = ["guest.wasm", "--runs", runs, "--config", "small.toml"];
        self.fuzz(&arguments)
    }

    /// The command cannot run, and says why in one line.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(&[&["fuzz"], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr)
            .trim_end()
            .to_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.starts_with("error: "), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        said
    }
}

fn json_files(folder: &Path) -> BTreeMap<String, Value> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("a file").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(&path).expect("a failure file");
        files.insert(name, serde_json::from_str(&text).expect("JSON"));
    }
    files
}

impl Campaign {
    /// The one fault that was found, which fails again when it is replayed.
    fn one(&self, bench: &Bench, property: &str, message: &str) {
        assert_eq!(self.code, 1, "{}{}", self.said, self.summary);
        assert_eq!(self.files.len(), 1, "{}", self.summary);
        for (name, file) in &self.files {
            assert_eq!(file["property"], property);
            let said = file["message"].as_str().expect("a message");
            assert!(said.contains(message), "{said}");
            let replayed = bench.run(&["replay", &format!("failures/{name}")]);
            assert_eq!(replayed.status.code(), Some(1), "{name}");
        }
    }

    fn input(&self) -> String {
        let file = self.files.values().next().expect("a failure file");
        file["input"]["base64"]
            .as_str()
            .expect("an input")
            .to_owned()
    }
}
