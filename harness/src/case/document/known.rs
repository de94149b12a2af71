//! Documents of the snapshots that inputs are made from, each taken apart once.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use super::{Document, recognise};
use crate::worker::snapshot::Snapshot;

/// Documents by their snapshots.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    known: RwLock<HashMap<Snapshot, Option<Arc<Document>>>>,
}

impl Documents {
    /// The document that a snapshot is; none where no format that is known fits.
    pub(crate) fn of(&self, snapshot: &Snapshot) -> Option<Arc<Document>> {
        if let Ok(known) = self.known.read()
            && let Some(document) = known.get(snapshot)
        {
            return document.clone();
        }
        let document = recognise(snapshot).map(Arc::new);
        if let Ok(mut known) = self.known.write() {
            known.insert(snapshot.clone(), document.clone());
        }
        document
    }
}
