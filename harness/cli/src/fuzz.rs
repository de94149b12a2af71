//! `handover fuzz NEW`

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use handover::component;
use handover::fuzz::{
    Campaign, CampaignOptions, Folder, Found, Guide, Status, Watch, campaign, read_dictionary,
};
use handover::report::failure_file::{FailureFile, Input};
use handover::report::foreign::shortened;
use handover::report::{campaign as report, console};
use handover::{Chain, Snapshot};

use crate::cache;
use crate::exit_code::Exit;
use crate::interrupt::Interrupt;
use crate::json::Json;
use crate::memory;
use crate::output;

/// Each lane keeps workers of its own, of which the engine's pool has 96 on the smallest machine: with more lanes it would
/// depend on the machine whether there are enough.
const MOST_JOBS: i64 = 32;

/// Feed load what no save has written, guided by what happens inside the component: it must answer, and what it accepts must
/// be a state like any other.
#[derive(Args)]
#[command(after_help = "Exit codes:
  0  nothing was found, and load accepted at least one input
  1  something was found
  2  the command could not run: usage, or a file that is unreadable or unsuitable
  3  nothing was exercised: no input was run, or load accepted none")]
pub struct Arguments {
    /// The component: a `.wasm` file, or `embedded:NAME`.
    #[arg(value_name = "NEW")]
    new: String,
    /// The version in production: the first inputs are what it saves after generated histories.
    #[arg(long, value_name = "OLD")]
    from: Option<String>,
    /// Start from nothing, not from what OLD and NEW save.
    #[arg(long)]
    no_seeds: bool,
    /// How many lanes run side by side.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=MOST_JOBS))]
    jobs: u16,
    /// Determines every input: the same seed and number of runs and jobs find the same.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Stop after so many seconds.
    #[arg(long)]
    seconds: Option<u64>,
    /// Stop after so many runs, beside those of the inputs that it starts with.
    #[arg(long)]
    runs: Option<u64>,
    /// Stop with the first finding.
    #[arg(long)]
    stop_on_finding: bool,
    /// Read inputs from this folder first, and keep in it what shows anything new; libFuzzer's layout.
    #[arg(long, value_name = "FOLDER")]
    corpus: Option<PathBuf>,
    /// Words that mutations use; libFuzzer's format.
    #[arg(long, value_name = "FILE")]
    dict: Option<PathBuf>,
    /// Bytes of the largest input.
    #[arg(long, value_name = "BYTES", default_value_t = CampaignOptions::default().longest)]
    max_len: usize,
    /// Limits, and what the world answers (TOML).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where failure files are written.
    #[arg(long, value_name = "FOLDER", default_value = "handover-failures")]
    failures: PathBuf,
    #[command(flatten)]
    json: Json,
    /// The agent type whose load is fed, of components that have several.
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    #[command(flatten)]
    memory: memory::Budget,
    #[command(flatten)]
    cache: cache::Switch,
}

/// Runs the command.
pub fn run(arguments: Arguments) -> Result<Exit> {
    let config = arguments.cache.config(arguments.config.as_deref())?;
    let config = arguments.memory.of(config);
    let corpus = arguments.corpus.as_deref().map(Folder::open).transpose()?;
    let (inputs, left_out) = match &corpus {
        Some(corpus) => corpus.read(arguments.max_len)?,
        None => Default::default(),
    };
    let options = CampaignOptions {
        jobs: usize::from(arguments.jobs),
        seed: arguments.seed,
        time: arguments.seconds.map(Duration::from_secs),
        runs: arguments.runs,
        stop_on_finding: arguments.stop_on_finding,
        seeds: !arguments.no_seeds,
        longest: arguments.max_len,
        dictionary: match &arguments.dict {
            Some(path) => read_dictionary(path)?,
            None => Vec::new(),
        },
    };
    let (old, new) = (
        arguments.from.as_ref().unwrap_or(&arguments.new),
        &arguments.new,
    );
    let runtime = config.runtime()?.without_reuse();
    let (chain, guide) = rayon::join(
        || {
            let agent = arguments.agent.as_deref();
            Chain::open_agent(&runtime, &[old, new], agent, &config)
        },
        || Guide::new(&runtime, new, &component::read(new)?),
    );
    let chain = chain?;
    let guide = guide?.of(&chain)?;
    cache::complain(&config.cache);
    for warning in guide.warnings().iter().chain(&left_out) {
        output::warn(warning);
    }
    let watcher = Watcher::new(&chain, &arguments, corpus)?;
    let campaign = campaign(&chain, &guide, &options, inputs, None, &watcher)?;
    watcher.line.finish_and_clear();
    let summary = || report::summary(&chain, &campaign, watcher.started.elapsed());
    arguments
        .json
        .show(summary, || document(&chain, &campaign))?;
    Ok(campaign.verdict().into())
}

