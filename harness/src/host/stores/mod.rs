//! Stores of the world outside, which every version of a worker finds as the one before left them: `wasi:keyvalue` and
//! `wasi:blobstore`. They are empty at the start of a history.

mod blobstore;
mod keyvalue;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use super::call::Call;
use super::interfaces::Interface;
use super::io::Draft;

pub(super) use blobstore::{BlobDraft, BlobValue, Container, ObjectNames};
pub(super) use keyvalue::{Bucket, StoreError, StoredValue, ValueDraft};

pub(super) const INTERFACES: &[&[Interface]] = &[keyvalue::INTERFACES, blobstore::INTERFACES];

/// Everything that a worker stored.
#[derive(Debug, Clone, Default)]
pub(super) struct Stores {
    buckets: BTreeMap<Box<str>, BTreeMap<Box<str>, Stored>>,
    containers: BTreeMap<Box<str>, Stock>,
    /// Bytes of all keys and values.
    bytes: usize,
}

/// The objects of a container.
#[derive(Debug, Clone, Default)]
struct Stock {
    /// In seconds since 1970.
    created: u64,
    objects: BTreeMap<Box<str>, Stored>,
}

/// A value, and when it was stored, in seconds since 1970.
#[derive(Debug, Clone)]
struct Stored {
    bytes: Arc<[u8]>,
    at: u64,
}

/// More is stored than the host keeps.
#[derive(Debug)]
struct Overfull;

impl Stores {
    /// Bytes of all keys and values: far above what a test stores, and little enough for a dozen workers a thread.
    const BYTES: usize = 16 << 20;

    /// Counts what is stored under a key instead of what was there.
    fn count(&mut self, key: &str, before: Option<&Stored>, bytes: usize) -> Result<(), Overfull> {
        let size = |bytes: usize| key.len().saturating_add(bytes);
        let before = before.map_or(0, |stored| size(stored.bytes.len()));
        let total = self
            .bytes
            .saturating_sub(before)
            .saturating_add(size(bytes));
        if total > Self::BYTES {
            return Err(Overfull);
        }
        self.bytes = total;
        Ok(())
    }

    fn uncount(&mut self, key: &str, gone: &Stored) {
        let size = key.len().saturating_add(gone.bytes.len());
        self.bytes = self.bytes.saturating_sub(size);
    }
}

/// The bytes that a guest has written to a value so far.
fn written(draft: &Draft) -> Arc<[u8]> {
    let draft = draft.lock().unwrap_or_else(PoisonError::into_inner);
    draft.as_slice().into()
}

/// In seconds since 1970.
fn now(call: &mut Call<'_>) -> u64 {
    call.world().clock.wall(0).0
}
