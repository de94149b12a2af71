//! The builds of the new version that guide a campaign.

use anyhow::{Context, Result};

use super::executor::Executor;
use super::substitution::{Substitution, substitutions};
use crate::component::{Component, Runtime};
use crate::coverage::{Probes, comparisons};
use crate::snapshot::Snapshot;

/// What the new version is watched with while it loads.
pub struct Guide {
    edges: Component,
    comparisons: Component,
    warnings: Vec<String>,
}

impl Guide {
    /// Rewrites and compiles the component `bytes`, which reports call `label`.
    ///
    /// # Errors
    /// It is no component that can be used, or does not export load.
    pub fn new(runtime: &Runtime, label: &str, bytes: &[u8]) -> Result<Self> {
        let open = |probes| runtime.open_probed(label, bytes, probes);
        let (edges, comparisons) = rayon::join(
            || open(Probes::Edges),
            || open(Probes::Comparisons),
        );
        let (edges, comparisons) = (edges?, comparisons?);
        edges
            .component
            .load()
            .with_context(|| format!("{label} does not export load, so there is nothing to fuzz"))?;
        Ok(Self {
            edges: edges.component,
            comparisons: comparisons.component,
            warnings: edges.warnings,
        })
    }

    /// What of the component is not watched, and why.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// How many edges are watched.
    pub fn edges(&self) -> usize {
        let records = self.edges.records().iter();
        records.map(|(_, map)| map.sites.len()).sum()
    }

    pub(super) fn executor(&self, seed: u64) -> Option<Executor<'_>> {
        Executor::new(&self.edges, seed)
    }

    /// What the input could be changed to, by what load compares while it reads it.
    pub(super) fn substitutions(&self, input: &Snapshot, seed: u64, fuel: u64) -> Vec<Substitution> {
        let Some(executor) = Executor::new(&self.comparisons, seed) else {
            return Vec::new();
        };
        let execution = executor.run(input, fuel);
        let mut found = Vec::new();
        let maps = self.comparisons.records().iter();
        for (record, (_, map)) in execution.records().zip(maps) {
            found.extend(substitutions(&input.bytes, comparisons(record), map));
        }
        found
    }
}
