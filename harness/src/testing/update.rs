//! A check as one expression, with the defaults of the command.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::error::{Error, ErrorKind};
use crate::judging::verdict::{Report, Status};
use crate::properties;
use crate::report::failure_file::FailureFile;
use crate::report::json::{JsonReport, json, merged};
use crate::report::{console, without_colours};
use crate::search::check::check;
use crate::search::options::{Mode, Options, Progress};
use crate::testing::golden::{self, Golden};
use crate::testing::oplog::{self, Asked, Oplog, Redactor};
use crate::versions::chain::Chain;
use crate::versions::config::Config;

/// Where failure files are written unless somebody says otherwise.
const FAILURES: &str = "handover-failures";

/// For a test: the state survives the update from `old` to `new`, two `.wasm` files, as `handover check` finds out.
///
/// ```no_run
/// # // The files are there where the test runs.
/// handover::assert_update("cart-v1.wasm", "cart-v2.wasm");
/// ```
///
/// # Panics
/// A property fails, nothing could be exercised, or one of the files cannot be used; with the text that the command prints.
#[track_caller]
pub fn assert_update(old: impl AsRef<Path>, new: impl AsRef<Path>) {
    let versions = [
        old.as_ref().to_string_lossy(),
        new.as_ref().to_string_lossy(),
    ];
    match Check::new(versions).run() {
        Ok(checked) if checked.verdict() == Status::Pass => {}
        Ok(checked) => panic!("{checked}"),
        Err(error) => panic!("error: {error:#}"),
    }
}

/// A check of versions of a component, from the one in production to the last. What is not said is as with the command, but for compiled
/// components: these are kept where the config says so.
///
/// ```no_run
/// # fn main() -> anyhow::Result<()> {
/// let checked = handover::Check::new(["old.wasm", "new.wasm"])
///     .cases(1_000)
///     .property("upgrade-equivalence")
///     .strict()
///     .run()?;
/// println!("{checked}");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "nothing is checked before `run`"]
pub struct Check {
    versions: Vec<String>,
    config: Config,
    config_file: Option<PathBuf>,
    properties: Vec<String>,
    agent: Option<String>,
    options: Options,
    failures: Option<PathBuf>,
    golden: Vec<PathBuf>,
    mime_type: Option<String>,
    oplogs: Vec<PathBuf>,
    redact: bool,
}

impl Check {
    /// A check of these files, or `embedded:NAME`; at least two.
    pub fn new<P: AsRef<str>>(versions: impl IntoIterator<Item = P>) -> Self {
        let versions = versions.into_iter().map(|it| it.as_ref().to_owned());
        Self {
            versions: versions.collect(),
            config: Config::default(),
            config_file: None,
            properties: Vec::new(),
            agent: None,
            options: Options::default(),
            failures: Some(FAILURES.into()),
            golden: Vec::new(),
            mime_type: None,
            oplogs: Vec::new(),
            redact: false,
        }
    }

    /// So many cases of each property.
    pub fn cases(mut self, cases: usize) -> Self {
        self.options.cases = cases;
        self
    }

    /// At most so many operations in a history.
    pub fn operations(mut self, operations: usize) -> Self {
        self.options.operations = operations;
        self
    }

    /// The seed that determines every case.
    pub fn seed(mut self, seed: u64) -> Self {
        self.options.seed = seed;
        self
    }

    /// Ends after this time, with the cases that were run until then.
    pub fn time(mut self, time: Duration) -> Self {
        self.options.time = Some(time);
        self
    }

    /// Only this property and others that are named so; all where none is.
    pub fn property(mut self, id: impl Into<String>) -> Self {
        self.properties.push(id.into());
        self
    }

    /// Only the agent type with this name, of components that have several.
    pub fn agent(mut self, name: impl Into<String>) -> Self {
        self.agent = Some(name.into());
        self
    }

    /// About this kind of update.
    pub fn mode(mut self, mode: Mode) -> Self {
        self.options.mode = mode;
        self
    }

    /// Fails if fewer than so many of a hundred values of the state would be noticed if they were lost.
    pub fn sensitivity(mut self, percent: usize) -> Self {
        self.options.sensitivity = Some(percent);
        self
    }

    /// Makes every history anew, and none of those that brought the old version somewhere new.
    pub fn unguided(mut self) -> Self {
        self.options.guided = false;
        self
    }

    /// Lets advisory properties fail.
    pub fn strict(mut self) -> Self {
        self.options.strict = true;
        self
    }

