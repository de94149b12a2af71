//! Why something could not be done at all; what a component does wrong is a verdict and no error.

use std::{error, fmt};

/// Why something could not be done.
///
/// `{}` prints the last thing that was tried, `{:#}` also what it came from, on one line.
pub struct Error {
    kind: ErrorKind,
    cause: anyhow::Error,
}

/// What an [`Error`] is about, and so who can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A component, or several that are to be versions of one: it cannot be read, compiled, started, or updated at all.
    Component,
    /// The configuration, or a name or number that the caller chose.
    Config,
    /// A failure file, or one that was found once and came back.
    FailureFile,
    /// A history, a value or a dictionary that is written as text.
    Text,
    /// A folder or a file that is read or written on the way.
    File,
}

impl Error {
    /// What it is about.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl ErrorKind {
    /// Does the work; an error is of this kind, unless it already has one.
    pub(crate) fn of<T>(self, work: impl FnOnce() -> anyhow::Result<T>) -> Result<T, Error> {
        work().map_err(|cause| Error {
            kind: cause.downcast_ref::<Error>().map_or(self, Error::kind),
            cause,
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.cause, f)
    }
}

/// As `main` prints it.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.cause, f)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.cause.source()
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::*;

    #[test]
    fn an_error_keeps_the_kind_that_it_had_first() {
        let inner = || ErrorKind::Config.of(|| Err::<(), _>(anyhow!("no such key")));
        let outer = ErrorKind::Component.of(|| inner().context("cannot open it"));
        let error = outer.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(error.to_string(), "cannot open it");
        assert_eq!(format!("{error:#}"), "cannot open it: no such key");
    }

    #[test]
    fn a_caller_with_errors_of_its_own_sees_each_cause_once() {
        let error = ErrorKind::File.of(|| Err::<(), _>(anyhow!("full")).context("not written"));
        let error = anyhow::Error::from(error.unwrap_err());
        assert_eq!(format!("{error:#}"), "not written: full");
    }
}
