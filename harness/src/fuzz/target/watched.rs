//! Both versions with probes, for targets that move a worker from the one to the other.

use crate::component::{self, Component};
use crate::error::Error;
use crate::fuzz::guide::compared;
use crate::fuzz::substitution::{Substitution, substitutions};
use crate::versions::chain::Chain;
use crate::versions::config::Config;
use crate::versions::hop::Hop;
use crate::worker::{Keep, Worker};
use handover_instrument::{Probes, Rewrite};

/// One of the two ends of an update.
#[derive(Debug, Clone, Copy)]
pub(super) enum End {
    Old,
    New,
}

impl End {
    const BOTH: [Self; 2] = [Self::Old, Self::New];

    fn of(self, chain: &Chain) -> &Component {
        match self {
            Self::Old => chain.old(),
            Self::New => chain.last(),
        }
    }
}

/// Both versions with probes.
pub(super) struct Watched {
    edges: Chain,
    comparisons: Chain,
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
        end: End,
        worker: &mut Worker,
        run: impl FnOnce(&mut Worker) -> R,
    ) -> R {
        // Asked for before: a worker that failed answers no more.
        let records = worker.records(Keep::Nothing);
        let result = run(worker);
        if let Ok(records) = records {
            let read = worker.read(&records).map(<[u8]>::to_vec).collect();
            match end {
                End::Old => self.old = read,
                End::New => self.new = read,
            }
        }
        result
    }

    fn of(&self, end: End) -> &[Vec<u8>] {
        match end {
            End::Old => &self.old,
            End::New => &self.new,
        }
    }
}

impl Watched {
    pub(super) fn open(old: &str, new: &str, config: &Config) -> Result<Self, Error> {
        let runtime = config.runtime()?;
        let (old_bytes, new_bytes) = (component::read(old)?, component::read(new)?);
        let open = |probes| {
            let reset = false;
            let rewrite = Rewrite { probes, reset };
            let old = runtime.open_probed(old, &old_bytes, rewrite)?;
            let new = runtime.open_probed(new, &new_bytes, rewrite)?;
            Chain::new(vec![old.component, new.component], config)
        };
        let edges = open(Probes::Edges)?;
        let count = End::BOTH.map(|end| {
            let records = end.of(&edges).records().iter();
            records.map(|map| map.sites.len()).sum::<usize>()
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
    pub(super) fn count(&mut self, play: impl FnOnce(Hop<'_>) -> Recorded + Send) {
        let recorded = self.edges.on_its_threads(|| play(self.edges.whole()));
        self.counters.fill(0);
        let mut rest = self.counters.as_mut_slice();
        for end in End::BOTH {
            let mut records = recorded.of(end).iter();
            for map in end.of(&self.edges).records() {
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
        play: impl FnOnce(Hop<'_>) -> Recorded + Send,
    ) -> Vec<Substitution> {
        let chain = &self.comparisons;
        let recorded = chain.on_its_threads(|| play(chain.whole()));
        let mut found = Vec::new();
        for end in End::BOTH {
            let records = recorded.of(end).iter().map(Vec::as_slice);
            let compared = compared(end.of(chain), records);
            found.extend(substitutions(input, &compared, |_| true));
        }
        found
    }
}
