//! The builds of the new version that guide a campaign.

use anyhow::{Context, Result};

use super::checksum::Compared;
use super::executor::Executor;
use crate::component::{Component, Runtime};
use crate::error::{Error, ErrorKind};
use crate::versions::chain::Chain;
use crate::worker::agents::discover;
use crate::worker::snapshot::Snapshot;
use handover_instrument::{Probes, Rewrite, comparisons};

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
    pub fn new(runtime: &Runtime, label: &str, bytes: &[u8]) -> Result<Self, Error> {
        ErrorKind::Component.of(|| {
            let open = |probes| {
                let reset = true;
                runtime.open_probed(label, bytes, Rewrite { probes, reset })
            };
            let (edges, comparisons) =
                rayon::join(|| open(Probes::Edges), || open(Probes::Comparisons));
            let (edges, comparisons) = (edges?, comparisons?);
            edges.component.load().with_context(|| {
                format!("{label} does not export load, so there is nothing to fuzz")
            })?;
            Ok(Self {
                edges: edges.component,
                comparisons: comparisons.component,
                warnings: edges.warnings,
            })
        })
    }

    /// The same, of the agent that the chain is about; of an ordinary component, itself.
    ///
    /// # Errors
    /// The component does not tell which agents it has.
    pub fn of(self, chain: &Chain) -> Result<Self, Error> {
        ErrorKind::Component.of(|| {
            let Some(name) = chain.agent() else {
                return Ok(self);
            };
            let agent = |component: &Component| {
                let metadata = discover(component)?;
                let agent = metadata.and_then(|metadata| component.as_agent(&metadata, name));
                agent.with_context(|| format!("{} has no agent {name}", component.label()))
            };
            Ok(Self {
                edges: agent(&self.edges)?,
                comparisons: agent(&self.comparisons)?,
                warnings: self.warnings,
            })
        })
    }

    /// What of the component is not watched, and why.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// How many edges are watched.
    pub fn edges(&self) -> usize {
        let records = self.edges.records().iter();
        records.map(|map| map.sites.len()).sum()
    }

    /// Executors of the build that counts edges and of the one that records comparisons, in the world of `seed`.
    pub(super) fn executors(&self, seed: u64) -> Option<(Executor, Executor)> {
        let edges = Executor::new(&self.edges, seed)?;
        Some((edges, Executor::new(&self.comparisons, seed)?))
    }

    /// What load compares while it reads the input. `executor` is the one for comparisons.
    pub(super) fn compared(
        &self,
        executor: &mut Executor,
        input: &Snapshot,
        fuel: u64,
    ) -> Vec<Compared> {
        executor.run(input, fuel);
        compared(&self.comparisons, executor.records())
    }
}

/// What is in the records of a component that records comparisons.
pub(super) fn compared<'r>(
    component: &Component,
    records: impl Iterator<Item = &'r [u8]>,
) -> Vec<Compared> {
    let mut compared = Vec::new();
    let maps = component.records().iter();
    for (module, (record, map)) in records.zip(maps).enumerate() {
        compared.extend(comparisons(record).filter_map(|comparison| {
            let site = map.sites.get(comparison.site as usize)?;
            Some(Compared {
                module,
                comparison,
                kind: site.kind,
            })
        }));
    }
    compared
}
