//! `handover snapshot OLD --out FOLDER`

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;

use handover::golden;

use crate::cache;
use crate::exit_code::Exit;
use crate::output;

/// Write golden snapshots of a version, to be kept with its release: `check OLD NEW --snapshot FOLDER` loads them into later ones.
#[derive(Args)]
#[command(after_help = "Exit codes:
  0  golden snapshots were written
  2  the command could not run: usage, or a file that is unreadable or unsuitable")]
pub struct Arguments {
    /// The version that saves: a `.wasm` component, or `embedded:NAME`.
    #[arg(value_name = "OLD")]
    component: String,
    /// Where they are written; other files in it stay.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Histories that are played; at most 16 snapshots of them are kept, no two with the same bytes.
    #[arg(long, default_value_t = 64, value_parser = cases)]
    cases: usize,
    /// Determines every history: the same seed gives the same snapshots.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Only this agent type, of components that have several.
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// The config file that a check would have.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    cache: cache::Switch,
}

/// Far above what gives 16 snapshots with different bytes.
const MOST_CASES: usize = 10_000;

fn cases(text: &str) -> Result<usize> {
    let cases = text.parse()?;
    ensure!((1..=MOST_CASES).contains(&cases), "1 to {MOST_CASES}");
    Ok(cases)
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<Exit> {
    let Arguments {
        component,
        out,
        cases,
        seed,
        ..
    } = arguments;
    let config = arguments.cache.config(arguments.config.as_deref())?;
    let agent = arguments.agent.as_deref();
    let taken = golden::take(component, agent, &config, *cases, *seed);
    cache::complain(&config.cache);
    let taken = taken?;
    let written = golden::write(&taken.files, out)?;
    output::print(&format!(
        "{} golden snapshots of {component} in {}\n",
        written.len(),
        out.display()
    ));
    if taken.refused > 0 {
        output::print(&format!(
            "{} snapshots are left out, because {component} does not load them itself\n",
            taken.refused
        ));
    }
    Ok(Exit::Passed)
}
