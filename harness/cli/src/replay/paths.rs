//! The failure files that the arguments name.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use handover::report::failure_file;

/// Every failure file that is named, by itself, by its folder or by a glob: each once, in the order of the arguments.
pub fn failure_files(arguments: &[String]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for argument in arguments {
        for file in named(argument)? {
            if !files.contains(&file) {
                files.push(file);
            }
        }
    }
    Ok(files)
}

fn named(argument: &str) -> Result<Vec<PathBuf>> {
    let path = Path::new(argument);
    if path.is_dir() {
        let files = failure_file::in_folder(path)
            .with_context(|| format!("cannot read the folder {argument}"))?;
        ensure!(
            !files.is_empty(),
            "there is no failure file (*.json) in the folder {argument}"
        );
        return Ok(files);
    }
    // A name that only looks like a glob is a file.
    if path.exists() || !argument.contains(['*', '?', '[']) {
        return Ok(vec![path.to_owned()]);
    }
    let matches = glob::glob(argument).with_context(|| format!("{argument} is no glob"))?;
    let mut files = matches.collect::<Result<Vec<_>, _>>()?;
    files.retain(|it| it.is_file());
    ensure!(!files.is_empty(), "no file matches {argument}");
    files.sort();
    Ok(files)
}
