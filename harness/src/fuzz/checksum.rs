//! Checksums that a format has, found out from what load compares: one operand stands in the input, and the other one changes
//! when any other byte does. Mutations of an input that got past such a comparison are repaired, so that they get past it, too.

use std::collections::BTreeMap;
use std::ops::Range;

use memchr::memmem;
use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

use handover_instrument::{Comparator, Comparison, SiteKind};

/// A comparison with what is known of its site.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compared {
    /// Which record it was in.
    pub(crate) module: usize,
    pub(crate) comparison: Comparison,
    pub(crate) kind: SiteKind,
}

/// What is known of each site where a number that stands in the input was what another one said: what that is, if it is a
/// checksum.
#[derive(Debug, Default)]
pub(crate) struct Checksums {
    sites: BTreeMap<(usize, u32), Option<Relation>>,
}

/// What two operands are to each other when a comparison is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Equal,
    /// Each has the bits that the other one has not. Where a checksum ends with a complement, compilers leave that out and
    /// compare with the complement.
    Complement,
}

/// How many bytes are changed to see whether a number depends on them.
const CHANGES: usize = 16;
/// How many changes must have got to the comparison before anything is said of it, and must have mattered to it.
const LEAST: usize = 3;
/// Checksums within checksums that are repaired.
const NESTED: usize = 3;
/// Smaller numbers stand in an input by chance.
const SMALLEST: u64 = 1 << 16;

impl Checksums {
    /// Looks at what load `compared` in `input`; `run` tells that of any input. Answers whether a checksum was right.
    pub(crate) fn learn(
        &mut self,
        input: &[u8],
        compared: &[Compared],
        rng: &mut TestRng,
        mut run: impl FnMut(&[u8]) -> Vec<Compared>,
    ) -> bool {
        let mut right = false;
        let mut candidates = Vec::new();
        for it in compared {
            match self.sites.get(&it.site()) {
                Some(relation) => right |= relation.is_some_and(|relation| it.holds(relation)),
                None => candidates.extend(Candidate::new(it, input, compared)),
            }
        }
        let changes = match candidates.is_empty() || input.is_empty() {
            true => 0,
            false => CHANGES,
        };
        for _ in 0..changes {
            let mut changed = input.to_vec();
            let at = rng.random_range(0..changed.len());
            changed[at] ^= 1 << rng.random_range(0..8u32);
            let compared = run(&changed);
            for candidate in &mut candidates {
                candidate.look(at, &compared);
            }
        }
        for candidate in candidates {
            if let Some(is_checksum) = candidate.verdict() {
                right |= is_checksum;
                let relation = is_checksum.then_some(candidate.relation);
                self.sites.insert(candidate.site, relation);
            }
        }
        right
    }

    /// Writes the checksums of an input that are wrong.
    pub(crate) fn repair(&self, input: &mut [u8], mut run: impl FnMut(&[u8]) -> Vec<Compared>) {
        for _ in 0..NESTED {
            let mut repaired = false;
            for compared in run(input) {
                let Some(Some(relation)) = self.sites.get(&compared.site()) else {
                    continue;
                };
                let (left, right) = compared.operands();
                for (wrong, other) in [(left, right), (right, left)] {
                    let number = compared.related(other, *relation);
                    if wrong != number && write(input, wrong, number) {
                        repaired = true;
                        break;
                    }
                }
            }
            if !repaired {
                return;
            }
        }
    }
}

/// A site where a number that stands in the input may have been compared with what was computed from the rest of it.
struct Candidate {
    site: (usize, u32),
    relation: Relation,
    number: u64,
    stored: Range<usize>,
    /// How many changed inputs got there, and in how many of them the number was not what the other operand said.
    reached: usize,
    depended: usize,
}

impl Candidate {
    /// `all` is what load compared in `input`.
    fn new(compared: &Compared, input: &[u8], all: &[Compared]) -> Option<Self> {
        let relation = compared.relation()?;
        let (left, right) = compared.operands();
        let numbers = [left, right].into_iter();
        let found = numbers.filter_map(|number| Some((number, stored(input, number)?)));
        let mut found = found.filter(|(number, _)| *number >= SMALLEST);
        let (number, stored) = found.next()?;
        let site = compared.site();
        // A number that is compared with others there, too, is a constant.
        let mut there = all.iter().filter(|it| it.site() == site);
        let is_constant = there.any(|it| it.fails(number, relation));
        (!is_constant).then_some(Self {
            site,
            relation,
            number,
            stored,
            reached: 0,
            depended: 0,
        })
    }

