//! Both versions with probes, for targets that move a worker from the one to the other.

use anyhow::Result;

use crate::component;
use crate::fuzz::guide::compared;
use crate::fuzz::substitution::{Substitution, substitutions};
use crate::versions::config::Config;
use crate::versions::pair::{Pair, Side};
use crate::worker::{Keep, Worker};
use handover_instrument::{Probes, Rewrite};

/// Both versions with probes.
pub(super) struct Watched {
    edges: Pair,
    comparisons: Pair,
    counters: Vec<u8>,
}

/// What the records of both versions hold, in the order of [`component::Component::records`]; none of a version whose
/// worker did not come to anything.
#[derive(Default)]
pub(super) struct Recorded {
    old: Vec<Vec<u8>>,
    new: Vec<Vec<u8>>,
}

impl Recorded {
    /// Runs something on a worker, and keeps what it recorded until then.
    pub(super) fn during<R>(
        &mut self,
        side: Side,
        worker: &mut Worker<'_>,
        run: impl FnOnce(&mut Worker<'_>) -> R,
    ) -> R {
        // Asked for before: a worker that failed answers no more.
        let records = worker.records(Keep::Nothing);
        let result = run(worker);
        if let Ok(records) = records {
            let read = worker.read(&records).map(<[u8]>::to_vec).collect();
            match side {
                Side::Old => self.old = read,
                Side::Between(_) | Side::New => self.new = read,
            }
        }
        result
    }

    fn of(&self, side: Side) -> &[Vec<u8>] {
        match side {
            Side::Old => &self.old,
            Side::Between(_) | Side::New => &self.new,
        }
    }
}

impl Watched {
    pub(super) fn open(old: &str, new: &str, config: &Config) -> Result<Self> {
        let runtime = config.runtime()?;
        let (old_bytes, new_bytes) = (component::read(old)?, component::read(new)?);
        let open = |probes| {
            let reset = false;
            let rewrite = Rewrite { probes, reset };
            let old = runtime.open_probed(old, &old_bytes, rewrite)?;
            let new = runtime.open_probed(new, &new_bytes, rewrite)?;
            Pair::new(old.component, new.component, config)
        };
        let edges = open(Probes::Edges)?;
        let count = [Side::Old, Side::New].map(|side| {
            let records = edges.component(side).records().iter();
            records.map(|(_, map)| map.sites.len()).sum::<usize>()
        });
        Ok(Self {
            edges,
            comparisons: open(Probes::Comparisons)?,
            counters: vec![0; count.iter().sum()],
        })
    }

    pub(super) fn counters(&self) -> &[u8] {
        &self.counters
    }

    /// Counts the edges that `play` takes.
    pub(super) fn count(&mut self, play: impl FnOnce(&Pair) -> Recorded + Send) {
        let recorded = self.edges.threads.install(|| play(&self.edges));
        self.counters.fill(0);
        let mut rest = self.counters.as_mut_slice();
        for side in [Side::Old, Side::New] {
            let mut records = recorded.of(side).iter();
            for (_, map) in self.edges.component(side).records() {
                let (counters, others) = rest.split_at_mut(map.sites.len());
                if let Some(record) = records.next() {
                    let counted = record.len().min(counters.len());
                    counters[..counted].copy_from_slice(&record[..counted]);
                }
                rest = others;
            }
        }
    }

    /// What `input` could be changed to, by what `play` compares.
    pub(super) fn substitutions(
        &self,
        input: &[u8],
        play: impl FnOnce(&Pair) -> Recorded + Send,
    ) -> Vec<Substitution> {
        let pair = &self.comparisons;
        let recorded = pair.threads.install(|| play(pair));
        let mut found = Vec::new();
        for side in [Side::Old, Side::New] {
            let records = recorded.of(side).iter().map(Vec::as_slice);
            let compared = compared(pair.component(side), records);
            found.extend(substitutions(input, &compared, |_| true));
        }
        found
    }
}
