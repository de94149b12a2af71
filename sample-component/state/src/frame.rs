//! Magic, version byte, body: the frame of the carts and clocks.
//!
//! Strictness needs no code per format: what was decoded is encoded again and must give the very same bytes. So a
//! trailing byte, a longer spelling of a number, unsorted or repeated keys and unknown fields are all refused.

use serde::{Serialize, de::DeserializeOwned};

use crate::DecodeError;

/// Magic and version byte.
const HEADER: usize = 5;

/// Puts the magic and the version before a body.
pub(crate) fn seal(magic: &[u8; 4], version: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend_from_slice(magic);
    bytes.push(version);
    bytes.extend_from_slice(body);
    bytes
}

/// The version and the body of a snapshot with this magic.
pub(crate) fn open<'a>(magic: &[u8; 4], bytes: &'a [u8]) -> Result<(u8, &'a [u8]), DecodeError> {
    let rest = bytes.strip_prefix(magic).ok_or(DecodeError::Magic)?;
    let (&version, body) = rest.split_first().ok_or(DecodeError::NoVersion)?;
    Ok((version, body))
}

/// A body in postcard.
pub(crate) fn to_postcard<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).expect("a Vec takes all bytes, and every length is known")
}

/// What [`to_postcard`] wrote, and nothing else.
pub(crate) fn from_postcard<T: Serialize + DeserializeOwned>(
    body: &[u8],
) -> Result<T, DecodeError> {
    let value = postcard::from_bytes(body).map_err(|e| DecodeError::Body(e.to_string()))?;
    canonical(value, body, to_postcard)
}

/// A body in CBOR, with the fields' names.
pub(crate) fn to_cbor<T: Serialize>(value: &T) -> Vec<u8> {
    minicbor_serde::to_vec(value).expect("a Vec takes all bytes, and every length is known")
}

/// What [`to_cbor`] wrote, and nothing else.
pub(crate) fn from_cbor<T: Serialize + DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    let value = minicbor_serde::from_slice(body).map_err(|e| DecodeError::Body(e.to_string()))?;
    canonical(value, body, to_cbor)
}

fn canonical<T>(value: T, body: &[u8], encode: fn(&T) -> Vec<u8>) -> Result<T, DecodeError> {
    if encode(&value) == body {
        Ok(value)
    } else {
        Err(DecodeError::NotCanonical)
    }
}
