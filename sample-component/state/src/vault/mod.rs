//! The state of the vault: named secrets, in four formats of snapshots that all hold the same. Its `decode` has
//! planted [`faults`] and is correct apart from them.
//!
//! | bytes | |
//! |---|---|
//! | 8 | the magic, `VAULTBOX` |
//! | 1 | the version of the format |
//! | the rest | the body: `v1` a length and records, `v2` postcard, `v3` columns in postcard, `v4` tagged values |
//!
//! A vault is saved in the format that it was loaded from, until it is told to use another one.

pub mod faults;
mod operations;
mod reader;
mod v1;
mod v2;
mod v3;
mod v4;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::operations::VaultError;
use crate::{DecodeError, invariants::ensure};

/// The first eight bytes of every snapshot, read as one number.
const MAGIC: u64 = u64::from_le_bytes(*b"VAULTBOX");
/// Where the version is.
const VERSION_AT: usize = size_of_val(&MAGIC);

/// The longest name, in bytes: v1 and v4 have one byte for its length.
pub const MAX_NAME: usize = u8::MAX as usize;
/// The longest text, in bytes: v1 and v4 have two bytes for its length.
pub const MAX_TEXT: usize = u16::MAX as usize;
/// The layers that one secret can have.
pub const MAX_LAYERS: usize = 64;

/// After how many seconds a vault locks itself: `None` is left to the platform, `Some(None)` is never.
pub type AutoLock = Option<Option<u64>>;

/// The version of a format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    V1 = 1,
    V2,
    V3,
    #[default]
    V4,
}

/// A text and the keys that it is wrapped with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    pub text: String,
    /// Innermost first.
    pub layers: Vec<u8>,
}

/// What every format holds; as it stands, the body of v2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Contents {
    auto_lock: AutoLock,
    secrets: BTreeMap<String, Secret>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vault {
    format: Format,
    contents: Contents,
}

/// The snapshot of a vault, in its format.
pub fn encode(vault: &Vault) -> Vec<u8> {
    let body = match vault.format {
        Format::V1 => v1::encode(&vault.contents),
        Format::V2 => v2::encode(&vault.contents),
        Format::V3 => v3::encode(&vault.contents),
        Format::V4 => v4::encode(&vault.contents),
    };
    seal(vault.format as u8, &body)
}

/// Reads snapshots of all formats, and walks into the faults.
pub fn decode(bytes: &[u8]) -> Result<Vault, DecodeError> {
    read::<false>(bytes)
}

/// The same without the faults: where `decode` lacks a check, bytes that would need it are refused.
/// [`faults::reached_by`] tells which.
pub fn decode_mended(bytes: &[u8]) -> Result<Vault, DecodeError> {
    read::<true>(bytes)
}

fn read<const MENDED: bool>(bytes: &[u8]) -> Result<Vault, DecodeError> {
    let magic = bytes.first_chunk().ok_or(DecodeError::Magic)?;
    if u64::from_le_bytes(*magic) != MAGIC {
        return Err(DecodeError::Magic);
    }
    if MENDED && bytes.len() == VERSION_AT {
        return Err(faults::MISSING_VERSION.refusal());
    }
    let version = version_at_unchecked_index(bytes);
    let format = Format::of(version).ok_or(DecodeError::Version(version))?;
    let body = &bytes[VERSION_AT + 1..];
    let contents = match format {
        Format::V1 => v1::decode::<MENDED>(body)?,
        Format::V2 => v2::decode::<MENDED>(body)?,
        Format::V3 => v3::decode::<MENDED>(body)?,
        Format::V4 => v4::decode::<MENDED>(body)?,
    };
    contents.check()?;
    let vault = Vault { format, contents };
    if encode(&vault) == bytes {
        Ok(vault)
    } else {
        Err(DecodeError::NotCanonical)
    }
}

/// The fault [`faults::MISSING_VERSION`].
#[inline(never)]
fn version_at_unchecked_index(bytes: &[u8]) -> u8 {
    bytes[VERSION_AT]
}

fn seal(version: u8, body: &[u8]) -> Vec<u8> {
    [&MAGIC.to_le_bytes()[..], &[version], body].concat()
}

impl Format {
    fn of(version: u8) -> Option<Self> {
        match version {
            1 => Some(Self::V1),
            2 => Some(Self::V2),
            3 => Some(Self::V3),
            4 => Some(Self::V4),
            _ => None,
        }
    }
}

impl Contents {
    /// What the operations leave true.
    fn check(&self) -> Result<(), DecodeError> {
        let names = self.secrets.keys();
        let mut secrets = self.secrets.values();
        ensure(
            names.map(String::len).all(|length| length <= MAX_NAME),
            "the length of a name",
        )?;
        ensure(
            secrets
                .all(|secret| secret.text.len() <= MAX_TEXT && secret.layers.len() <= MAX_LAYERS),
            "the size of a secret",
        )
    }
}
