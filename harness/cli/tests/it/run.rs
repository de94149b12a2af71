//! The command in a folder of its own, and how it ended.

use std::path::Path;
use std::process::Command;

use handover::properties;
use serde_json::Value;
use tempfile::TempDir;

pub const FAULTY: [&str; 2] = ["embedded:cart-v1", "embedded:cart-v2-faulty"];
/// With so many cases, both faults of the faulty cart are found.
pub const ENOUGH: [&str; 2] = ["--cases", "64"];

/// The property that finds the lost note, alone: most of what is printed does not depend on how many there are.
pub const LOST: [&str; 2] = ["--property", "upgrade-equivalence"];

/// What these tests compile is compiled once for all of them. What is kept depends on nothing but the component and the engine.
const CACHE: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/cache");

/// A folder to run the command in.
pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

/// The command in `folder`, with nothing in its environment that changes its output.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_handover"));
    command.env("HANDOVER_CACHE", CACHE);
    command.current_dir(folder).args(arguments);
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "GITHUB_ACTIONS"] {
        command.env_remove(variable);
    }
    command
}

/// How a run ended.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

pub fn run(command: &mut Command) -> Ran {
    let output = command.output().expect("the command can be run");
    let text = |bytes| String::from_utf8(bytes).expect("the output is text");
    Ran {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

pub fn handover(folder: &Path, arguments: &[&str]) -> Ran {
    run(&mut command(folder, arguments))
}

impl Ran {
    /// Asserts the exit code, and shows what was printed where it is another one.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        let Self { stdout, stderr, .. } = &self;
        assert_eq!(self.code, Some(code), "{stdout}\n{stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
        self
    }

    /// The rows of the table: property and verdict, and all of the row.
    pub fn rows(&self) -> Vec<(&str, &str, &str)> {
        self.stdout
            .lines()
            .skip_while(|line| !line.starts_with("property "))
            .skip(1)
            .take_while(|line| !line.is_empty())
            .map(|row| {
                let (id, rest) = row.split_once("  ").expect("a row has columns");
                let verdict = rest.trim_start().split("  ").next().unwrap_or_default();
                (id.trim(), verdict, row)
            })
            .collect()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("the whole output is JSON")
    }

    /// What stands behind `handover ` in the lines that say how to replay.
    pub fn replay_lines(&self) -> Vec<&str> {
        self.stdout
            .lines()
            .filter_map(|line| line.trim().strip_prefix("replay"))
            .filter_map(|line| line.trim().strip_prefix("handover "))
            .collect()
    }
}

pub fn ids() -> Vec<&'static str> {
    properties::ALL.iter().map(|property| property.id).collect()
}

pub fn property<'a>(report: &'a Value, id: &str) -> &'a Value {
    let properties = report["properties"].as_array().expect("an array");
    let found = properties.iter().find(|property| property["id"] == id);
    found.unwrap_or_else(|| panic!("{id} is in the report"))
}

/// Checks the faulty pair in `folder`, and returns the path of the failure file of `property`.
pub fn failure_file(folder: &Path, property: &str) -> String {
    let arguments = [&["check"][..], &FAULTY, &ENOUGH, &["--property", property]].concat();
    let report = handover(folder, &[&arguments[..], &["--json", "-"]].concat())
        .exits(1)
        .json();
    let path = &report["properties"][0]["failures"][0]["replay"];
    path.as_str()
        .expect("a failure file was written")
        .to_owned()
}
