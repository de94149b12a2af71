//! Takes golden snapshots of a version, from generated histories.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use proptest::strategy::ValueTree;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::file::{FORMAT, GoldenFile, Recorded};
use crate::case::{Call, Case, CaseKind, Generator, MAX_OPERATIONS, runner};
use crate::error::{Error, ErrorKind};
use crate::files::write_whole;
use crate::host::Pace;
use crate::judging::{Judging, Loaded, Workers};
use crate::report::failure_file::{ComponentId, Input};
use crate::value::parse;
use crate::versions::chain::Chain;
use crate::versions::config::Config;
use crate::versions::hop::Hop;
use crate::worker::observation::Observation;
use crate::worker::snapshot::Snapshot;

/// How many golden snapshots are kept of an agent type, or of an ordinary component.
const MOST: usize = 16;

/// Golden snapshots of a version.
#[derive(Debug)]
pub struct Taken {
    /// No two with the same bytes.
    pub files: Vec<GoldenFile>,
    /// How many snapshots were left out, because the version itself does not load them.
    pub refused: usize,
}

/// Takes at most 16 golden snapshots of a `.wasm` file, or `embedded:NAME`, from so many histories; of components with several
/// agents, of each type. `agent` names the type that is wanted. The same seed gives the same.
///
/// # Errors
/// The component cannot be used, has no save, or no history led to a snapshot that the version itself loads.
pub fn take(
    version: &str,
    agent: Option<&str>,
    config: &Config,
    cases: usize,
    seed: u64,
) -> Result<Taken, Error> {
    ErrorKind::Component.of(|| {
        // What changes from one version to the next does not change here.
        let config = Config {
            same: Vec::new(),
            differs: Vec::new(),
            ..config.clone()
        };
        let opened = Chain::open_each(&config.runtime()?, &[version, version], agent, &config)?;
        let mut taken = Taken {
            files: Vec::new(),
            refused: 0,
        };
        for chain in &opened.chains {
            ensure!(
                chain.old().save().is_some(),
                "{version} does not export save (looked for as {}), so that it has no snapshots",
                chain.old().names().save
            );
            chain.on_its_threads(|| take_of(chain.whole(), cases, seed, &mut taken));
        }
        ensure!(
            !taken.files.is_empty(),
            "no history out of {cases} led to a snapshot of {version} that it loads itself"
        );
        Ok(taken)
    })
}

/// Writes golden snapshots into a folder, each under a name that its bytes determine; other files in it stay.
///
/// # Errors
/// The folder or a file cannot be written.
pub fn write(files: &[GoldenFile], folder: &Path) -> Result<Vec<PathBuf>, Error> {
    ErrorKind::File.of(|| {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let written = files.iter().map(|file| {
            let path = folder.join(format!("snapshot-{}.json", tag(file)));
            let text = serde_json::to_string_pretty(file)? + "\n";
            write_whole(&path, text.as_bytes())
                .with_context(|| format!("cannot write the golden snapshot {}", path.display()))?;
            Ok(path)
        });
        written.collect()
    })
}

fn tag(file: &GoldenFile) -> String {
    let (agent, Input { base64, mime_type }) = (&file.agent, &file.snapshot);
    let digest = Sha256::digest(format!("{agent:?} {mime_type:?} {base64}"));
    let digest = digest.iter().take(8);
    digest.map(|byte| format!("{byte:02x}")).collect()
}

fn take_of(hop: Hop<'_>, cases: usize, seed: u64, taken: &mut Taken) {
    let kind = CaseKind::History { updates: 1..=1 };
    let generator = Generator::new(hop, kind, MAX_OPERATIONS);
    let numbers = (0..cases).into_par_iter();
    let saved: Vec<Saved> = numbers
        .filter_map(|number| {
            hop.chain()
                .within_budget(|| save_one(hop, &generator, seed, number))
        })
        .collect();
    let mut kept = BTreeMap::new();
    for one in saved {
        match one {
            Saved::Refused => taken.refused += 1,
            Saved::Kept(file) => {
                kept.entry(tag(&file)).or_insert(*file);
            }
        }
    }
    let mut kept: Vec<GoldenFile> = kept.into_values().collect();
    // Those that tell the most of their state; of equals, the order of the names is as good as any.
    kept.sort_by_key(|file| Reverse(told(file)));
    kept.truncate(MOST);
    taken.files.append(&mut kept);
}

