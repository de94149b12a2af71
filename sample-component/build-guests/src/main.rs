use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use build_guests::{
    agents::{self, Outcome},
    component, prebuilt,
    sources::GUESTS,
    toolchain::Toolchain,
};
use clap::Parser;

/// Build the sample components from source.
#[derive(Parser)]
struct Options {
    /// The folder to write them to; the one that is checked in, if left out.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Build the agents instead, if their sources have changed and the target is installed.
    #[arg(long)]
    agents: bool,

    /// Build the agents even if their sources have not changed.
    #[arg(long, requires = "agents")]
    always: bool,
}

fn main() -> Result<()> {
    let Options {
        out,
        agents,
        always,
    } = Options::parse();
    if agents {
        return build_agents(&out.unwrap_or_else(agents::checked_in), always);
    }
    build_guests(&out.unwrap_or_else(prebuilt))
}

fn build_guests(out: &Path) -> Result<()> {
    fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))?;

    let toolchain = Toolchain::find()?;
    println!("building the guests with {toolchain}");
    for core_module in toolchain.build()? {
        let written = component::write(&core_module, out)?;
        println!("{}", written.display());
    }
    GUESTS.record(out)
}

fn build_agents(out: &Path, always: bool) -> Result<()> {
    match agents::build(out, always)? {
        Outcome::Built(components) => {
            for component in components {
                println!("{}", component.display());
            }
        }
        Outcome::UpToDate(folder) => println!(
            "nothing to build: the agents in {} are as new as their sources",
            folder.display()
        ),
        Outcome::NoTarget(target) => {
            println!("the agents are not built: that needs `rustup target add {target}`")
        }
    }
    Ok(())
}
