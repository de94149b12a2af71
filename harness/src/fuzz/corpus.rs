//! The inputs that a campaign builds on, and which of them are worth more.

use std::sync::{Arc, OnceLock};

use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

use super::substitution::Substitution;
use crate::case::document::{Document, recognise};
use crate::worker::seen::Feature;
use crate::worker::snapshot::Snapshot;

/// An input that showed something new.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) input: Snapshot,
    /// What load did with it.
    pub(crate) features: Vec<Feature>,
    /// Fuel that it took.
    pub(crate) fuel: u64,
    /// Whether it holds a checksum, which must be right in what is made of it, too.
    pub(crate) has_checksum: bool,
    /// What its comparisons suggest.
    pub(crate) substitutions: Vec<Substitution>,
    /// What it says, as far as its format is known: found out when it is first asked for.
    pub(crate) document: OnceLock<Option<Document>>,
}

impl Entry {
    /// What the input says, if its format is known.
    pub(crate) fn document(&self) -> Option<&Document> {
        let document = self.document.get_or_init(|| recognise(&self.input));
        document.as_ref()
    }

    /// What a run of it costs: smaller is better.
    fn cost(&self) -> u64 {
        let bytes = self.input.bytes.len() as u64;
        self.fuel.saturating_mul(bytes.saturating_add(1))
    }
}

/// The inputs, in the order in which they were found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Corpus {
    entries: Vec<Arc<Entry>>,
    /// For each feature that was seen, its cheapest entry.
    cheapest: std::collections::BTreeMap<Feature, usize>,
    /// How many features each entry is the cheapest for.
    wins: Vec<usize>,
    /// The entries that are the cheapest for some feature.
    favoured: Vec<usize>,
}

/// Entries of the end of the list that count as new.
const NEW: usize = 8;

impl Corpus {
    pub(crate) fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    pub(crate) fn add(&mut self, entry: Arc<Entry>) {
        let number = self.entries.len();
        let cost = entry.cost();
        self.wins.push(0);
        for feature in &entry.features {
            let cheapest = self.cheapest.entry(*feature).or_insert(number);
            if *cheapest != number {
                if self.entries[*cheapest].cost() <= cost {
                    continue;
                }
                self.wins[*cheapest] -= 1;
                *cheapest = number;
            }
            self.wins[number] += 1;
        }
        self.entries.push(entry);
        self.favoured.clear();
        let winners = self.wins.iter().enumerate().filter(|(_, wins)| **wins > 0);
        self.favoured.extend(winners.map(|(number, _)| number));
    }

    /// An entry to mutate; none if there are none.
    pub(crate) fn pick(&self, rng: &mut TestRng) -> Option<&Arc<Entry>> {
        let among = |rng: &mut TestRng, count: usize| rng.random_range(0..count);
        let number = match rng.random_range(0..8u32) {
            0 => among(rng, self.entries.len().max(1)),
            1 | 2 => {
                let new = self.entries.len().clamp(1, NEW);
                self.entries.len().saturating_sub(1 + among(rng, new))
            }
            _ => *self.favoured.get(among(rng, self.favoured.len().max(1)))?,
        };
        self.entries.get(number)
    }
}
