//! What the formats written by hand share. Numbers are little-endian; nothing here goes beyond the end.

use super::AutoLock;
use crate::DecodeError;

/// The kinds of an [`AutoLock`].
const LEFT_TO_PLATFORM: u8 = 0;
const NEVER: u8 = 1;
const AFTER_SECONDS: u8 = 2;

/// The bytes that are not read yet.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(ends_early)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, DecodeError> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, DecodeError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_le_bytes)
    }

    /// A text with its length in one byte.
    pub(super) fn short_text(&mut self) -> Result<String, DecodeError> {
        let length = self.byte()?;
        self.text(length.into())
    }

    /// A text with its length in two bytes.
    pub(super) fn long_text(&mut self) -> Result<String, DecodeError> {
        let length = self.u16()?;
        self.text(length.into())
    }

    pub(super) fn auto_lock(&mut self) -> Result<AutoLock, DecodeError> {
        match self.byte()? {
            LEFT_TO_PLATFORM => Ok(None),
            NEVER => Ok(Some(None)),
            AFTER_SECONDS => Ok(Some(Some(self.array().map(u64::from_le_bytes)?))),
            _ => Err(DecodeError::Body("an unknown kind of auto-lock".to_owned())),
        }
    }

    fn text(&mut self, length: usize) -> Result<String, DecodeError> {
        let bytes = self.take(length)?.to_vec();
        String::from_utf8(bytes).map_err(|_| DecodeError::Body("a text is no UTF-8".to_owned()))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(ends_early)?;
        self.0 = rest;
        Ok(*taken)
    }
}

/// What [`Reader::auto_lock`] reads.
pub(super) fn put_auto_lock(auto_lock: AutoLock, bytes: &mut Vec<u8>) {
    match auto_lock {
        None => bytes.push(LEFT_TO_PLATFORM),
        Some(None) => bytes.push(NEVER),
        Some(Some(seconds)) => {
            bytes.push(AFTER_SECONDS);
            bytes.extend(seconds.to_le_bytes());
        }
    }
}

/// What [`Reader::short_text`] reads. The text is no longer than that: the operations and load see to it.
pub(super) fn put_short_text(text: &str, bytes: &mut Vec<u8>) {
    bytes.push(text.len() as u8);
    bytes.extend(text.as_bytes());
}

/// What [`Reader::long_text`] reads. The text is no longer than that: the operations and load see to it.
pub(super) fn put_long_text(text: &str, bytes: &mut Vec<u8>) {
    bytes.extend((text.len() as u16).to_le_bytes());
    bytes.extend(text.as_bytes());
}

fn ends_early() -> DecodeError {
    DecodeError::Body("it ends too early".to_owned())
}
