//! Golden snapshots: bytes that a released version wrote, kept with what was observed of the state in them. Every later version
//! must accept them, show the same, and save and load what it made of them without a loss.

mod file;
mod judge;
mod take;

use std::path::Path;

use anyhow::{Result, bail};

pub use file::{Golden, GoldenFile, Recorded, read};
pub(crate) use judge::judge;
pub(crate) use take::described;
pub use take::{Taken, take, write};

use crate::error::{Error, ErrorKind};
use crate::judging::verdict::Status;
use crate::report::console;
use crate::versions::chain::Chain;

/// How it is called in a report.
pub const ID: &str = "golden";

/// Loads every golden snapshot of a folder into the last version of the chain, as `handover check --snapshot` does. Answers how
/// many there are. For the body of a test:
///
/// ```no_run
/// # fn main() -> anyhow::Result<()> {
/// # let chain = handover::Chain::open(&["old.wasm", "new.wasm"], &handover::Config::default())?;
/// handover::golden(&chain, "snapshots")?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// A snapshot fails: the error tells each fault. Or the folder has no golden snapshot, one that cannot be read, or none of this
/// chain's agent: nothing would be said about it.
pub fn golden(chain: &Chain, folder: impl AsRef<Path>) -> Result<usize, Error> {
    ErrorKind::File.of(|| {
        let set = read(&[folder], None)?;
        let (report, _) = judge(chain, &set, 0);
        match report.status {
            Status::Pass => Ok(set.len() - report.discards()),
            Status::NotExercised => bail!("no golden snapshot was exercised: {}", report.reason),
            Status::Fail | Status::Diverges => {
                let failures = report.failures.iter();
                let failures: Vec<String> = failures
                    .map(|failure| console::failure(chain, ID, failure))
                    .collect();
                bail!("golden snapshots fail\n{}", failures.join("\n"))
            }
        }
    })
}
