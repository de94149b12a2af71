//! `handover replay FAILURE.json`

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use handover::report::console;
use handover::report::failure_file::{ComponentId, FailureFile};
use handover::report::foreign::foreign;
use handover::{Chain, HopId, replay};

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
    /// The version in production, where it is no longer at its old path; of a chain, the version before the update that lost
    /// the state.
    #[arg(long, value_name = "FILE")]
    old: Option<String>,
    /// The next version, where it is no longer at its old path; of a chain, the version after that update.
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
    let versions = versions(&file, arguments)?;
    let paths: Vec<&str> = versions.iter().map(|it| it.path).collect();
    // What failed is likely to fail again, which only new workers decide.
    let runtime = config.runtime()?.without_reuse();
    let agent = file.agent_type();
    let mut opened = Chain::open_each(&runtime, &paths, agent, &config)?.chains;
    cache::complain(&config.cache);
    let chain = opened.pop().filter(|_| opened.is_empty());
    let chain = chain.context("the components have several agents, and the failure names none")?;
    if !arguments.any_version {
        for (version, component) in versions.iter().zip(chain.versions()) {
            same_file(version, component.sha256())?;
        }
    }
    let judged = file.judged(&chain)?;
    let case = file.case(judged)?;
    let replayed = replay(judged, property, &case);
    let message = foreign(&file.message);
    output::print(&format!("{}: {message}\n\n", property.id));
    output::print(&console::replay(&replayed));
    Ok(match replayed.outcome {
        Ok(None) => Exit::Passed,
        Ok(Some(_)) => Exit::Failed,
        Err(_) => Exit::NotExercised,
    })
}

/// A version to replay on.
struct Version<'a> {
    /// What it is to the failure.
    name: String,
    recorded: &'a ComponentId,
    path: &'a str,
}

/// All versions of the failure, with the paths that the arguments name.
fn versions<'a>(file: &'a FailureFile, arguments: &'a Arguments) -> Result<Vec<Version<'a>>> {
    let named = |recorded: &'a ComponentId, name: String, path: Option<&'a String>| Version {
        name,
        recorded,
        path: path.unwrap_or(&recorded.path),
    };
    let (old, new) = (arguments.old.as_ref(), arguments.new.as_ref());
    if file.versions.is_empty() {
        return Ok(vec![
            named(&file.old, "old".to_owned(), old),
            named(&file.new, "new".to_owned(), new),
        ]);
    }
    let hop = file.hop.unwrap_or(HopId {
        from: 1,
        to: file.versions.len(),
    });
    ensure!(
        hop.from != hop.to || old.is_none(),
        "the version that failed was updated to itself: --new is both"
    );
    let versions = file.versions.iter().zip(1..).map(|(recorded, number)| {
        let path = match number {
            _ if number == hop.to => new,
            _ if number == hop.from => old,
            _ => None,
        };
        named(recorded, format!("v{number}"), path)
    });
    Ok(versions.collect())
}

fn same_file(version: &Version<'_>, sha256: &str) -> Result<()> {
    let Version {
        name,
        recorded,
        path,
    } = version;
    if recorded.sha256 != sha256 {
        bail!(
            "{path} is not the {name} version that failed (SHA-256 {sha256}, recorded {}); \
             --any-version replays on it all the same",
            recorded.sha256
        );
    }
    Ok(())
}
