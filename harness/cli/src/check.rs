//! `handover check OLD NEW …`

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};

use handover::properties::Property;
use handover::{Check, Checked, Mode, Progress};

use crate::cache;
use crate::exit_code::Exit;
use crate::formats;
use crate::interrupt::Interrupt;
use crate::json::Json;
use crate::memory;
use crate::output;
use crate::progress::Bar;
use crate::properties;

/// The pair that is checked when none is named.
const SAMPLE_PAIR: [&str; 2] = ["embedded:cart-v1", "embedded:cart-v2"];

/// Check whether the state survives the update from OLD to NEW: all properties that need no code.
///
/// More versions are a chain, from the one in production on: every update to the next version is checked by itself, and lives
/// along the whole chain.
#[derive(Args)]
#[command(after_help = crate::exit_code::HELP)]
pub struct Arguments {
    /// The version in production, and the next: `.wasm` components, or `embedded:NAME`. Without them the sample pair.
    #[arg(value_names = ["OLD", "NEW"], num_args = 2..)]
    components: Vec<String>,
    /// Cases of each property. Those that feed bytes to load run 16 inputs for each case.
    #[arg(long, default_value_t = 256)]
    cases: usize,
    /// The largest number of operations in a history; one that is made of others may have two thirds more, and one whose operations
    /// return more than 16 MiB has fewer.
    #[arg(long, default_value_t = handover::case::MAX_OPERATIONS, value_parser = operations)]
    ops: usize,
    /// Determines every case: the same seed gives the same report.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Stop after so many seconds; the report says how many cases that was enough for.
    #[arg(long)]
    seconds: Option<u64>,
    /// Only this property; may be repeated.
    #[arg(long, value_name = "PROPERTY", value_parser = properties::named)]
    property: Vec<&'static Property>,
    /// Which kind of update is to be possible. By default both are judged, and that an automatic one diverges is only told.
    #[arg(long, value_name = "MODE", value_enum, default_value_t)]
    mode: Kind,
    /// Fail if fewer than so many of a hundred values of the state would be noticed if they were lost.
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    sensitivity: Option<usize>,
    /// Make every history anew, and none of those that brought the old version somewhere new.
    #[arg(long)]
    no_guidance: bool,
    /// Let advisory properties fail.
    #[arg(long)]
    strict: bool,
    /// Only this agent type, of components that have several.
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// Load these golden snapshots into the last version, too: files that `handover snapshot` wrote, `.bin` files with the bytes
    /// alone, or folders of them.
    #[arg(long, value_name = "FILE|FOLDER", num_args = 1..)]
    snapshot: Vec<PathBuf>,
    /// The MIME type of the `.bin` files; `application/octet-stream` where it is missing.
    #[arg(long, value_name = "TYPE", requires = "snapshot")]
    mime_type: Option<String>,
    /// Play the histories in these oplogs, too, each with an update to the last version, and make others like them: files as
    /// `golem agent oplog` prints them in JSON.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    oplog: Vec<PathBuf>,
    /// Replace strings of the oplogs, in all that is written, by strings of the same length and kinds of characters.
    #[arg(long, requires = "oplog")]
    redact: bool,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    files: formats::Files,
    /// Declares what changes on purpose, limits, and what the world answers (TOML).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where failure files are written.
    #[arg(long, value_name = "FOLDER", default_value = "handover-failures")]
    failures: PathBuf,
    #[command(flatten)]
    memory: memory::Budget,
    #[command(flatten)]
    cache: cache::Switch,
}

/// A [`Mode`], as an argument.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Kind {
    /// With a snapshot; whether the history can be replayed is told.
    #[default]
    Both,
    /// The next version replays the history: `replay` is held against it, and only it and `recovery` are judged.
    Automatic,
    /// With a snapshot; `replay` is left out.
    Manual,
}

impl From<Kind> for Mode {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Both => Self::Both,
            Kind::Automatic => Self::Automatic,
            Kind::Manual => Self::Manual,
        }
    }
}

/// Far above what finds more; beyond it, histories fill the memory before they are played.
const MOST_OPERATIONS: usize = 10_000;

fn operations(text: &str) -> Result<usize> {
    let operations = text.parse()?;
    ensure!(operations <= MOST_OPERATIONS, "at most {MOST_OPERATIONS}");
    Ok(operations)
}

fn percent(text: &str) -> Result<usize> {
    let percent = text.parse()?;
    ensure!(percent <= 100, "at most 100");
    Ok(percent)
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<Exit> {
    let config = arguments.cache.config(arguments.config.as_deref())?;
    let config = arguments.memory.of(config);
    let components: Vec<&str> = match arguments.components.as_slice() {
        [] => SAMPLE_PAIR.to_vec(),
        components => components.iter().map(String::as_str).collect(),
    };
    let mut asked = Check::new(components)
        .cases(arguments.cases)
        .operations(arguments.ops)
        .seed(arguments.seed)
        .mode(arguments.mode.into())
        .config(config.clone())
        .failures(arguments.failures);
    if let Some(seconds) = arguments.seconds {
        asked = asked.time(Duration::from_secs(seconds));
    }
    for property in arguments.property {
        asked = asked.property(property.id);
    }
    if let Some(agent) = arguments.agent {
        asked = asked.agent(agent);
    }
    if let Some(percent) = arguments.sensitivity {
        asked = asked.sensitivity(percent);
    }
    if arguments.strict {
        asked = asked.strict();
    }
    if arguments.no_guidance {
        asked = asked.unguided();
    }
    if let Some(file) = arguments.config {
        asked = asked.config_file(file);
    }
    for path in arguments.snapshot {
        asked = asked.snapshot(path);
    }
    if let Some(mime_type) = arguments.mime_type {
        asked = asked.mime_type(mime_type);
    }
    for path in arguments.oplog {
        asked = asked.oplog(path);
    }
    if arguments.redact {
        asked = asked.redact();
    }
    let watch = Watch {
        bar: Bar::new(),
        interrupt: Interrupt::watched()?,
    };
    let checked = asked.watched_by(&watch);
    watch.bar.clear();
    cache::complain(&config.cache);
    let checked = checked?;
    for warning in checked.warnings() {
        output::warn(warning);
    }
    show(&checked, &arguments.json, &arguments.files)?;
    Ok(match watch.interrupt.came() {
        true => Exit::Interrupted,
        false => checked.verdict().into(),
    })
}

/// Shows how far the check is, and ends it at a signal.
struct Watch {
    bar: Bar,
    interrupt: Interrupt,
}

impl Progress for Watch {
    fn begin(&self, property: &'static str, cases: usize) {
        self.bar.begin(property, cases);
    }

    fn advance(&self, property: &'static str, cases: usize) {
        self.bar.advance(property, cases);
    }

    fn shrinking(&self, property: &'static str) {
        self.bar.shrinking(property);
    }

    fn stop(&self) -> bool {
        self.interrupt.came()
    }
}

fn show(checked: &Checked, json: &Json, files: &formats::Files) -> Result<()> {
    let table = || match formats::is_on_github() {
        true => formats::inert(&checked.coloured()),
        false => checked.coloured(),
    };
    json.show(table, || checked.json())?;
    let commands = files.write(checked)?;
    if json.is_printed() && !commands.is_empty() {
        // The JSON stands alone, and GitHub reads both.
        output::complain(&commands);
    } else {
        output::print(&commands);
    }
    Ok(())
}
