//! The bytes between two versions.

use std::fmt;

/// The MIME type of a snapshot between an interface that has one and an interface that has none.
pub const OCTET_STREAM: &str = "application/octet-stream";

/// The bytes that save returned, and their MIME type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Snapshot {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The MIME type; [`OCTET_STREAM`] where save's interface has none.
    pub mime: String,
}

impl Snapshot {
    /// A snapshot of bytes alone.
    pub fn octets(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            mime: OCTET_STREAM.to_owned(),
        }
    }

    /// The same MIME type with other bytes.
    pub fn with_bytes(&self, bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            mime: self.mime.clone(),
        }
    }
}

/// How many bytes of a snapshot are shown.
const SHOWN: usize = 24;

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes.len())?;
        if self.mime != OCTET_STREAM {
            write!(f, " of {}", self.mime)?;
        }
        if !self.bytes.is_empty() {
            f.write_str(": ")?;
        }
        for byte in self.bytes.iter().take(SHOWN) {
            write!(f, "{byte:02x}")?;
        }
        if self.bytes.len() > SHOWN {
            f.write_str("…")?;
        }
        Ok(())
    }
}

impl From<Vec<u8>> for Snapshot {
    fn from(bytes: Vec<u8>) -> Self {
        Self::octets(bytes)
    }
}
