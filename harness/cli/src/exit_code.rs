//! The exit codes, documented and typed.

use std::process::ExitCode;

use handover::judging::verdict::Status;

/// What `--help` says of them.
pub const HELP: &str = "Exit codes:
  0  nothing failed, and something was exercised
  1  a property failed
  2  the command could not run: usage, or a file that is unreadable or unsuitable
  3  nothing was exercised
130  a signal ended it; the report and the failure files are of what was found until then";

/// How a run of the command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Nothing failed, and something was exercised.
    Passed = 0,
    /// A property failed.
    Failed = 1,
    /// The command could not run.
    CouldNotRun = 2,
    /// Nothing was exercised.
    NotExercised = 3,
    /// A signal ended it before it was done.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl From<Status> for Exit {
    fn from(status: Status) -> Self {
        match status {
            Status::Pass | Status::Diverges => Self::Passed,
            Status::Fail => Self::Failed,
            Status::NotExercised => Self::NotExercised,
        }
    }
}
