//! `handover coverage NEW --corpus FOLDER`

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use clap::Args;
use serde_json::{Value, json};

use handover::component::{self, Component};
use handover::fuzz::load_coverage::{Reach, Watched};
use handover::fuzz::{CampaignOptions, Folder};
use handover::report::{self, coverage, lcov};

use crate::cache;
use crate::exit_code::Exit;
use crate::json::Json;
use crate::output;

/// Show what of load the inputs of a corpus reach, by function, and by source line where the component has DWARF.
///
/// What a worker does while it starts does not count.
#[derive(Args)]
#[command(
    after_help = "A Rust guest keeps its lines when it is built with CARGO_PROFILE_RELEASE_DEBUG=line-tables-only and
CARGO_PROFILE_RELEASE_STRIP=none.

Exit codes:
  0  done
  2  the command could not run: usage, or a file that is unreadable or unsuitable"
)]
pub struct Arguments {
    /// The component: a `.wasm` file, or `embedded:NAME`.
    #[arg(value_name = "NEW")]
    new: String,
    /// The folder of inputs, such as `handover fuzz` or libFuzzer keeps; nothing is written to it.
    #[arg(long, value_name = "FOLDER")]
    corpus: PathBuf,
    /// List the functions that were never entered, too.
    #[arg(long)]
    all: bool,
    /// Keep only source files whose path starts with this, and the functions in them; may be given again.
    #[arg(long, value_name = "PREFIX")]
    source: Vec<String>,
    /// Write the lines to this file for `genhtml` and editors; to standard output with `-`, instead of the table.
    #[arg(long, value_name = "FILE")]
    lcov: Option<PathBuf>,
    #[command(flatten)]
    json: Json,
    /// Bytes of the largest input.
    #[arg(long, value_name = "BYTES", default_value_t = CampaignOptions::default().longest)]
    max_len: usize,
    /// Limits, and what the world answers (TOML).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    cache: cache::Switch,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<Exit> {
    let to_stdout = arguments.lcov.as_deref() == Some(Path::new("-"));
    ensure!(
        !(to_stdout && arguments.json.is_printed()),
        "only one of --lcov and --json can have standard output"
    );
    let config = arguments.cache.config(arguments.config.as_deref())?;
    let (inputs, left_out) = inputs(&arguments.corpus, arguments.max_len)?;
    let runtime = config.runtime()?;
    let new = arguments.new.as_str();
    let watched = Watched::open(&runtime, new, &component::read(new)?)?;
    cache::complain(&config.cache);
    for warning in watched.warnings().iter().chain(&left_out) {
        output::warn(warning);
    }
    let needs_lines = arguments.lcov.is_some() || !arguments.source.is_empty();
    ensure!(
        watched.has_lines() || !needs_lines,
        "{new} does not say which lines its code comes from: it has no DWARF; `handover coverage --help` says how to keep it"
    );
    let mut reach = watched.reach(&inputs)?;
    if !arguments.source.is_empty() {
        reach.keep_sources(&arguments.source);
        ensure!(
            !reach.files.is_empty(),
            "no source file of {new} has a path that starts with {}",
            arguments.source.join(" or ")
        );
    }
    let component = watched.component();
    let table = || match to_stdout {
        true => String::new(),
        false => coverage::table(component, &reach, arguments.all),
    };
    arguments.json.show(table, || document(component, &reach))?;
    match &arguments.lcov {
        Some(_) if to_stdout => output::print(&lcov::lcov(&reach)),
        Some(path) => report::write(path, "the lines", &lcov::lcov(&reach))?,
        None => {}
    }
    Ok(Exit::Passed)
}

/// All functions, in the order of the file.
fn document(component: &Component, reach: &Reach) -> Value {
    let inputs = &reach.inputs;
    let functions = reach.functions.iter().map(|it| {
        let place = it.place.as_ref();
        json!({
            "name": it.name(),
            "module": it.module,
            "number": it.number,
            "place": place.map(|(file, line)| json!({"file": file, "line": line})),
            "entered": it.entered,
            "blocks": it.blocks,
            "reached": it.reached,
        })
    });
    json!({
        "path": component.label(),
        "sha256": component.sha256(),
        "inputs": {
            "accepted": inputs.accepted,
            "refused": inputs.refused,
            "failed": inputs.all() - inputs.accepted - inputs.refused,
        },
        "functions": functions.collect::<Vec<_>>(),
        "files": reach.files,
    })
}

/// The inputs of a corpus, which must have some; and a sentence about each file that was left out.
fn inputs(corpus: &Path, longest: usize) -> Result<(Vec<Vec<u8>>, Vec<String>)> {
    let shown = corpus.display();
    // A folder that is missing would be made.
    ensure!(corpus.is_dir(), "the corpus {shown} is no folder");
    let (inputs, left_out) = Folder::open(corpus)?.read(longest)?;
    if inputs.is_empty() {
        for warning in &left_out {
            output::warn(warning);
        }
    }
    ensure!(
        !inputs.is_empty(),
        "the corpus {shown} has no input of at most {longest} bytes"
    );
    Ok((inputs, left_out))
}
