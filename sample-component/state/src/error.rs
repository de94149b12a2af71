use std::fmt;

/// Why bytes are not a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The first bytes are missing or belong to something else.
    Magic,
    /// There is no version byte.
    NoVersion,
    /// This version of the component does not read that version of the snapshot.
    Version(u8),
    /// The body does not parse.
    Body(String),
    /// The body is not the one that the checksum was made for.
    Checksum,
    /// The body parses, but `encode` would have written other bytes: a tail, a longer integer, keys out of order.
    NotCanonical,
    /// The fields contradict each other, so no history of operations led to them.
    Invariant(&'static str),
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic => f.write_str("not a snapshot of this component"),
            Self::NoVersion => f.write_str("the snapshot ends before its version"),
            Self::Version(version) => write!(f, "snapshots of version {version} are not read here"),
            Self::Body(reason) => write!(f, "the body does not parse: {reason}"),
            Self::Checksum => f.write_str("the checksum does not match the body"),
            Self::NotCanonical => f.write_str("the body is not in the form that save writes"),
            Self::Invariant(broken) => write!(f, "the state is impossible: {broken}"),
        }
    }
}

impl std::error::Error for DecodeError {}
