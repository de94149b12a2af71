//! `--json`, which every command that reports has. In it, equal runs are equal: it has no times.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use handover::report;

use crate::output;

/// Where the report goes as JSON.
#[derive(Args)]
pub struct Json {
    /// Write the report as JSON to this file; `-` is standard output, in place of the text.
    #[arg(long = "json", value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Json {
    /// Whether nothing else may be printed to standard output.
    pub fn is_printed(&self) -> bool {
        self.file.as_deref() == Some(Path::new("-"))
    }

    /// Prints the report as text, unless the JSON takes its place, and writes the JSON where it is asked for.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn show<J: Serialize>(
        &self,
        text: impl FnOnce() -> String,
        json: impl FnOnce() -> J,
    ) -> Result<()> {
        if !self.is_printed() {
            output::print(&text());
        }
        let Some(file) = &self.file else {
            return Ok(());
        };
        let json = serde_json::to_string_pretty(&json())? + "\n";
        match self.is_printed() {
            true => output::print(&json),
            false => report::write(file, "the report", &json)?,
        }
        Ok(())
    }
}
