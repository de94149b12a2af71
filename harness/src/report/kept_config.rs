//! The config that a failure file names. Whoever wrote that file decides what stands in it, so that it may name any file of
//! whoever replays it: it is followed to few places, and nothing of what cannot be read as a config is told.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::failure_file::FailureFile;
use crate::error::{Error, ErrorKind};
use crate::files::{self, read_regular};
use crate::versions::config::{Config, MAX_FILE};

/// SHA-256 of a config file; none where it cannot be read.
pub(super) fn sha256(path: &Path) -> Option<String> {
    let bytes = read_regular(path, MAX_FILE).ok()?;
    Some(files::sha256(&bytes))
}

impl FailureFile {
    /// The config that the check had, or the default where it had none. `file` is the path of this failure file.
    ///
    /// It is read if it lies, all links followed, in the current folder or in that of the failure file, which is how a project
    /// keeps both; and elsewhere if it has the recorded SHA-256, because then who wrote the failure file knew all that is in it.
    /// `is_trusted` reads it wherever it lies. Where neither the hash nor the user vouches for it, an error does not quote it.
    ///
    /// # Errors
    /// It cannot be read, is not to be read, or is no config file.
    pub fn config(&self, file: &Path, is_trusted: bool) -> Result<Config, Error> {
        ErrorKind::Config.of(|| {
            let Some(named) = &self.config else {
                return Ok(Config::default());
            };
            let shown = || format!("the failure's config file {named}");
            let path = fs::canonicalize(named).with_context(|| format!("cannot read {}", shown()))?;
            let bytes = read_regular(&path, MAX_FILE)
                .with_context(|| format!("cannot read {}", shown()))?;
            let is_known = self.config_sha256.as_deref() == Some(&files::sha256(&bytes));
            let is_vouched_for = is_trusted || is_known;
            ensure!(
                is_vouched_for || is_near(&path, file),
                "{} lies outside the current folder and the failure file's, and is not the one that the check had; \
                 if it is yours, --trust-config reads it",
                shown()
            );
            match str::from_utf8(&bytes).map(Config::parse) {
                Ok(Ok(config)) => Ok(config),
                _ if !is_vouched_for => bail!(
                    "{} is no config file, or one of another version; if it is yours, --trust-config tells what is wrong",
                    shown()
                ),
                Ok(Err(error)) => Err(error).with_context(|| format!("in {}", shown())),
                Err(error) => Err(error).with_context(|| format!("{} is no text", shown())),
            }
        })
    }
}

/// Whether a canonical path is in the current folder or in the one of `file`.
fn is_near(path: &Path, file: &Path) -> bool {
    let folders = [Path::new(""), file.parent().unwrap_or(Path::new(""))];
    folders.iter().any(|folder| {
        // The empty path is the current folder, and is not there.
        fs::canonicalize(Path::new(".").join(folder)).is_ok_and(|it| path.starts_with(it))
    })
}
