//! A journal whose lines are in a file, which no snapshot holds. What goes wrong with the file is told, not trapped on.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
};

use golem_rust::{agent_definition, agent_implementation};
use serde::{Deserialize, Serialize};

/// In the agent's own file system.
const FILE: &str = "/journal.txt";

/// The journal of one author.
#[agent_definition(snapshotting = "enabled")]
pub trait JournalAgent {
    fn new(author: String) -> Self;

    /// Returns how many lines this agent has written.
    fn write(&mut self, line: String) -> Result<u32, String>;
    /// Returns whether there was a file.
    fn burn(&mut self) -> Result<bool, String>;
    fn lines(&self) -> Result<Vec<String>, String>;
    fn author(&self) -> String;
}

#[derive(Serialize, Deserialize)]
struct JournalAgentImpl {
    author: String,
    written: u32,
}

#[agent_implementation]
impl JournalAgent for JournalAgentImpl {
    fn new(author: String) -> Self {
        Self { author, written: 0 }
    }

    fn write(&mut self, line: String) -> Result<u32, String> {
        let told = |e: std::io::Error| format!("cannot write {FILE}: {e}");
        let mut options = OpenOptions::new();
        let mut file = options.create(true).append(true).open(FILE).map_err(told)?;
        let line = line.replace(['\n', '\r'], " ") + "\n";
        file.write_all(line.as_bytes()).map_err(told)?;
        self.written = self.written.saturating_add(1);
        Ok(self.written)
    }

    fn burn(&mut self) -> Result<bool, String> {
        match fs::remove_file(FILE) {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
            Err(e) => Err(format!("cannot remove {FILE}: {e}")),
        }
    }

    fn lines(&self) -> Result<Vec<String>, String> {
        match fs::read_to_string(FILE) {
            Ok(text) => Ok(text.lines().map(str::to_owned).collect()),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            Err(e) => Err(format!("cannot read {FILE}: {e}")),
        }
    }

    fn author(&self) -> String {
        self.author.clone()
    }
}
