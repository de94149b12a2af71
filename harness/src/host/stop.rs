//! Why the host ended a call instead of answering it.

use std::fmt;
use std::sync::Arc;

/// Why the host ended a guest's call. It is the error that the call into the guest returns, and is found there by type
/// (`downcast_ref`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostStop {
    /// The guest called `exit`.
    Exit {
        /// Whether the guest called it a success.
        ok: bool,
        /// The exit code; 0 or 1 where the guest gave none.
        code: u8,
    },
    /// The guest asked the host for a trap, which Golem's API has a function for.
    Aborted {
        /// What the guest gave as the reason.
        reason: String,
    },
    /// Nobody answers this function, or it has another type than the interface that it is named for.
    Unsupported {
        /// `namespace:package/interface.function`, without a version.
        function: Arc<str>,
    },
    /// The guest waits for something that can never come.
    Blocked {
        /// `namespace:package/interface.function`, without a version.
        function: Arc<str>,
    },
    /// The guest asks for more bytes or handles than the host gives, or hands it more than it keeps.
    TooMuch {
        /// `namespace:package/interface.function`, without a version.
        function: Arc<str>,
    },
    /// A replay calls something else than is on record.
    Departed,
}

impl fmt::Display for HostStop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit { code, .. } => write!(f, "exit called with code {code}"),
            Self::Aborted { reason } => write!(f, "trap requested: {reason}"),
            Self::Unsupported { function } => write!(f, "unsupported host call: {function}"),
            Self::Blocked { function } => {
                write!(f, "{function} waits for something that can never come")
            }
            Self::TooMuch { function } => {
                write!(f, "{function} asks for more than the host gives")
            }
            Self::Departed => f.write_str("the replay departs from its record"),
        }
    }
}

impl std::error::Error for HostStop {}
