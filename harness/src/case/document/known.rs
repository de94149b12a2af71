//! What is known of the snapshots that inputs are made from, each taken apart once.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use super::words::words;
use super::{Document, recognise};
use crate::value::word::Word;
use crate::worker::snapshot::Snapshot;

/// What is known, by the snapshots.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    known: RwLock<HashMap<Snapshot, Known>>,
}

/// What is known of one snapshot.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// The document that it is; none where no format that is known fits.
    pub(crate) document: Option<Arc<Document>>,
    /// The texts and numbers in it.
    pub(crate) words: Arc<[Word]>,
}

impl Documents {
    /// What is known of a snapshot.
    pub(crate) fn of(&self, snapshot: &Snapshot) -> Known {
        if let Ok(known) = self.known.read()
            && let Some(known) = known.get(snapshot)
        {
            return known.clone();
        }
        let document = recognise(snapshot).map(Arc::new);
        let new = Known {
            words: words(snapshot, document.as_deref()).into(),
            document,
        };
        if let Ok(mut known) = self.known.write() {
            known.insert(snapshot.clone(), new.clone());
        }
        new
    }
}
