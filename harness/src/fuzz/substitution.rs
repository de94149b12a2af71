//! Mutations that comparisons suggest: where the input holds a number that load compared, in one of the encodings that
//! formats use, it could hold the number that it was compared with.

use std::collections::BTreeMap;

use memchr::memmem;

use super::checksum::Compared;
use crate::case::mutate::{self, leb128};
use handover_instrument::{Comparator, Comparison, SiteKind};

/// A change of an input: `removed` bytes at `at` become `inserted`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substitution {
    at: usize,
    removed: usize,
    inserted: Vec<u8>,
    /// The operand that the input holds, and the one that it could hold.
    operands: (u64, u64),
}

/// What suggests a substitution: numbers of the module and the site, the operand that the input holds, the one that it could hold.
pub(crate) type Suggestion = ((usize, u32), u64, u64);

/// Of one number in one encoding so many places are tried: more often, it stands there by chance.
const PLACES: usize = 6;
/// Bytes of an input that are searched: headers come first.
const SEARCHED: usize = 4_096;
/// Targets of a `br_table` that are tried.
const TARGETS: u64 = 64;
/// Substitutions of one input.
const MOST: usize = 2_048;

impl Substitution {
    /// Changes the input.
    pub fn apply(&self, input: &mut Vec<u8>) {
        let at = self.at.min(input.len());
        let end = self.at.saturating_add(self.removed).min(input.len());
        mutate::replace(input, at..end, &self.inserted);
    }

    /// The operand of the comparison that the input holds, and the one that it could hold.
    #[cfg(feature = "libfuzzer")]
    pub(super) fn operands(&self) -> (u64, u64) {
        self.operands
    }

    /// What it writes.
    pub(crate) fn inserted(&self) -> &[u8] {
        &self.inserted
    }
}

/// Those that are `wanted`, each once, in a fixed order.
pub(crate) fn substitutions(
    input: &[u8],
    compared: &[Compared],
    mut wanted: impl FnMut(Suggestion) -> bool,
) -> Vec<Substitution> {
    let mut pairs: Vec<(u8, Suggestion)> = Vec::new();
    for compared in compared {
        let SiteKind::Comparison { width, comparator } = compared.kind else {
            continue;
        };
        let Comparison { site, left, right } = compared.comparison;
        let site = (compared.module, site);
        let mask = if width == 4 {
            u64::from(u32::MAX)
        } else {
            u64::MAX
        };
        let mut suggest = |from: u64, to: u64| {
            if from & mask != to & mask {
                pairs.push((width, (site, from & mask, to & mask)));
            }
        };
        match comparator {
            Comparator::Equality | Comparator::Difference => {
                suggest(left, right);
                suggest(right, left);
            }
            Comparator::Order => {
                for near in [right, right.wrapping_sub(1), right.wrapping_add(1)] {
                    suggest(left, near);
                }
                suggest(right, left);
            }
            Comparator::Switch => {
                for target in 0..=right.min(TARGETS) {
                    suggest(left, target);
                }
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs.retain(|(_, suggestion)| wanted(*suggestion));
    let searched = Searched::new(input);
    let mut found = BTreeMap::new();
    for (width, (_, from, to)) in pairs {
        for encoding in ENCODINGS {
            let (Some(old), Some(new)) = (encoding(from, width), encoding(to, width)) else {
                continue;
            };
            for at in searched.places(&old) {
                let change = (at, old.len(), new.clone());
                found.entry(change).or_insert((from, to));
            }
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
        .into_iter()
        .map(|((at, removed, inserted), operands)| Substitution {
            at,
            removed,
            inserted,
            operands,
        })
        .collect()
}

/// The beginning of an input, and which pairs of neighbours are in it: most numbers that are looked for are not.
struct Searched<'a> {
    bytes: &'a [u8],
    /// A bit for each pair.
    pairs: Vec<u64>,
}

impl<'a> Searched<'a> {
    fn new(input: &'a [u8]) -> Self {
        let bytes = &input[..input.len().min(SEARCHED)];
        let mut pairs = vec![0; (1 << 16) / 64];
        for pair in bytes.windows(2) {
            let (word, bit) = place(pair[0], pair[1]);
            pairs[word] |= bit;
        }
        Self { bytes, pairs }
    }

    fn places(&self, wanted: &[u8]) -> impl Iterator<Item = usize> {
        let possible = wanted.windows(2).all(|pair| {
            let (word, bit) = place(pair[0], pair[1]);
            self.pairs[word] & bit != 0
        });
        let bytes = if possible { self.bytes } else { &[] };
        memmem::find_iter(bytes, wanted).take(PLACES)
    }
}

fn place(first: u8, second: u8) -> (usize, u64) {
    let number = usize::from(first) << 8 | usize::from(second);
    (number / 64, 1 << (number % 64))
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
