//! Mutations that comparisons suggest: where the input holds a number that load compared, in one of the encodings that
//! formats use, it could hold the number that it was compared with.

use std::collections::{BTreeSet, HashMap};

use memchr::memmem;

use crate::case::mutate::leb128;
use crate::coverage::{Comparator, Comparison, ModuleMap, SiteKind};

/// A change of an input: `removed` bytes at `at` become `inserted`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Substitution {
    at: usize,
    removed: usize,
    inserted: Vec<u8>,
    comparison: Suggestion,
}

/// What suggests a substitution: number of the site, the operand that the input holds, the one that it could hold.
pub(crate) type Suggestion = (u32, u64, u64);

/// Of one number in one encoding so many places are tried: more often, it stands there by chance.
const PLACES: usize = 6;
/// Bytes of an input that are searched: headers come first.
const SEARCHED: usize = 4_096;
/// Targets of a `br_table` that are tried.
const TARGETS: u64 = 64;
/// Substitutions of one input.
const MOST: usize = 2_048;

impl Substitution {
    /// The input with the change.
    pub(crate) fn apply(&self, input: &[u8]) -> Vec<u8> {
        let at = self.at.min(input.len());
        let end = self.at.saturating_add(self.removed).min(input.len());
        [&input[..at], &self.inserted, &input[end..]].concat()
    }

    /// What suggests it.
    pub(crate) fn suggestion(&self) -> Suggestion {
        self.comparison
    }

    /// What it writes.
    pub(crate) fn inserted(&self) -> &[u8] {
        &self.inserted
    }
}

/// All of them, each once, in a fixed order.
pub(crate) fn substitutions(
    input: &[u8],
    comparisons: impl Iterator<Item = Comparison>,
    map: &ModuleMap,
) -> Vec<Substitution> {
    let mut pairs: BTreeSet<(u8, Suggestion)> = BTreeSet::new();
    let mut held: HashMap<(u8, u64), Vec<Held>> = HashMap::new();
    for Comparison { site, left, right } in comparisons {
        let Some(SiteKind::Comparison { width, comparator }) =
            map.sites.get(site as usize).map(|site| site.kind)
        else {
            continue;
        };
        let mask = if width == 4 { u64::from(u32::MAX) } else { u64::MAX };
        let mut suggest = |from: u64, to: u64| {
            let (from, to) = (from & mask, to & mask);
            let held = held.entry((width, from));
            if from != to && !held.or_insert_with(|| Held::all(input, from, width)).is_empty() {
                pairs.insert((width, (site, from, to)));
            }
        };
        match comparator {
            Comparator::Equality => {
                suggest(left, right);
                suggest(right, left);
            }
            Comparator::Order => {
                for near in [right, right.wrapping_sub(1), right.wrapping_add(1)] {
                    suggest(left, near);
                }
                for near in [left, left.wrapping_sub(1), left.wrapping_add(1)] {
                    suggest(right, near);
                }
            }
            Comparator::Switch => {
                for target in 0..=right.min(TARGETS) {
                    suggest(left, target);
                }
            }
        }
    }
    let mut found = BTreeSet::new();
    for (width, comparison) in pairs {
        let (_, from, to) = comparison;
        for Held { encoding, length, places } in held.get(&(width, from)).into_iter().flatten() {
            let Some(new) = encoding(to, width) else {
                continue;
            };
            found.extend(places.iter().map(|at| Substitution {
                at: *at,
                removed: *length,
                inserted: new.clone(),
                comparison,
            }));
        }
        if found.len() >= MOST {
            break;
        }
    }
    found.into_iter().collect()
}

/// Where the input holds a number, in one of the encodings.
struct Held {
    encoding: Encoding,
    /// Bytes of the number.
    length: usize,
    places: Vec<usize>,
}

impl Held {
    fn all(input: &[u8], number: u64, width: u8) -> Vec<Self> {
        let searched = &input[..input.len().min(SEARCHED)];
        let held = ENCODINGS.iter().filter_map(|encoding| {
            let number = encoding(number, width)?;
            let places: Vec<usize> = memmem::find_iter(searched, &number).take(PLACES).collect();
            (!places.is_empty()).then_some(Self {
                encoding: *encoding,
                length: number.len(),
                places,
            })
        });
        held.collect()
    }
}

type Encoding = fn(u64, u8) -> Option<Vec<u8>>;

/// How formats write integers. Each answers none for a number that it has no room for.
const ENCODINGS: [Encoding; 11] = [
    |number, _| little(number, 1),
    |number, _| little(number, 2),
    |number, _| little(number, 4),
    |number, _| little(number, 8),
    |number, _| big(number, 2),
    |number, _| big(number, 4),
    |number, _| big(number, 8),
    |number, _| Some(leb128(number)),
    |number, width| Some(leb128(zigzag(number, width))),
    |number, _| Some(number.to_string().into_bytes()),
    |number, width| negative(number, width).map(|number| number.to_string().into_bytes()),
];

fn little(number: u64, width: usize) -> Option<Vec<u8>> {
    let bytes = number.to_le_bytes();
    let (low, high) = bytes.split_at(width);
    // A negative number of 4 bytes has more of them where the format widens it.
    let fits = high.iter().all(|byte| *byte == 0);
    fits.then(|| low.to_vec())
}

fn big(number: u64, width: usize) -> Option<Vec<u8>> {
    let mut bytes = little(number, width)?;
    bytes.reverse();
    Some(bytes)
}

fn signed(number: u64, width: u8) -> i64 {
    match width {
        4 => i64::from((number as u32).cast_signed()),
        _ => number.cast_signed(),
    }
}

fn zigzag(number: u64, width: u8) -> u64 {
    let number = signed(number, width);
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

fn negative(number: u64, width: u8) -> Option<i64> {
    Some(signed(number, width)).filter(|number| *number < 0)
}