/// The same as the summary, without times.
fn document(chain: &Chain, campaign: &Campaign) -> Value {
    let findings = campaign.findings.iter().map(|found| {
        let finding = &found.failure.finding;
        json!({
            "property": found.property.id,
            "blame": found.failure.blame,
            "message": shortened(&finding.message),
            "input": finding.case.input.as_ref().map(Input::from),
            "runs": found.runs,
            "replay": found.failure.file,
        })
    });
    let status = &campaign.status;
    json!({
        "new": {"path": chain.last().label(), "sha256": chain.last().sha256()},
        "verdict": campaign.verdict(),
        "runs": status.runs,
        "accepted": status.accepted,
        "started": status.started,
        "edges": {"reached": status.edges, "of": status.of_edges, "last_new_after_runs": status.last_new_edge},
        "corpus": status.corpus,
        "findings": findings.collect::<Vec<_>>(),
        "notes": campaign.notes,
    })
}

/// Shows where the campaign stands, keeps what it finds, and ends it at Ctrl-C.
struct Watcher<'a> {
    chain: &'a Chain,
    arguments: &'a Arguments,
    corpus: Option<Folder>,
    corpus_is_lost: AtomicBool,
    interrupt: Interrupt,
    line: ProgressBar,
    started: Instant,
    /// How many edges were reached, and when the last of them was.
    last_new_edge: Mutex<(usize, Instant)>,
}

impl<'a> Watcher<'a> {
    fn new(chain: &'a Chain, arguments: &'a Arguments, corpus: Option<Folder>) -> Result<Self> {
        let interrupt = Interrupt::watched()?;
        let line = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{elapsed}  {msg}") {
            line.set_style(style);
        }
        Ok(Self {
            chain,
            arguments,
            corpus,
            corpus_is_lost: AtomicBool::new(false),
            interrupt,
            line,
            started: Instant::now(),
            last_new_edge: Mutex::new((0, Instant::now())),
        })
    }

    fn warn(&self, warning: &str) {
        self.line.suspend(|| output::warn(warning));
    }
}

impl Watch for Watcher<'_> {
    fn status(&self, status: &Status) {
        let mut last = self
            .last_new_edge
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if last.0 != status.edges {
            *last = (status.edges, Instant::now());
        }
        let (elapsed, quiet) = (self.started.elapsed(), last.1.elapsed());
        self.line
            .set_message(report::status(status, elapsed, quiet));
        self.line.tick();
    }

    fn kept(&self, input: &Snapshot) {
        let Some(corpus) = &self.corpus else {
            return;
        };
        if let Err(error) = corpus.keep(&input.bytes)
            && !self.corpus_is_lost.swap(true, Ordering::Relaxed)
        {
            self.warn(&format!("the corpus is no longer kept: {error:#}"));
        }
    }

    fn found(&self, found: &mut Found) {
        let property = found.property.id;
        let config = self.arguments.config.as_deref();
        let file = FailureFile::new(self.chain.whole(), property, &found.failure, config);
        match file.write(&self.arguments.failures) {
            Ok(path) => found.failure.file = Some(path.display().to_string()),
            Err(error) => self.warn(&format!("{error:#}")),
        }
        let text = console::failure(self.chain, property, &found.failure);
        self.line.suspend(|| output::complain(&text));
    }

    fn stop(&self) -> bool {
        self.interrupt.came()
    }
}
