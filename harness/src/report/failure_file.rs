//! A failure, kept as a file: the history itself, not a seed that rots when a generator changes.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};

use crate::case::text::{history, step};
use crate::case::{Case, Step};
use crate::component::Component;
use crate::error::{Error, ErrorKind};
use crate::files::{read_text, sha256, write_whole};
use crate::host::Pace;
use crate::judging::verdict::{Blame, PropertyReport, ReportedFailure};
use crate::properties::{self, Property, Scope};
use crate::report::foreign::shortened;
use crate::report::kept_config;
use crate::versions::chain::Chain;
use crate::versions::hop::{Hop, HopId};
use crate::worker::snapshot::Snapshot;

/// The version of this format.
const FORMAT: u32 = 1;
/// The largest failure file that is read, in bytes.
const MAX_FILE: u64 = 64 << 20;

/// A failure file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailureFile {
    /// Version of the format, 1.
    pub handover: u32,
    /// Name of the property.
    pub property: String,
    /// Which half is to blame.
    pub blame: Blame,
    /// What was found, and what the guest said last where it trapped; of a long text the beginning and the hash of the whole.
    pub message: String,
    /// The same for two failures that show the same fault.
    pub signature: String,
    /// The version in production; in a chain, the one whose update lost the state.
    pub old: ComponentId,
    /// The next version.
    pub new: ComponentId,
    /// Every version of a chain; none of a pair.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<ComponentId>,
    /// In a chain, the update that lost the state, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hop: Option<HopId>,
    /// Path of the config file that the check had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// SHA-256 of that file, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_sha256: Option<String>,
    /// Seed of the case's world.
    pub seed: u64,
    /// How much time passes between operations, in milliseconds, again and again in this order; a day where it is left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pace: Pace,
    /// The agent that the case is about, as a call of its constructor; none of an ordinary worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// What load is given, where the case starts with bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Input>,
    /// The history: operations as WAVE calls, and events such as `update`.
    pub history: Vec<String>,
}

/// A component in a failure file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentId {
    /// The path that it was opened from.
    pub path: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
}

/// Bytes in a failure file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The bytes, in base64.
    pub base64: String,
    /// Their MIME type.
    pub mime_type: String,
}

fn is_default(pace: &Pace) -> bool {
    *pace == Pace::default()
}

impl From<&Snapshot> for Input {
    fn from(snapshot: &Snapshot) -> Self {
        Self {
            base64: BASE64.encode(&snapshot.bytes),
            mime_type: snapshot.mime.clone(),
        }
    }
}

impl Input {
    /// The snapshot that it is.
    pub(crate) fn snapshot(&self) -> Result<Snapshot> {
        let bytes = BASE64.decode(&self.base64);
        Ok(Snapshot {
            bytes: bytes.context("its bytes are no base64")?,
            mime: self.mime_type.clone(),
        })
    }
}

