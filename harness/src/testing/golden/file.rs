//! A golden snapshot as a file: `.json`, with what was observed, or `.bin`, the bytes alone.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};
use crate::files::read_regular;
use crate::fuzz::list;
use crate::report::failure_file::{ComponentId, Input};
use crate::worker::snapshot::{OCTET_STREAM, Snapshot};

/// The version of this format.
pub(super) const FORMAT: u32 = 1;
/// The largest golden snapshot that is read, in bytes of its file.
const MAX_FILE: u64 = 64 << 20;

/// What a `.json` file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldenFile {
    /// Version of the format, 1.
    pub handover: u32,
    /// The version that saved.
    pub version: ComponentId,
    /// Seed of the world in which the observations were made.
    pub seed: u64,
    /// The agent that saved, as a call of its constructor; none of an ordinary worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// What save returned.
    pub snapshot: Input,
    /// What followed, call by call.
    pub observations: Vec<Recorded>,
}

/// A call after the save, and what it returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The operation as a WAVE call.
    pub call: String,
    /// What it returned, as WAVE, or `returns` where there is no result; none where it depends on more than the state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<String>,
}

/// A golden snapshot that was read.
#[derive(Debug, Clone)]
pub struct Golden {
    /// The file that it was read from.
    pub path: PathBuf,
    /// What load is given.
    pub snapshot: Snapshot,
    /// What the file says beside the bytes; none of a `.bin` file.
    pub file: Option<GoldenFile>,
}

impl GoldenFile {
    /// The name of the agent type that saved; none of an ordinary worker.
    pub(super) fn agent_type(&self) -> Option<&str> {
        let (name, _) = self.agent.as_deref()?.split_once('(')?;
        Some(name)
    }
}

/// Reads golden snapshots: files, and folders with all `.json` and `.bin` files in them. `mime` is the MIME type of the `.bin`
/// files; where it is missing, [`OCTET_STREAM`].
///
/// # Errors
/// A file cannot be read or is no golden snapshot, or a folder has none.
pub fn read<P: AsRef<Path>>(paths: &[P], mime: Option<&str>) -> Result<Vec<Golden>, Error> {
    ErrorKind::File.of(|| {
        let mut set = Vec::new();
        for path in paths {
            let path = path.as_ref();
            let shown = path.display();
            if !path.is_dir() {
                set.push(read_one(path, mime)?);
                continue;
            }
            let mut files = Vec::new();
            list(path, &mut files).with_context(|| format!("cannot list the folder {shown}"))?;
            files.retain(|file| is(file, "json") || is(file, "bin"));
            ensure!(
                !files.is_empty(),
                "there is no golden snapshot in the folder {shown}: no .json and no .bin file"
            );
            files.sort();
            for file in files {
                set.push(read_one(&file, mime)?);
            }
        }
        Ok(set)
    })
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|it| it == extension)
}

fn read_one(path: &Path, mime: Option<&str>) -> Result<Golden> {
    let shown = path.display();
    let unreadable = || format!("cannot read the golden snapshot {shown}");
    let bytes = || read_regular(path, MAX_FILE).with_context(unreadable);
    if is(path, "bin") {
        let mime = mime.unwrap_or(OCTET_STREAM).to_owned();
        return Ok(Golden {
            path: path.to_owned(),
            snapshot: Snapshot {
                bytes: bytes()?,
                mime,
            },
            file: None,
        });
    }
    if !is(path, "json") {
        bail!("{shown} is no golden snapshot: its name ends neither in .json nor in .bin");
    }
    let no_snapshot = || format!("{shown} is no golden snapshot");
    let file: GoldenFile = serde_json::from_slice(&bytes()?).with_context(no_snapshot)?;
    ensure!(
        file.handover == FORMAT,
        "{shown} has the format {}, this version of handover reads {FORMAT}",
        file.handover
    );
    Ok(Golden {
        path: path.to_owned(),
        snapshot: file.snapshot.snapshot().with_context(no_snapshot)?,
        file: Some(file),
    })
}
