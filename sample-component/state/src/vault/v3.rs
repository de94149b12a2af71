//! The third format: a column for each field and the number of rows, in postcard.

use serde::{Deserialize, Serialize};

use super::{AutoLock, Contents, Secret, faults};
use crate::{DecodeError, frame};

#[derive(Serialize, Deserialize)]
pub(super) struct Columns {
    pub(super) auto_lock: AutoLock,
    pub(super) rows: u32,
    pub(super) names: Vec<String>,
    pub(super) texts: Vec<String>,
    pub(super) layers: Vec<Vec<u8>>,
}

pub(super) fn encode(contents: &Contents) -> Vec<u8> {
    let secrets = contents.secrets.values();
    frame::to_postcard(&Columns {
        auto_lock: contents.auto_lock,
        rows: contents.secrets.len() as u32,
        names: contents.secrets.keys().cloned().collect(),
        texts: secrets.clone().map(|secret| secret.text.clone()).collect(),
        layers: secrets.map(|secret| secret.layers.clone()).collect(),
    })
}

pub(super) fn decode<const MENDED: bool>(body: &[u8]) -> Result<Contents, DecodeError> {
    let columns: Columns =
        postcard::from_bytes(body).map_err(|e| DecodeError::Body(e.to_string()))?;
    let rows = columns.rows as usize;
    if MENDED && rows > columns.shortest() {
        return Err(faults::ROWS_BEYOND_COLUMN.refusal());
    }
    let mut contents = Contents {
        auto_lock: columns.auto_lock,
        ..Contents::default()
    };
    for row in 0..rows {
        let (name, secret) = index_row_beyond_column(&columns, row);
        contents.secrets.insert(name, secret);
    }
    Ok(contents)
}

/// The fault [`faults::ROWS_BEYOND_COLUMN`].
#[inline(never)]
fn index_row_beyond_column(columns: &Columns, row: usize) -> (String, Secret) {
    let secret = Secret {
        text: columns.texts[row].clone(),
        layers: columns.layers[row].clone(),
    };
    (columns.names[row].clone(), secret)
}

impl Columns {
    fn shortest(&self) -> usize {
        let others = self.texts.len().min(self.layers.len());
        self.names.len().min(others)
    }
}