/// The failure files (`*.json`) of a folder, sorted.
///
/// # Errors
/// The folder cannot be read.
pub fn in_folder(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

impl ComponentId {
    pub(crate) fn of(component: &Component) -> Self {
        Self {
            path: component.label().to_owned(),
            sha256: component.sha256().to_owned(),
        }
    }
}

impl FailureFile {
    /// What is kept of a failure.
    pub fn new<'a>(
        hop: impl Into<Hop<'a>>,
        property: &str,
        failure: &ReportedFailure,
        config: Option<&Path>,
    ) -> Self {
        let (hop, case) = (hop.into(), &failure.finding.case);
        Self {
            handover: FORMAT,
            property: property.to_owned(),
            blame: failure.blame,
            message: shortened(&failure.finding.message_and_last_words()).into_owned(),
            signature: failure.finding.signature(),
            old: ComponentId::of(hop.old()),
            new: ComponentId::of(hop.next()),
            versions: Vec::new(),
            hop: None,
            config: config.map(|path| path.display().to_string()),
            config_sha256: config.and_then(kept_config::sha256),
            seed: case.seed,
            pace: case.pace,
            agent: hop.founding_text(case),
            input: case.input.as_ref().map(Input::from),
            history: history(hop, case),
        }
    }

    /// The same for a property that was checked on a chain: on one of its hops, or on the whole.
    pub fn new_in_chain(
        chain: &Chain,
        report: &PropertyReport,
        failure: &ReportedFailure,
        config: Option<&Path>,
    ) -> Self {
        let hop = chain.hop(report.hop).unwrap_or(chain.whole());
        let mut file = Self::new(hop, report.id, failure, config);
        if !chain.is_longer_than_a_pair() {
            return file;
        }
        file.versions = chain.versions().iter().map(ComponentId::of).collect();
        file.hop = report.hop.or(failure.finding.hop);
        if let Some(hop) = file.hop {
            let version = |number: usize| file.versions.get(number.wrapping_sub(1)).cloned();
            (file.old, file.new) = (
                version(hop.from).unwrap_or(file.old),
                version(hop.to).unwrap_or(file.new),
            );
        }
        file
    }

    /// What the property judges: the pair, or of a chain the hop or the whole.
    ///
    /// # Errors
    /// There is no such property, or the chain has no such hop.
    pub fn judged<'c>(&self, chain: &'c Chain) -> Result<Hop<'c>, Error> {
        match self.property()?.scope() {
            Scope::WholeChain => Ok(chain.whole()),
            Scope::EachHop => chain.hop(self.hop),
        }
    }

    /// Writes the file into `folder`, under a name that the property and the case determine.
    ///
    /// # Errors
    /// The folder or the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<PathBuf, Error> {
        ErrorKind::File.of(|| {
            let text = serde_json::to_string_pretty(self)? + "\n";
            let path = folder.join(format!("{}-{}.json", self.property, self.tag()));
            std::fs::create_dir_all(folder)
                .and_then(|()| write_whole(&path, text.as_bytes()))
                .with_context(|| format!("cannot write the failure file {}", path.display()))?;
            Ok(path)
        })
    }

    /// Tells the failures of a property apart in a folder: the same case of the same
    /// paths has the same name, whichever build failed.
    fn tag(&self) -> String {
        let Self {
            old,
            new,
            versions,
            seed,
            input,
            history,
            agent,
            pace,
            ..
        } = self;
        let mut paths = vec![&old.path, &new.path];
        paths.extend(versions.iter().map(|version| &version.path));
        let paths: String = paths.into_iter().map(|path| format!("{path} ")).collect();
        let agent = agent.as_ref().map_or(String::new(), |it| format!(" {it}"));
        let pace = match is_default(pace) {
            true => String::new(),
            false => format!(" {pace}"),
        };
        let case = format!("{paths}{seed} {input:?} {history:?}{agent}{pace}");
        sha256(case.as_bytes()).chars().take(8).collect()
    }

    /// Reads a failure file.
    ///
    /// # Errors
    /// It cannot be read, is no failure file, or is of another version.
    pub fn read(path: &Path) -> Result<Self, Error> {
        ErrorKind::FailureFile.of(|| {
            let shown = path.display();
            let text = read_text(path, MAX_FILE)
                .with_context(|| format!("cannot read the failure file {shown}"))?;
            let file: Self = serde_json::from_str(&text)
                .with_context(|| format!("{shown} is no failure file"))?;
            ensure!(
                file.handover == FORMAT,
                "{shown} has the format {}, this version of handover reads {FORMAT}",
                file.handover
            );
            Ok(file)
        })
    }

    /// The name of the agent type that failed; none of an ordinary worker.
    pub fn agent_type(&self) -> Option<&str> {
        let (name, _) = self.agent.as_deref()?.split_once('(')?;
        Some(name)
    }

    /// The property that failed.
    ///
    /// # Errors
    /// There is no such property.
    pub fn property(&self) -> Result<&'static Property, Error> {
        ErrorKind::FailureFile.of(|| {
            properties::named(&self.property)
                .with_context(|| format!("there is no property {:?}", self.property))
        })
    }

    /// The case, for a pair that has its operations.
    ///
    /// # Errors
    /// A line of the history is no call of an operation of this pair, or the bytes are no base64.
    pub fn case<'a>(&self, hop: impl Into<Hop<'a>>) -> Result<Case, Error> {
        ErrorKind::FailureFile.of(|| {
            let hop = hop.into();
            let steps = self
                .history
                .iter()
                .map(|line| {
                    step(hop, line).with_context(|| format!("in the history's line {line:?}"))
                })
                .collect::<Result<Vec<Step>>>()?;
            let founding = self.agent.as_deref().map(|it| hop.parse_founding(it));
            let founding = founding.transpose().context("in the failure's agent")?;
            let input = self.input.as_ref().map(Input::snapshot).transpose();
            let input = input.context("in the failure's input")?;
            Ok(Case {
                seed: self.seed,
                pace: self.pace,
                founding,
                input,
                steps,
            })
        })
    }
}
