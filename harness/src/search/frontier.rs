//! What is kept of the histories that were played: for each thing that was seen, the shortest of those that show it. Others are made
//! of them, the more often the rarer that is which they show.

use std::collections::{BTreeSet, HashMap};

use crate::case::{Ancestry, Case};
use crate::worker::snapshot::Snapshot;

/// How many histories are kept.
const KEPT: usize = 512;
/// How many bytes of snapshots these may have, about.
const BYTES: usize = 8 << 20;
/// Of so many of them the snapshots are handed on: they are larger than others, and inputs are made from each.
const SNAPSHOTS: usize = 64;
/// What is seen once weighs so much.
const ONCE: u64 = 1 << 16;

/// The histories that are kept, and what each of them is kept for.
#[derive(Default)]
pub(super) struct Frontier {
    pub(super) ancestry: Ancestry,
    /// The snapshots at their ends.
    snapshots: Vec<Option<Snapshot>>,
    bytes: usize,
    seen: HashMap<u64, Seen>,
}

/// One thing that was seen.
struct Seen {
    /// The history that is kept for it, and how many calls that has.
    by: usize,
    calls: usize,
    /// How many histories showed it.
    times: u64,
}

impl Frontier {
    /// Keeps a history if it shows something that no other does, or that no other as short does; says whether it did.
    pub(super) fn add(
        &mut self,
        case: Case,
        features: &BTreeSet<u64>,
        snapshot: Option<Snapshot>,
    ) -> bool {
        let number = self.snapshots.len();
        let calls = case.steps.len();
        let mut is_kept = false;
        for feature in features {
            let seen = self.seen.entry(*feature).or_insert(Seen {
                by: usize::MAX,
                calls: usize::MAX,
                times: 0,
            });
            seen.times += 1;
            if calls < seen.calls {
                (seen.by, seen.calls) = (number, calls);
                is_kept = true;
            }
        }
        if is_kept {
            self.bytes += snapshot.as_ref().map_or(0, |it| it.bytes.len());
            self.snapshots.push(snapshot);
            self.ancestry.ancestors.push(case);
        }
        is_kept
    }

    /// Drops those that others took the place of, and weighs the rest.
    pub(super) fn weigh(&mut self) {
        let mut weights = vec![0; self.snapshots.len()];
        for seen in self.seen.values() {
            weights[seen.by] += ONCE.div_ceil(seen.times);
        }
        let mut numbers = HashMap::new();
        for (number, weight) in weights.iter().enumerate() {
            if *weight > 0 {
                numbers.insert(number, numbers.len());
            }
        }
        for seen in self.seen.values_mut() {
            seen.by = numbers[&seen.by];
        }
        let mut is_left = weights.iter().map(|weight| *weight > 0);
        self.snapshots.retain(|_| is_left.next() == Some(true));
        let lengths = self.snapshots.iter().flatten();
        self.bytes = lengths.map(|it| it.bytes.len()).sum();
        self.ancestry.weigh(&weights);
    }

    /// Whether there is no room for more.
    pub(super) fn is_full(&self) -> bool {
        self.snapshots.len() >= KEPT || self.bytes > BYTES
    }

    pub(super) fn into_parts(self) -> (Ancestry, Vec<Snapshot>) {
        let apart = self.snapshots.len().div_ceil(SNAPSHOTS).max(1);
        let snapshots = self.snapshots.into_iter().step_by(apart);
        (self.ancestry, snapshots.flatten().collect())
    }
}