/// In how many different observations a state shows.
fn told(file: &GoldenFile) -> usize {
    let observations = file.observations.iter();
    let observed: BTreeSet<&str> = observations
        .filter_map(|recorded| recorded.observed.as_deref())
        .collect();
    observed.len()
}

enum Saved {
    Kept(Box<GoldenFile>),
    /// The version that saved does not load it.
    Refused,
}

fn save_one(hop: Hop<'_>, generator: &Generator<'_>, seed: u64, number: usize) -> Option<Saved> {
    let case = generator.tree(&mut runner(seed, super::ID, number), &[], &[]);
    // Whoever loads the file later does not know its pace.
    let case = Case {
        pace: Pace::default(),
        ..case.ok()?.current()
    };
    let judging = Judging::of(hop, &case, Workers::New);
    let twin = judging.twin(&case)?;
    let at = *twin.updates.first()?;
    let mut worker = judging.worker_at(judging.old(), &twin, at)?;
    let snapshot = judging.save(&mut worker, at)?;
    let lives = vec![twin.observations[at..].to_vec()];
    let file = described(&judging, &case, &snapshot, &twin.calls[at..], lives);
    Some(match file {
        Some(file) => Saved::Kept(Box::new(file)),
        None => Saved::Refused,
    })
}

/// The golden snapshot that the old version saved in this case: with what it observes of these calls after loading it, in two worlds and
/// in `lives`. None if it does not load it.
pub(crate) fn described(
    judging: &Judging<'_>,
    case: &Case,
    snapshot: &Snapshot,
    calls: &[Call],
    mut lives: Vec<Vec<Observation>>,
) -> Option<GoldenFile> {
    let (hop, old) = (judging.hop, judging.old());
    if hop.old().load().is_some() {
        for world in [case.seed, case.seed.wrapping_add(1)] {
            let Ok(Loaded::Accepted(mut worker)) = judging.load(old, snapshot, world) else {
                return None;
            };
            lives.push(judging.repeat(&mut worker, old, calls, 0));
        }
    }
    Some(GoldenFile {
        handover: FORMAT,
        version: ComponentId::of(hop.old()),
        seed: case.seed,
        agent: hop.founding_text(case),
        snapshot: Input::from(snapshot),
        observations: recorded(hop, calls, &lives),
    })
}

/// The calls up to the first that fails in any of the lives, each with what all of them observe.
fn recorded(hop: Hop<'_>, calls: &[Call], lives: &[Vec<Observation>]) -> Vec<Recorded> {
    let returned = |life: &Vec<Observation>| {
        let returned = life.iter().take_while(|it| it.failure().is_none());
        returned.count()
    };
    let until = lives.iter().map(returned).min().unwrap_or(0);
    let record = |(number, call): (usize, &Call)| {
        let observed = &lives[0][number];
        let is_state = lives.iter().all(|life| life[number] == *observed);
        Recorded {
            call: hop.call(call),
            observed: (is_state && is_read_back(hop, call, observed)).then(|| observed.to_string()),
        }
    };
    calls[..until].iter().enumerate().map(record).collect()
}

fn is_read_back(hop: Hop<'_>, call: &Call, observed: &Observation) -> bool {
    observation(hop, call, &observed.to_string()).as_ref() == Some(observed)
}

/// Reads what a call returned; none if it is no value of the operation's result.
pub(super) fn observation(hop: Hop<'_>, call: &Call, text: &str) -> Option<Observation> {
    let nothing = Observation::Returned(None);
    match hop.operation(call.operation).result() {
        None => (text == nothing.to_string()).then_some(nothing),
        Some(ty) => parse(text, ty)
            .ok()
            .map(|value| Observation::Returned(Some(value))),
    }
}
