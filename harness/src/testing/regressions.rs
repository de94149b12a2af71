//! Failure files that are kept: what was found once must not come back.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::error::{Error, ErrorKind};
use crate::judging::verdict::{Outcome, ReportedFailure};
use crate::report::console;
use crate::report::failure_file::{self, FailureFile};
use crate::versions::chain::Chain;

/// Judges the case of every failure file (`*.json`) in `folder` by its property, on this chain, whatever chain it was found on.
/// Answers how many there are. For the body of a test:
///
/// ```no_run
/// # fn main() -> anyhow::Result<()> {
/// # let chain = handover::Chain::open(&["old.wasm", "new.wasm"], &handover::Config::default())?;
/// handover::regressions(&chain, "regressions")?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A property fails: the error tells each that does. Or the folder has no failure file, or one that cannot be read or that
/// is no history of this chain: nothing would be said about it.
pub fn regressions(chain: &Chain, folder: impl AsRef<Path>) -> Result<usize, Error> {
    ErrorKind::FailureFile.of(|| {
        let folder = folder.as_ref();
        let files = failure_file::in_folder(folder)
            .with_context(|| format!("cannot read the folder {}", folder.display()))?;
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
            let hop = file.judged(chain).with_context(in_file)?;
            let case = file.case(hop).with_context(in_file)?;
            if let Outcome::Fail(finding) = property.judge(hop, &case) {
                let blame = property.blame(hop, &finding);
                let failure = ReportedFailure {
                    finding: *finding,
                    blame,
                    file: Some(path.display().to_string()),
                };
                failed.push(console::failure(hop, property.id, &failure));
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
    })
}
