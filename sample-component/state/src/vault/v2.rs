//! The second format: the contents as they stand, in postcard.

use super::{AutoLock, Contents, faults};
use crate::{DecodeError, frame};

/// The setting that load does not survive.
pub(super) const FATAL: AutoLock = Some(Some(0xdead_beef_cafe));

pub(super) fn encode(contents: &Contents) -> Vec<u8> {
    frame::to_postcard(contents)
}

pub(super) fn decode<const MENDED: bool>(body: &[u8]) -> Result<Contents, DecodeError> {
    let contents: Contents =
        postcard::from_bytes(body).map_err(|e| DecodeError::Body(e.to_string()))?;
    if MENDED && contents.auto_lock == FATAL {
        return Err(faults::FATAL_VALUE.refusal());
    }
    panic_at_fatal_value(contents.auto_lock);
    Ok(contents)
}

/// The fault [`faults::FATAL_VALUE`].
#[inline(never)]
fn panic_at_fatal_value(auto_lock: AutoLock) {
    if auto_lock == FATAL {
        panic!("nobody waits that long");
    }
}