    /// Looks at what load compared after byte `at` was changed.
    fn look(&mut self, at: usize, compared: &[Compared]) {
        let there = compared.iter().filter(|it| it.site() == self.site);
        let mut there = there.peekable();
        if self.stored.contains(&at) || there.peek().is_none() {
            return;
        }
        self.reached += 1;
        let depends = there.any(|it| it.fails(self.number, self.relation));
        self.depended += usize::from(depends);
    }

    /// Whether it is a checksum; none if too little is known. A length that moves a word under a constant changes the
    /// comparison, too, but few bytes of an input are such lengths; of several checksums each depends on its own part.
    fn verdict(&self) -> Option<bool> {
        let enough = self.reached >= LEAST;
        enough.then_some(self.depended >= LEAST && self.depended * 3 >= self.reached)
    }
}

impl Compared {
    fn site(&self) -> (usize, u32) {
        (self.module, self.comparison.site)
    }

    fn mask(&self) -> u64 {
        match self.kind {
            SiteKind::Comparison { width: 4, .. } => u64::from(u32::MAX),
            _ => u64::MAX,
        }
    }

    fn operands(&self) -> (u64, u64) {
        let Comparison { left, right, .. } = self.comparison;
        (left & self.mask(), right & self.mask())
    }

    /// What the operand beside `other` is where the relation holds.
    fn related(&self, other: u64, relation: Relation) -> u64 {
        match relation {
            Relation::Equal => other,
            Relation::Complement => !other & self.mask(),
        }
    }

    fn holds(&self, relation: Relation) -> bool {
        let (left, right) = self.operands();
        left == self.related(right, relation)
    }

    /// In which relation the operands are, as far as the instruction can be part of a comparison for it.
    fn relation(&self) -> Option<Relation> {
        let SiteKind::Comparison { comparator, .. } = self.kind else {
            return None;
        };
        let possible: &[Relation] = match comparator {
            Comparator::Equality => &[Relation::Equal],
            Comparator::Difference => &[Relation::Equal, Relation::Complement],
            Comparator::Order | Comparator::Switch => &[],
        };
        possible.iter().copied().find(|it| self.holds(*it))
    }

    /// Whether one of the operands is this number, and the other one is not what it should be.
    fn fails(&self, number: u64, relation: Relation) -> bool {
        let (left, right) = self.operands();
        (left == number || right == number) && !self.holds(relation)
    }
}

/// Where a number stands in the input: of 4 or 8 bytes, in either order, and nowhere else.
fn stored(input: &[u8], number: u64) -> Option<Range<usize>> {
    encodings(number).find_map(|(bytes, length)| {
        let bytes = &bytes[..length];
        let mut places = memmem::find_iter(input, bytes);
        let place = places.next()?;
        places.next().is_none().then(|| place..place + length)
    })
}

fn write(input: &mut [u8], wrong: u64, number: u64) -> bool {
    let mut right = encodings(number);
    for (old, length) in encodings(wrong) {
        let (new, _) = right.next().unwrap_or((old, length));
        let mut places = memmem::find_iter(&*input, &old[..length]);
        if let (Some(at), None) = (places.next(), places.next()) {
            input[at..at + length].copy_from_slice(&new[..length]);
            return true;
        }
    }
    false
}

