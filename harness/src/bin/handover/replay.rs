//! `handover replay FAILURE.json`

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;

use handover::failure_file::{ComponentId, FailureFile};
use handover::report::console;
use handover::{Pair, replay};

use crate::cache;
use crate::exit_code::Exit;
use crate::output;

/// Run a saved failure again and explain it step by step.
#[derive(Args)]
#[command(after_help = "Exit codes:
  0  the property holds now
  1  it fails still
  2  the command could not run
  3  the history says nothing about the property any more")]
pub struct Arguments {
    /// A file that `handover check` wrote.
    #[arg(value_name = "FAILURE.json")]
    failure: PathBuf,
    /// The version in production, where it is no longer at its old path.
    #[arg(long, value_name = "FILE")]
    old: Option<String>,
    /// The next version, where it is no longer at its old path.
    #[arg(long, value_name = "FILE")]
    new: Option<String>,
    /// Accept components other than those that failed, such as the mended one.
    #[arg(long)]
    any_version: bool,
    #[command(flatten)]
    cache: cache::Switch,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<Exit> {
    let file = FailureFile::read(&arguments.failure)?;
    let property = file.property()?;
    let config = arguments
        .cache
        .config(file.config.as_deref().map(Path::new))?;
    let old = arguments.old.as_ref().unwrap_or(&file.old.path);
    let new = arguments.new.as_ref().unwrap_or(&file.new.path);
    let pair = Pair::open(old, new, &config)?;
    cache::complain(&config.cache);
    if !arguments.any_version {
        same_file("old", &file.old, pair.old.sha256(), old)?;
        same_file("new", &file.new, pair.new.sha256(), new)?;
    }
    let case = file.case(&pair)?;
    let replayed = replay(&pair, property, &case);
    output::print(&format!("{}: {}\n\n", file.property, file.message));
    output::print(&console::replay(&replayed));
    Ok(match replayed.outcome {
        Ok(None) => Exit::Passed,
        Ok(Some(_)) => Exit::Failed,
        Err(_) => Exit::NotExercised,
    })
}

fn same_file(version: &str, recorded: &ComponentId, sha256: &str, path: &str) -> Result<()> {
    if recorded.sha256 != sha256 {
        bail!(
            "{path} is not the {version} version that failed (SHA-256 {sha256}, recorded {}); \
             --any-version replays on it all the same",
            recorded.sha256
        );
    }
    Ok(())
}
