//! `handover replay PATH…`: one failure step by step, several as a table.

mod document;
mod paths;
mod table;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use handover::report::console;
use handover::report::failure_file::{ComponentId, FailureFile};
use handover::report::foreign::foreign;
use handover::{Chain, Config, HopId, Replay, replay};

use crate::cache;
use crate::exit_code::Exit;
use crate::json::Json;
use crate::output;

/// Run saved failures again: one is explained step by step, several are a table.
#[derive(Args)]
#[command(after_help = "Exit codes:
  0  the property holds now
  1  it fails still
  2  the command could not run
  3  the history says nothing about the property any more
Of several failures: 2 before 1, 1 before 3, 3 before 0")]
pub struct Arguments {
    /// A failure file that `handover check` wrote, a folder of them (`*.json`), or a quoted glob such as `'*/load-*.json'`.
    #[arg(value_name = "PATH", required = true)]
    failures: Vec<String>,
    /// The version in production, where it is no longer at its old path; of a chain, the version before the update that lost
    /// the state.
    #[arg(long, value_name = "FILE")]
    old: Option<String>,
    /// The next version, where it is no longer at its old path; of a chain, the version after that update.
    #[arg(long, value_name = "FILE")]
    new: Option<String>,
    /// Accept components other than those that failed, such as the mended one.
    #[arg(long)]
    any_version: bool,
    /// Read the config that a failure file names wherever it lies: by default only in the current folder, in the failure file's,
    /// or if it is the very file that the check had.
    #[arg(long)]
    trust_config: bool,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    cache: cache::Switch,
}

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<Exit> {
    let paths = paths::failure_files(&arguments.failures)?;
    let mut opened = Opened::default();
    if let [path] = paths.as_slice() {
        let file = FailureFile::read(path)?;
        let replayed = again(path, &file, arguments, &mut opened)?;
        let message = foreign(&file.message);
        let text = || {
            format!(
                "{}: {message}\n\n{}",
                file.property,
                console::replay(&replayed)
            )
        };
        let exit = exit(&replayed);
        let json = || {
            let failure = document::failure(path, Some(&file.property), Ok(&replayed));
            document::whole(exit, &[failure])
        };
        arguments.json.show(text, json)?;
        return Ok(exit);
    }
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    for path in &paths {
        let file = FailureFile::read(path);
        let property = file.as_ref().ok().map(|it| it.property.clone());
        let ended = file
            .map_err(anyhow::Error::from)
            .and_then(|file| again(path, &file, arguments, &mut opened));
        failures.push(document::failure(path, property.as_deref(), ended.as_ref()));
        let exit = match ended {
            Ok(replayed) => exit(&replayed),
            Err(error) => {
                output::fail(&error.context(path.display().to_string()));
                Exit::CouldNotRun
            }
        };
        rows.push(table::Row {
            path: foreign(&path.display().to_string()),
            property: property.map(|it| foreign(&it)),
            exit,
        });
    }
    let worst = table::worst(&rows);
    let json = || document::whole(worst, &failures);
    arguments.json.show(|| table::table(&rows), json)?;
    Ok(worst)
}

fn exit(replayed: &Replay) -> Exit {
    match replayed.outcome {
        Ok(None) => Exit::Passed,
        Ok(Some(_)) => Exit::Failed,
        Err(_) => Exit::NotExercised,
    }
}

/// The chains that failures were replayed on, by config, agent type and paths: most files of a folder share one.
type Opened = BTreeMap<(Option<String>, Option<String>, Vec<String>), Chain>;

/// Runs the failure in the file at `path` again.
fn again(
    path: &Path,
    file: &FailureFile,
    arguments: &Arguments,
    opened: &mut Opened,
) -> Result<Replay> {
    let property = file.property()?;
    let versions = versions(file, arguments)?;
    let paths: Vec<String> = versions.iter().map(|it| it.path.to_owned()).collect();
    let agent = file.agent_type().map(str::to_owned);
    let config = file.config(path, arguments.trust_config)?;
    let key = (file.config.clone(), agent, paths);
    if !opened.contains_key(&key) {
        let chain = open(file, &key.2, arguments.cache.caching(config))?;
        opened.insert(key.clone(), chain);
    }
    let chain = &opened[&key];
    if !arguments.any_version {
        for (version, component) in versions.iter().zip(chain.versions()) {
            same_file(version, component.sha256())?;
        }
    }
    let judged = file.judged(chain)?;
    let case = file.case(judged)?;
    Ok(replay(judged, property, &case))
}

fn open(file: &FailureFile, paths: &[String], config: Config) -> Result<Chain> {
    // What failed is likely to fail again, which only new workers decide.
    let runtime = config.runtime()?.without_reuse();
    let mut opened = Chain::open_each(&runtime, paths, file.agent_type(), &config)?.chains;
    cache::complain(&config.cache);
    let chain = opened.pop().filter(|_| opened.is_empty());
    chain.context("the components have several agents, and the failure names none")
}

/// A version to replay on.
struct Version<'a> {
    /// What it is to the failure.
    name: String,
    recorded: &'a ComponentId,
    path: &'a str,
}

/// All versions of the failure, with the paths that the arguments name.
fn versions<'a>(file: &'a FailureFile, arguments: &'a Arguments) -> Result<Vec<Version<'a>>> {
    let named = |recorded: &'a ComponentId, name: String, path: Option<&'a String>| Version {
        name,
        recorded,
        path: path.unwrap_or(&recorded.path),
    };
    let (old, new) = (arguments.old.as_ref(), arguments.new.as_ref());
    if file.versions.is_empty() {
        return Ok(vec![
            named(&file.old, "old".to_owned(), old),
            named(&file.new, "new".to_owned(), new),
        ]);
    }
    let hop = file.hop.unwrap_or(HopId {
        from: 1,
        to: file.versions.len(),
    });
    ensure!(
        hop.from != hop.to || old.is_none(),
        "the version that failed was updated to itself: --new is both"
    );
    let versions = file.versions.iter().zip(1..).map(|(recorded, number)| {
        let path = match number {
            _ if number == hop.to => new,
            _ if number == hop.from => old,
            _ => None,
        };
        named(recorded, format!("v{number}"), path)
    });
    Ok(versions.collect())
}

fn same_file(version: &Version<'_>, sha256: &str) -> Result<()> {
    let Version {
        name,
        recorded,
        path,
    } = version;
    if recorded.sha256 != sha256 {
        bail!(
            "{path} is not the {name} version that failed (SHA-256 {sha256}, recorded {}); \
             --any-version replays on it all the same",
            recorded.sha256
        );
    }
    Ok(())
}