/// The number in the four ways that are looked for; the order is the same for every number.
fn encodings(number: u64) -> impl Iterator<Item = ([u8; 8], usize)> {
    let (little, big) = (number.to_le_bytes(), number.to_be_bytes());
    let mut big_of_4 = [0; 8];
    big_of_4[..4].copy_from_slice(&big[4..]);
    let of_8 = [(little, 8), (big, 8)];
    of_8.into_iter().chain([(little, 4), (big_of_4, 4)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::runner;

    /// A format: a magic number, a body, and the sum of the body's bytes times a large number, in 4 bytes.
    #[derive(Clone, Copy, Debug)]
    struct Format {
        big: bool,
        /// Load compares the sum's complement.
        complement: bool,
    }

    impl Format {
        const ALL: [Self; 4] = [
            Self::of(false, false),
            Self::of(false, true),
            Self::of(true, false),
            Self::of(true, true),
        ];

        const fn of(big: bool, complement: bool) -> Self {
            Self { big, complement }
        }

        fn sealed(self, body: &[u8]) -> Vec<u8> {
            let sum = sum(body);
            let sum = match self.big {
                true => sum.to_be_bytes(),
                false => sum.to_le_bytes(),
            };
            [b"CART", body, &sum].concat()
        }

        /// What load compares.
        fn compared(self, input: &[u8]) -> Vec<Compared> {
            let (Some(magic), Some(stored)) = (input.first_chunk(), input.last_chunk()) else {
                return Vec::new();
            };
            let body = &input[4..input.len().saturating_sub(4).max(4)];
            let stored = match self.big {
                true => u32::from_be_bytes(*stored),
                false => u32::from_le_bytes(*stored),
            };
            let (computed, comparator) = match self.complement {
                true => (!sum(body), Comparator::Difference),
                false => (sum(body), Comparator::Equality),
            };
            let compared = |site, left: u32, right: u32, comparator| Compared {
                module: 0,
                comparison: Comparison {
                    site,
                    left: left.into(),
                    right: right.into(),
                },
                kind: SiteKind::Comparison {
                    width: 4,
                    comparator,
                },
            };
            let magic = u32::from_le_bytes(*magic);
            vec![
                compared(0, magic, 0x5452_4143, Comparator::Equality),
                compared(1, computed, stored, comparator),
            ]
        }
    }

    fn sum(body: &[u8]) -> u32 {
        body.iter()
            .fold(77, |sum: u32, byte| {
                sum.rotate_left(5).wrapping_add((*byte).into())
            })
            .wrapping_mul(0x9e37_79b1)
    }

    #[test]
    fn a_checksum_is_told_from_a_magic_number_and_repaired() {
        for format in Format::ALL {
            let run = |input: &[u8]| format.compared(input);
            let mut input = format.sealed(b"some body");
            let mut checksums = Checksums::default();
            let mut runner = runner(1, "checksums", 0);
            assert!(checksums.learn(&input, &run(&input), runner.rng(), run));
            let relation = match format.complement {
                true => Relation::Complement,
                false => Relation::Equal,
            };
            assert_eq!(
                checksums.sites,
                BTreeMap::from([((0, 0), None), ((0, 1), Some(relation))])
            );

            input[6] = b'X';
            checksums.repair(&mut input, run);
            assert_eq!(input, format.sealed(b"soXe body"), "{format:?}");
        }
    }

    #[test]
    fn a_constant_that_a_length_moves_is_no_checksum() {
        // A tag of 4 bytes, behind as many bytes as the first byte says; and a number that is compared with two others.
        let run = |input: &[u8]| {
            let at = usize::from(input[0] % 32);
            let word = input.get(at..at + 4).and_then(|it| it.first_chunk());
            let word = word.map_or(0, |it| u32::from_le_bytes(*it));
            let compared = |site, left: u32, right: u32| Compared {
                module: 0,
                comparison: Comparison {
                    site,
                    left: left.into(),
                    right: right.into(),
                },
                kind: SiteKind::Comparison {
                    width: 4,
                    comparator: Comparator::Equality,
                },
            };
            vec![
                compared(0, word, 0x6c69_6174),
                compared(1, 0x6c69_6174, word),
                compared(1, 0x6c69_6174, input[1].into()),
            ]
        };
        let input = [&[28], &[7; 27][..], b"tail", &[7; 32]].concat();
        let mut checksums = Checksums::default();
        let mut runner = runner(1, "checksums", 0);
        assert!(!checksums.learn(&input, &run(&input), runner.rng(), run));
        assert_eq!(checksums.sites, BTreeMap::from([((0, 0), None)]));
    }

    #[test]
    fn what_has_no_checksum_stays_as_it_is() {
        let format = Format::of(false, false);
        let run = |input: &[u8]| format.compared(input)[..1].to_vec();
        let mut checksums = Checksums::default();
        let mut runner = runner(1, "checksums", 0);
        let input = b"CARTbody and more";
        assert!(!checksums.learn(input, &run(input), runner.rng(), run));
        let mut input = b"XARTbody and more".to_vec();
        checksums.repair(&mut input, run);
        assert_eq!(input, b"XARTbody and more");
    }
}
