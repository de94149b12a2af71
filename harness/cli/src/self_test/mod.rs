//! `handover self-test`

#[cfg(test)]
mod canaries;
mod catch;
mod document;
mod table;

use anyhow::Result;
use clap::Args;
use sample_component::faults::{PAIRS, stalls};

use handover::Options;

use crate::exit_code::Exit;
use crate::json::Json;
use crate::progress::Bar;

/// Check that handover finds planted faults on this machine, and passes correct pairs that look suspicious.
#[derive(Args)]
#[command(after_help = "Exit codes:
  0  every fault is caught as its row says, and every correct pair passes
  1  something is not as expected
  2  the command could not run")]
pub struct Arguments {
    /// How many seeds each row is checked with.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    seeds: u64,
    /// Check all sample pairs, and not only the market stalls.
    #[arg(long)]
    all: bool,
    /// Make every history anew, as `check --no-guidance` does: what is caught only without this, guidance found.
    #[arg(long)]
    no_guidance: bool,
    #[command(flatten)]
    json: Json,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<Exit> {
    let pairs = match arguments.all {
        true => PAIRS,
        false => &[stalls::PAIR],
    };
    let bar = Bar::over_rows(catch::rows(pairs));
    let options = Options {
        guided: !arguments.no_guidance,
        ..Options::default()
    };
    let tested = catch::self_test(pairs, arguments.seeds, &options, |row| bar.row(row));
    bar.clear();
    let tested = tested?;
    let text = || table::table(&tested);
    arguments.json.show(text, || document::document(&tested))?;
    Ok(match tested.is_as_expected() {
        true => Exit::Passed,
        false => Exit::Failed,
    })
}
