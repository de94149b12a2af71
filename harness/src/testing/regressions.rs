//! Failure files that are kept: what was found once must not come back.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::judging::verdict::{Outcome, ReportedFailure};
use crate::report::console;
use crate::report::failure_file::FailureFile;
use crate::versions::pair::Pair;

/// Judges the case of every failure file (`*.json`) in `folder` by its property, on this pair, whatever pair it was found on.
/// Answers how many there are. For the body of a test:
///
/// ```no_run
/// # fn main() -> anyhow::Result<()> {
/// # let pair = handover::Pair::open("old.wasm", "new.wasm", &handover::Config::default())?;
/// handover::regressions(&pair, "regressions")?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A property fails: the error tells each that does. Or the folder has no failure file, or one that cannot be read or that
/// is no history of this pair: nothing would be said about it.
pub fn regressions(pair: &Pair, folder: impl AsRef<Path>) -> Result<usize> {
    let folder = folder.as_ref();
    let files =
        files(folder).with_context(|| format!("cannot read the folder {}", folder.display()))?;
    ensure!(
        !files.is_empty(),
        "there is no failure file in {}",
        folder.display()
    );
    let mut failed = Vec::new();
    for path in &files {
        let file = FailureFile::read(path)?;
        let in_file = || format!("in {}", path.display());
        let property = file.property().with_context(in_file)?;
        let pair = file.judged(pair).with_context(in_file)?;
        let case = file.case(pair).with_context(in_file)?;
        if let Outcome::Fail(finding) = property.judge(pair, &case) {
            let blame = property.blame(pair, &finding);
            let failure = ReportedFailure {
                finding: *finding,
                blame,
                file: Some(path.display().to_string()),
            };
            failed.push(console::failure(pair, property.id, &failure));
        }
    }
    if failed.is_empty() {
        return Ok(files.len());
    }
    bail!(
        "{} of {} came back\n{}",
        failed.len(),
        files.len(),
        failed.join("\n")
    )
}

fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
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
