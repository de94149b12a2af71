//! `handover init [FOLDER]`

mod files;

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use handover::report::foreign::foreign;

use crate::exit_code::Exit;
use crate::output;
use files::{Kind, Names, Written, files};

/// Write what a Rust package or a Golem app needs to check its updates: a test, a config file, a folder for failures that are
/// kept, and a workflow for GitHub. A file that is there stays as it is.
#[derive(Args)]
#[command(after_help = "Exit codes:
  0  what was missing was written; with --dry-run, shown
  2  the command could not run: the folder has neither a Cargo.toml nor a golem.yaml, or a file cannot be written")]
pub struct Arguments {
    /// The folder with the `Cargo.toml` or the `golem.yaml`.
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// The component that runs in production, seen from FOLDER.
    #[arg(long, value_name = "FILE", default_value = "released/component.wasm")]
    old: String,
    /// The component that is built, seen from FOLDER.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "target/wasm32-wasip2/release/component.wasm"
    )]
    new: String,
    /// Show what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<Exit> {
    let folder = &arguments.folder;
    let kind = kind(folder)?;
    let names = Names {
        old: &arguments.old,
        new: &arguments.new,
    };
    let mut wrote = Vec::new();
    for file in files(kind, names) {
        let path = folder.join(file.path);
        let shown = foreign(&path.display().to_string());
        // A link that leads nowhere is there, too.
        if path.symlink_metadata().is_ok() {
            output::print(&format!("{shown} is there, and stays as it is\n"));
        } else if arguments.dry_run {
            output::print(&format!(
                "{shown} would be written:\n{}\n",
                indented(&file.text)
            ));
        } else {
            write_new(&path, &file.text)
                .with_context(|| format!("cannot write {}", path.display()))?;
            output::print(&format!("{shown} is written\n"));
            wrote.push(file);
        }
    }
    if !wrote.is_empty() {
        output::print(&next_steps(&wrote));
    }
    Ok(Exit::Passed)
}

/// A Golem app whose folder is a Rust package, too, has tests where Rust has them.
fn kind(folder: &Path) -> Result<Kind> {
    let shown = folder.display();
    ensure!(folder.is_dir(), "{shown} is no folder");
    let has = |name: &str| folder.join(name).exists();
    if has("Cargo.toml") && has("src") {
        return Ok(Kind::Package);
    }
    if has("golem.yaml") {
        return Ok(Kind::App);
    }
    bail!(
        "{shown} is neither a Rust package nor a Golem app: there is no Cargo.toml with a folder src, and no golem.yaml; name the folder of one"
    )
}

/// Writes a file that is not there yet; of one that cannot be written, nothing is left.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes()).inspect_err(|_| {
        let _ = fs::remove_file(path);
    })
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}

fn next_steps(wrote: &[Written]) -> String {
    let steps = wrote.iter().filter_map(|file| file.next_step);
    let steps: String = steps
        .zip(1..)
        .map(|(step, number)| format!("  {number}. {step}\n"))
        .collect();
    format!("\nNext:\n{steps}")
}
