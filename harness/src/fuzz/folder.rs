//! A corpus in a folder, as libFuzzer keeps it: a file for each input, named by the SHA-1 of its bytes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use sha1::{Digest, Sha1};

use crate::error::{Error, ErrorKind};
use crate::files::{read_regular, write_whole};

/// A folder of inputs.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// The folder, which is made if it is missing.
    ///
    /// # Errors
    /// It cannot be made, or is no folder.
    pub fn open(path: &Path) -> Result<Self, Error> {
        ErrorKind::File.of(|| {
            let shown = path.display();
            fs::create_dir_all(path)
                .with_context(|| format!("cannot use the corpus folder {shown}"))?;
            ensure!(path.is_dir(), "the corpus {shown} is no folder");
            Ok(Self(path.to_owned()))
        })
    }

    /// Every input of at most `longest` bytes, in the order of the files' names; and a sentence about each file that was
    /// left out. Folders in it are searched too.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn read(&self, longest: usize) -> Result<(Vec<Vec<u8>>, Vec<String>), Error> {
        ErrorKind::File.of(|| {
            let mut files = Vec::new();
            let mut left_out = Vec::new();
            list(&self.0, &mut files)
                .with_context(|| format!("cannot list the corpus folder {}", self.0.display()))?;
            files.sort();
            let mut inputs = Vec::with_capacity(files.len());
            for file in files {
                match read_regular(&file, longest as u64) {
                    Ok(bytes) => inputs.push(bytes),
                    Err(error) => {
                        left_out.push(format!("{} is left out: {error:#}", file.display()))
                    }
                }
            }
            Ok((inputs, left_out))
        })
    }

    /// Writes an input, under its own name only when all of it is there.
    ///
    /// # Errors
    /// The file cannot be written; then there is none.
    pub fn keep(&self, input: &[u8]) -> Result<(), Error> {
        ErrorKind::File.of(|| {
            let name: String = Sha1::digest(input)
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let path = self.0.join(&name);
            if path.exists() {
                return Ok(());
            }
            write_whole(&path, input)
                .with_context(|| format!("cannot write the input {}", path.display()))
        })
    }
}

/// The files in a folder, and in the folders in it.
pub(crate) fn list(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        // What a run that was killed left unfinished.
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            list(&entry.path(), files)?;
        } else {
            files.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_kept_once_under_the_name_that_libfuzzer_gives_it() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let corpus = Folder::open(&folder.path().join("new/corpus"))?;
        corpus.keep(b"abc")?;
        corpus.keep(b"abc")?;
        let names: Vec<_> = fs::read_dir(folder.path().join("new/corpus"))?
            .map(|entry| entry.map(|it| it.file_name()))
            .collect::<Result<_, _>>()?;
        assert_eq!(names, ["a9993e364706816aba3e25717850c26c9cd0d89d"]);
        assert_eq!(corpus.read(3)?, (vec![b"abc".to_vec()], Vec::new()));
        Ok(())
    }

    #[test]
    fn what_cannot_be_used_is_left_out_and_said() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let corpus = Folder::open(folder.path())?;
        fs::write(folder.path().join("long"), [0; 9])?;
        fs::write(folder.path().join(".unfinished"), "x")?;
        fs::create_dir(folder.path().join("inner"))?;
        fs::write(folder.path().join("inner/short"), "ok")?;
        #[cfg(unix)]
        std::os::unix::fs::symlink("nowhere", folder.path().join("dangling"))?;
        let (inputs, left_out) = corpus.read(8)?;
        assert_eq!(inputs, [b"ok"]);
        assert_eq!(left_out.len(), if cfg!(unix) { 2 } else { 1 });
        assert!(
            left_out.iter().any(|it| it.contains("9 bytes")),
            "{left_out:?}"
        );
        Ok(())
    }
}
