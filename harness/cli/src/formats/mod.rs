//! The report of a check as files that other programs read, and what a workflow on GitHub shows of it.

mod github;
mod junit;
mod page;
mod rows;
mod sarif;

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use handover::Checked;
use handover::report;

pub use github::{inert, is_here as is_on_github};

/// The files that are asked for.
#[derive(Args)]
pub struct Files {
    /// Write the report as a page to look at to this file: HTML that needs nothing else.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the report as JUnit XML to this file: a test case for each property.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the failures as SARIF to this file, for code hosts.
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
}

impl Files {
    /// Writes them, and tells GitHub where this is a step of a workflow of its own. What is to be printed for it is returned.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(&self, checked: &Checked) -> Result<String> {
        let rows = rows::rows(checked);
        if let Some(file) = &self.html {
            report::write(file, "the page", &page::page(checked)?)?;
        }
        if let Some(file) = &self.junit {
            report::write(file, "the JUnit report", &junit::junit(&rows)?)?;
        }
        if let Some(file) = &self.sarif {
            let text = serde_json::to_string_pretty(&sarif::sarif(&rows))? + "\n";
            report::write(file, "the SARIF report", &text)?;
        }
        if !is_on_github() {
            return Ok(String::new());
        }
        github::append_summary(checked, &rows)?;
        Ok(github::annotations(&rows))
    }
}