    /// With this config.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// The config came from this file, which failure files name, so that a replay has the same.
    pub fn config_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.config_file = Some(path.into());
        self
    }

    /// Writes failure files to this folder.
    pub fn failures(mut self, folder: impl Into<PathBuf>) -> Self {
        self.failures = Some(folder.into());
        self
    }

    /// Writes no failure files.
    pub fn without_failure_files(mut self) -> Self {
        self.failures = None;
        self
    }

    /// Loads this golden snapshot, or those of this folder, into the last version, too.
    pub fn snapshot(mut self, path: impl Into<PathBuf>) -> Self {
        self.golden.push(path.into());
        self
    }

    /// The MIME type of golden snapshots that are bytes alone.
    pub fn mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.mime_type = Some(mime_type.into());
        self
    }

    /// Plays the history in this oplog, too, and makes histories like it: a file as `golem agent oplog ID --format json` prints it.
    pub fn oplog(mut self, path: impl Into<PathBuf>) -> Self {
        self.oplogs.push(path.into());
        self
    }

    /// Replaces strings of oplogs, in all that comes out, by strings of the same length and kinds of characters.
    pub fn redact(mut self) -> Self {
        self.redact = true;
        self
    }

    /// Runs it.
    ///
    /// # Errors
    /// A file cannot be used, there are fewer than two, no property has a name that was given, or there is nothing to check.
    pub fn run(self) -> Result<Checked, Error> {
        self.watched_by(&())
    }

    /// Runs it, and tells `progress` how far it is.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn watched_by(mut self, progress: &impl Progress) -> Result<Checked, Error> {
        for id in &self.properties {
            let property = properties::named(id);
            let property = ErrorKind::Config
                .of(|| property.with_context(|| format!("there is no property {id:?}")))?;
            self.options.properties.push(property);
        }
        let set = golden::read(&self.golden, self.mime_type.as_deref())?;
        let oplogs = self.oplogs.iter().map(|it| oplog::read(it));
        let oplogs = oplogs.collect::<Result<Vec<Oplog>, Error>>()?;
        let mut redactor = self.redact.then(Redactor::default);
        let runtime = self.config.runtime()?;
        let agent = self.agent.as_deref();
        let opened = Chain::open_each(&runtime, &self.versions, agent, &self.config)?;
        belong_to_one(&set, &opened.chains)?;
        let mut checked = Checked {
            agents: Vec::with_capacity(opened.chains.len()),
            warnings: Vec::new(),
        };
        let mut histories = Vec::new();
        for chain in opened.chains {
            let told = oplog::told(&chain, &oplogs);
            self.options.production = oplog::production(&told, redactor.as_mut());
            let report = check(&chain, &self.options, progress)?;
            checked.agents.push((chain, report));
            histories.push(told);
        }
        if let Some((_, report)) = checked.agents.last_mut() {
            let left_out = opened.left_out.iter();
            report.notes.extend(
                left_out.map(|(name, reason)| format!("the agent {name} is not checked: {reason}")),
            );
        }
        if let Some(folder) = &self.failures {
            checked.keep_failures(folder, self.config_file.as_deref());
        }
        if !set.is_empty() {
            for (chain, report) in &mut checked.agents {
                let (golden, notes) = golden::judge(chain, &set, self.options.seed);
                report.properties.push(golden);
                report.notes.extend(notes);
            }
        }
        if !oplogs.is_empty() {
            let config_file = self.config_file.as_deref();
            let asked = Asked {
                options: &self.options,
                failures: self.failures.as_deref().map(|it| (it, config_file)),
            };
            for ((chain, report), told) in checked.agents.iter_mut().zip(&histories) {
                let came = oplog::judge(chain, told, &asked, redactor.as_mut(), progress);
                report.properties.push(came.report);
                report.notes.extend(came.notes);
                checked.warnings.extend(came.warnings);
            }
        }
        Ok(checked)
    }
}

/// Bytes alone do not say which of several agents saved them.
fn belong_to_one(set: &[Golden], chains: &[Chain]) -> Result<(), Error> {
    ErrorKind::Config.of(|| match set.iter().find(|golden| golden.file.is_none()) {
        Some(golden) if chains.len() > 1 => bail!(
            "{} does not say which of {} agents saved it: choose one by its name",
            golden.path.display(),
            chains.len()
        ),
        _ => Ok(()),
    })
}

/// What came out of a [`Check`]. As text, it is what the command prints.
#[derive(Debug)]
pub struct Checked {
    /// One for each agent type; of ordinary components, one.
    agents: Vec<(Chain, Report)>,
    warnings: Vec<String>,
}

impl Checked {
    /// The versions that were checked, and the report: one of each for every agent type, of ordinary components one.
    pub fn reports(&self) -> impl ExactSizeIterator<Item = (&Chain, &Report)> {
        self.agents.iter().map(|(chain, report)| (chain, report))
    }

    /// The verdict of all properties together.
    pub fn verdict(&self) -> Status {
        let verdicts = self.agents.iter().map(|(_, report)| report.verdict());
        verdicts.fold(Status::NotExercised, Status::and)
    }

    /// The report as the command writes it with `--json`; none if nothing was checked.
    pub fn json(&self) -> Option<JsonReport> {
        let reports = self.agents.iter();
        merged(reports.map(|(chain, report)| json(chain, report)).collect())
    }

    /// The report as text, with ANSI colours.
    pub fn coloured(&self) -> String {
        let reports = self.agents.iter();
        let reports = reports.map(|(chain, report)| console::report(chain, report));
        reports.collect::<Vec<_>>().join("\n")
    }

    /// What went wrong beside the check, such as a failure file that could not be written.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Writes a failure file for each failure. A folder that cannot be written costs the files, not the verdict.
    fn keep_failures(&mut self, folder: &Path, config: Option<&Path>) {
        for (chain, report) in &mut self.agents {
            for property in &mut report.properties {
                for number in 0..property.failures.len() {
                    let failure = &property.failures[number];
                    let file = FailureFile::new_in_chain(chain, property, failure, config);
                    match file.write(folder) {
                        Ok(path) => {
                            property.failures[number].file = Some(path.display().to_string());
                        }
                        Err(error) => self.warnings.push(format!("{error:#}")),
                    }
                }
            }
        }
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_colours(&self.coloured()))
    }
}
