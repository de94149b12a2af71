//! The first format: the length of what follows (4 bytes), the auto-lock, and records until the end. A record is a
//! name, the layers with their number in one byte, and a text.

use super::{
    Contents, Secret, faults,
    reader::{Reader, put_auto_lock, put_long_text, put_short_text},
};
use crate::DecodeError;

pub(super) fn encode(contents: &Contents) -> Vec<u8> {
    let mut records = Vec::new();
    put_auto_lock(contents.auto_lock, &mut records);
    for (name, secret) in &contents.secrets {
        put_short_text(name, &mut records);
        records.push(secret.layers.len() as u8);
        records.extend(&secret.layers);
        put_long_text(&secret.text, &mut records);
    }
    let length = records.len() as u32;
    [&length.to_le_bytes()[..], &records].concat()
}

pub(super) fn decode<const MENDED: bool>(body: &[u8]) -> Result<Contents, DecodeError> {
    let mut reader = Reader(body);
    let length = reader.u32()? as usize;
    if MENDED && length > reader.0.len() {
        return Err(faults::UNCHECKED_LENGTH.refusal());
    }
    let mut reader = Reader(slice_by_unchecked_length(reader.0, length));
    let mut contents = Contents {
        auto_lock: reader.auto_lock()?,
        ..Contents::default()
    };
    while !reader.0.is_empty() {
        let name = reader.short_text()?;
        let layers = reader.byte()?;
        let layers = reader.take(layers.into())?.to_vec();
        let text = reader.long_text()?;
        contents.secrets.insert(name, Secret { text, layers });
    }
    Ok(contents)
}

/// The fault [`faults::UNCHECKED_LENGTH`].
#[inline(never)]
fn slice_by_unchecked_length(bytes: &[u8], length: usize) -> &[u8] {
    &bytes[..length]
}
