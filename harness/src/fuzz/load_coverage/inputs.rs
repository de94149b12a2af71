//! Loads inputs and adds up how often each block was entered meanwhile.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use rayon::prelude::*;

use crate::component::{Component, SnapshotFunction};
use crate::worker::observation::{Failure, FailureKind};
use crate::worker::snapshot::{OCTET_STREAM, Snapshot};
use crate::worker::{Keep, Records, Worker};
use handover_instrument::block_counts;

/// The seed of the world that load runs in.
const SEED: u64 = 0;

/// What became of the inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs {
    /// How many load accepted.
    pub accepted: u64,
    /// How many load refused.
    pub refused: u64,
    /// How many load failed on, by how it failed.
    pub failed: BTreeMap<FailureKind, u64>,
}

impl Inputs {
    /// How many there were.
    pub fn all(&self) -> u64 {
        self.accepted + self.refused + self.all_failed()
    }

    /// How many load failed on.
    pub fn all_failed(&self) -> u64 {
        self.failed.values().sum()
    }
}

/// What all loads did together.
pub(super) struct Loaded {
    pub(super) inputs: Inputs,
    /// For each record of the component, how often each block was entered.
    pub(super) counts: Vec<Vec<u64>>,
}

/// Loads each input into a fresh worker.
///
/// # Errors
/// The component does not start, or does not export load.
pub(super) fn load(component: &Component, inputs: &[Vec<u8>]) -> Result<Loaded> {
    let label = component.label();
    let load = component.load();
    let load = load.ok_or_else(|| anyhow!("{label} does not export load"))?;
    // Every worker starts alike, so that none of them is worth a try where this one fails.
    start(component).map_err(|failure| anyhow!("{label} does not start: {failure}"))?;
    let mime = mime(component);
    let nothing = || Loaded::nothing(component);
    let loaded = inputs.par_iter().fold(nothing, |mut loaded, input| {
        let input = Snapshot {
            bytes: input.clone(),
            mime: mime.clone(),
        };
        loaded.load(component, load, &input);
        loaded
    });
    Ok(loaded.reduce(nothing, Loaded::and))
}

fn start(component: &Component) -> Result<(Worker<'_>, Records), Failure> {
    let mut worker = Worker::start(component, SEED)?;
    let records = worker.records(Keep::Nothing)?;
    Ok((worker, records))
}

/// The MIME type that the component itself gives to a snapshot: load may refuse any other.
fn mime(component: &Component) -> String {
    let saved = component.save().and_then(|save| {
        let mut worker = Worker::start(component, SEED).ok()?;
        worker.save(save, 0).ok()
    });
    saved.map_or_else(|| OCTET_STREAM.to_owned(), |snapshot| snapshot.mime)
}

impl Loaded {
    fn nothing(component: &Component) -> Self {
        let maps = component.records().iter().map(|(_, map)| map);
        Self {
            inputs: Inputs::default(),
            counts: maps.map(|map| vec![0; map.sites.len()]).collect(),
        }
    }

    fn load(&mut self, component: &Component, load: &SnapshotFunction, input: &Snapshot) {
        let (mut worker, records) = match start(component) {
            Ok(started) => started,
            Err(failure) => return self.note(&failure),
        };
        let before: Vec<Vec<u32>> = worker
            .read(&records)
            .map(|record| block_counts(record).collect())
            .collect();
        match worker.load(load, input, 0, 0) {
            Ok(Ok(())) => self.inputs.accepted += 1,
            Ok(Err(_)) => self.inputs.refused += 1,
            Err(failure) => self.note(&failure),
        }
        let records = worker.read(&records).zip(before);
        for (sums, (record, before)) in self.counts.iter_mut().zip(records) {
            let counts = block_counts(record).zip(before);
            for (sum, (after, before)) in sums.iter_mut().zip(counts) {
                *sum += u64::from(after.wrapping_sub(before));
            }
        }
    }

    fn note(&mut self, failure: &Failure) {
        *self.inputs.failed.entry(failure.kind.clone()).or_default() += 1;
    }

    fn and(mut self, other: Self) -> Self {
        self.inputs.accepted += other.inputs.accepted;
        self.inputs.refused += other.inputs.refused;
        for (kind, inputs) in other.inputs.failed {
            *self.inputs.failed.entry(kind).or_default() += inputs;
        }
        for (sums, others) in self.counts.iter_mut().zip(other.counts) {
            for (sum, other) in sums.iter_mut().zip(others) {
                *sum += other;
            }
        }
        self
    }
}
