use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use build_guests::{component, prebuilt, sources, toolchain::Toolchain};
use clap::Parser;

/// Build the sample components from source.
#[derive(Parser)]
struct Options {
    /// The folder to write them to; the one that is checked in, if left out.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

fn main() -> Result<()> {
    let out = Options::parse().out.unwrap_or_else(prebuilt);
    fs::create_dir_all(&out).with_context(|| format!("cannot create {}", out.display()))?;

    let toolchain = Toolchain::find()?;
    println!("building the guests with {toolchain}");
    for core_module in toolchain.build()? {
        let written = component::write(&core_module, &out)?;
        println!("{}", written.display());
    }
    sources::record(&out)
}
