//! What the guest has been seen to do: for each edge, how many times at once.

/// Edges and how often they were taken, as a set of features. A feature is an edge and one of eight magnitudes: 1, 2, 3, 4 to
/// 7, 8 to 15, 16 to 31, 32 to 127, 128 to 255 times.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen {
    /// For each edge a bit for each magnitude.
    magnitudes: Vec<u8>,
    edges: usize,
    /// The last counters of each group of edges in which there was nothing new. Most inputs do in most places what one
    /// shortly before did.
    familiar: Vec<[u8; GROUP]>,
}

/// Edges that are compared at once.
const GROUP: usize = 16;

/// What was new in a record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Novelty {
    pub(crate) edges: usize,
    pub(crate) features: usize,
}

impl Seen {
    /// Nothing of so many edges.
    pub(crate) fn none_of(edges: usize) -> Self {
        Self {
            magnitudes: vec![0; edges],
            edges: 0,
            familiar: Vec::new(),
        }
    }

    /// How many edges were seen.
    pub(crate) fn edges(&self) -> usize {
        self.edges
    }

    /// Whether there is anything new in these counters, which are those of all edges in a row.
    pub(crate) fn is_new<'r>(&mut self, records: impl Iterator<Item = &'r [u8]>) -> bool {
        let mut rest = self.magnitudes.as_slice();
        let mut first = 0;
        for record in records {
            let (known, others) = rest.split_at(record.len().min(rest.len()));
            rest = others;
            let (known_groups, known_tail) = known.as_chunks::<GROUP>();
            let (groups, tail) = record.as_chunks::<GROUP>();
            let end = first + groups.len();
            if self.familiar.len() < end {
                self.familiar.resize(end, [0; GROUP]);
            }
            let familiar = &mut self.familiar[first..end];
            first = end;
            for ((group, known), familiar) in groups.iter().zip(known_groups).zip(familiar) {
                // Most edges are not taken by most inputs.
                if *group == [0; GROUP] || group == familiar {
                    continue;
                }
                if any_new(group, known) {
                    return true;
                }
                *familiar = *group;
            }
            if any_new(tail, known_tail) {
                return true;
            }
        }
        false
    }

    /// Adds features.
    pub(crate) fn add(&mut self, features: &[Feature]) -> Novelty {
        let mut novelty = Novelty::default();
        for feature in features {
            let Some(known) = self.magnitudes.get_mut(feature.edge as usize) else {
                continue;
            };
            novelty.edges += usize::from(*known == 0);
            novelty.features += usize::from(*known & feature.magnitude == 0);
            *known |= feature.magnitude;
        }
        self.edges += novelty.edges;
        novelty
    }
}

/// Looks at all of them, which takes less time than to stop at the first: what is taken is hard to foretell.
fn any_new(record: &[u8], known: &[u8]) -> bool {
    let pairs = record.iter().zip(known);
    let new = pairs.map(|(count, known)| MAGNITUDES[usize::from(*count)] & !known);
    new.fold(0, |all, new| all | new) != 0
}

/// The magnitude of each count.
const MAGNITUDES: [u8; 256] = {
    let mut magnitudes = [0; 256];
    let mut count = 0;
    while count < magnitudes.len() {
        magnitudes[count] = magnitude(count as u8);
        count += 1;
    }
    magnitudes
};

/// An edge, taken a number of times of this magnitude (one bit).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Feature {
    pub(crate) edge: u32,
    pub(crate) magnitude: u8,
}

/// The features of these counters, which are those of all edges in a row.
pub(crate) fn features<'r>(records: impl Iterator<Item = &'r [u8]>) -> Vec<Feature> {
    let counters = (0..).zip(records.flatten());
    counters
        .filter(|(_, count)| **count != 0)
        .map(|(edge, count)| Feature {
            edge,
            magnitude: magnitude(*count),
        })
        .collect()
}

const fn magnitude(count: u8) -> u8 {
    match count {
        0 => 0,
        1 => 1,
        2 => 2,
        3 => 4,
        4..=7 => 8,
        8..=15 => 16,
        16..=31 => 32,
        32..=127 => 64,
        128..=255 => 128,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(seen: &mut Seen, counters: &[u8]) -> (bool, Novelty) {
        let halves = counters.split_at(counters.len() / 3);
        let records = || [halves.0, halves.1].into_iter();
        (seen.is_new(records()), seen.add(&features(records())))
    }

    #[test]
    fn an_edge_is_new_once_and_each_magnitude_of_it_once() {
        let mut seen = Seen::none_of(40);
        let mut counters = [0; 40];
        assert_eq!(look(&mut seen, &counters), (false, Novelty::default()));
        for place in [0, 13, 39] {
            counters[place] = 1;
            let one = Novelty {
                edges: 1,
                features: 1,
            };
            assert_eq!(look(&mut seen, &counters), (true, one));
            assert_eq!(look(&mut seen, &counters), (false, Novelty::default()));
            counters[place] = 5;
            let more = Novelty {
                edges: 0,
                features: 1,
            };
            assert_eq!(look(&mut seen, &counters), (true, more));
            counters[place] = 7;
            assert_eq!(look(&mut seen, &counters), (false, Novelty::default()));
        }
        assert_eq!(seen.edges(), 3);
    }
}
