//! One hash over everything that the sample components are built from.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::sample_component;

/// The record, beside the components.
const RECORD: &str = "sources.sha256";

/// What one kind of components is built from: folders in `sample-component`.
pub struct Sources(&'static [&'static str]);

/// What the guests are built from.
pub const GUESTS: Sources = Sources(&["guests", "state", "wit", "zoo"]);

/// What the agents are built from.
pub const AGENTS: Sources = Sources(&["agents"]);

/// Neither what was built nor what tests the sources is part of them.
const LEFT_OUT: [&str; 2] = ["target", "tests"];

impl Sources {
    /// The SHA-256 of the sources, in hexadecimal. It does not depend on the machine: paths are relative, with
    /// slashes, in order, and line ends are those of Unix.
    pub fn hash(&self) -> Result<String> {
        let mut files = Vec::new();
        for folder in self.0 {
            collect(&sample_component().join(folder), &mut files)?;
        }
        let mut named = files
            .iter()
            .map(|file| Ok((relative(file)?, file)))
            .collect::<Result<Vec<_>>>()?;
        named.sort();

        let mut hash = Sha256::new();
        for (name, file) in named {
            let text = fs::read_to_string(file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            let text = text.replace("\r\n", "\n");
            hash.update(format!("{name}\n{}\n{text}", text.len()));
        }
        Ok(hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect())
    }

    /// Writes the hash beside the components in `out`.
    pub fn record(&self, out: &Path) -> Result<()> {
        let path = out.join(RECORD);
        fs::write(&path, self.hash()? + "\n")
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

/// The hash that was recorded when the components in `out` were built.
pub fn recorded(out: &Path) -> Result<String> {
    let path = out.join(RECORD);
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(text.trim_end().to_owned())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?
    {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') || LEFT_OUT.contains(&&*name) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn relative(file: &Path) -> Result<String> {
    let parts = file
        .strip_prefix(sample_component())?
        .iter()
        .map(|part| part.to_string_lossy());
    Ok(parts.collect::<Vec<_>>().join("/"))
}
