//! The fourth format: the auto-lock, the number of secrets (4 bytes), and for each its name and its value. A value is
//! a tag and what the tag says: a text, or the key of a layer and the value in it.

use std::hint::black_box;

use super::{
    Contents, MAX_LAYERS, Secret, faults,
    reader::{Reader, put_auto_lock, put_long_text, put_short_text},
};
use crate::DecodeError;

/// The tags.
pub(super) const TEXT: u8 = 0;
pub(super) const LAYER: u8 = 1;
/// May stand before a value. Nothing writes it any more.
pub(super) const PADDING: u8 = b'p';

/// What is set up for the key of each layer: as much as Blowfish needs.
pub(super) const KEY_SCHEDULE: usize = 4096;

pub(super) fn encode(contents: &Contents) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_auto_lock(contents.auto_lock, &mut bytes);
    bytes.extend((contents.secrets.len() as u32).to_le_bytes());
    for (name, secret) in &contents.secrets {
        put_short_text(name, &mut bytes);
        for key in secret.layers.iter().rev() {
            bytes.extend([LAYER, *key]);
        }
        bytes.push(TEXT);
        put_long_text(&secret.text, &mut bytes);
    }
    bytes
}

pub(super) fn decode<const MENDED: bool>(body: &[u8]) -> Result<Contents, DecodeError> {
    let mut reader = Reader(body);
    let auto_lock = reader.auto_lock()?;
    let count = reader.u32()?;
    if MENDED && count as usize > reader.0.len() {
        return Err(faults::UNCHECKED_COUNT.refusal());
    }
    let mut secrets = reserve_by_unchecked_count(count);
    for _ in 0..count {
        let name = reader.short_text()?;
        if MENDED {
            stop_before_fault(reader.0)?;
        }
        skip_padding_without_step(&mut reader);
        secrets.push((name, peel_layers_without_bound(&mut reader)?));
    }
    let mut contents = Contents {
        auto_lock,
        ..Contents::default()
    };
    contents.secrets.extend(secrets);
    Ok(contents)
}

/// The fault [`faults::UNCHECKED_COUNT`]: no memory is left, or, from a count of 60 million on, the size has no number.
#[inline(never)]
fn reserve_by_unchecked_count(count: u32) -> Vec<(String, Secret)> {
    Vec::with_capacity(count as usize)
}

/// The fault [`faults::PADDING_WITHOUT_STEP`]: the reader moves on, what the loop looks at does not.
#[inline(never)]
fn skip_padding_without_step(reader: &mut Reader) {
    let rest = reader.0;
    while let [PADDING, after @ ..] = rest {
        reader.0 = after;
    }
}

/// The fault [`faults::UNBOUNDED_LAYERS`]: how many there are is checked when all of them are peeled.
#[inline(never)]
fn peel_layers_without_bound(reader: &mut Reader) -> Result<Secret, DecodeError> {
    match reader.byte()? {
        TEXT => Ok(Secret {
            text: reader.long_text()?,
            layers: Vec::new(),
        }),
        LAYER => {
            let mut schedule = [reader.byte()?; KEY_SCHEDULE];
            // Else the compiler would see that one byte of it is enough.
            black_box(&mut schedule);
            let mut secret = peel_layers_without_bound(reader)?;
            secret.layers.push(schedule[0]);
            Ok(secret)
        }
        _ => Err(DecodeError::Body("an unknown tag".to_owned())),
    }
}

/// The checks that are missing before a value.
fn stop_before_fault(value: &[u8]) -> Result<(), DecodeError> {
    if value.first() == Some(&PADDING) {
        return Err(faults::PADDING_WITHOUT_STEP.refusal());
    }
    let layers = value.chunks(2).take_while(|layer| layer[0] == LAYER);
    if layers.count() > MAX_LAYERS {
        return Err(faults::UNBOUNDED_LAYERS.refusal());
    }
    Ok(())
}
