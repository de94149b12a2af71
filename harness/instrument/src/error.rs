//! Why a component, or a part of it, is not rewritten.

use std::fmt;

use wasm_encoder::reencode;

/// Why a component or a module cannot be rewritten.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are no valid WebAssembly.
    Invalid {
        /// What is wrong, and where.
        message: String,
        /// Where, in bytes from the start of the file.
        offset: usize,
    },
    /// The bytes are no component: a core module, or a file that ends too early.
    NotAComponent,
    /// It has something that the rewriter does not know how to keep, or too much of something.
    Unsupported(String),
}

impl Error {
    pub(crate) fn unsupported(what: &str) -> Self {
        Self::Unsupported(what.to_owned())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { message, .. } => formatter.write_str(message),
            Self::NotAComponent => formatter.write_str("it is no component"),
            Self::Unsupported(what) => formatter.write_str(what),
        }
    }
}

impl std::error::Error for Error {}

impl From<wasmparser::BinaryReaderError> for Error {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Invalid {
            message: error.to_string(),
            offset: error.offset(),
        }
    }
}

impl From<reencode::Error> for Error {
    fn from(error: reencode::Error) -> Self {
        match error {
            reencode::Error::ParseError(error) => error.into(),
            other => Self::Unsupported(other.to_string()),
        }
    }
}

/// What of a component records nothing, or cannot be reset.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A core module is as it was, and the component cannot be reset.
    Unchanged {
        /// Its number, in the order in which modules stand in the file.
        module: u32,
        /// Why it is as it was.
        reason: Error,
    },
    /// A core module can never be reset.
    NoReset {
        /// Its number, in the order in which modules stand in the file.
        module: u32,
        /// What it has that makes that impossible.
        reason: &'static str,
    },
    /// The component has parts of which nothing is known, such as modules that it imports, and cannot be reset.
    UnknownParts,
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchanged { module, reason } => write!(
                formatter,
                "core module {module} records nothing, because it cannot be rewritten: {reason}"
            ),
            Self::NoReset { module, reason } => write!(
                formatter,
                "core module {module} starts anew for each run, because it cannot be put back: it has {reason}"
            ),
            Self::UnknownParts => formatter.write_str(
                "it has parts of which nothing is known, such as imported modules; it starts anew for each run",
            ),
        }
    }
}
