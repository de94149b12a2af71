//! What is kept of the histories that were played: for each thing that was seen, the shortest of those that show it. Others are made
//! of them, the more often the rarer that is which they show.

use std::collections::{BTreeSet, HashMap};

use crate::case::{Ancestry, Case, Step};
use crate::value::footprint;
use crate::worker::snapshot::Snapshot;

/// How many histories are kept.
const KEPT: usize = 1024;
/// How many bytes of arguments and snapshots these may have, about.
const BYTES: usize = 8 << 20;
/// Of so many of them the snapshots are handed on: they are larger than others, and inputs are made from each.
const SNAPSHOTS: usize = 64;
/// Bytes of the largest snapshot that is kept: as many as there are for each that is handed on. A larger one would take the room of
/// many histories, and those of a round are held at once.
const LARGEST: usize = BYTES / SNAPSHOTS;
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
    /// Whether this is a snapshot to keep.
    pub(super) fn takes(snapshot: &Snapshot) -> bool {
        snapshot.bytes.len() <= LARGEST
    }

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
            self.bytes += bytes(&case, snapshot.as_ref());
            self.snapshots.push(snapshot);
            self.ancestry.ancestors.push(case);
        }
        is_kept
    }

    /// Drops those that others took the place of, and weighs the rest.
    pub(super) fn weigh(&mut self) {
        let weights = self.weights();
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
        self.ancestry.weigh(&weights);
        let kept = self.ancestry.ancestors.iter().zip(&self.snapshots);
        self.bytes = kept.map(|(case, it)| bytes(case, it.as_ref())).sum();
    }

    /// For each history, how rare what it shows is.
    fn weights(&self) -> Vec<u64> {
        let mut weights = vec![0; self.snapshots.len()];
        for seen in self.seen.values() {
            weights[seen.by] += ONCE.div_ceil(seen.times);
        }
        weights
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

/// What a history and the snapshot at its end take.
fn bytes(case: &Case, snapshot: Option<&Snapshot>) -> usize {
    let arguments = case.steps.iter().flat_map(|step| match step {
        Step::Operation(call) => call.arguments.as_slice(),
        _ => &[],
    });
    let arguments: usize = arguments.map(footprint).sum();
    arguments + snapshot.map_or(0, |it| it.bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Call;
    use crate::host::Pace;

    /// Of so many calls.
    fn history(calls: usize) -> Case {
        Case {
            seed: 0,
            pace: Pace::default(),
            input: None,
            founding: None,
            steps: vec![Step::Operation(Call::new(0, Vec::new())); calls],
        }
    }

    fn add(frontier: &mut Frontier, calls: usize, features: &[u64]) -> bool {
        let snapshot = Snapshot::octets(vec![0; calls]);
        frontier.add(
            history(calls),
            &features.iter().copied().collect(),
            Some(snapshot),
        )
    }

    fn kept(frontier: &Frontier) -> Vec<usize> {
        let ancestors = frontier.ancestry.ancestors.iter();
        ancestors.map(|it| it.steps.len()).collect()
    }

    #[test]
    fn the_shortest_of_those_that_show_the_same_is_kept() {
        let mut frontier = Frontier::default();
        assert!(add(&mut frontier, 5, &[1, 2]));
        assert!(!add(&mut frontier, 5, &[1]));
        assert!(!add(&mut frontier, 7, &[1, 2]));
        assert!(add(&mut frontier, 7, &[1, 3]));
        assert!(add(&mut frontier, 2, &[1]));
        frontier.weigh();
        // The first is still the only one that shows 2.
        assert_eq!(kept(&frontier), [5, 7, 2]);
        assert!(add(&mut frontier, 1, &[1, 2]));
        frontier.weigh();
        assert_eq!(kept(&frontier), [7, 1]);
        let (_, snapshots) = frontier.into_parts();
        let lengths: Vec<usize> = snapshots.iter().map(|it| it.bytes.len()).collect();
        assert_eq!(lengths, [7, 1]);
    }

    #[test]
    fn the_rarer_what_a_history_shows_the_more_it_weighs() {
        let mut frontier = Frontier::default();
        add(&mut frontier, 1, &[1]);
        add(&mut frontier, 2, &[1, 2]);
        for _ in 0..98 {
            add(&mut frontier, 3, &[1]);
        }
        assert_eq!(frontier.weights(), [ONCE.div_ceil(100), ONCE]);
    }

    #[test]
    fn it_is_full_once_there_are_many_or_large_ones() {
        let mut frontier = Frontier::default();
        for feature in 0..KEPT as u64 {
            assert!(!frontier.is_full());
            add(&mut frontier, 1, &[feature]);
        }
        assert!(frontier.is_full());
        let mut frontier = Frontier::default();
        let snapshot = Snapshot::octets(vec![0; BYTES + 1]);
        frontier.add(history(1), &BTreeSet::from([1]), Some(snapshot));
        assert!(frontier.is_full());
    }
    #[test]
    fn a_snapshot_that_takes_the_room_of_many_is_not_for_it() {
        let of = |length| Frontier::takes(&Snapshot::octets(vec![0; length]));
        assert!(of(0) && of(LARGEST) && !of(LARGEST + 1) && !of(10 << 20));
    }
}
