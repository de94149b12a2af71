//! Checksums that a format has, found out from what load compares: one operand stands in the input, and the other one changes
//! when any other byte does. Mutations of an input that got past such a comparison are repaired, so that they get past it, too.

use std::collections::BTreeMap;
use std::ops::Range;

use memchr::memmem;
use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

use crate::coverage::{Comparator, Comparison, SiteKind};

/// A comparison with what is known of its site.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Compared {
    /// Which record it was in.
    pub(crate) module: usize,
    pub(crate) comparison: Comparison,
    pub(crate) kind: SiteKind,
}

/// What is known of each site where a number that stands in the input was equal to another.
#[derive(Debug, Default)]
pub(crate) struct Checksums {
    sites: BTreeMap<(usize, u32), bool>,
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
        for compared in compared {
            let Some(number) = equal(compared) else {
                continue;
            };
            match self.sites.get(&compared.site()) {
                Some(is_checksum) => right |= is_checksum,
                None => {
                    let at = stored(input, number);
                    candidates.extend(at.map(|at| Candidate::new(compared.site(), number, at)));
                }
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
                self.sites.insert(candidate.site, is_checksum);
            }
        }
        right
    }

    /// Writes the checksums of an input that are wrong.
    pub(crate) fn repair(&self, input: &mut [u8], mut run: impl FnMut(&[u8]) -> Vec<Compared>) {
        for _ in 0..NESTED {
            let mut repaired = false;
            for compared in run(input) {
                if self.sites.get(&compared.site()) != Some(&true) {
                    continue;
                }
                let Comparison { left, right, .. } = compared.comparison;
                let mask = compared.mask();
                for (wrong, number) in [(left & mask, right & mask), (right & mask, left & mask)] {
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

/// A site where a number that stands in the input was equal to another, which may be computed from the rest of it.
struct Candidate {
    site: (usize, u32),
    number: u64,
    stored: Range<usize>,
    /// How many changed inputs got there, and in how many of them only one of the operands was still the number.
    reached: usize,
    depended: usize,
}

impl Candidate {
    fn new(site: (usize, u32), number: u64, stored: Range<usize>) -> Self {
        Self {
            site,
            number,
            stored,
            reached: 0,
            depended: 0,
        }
    }

    /// Looks at what load compared after byte `at` was changed.
    fn look(&mut self, at: usize, compared: &[Compared]) {
        let mut there = compared.iter().filter(|it| it.site() == self.site).peekable();
        if self.stored.contains(&at) || there.peek().is_none() {
            return;
        }
        self.reached += 1;
        self.depended += usize::from(there.any(|it| it.has_left(self.number)));
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

    /// Whether exactly one of the operands is still this number.
    fn has_left(&self, number: u64) -> bool {
        let Comparison { left, right, .. } = self.comparison;
        (left & self.mask() == number) != (right & self.mask() == number)
    }
}

/// The number that both operands are, if they are compared for equality and it is large.
fn equal(compared: &Compared) -> Option<u64> {
    let is_equality = matches!(
        compared.kind,
        SiteKind::Comparison {
            comparator: Comparator::Equality,
            ..
        }
    );
    let Comparison { left, right, .. } = compared.comparison;
    let number = left & compared.mask();
    (is_equality && left == right && number >= SMALLEST).then_some(number)
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

    /// A format: a magic number, a body, and the sum of the body's bytes times a large number, in 4 bytes of either order.
    fn compared(input: &[u8], big: bool) -> Vec<Compared> {
        let (Some(magic), Some(sum)) = (input.first_chunk(), input.last_chunk()) else {
            return Vec::new();
        };
        let body = &input[4..input.len().saturating_sub(4).max(4)];
        let sum = match big {
            true => u32::from_be_bytes(*sum),
            false => u32::from_le_bytes(*sum),
        };
        let compared = |site, left, right| Compared {
            module: 0,
            comparison: Comparison { site, left, right },
            kind: SiteKind::Comparison {
                width: 4,
                comparator: Comparator::Equality,
            },
        };
        vec![
            compared(0, u32::from_le_bytes(*magic).into(), 0x5452_4143),
            compared(1, expected(body).into(), sum.into()),
        ]
    }

    fn expected(body: &[u8]) -> u32 {
        body.iter()
            .fold(77, |sum: u32, byte| {
                sum.rotate_left(5).wrapping_add((*byte).into())
            })
            .wrapping_mul(0x9e37_79b1)
    }

    #[test]
    fn a_checksum_is_told_from_a_magic_number_and_repaired() {
        for big in [false, true] {
            let run = |input: &[u8]| compared(input, big);
            let mut input = b"CARTsome body".to_vec();
            let sum = expected(b"some body");
            input.extend(if big {
                sum.to_be_bytes()
            } else {
                sum.to_le_bytes()
            });
            let mut checksums = Checksums::default();
            let mut runner = runner(1, "checksums", 0);
            assert!(checksums.learn(&input, &run(&input), runner.rng(), run));
            assert_eq!(
                checksums.sites,
                BTreeMap::from([((0, 0), false), ((0, 1), true)])
            );

            input[6] = b'X';
            let wrong = input.clone();
            checksums.repair(&mut input, run);
            assert_ne!(input, wrong);
            let [_, sum] = compared(&input, big)[..] else {
                panic!("two comparisons");
            };
            assert_eq!(sum.comparison.left, sum.comparison.right);
        }
    }

    #[test]
    fn what_has_no_checksum_stays_as_it_is() {
        let run = |input: &[u8]| compared(input, false)[..1].to_vec();
        let mut checksums = Checksums::default();
        let mut runner = runner(1, "checksums", 0);
        let input = b"CARTbody and more";
        assert!(!checksums.learn(input, &run(input), runner.rng(), run));
        let mut input = b"XARTbody and more".to_vec();
        checksums.repair(&mut input, run);
        assert_eq!(input, b"XARTbody and more");
    }
}
