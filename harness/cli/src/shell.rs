//! `handover completions` and `handover man`: what a shell and a manual's reader need, made from the arguments themselves.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Command};
use clap_complete::Shell;

use crate::exit_code::Exit;
use crate::output;

/// Print the completions of a shell.
#[derive(Args)]
#[command(
    after_help = "For example: handover completions bash > ~/.local/share/bash-completion/completions/handover"
)]
pub struct Completions {
    /// The shell.
    shell: Shell,
}

/// Write the manual pages.
#[derive(Args)]
pub struct Man {
    /// Where they are written: a page for each command.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

/// Prints the completions.
pub fn completions(arguments: &Completions, mut command: Command) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "handover", &mut script);
    output::print(&String::from_utf8_lossy(&script));
    Exit::Passed
}

/// Writes the pages.
pub fn man(arguments: &Man, command: Command) -> Result<Exit> {
    let folder = &arguments.folder;
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(command, folder))
        .with_context(|| format!("cannot write the manual pages to {}", folder.display()))?;
    Ok(Exit::Passed)
}
