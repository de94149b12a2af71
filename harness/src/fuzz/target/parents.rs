//! Which inputs of a fuzzer's corpus are mutated, and what their comparisons suggest.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::rc::Rc;

use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};

use super::Target;
use crate::case::mutate;
use crate::fuzz::substitution::Substitution;

/// Substitutions that are kept for all parents together: some ten bytes each, and hundreds of parents.
const KEPT: usize = 1 << 20;
/// Of so many mutations that are not substitutions, one is an edit that knows numbers, lengths and nesting.
const EDITS: u32 = 8;

/// The inputs that are mutated over and over. libFuzzer mutates an input of its corpus, runs what comes out, mutates that
/// again, and so on a few times: only what is not such a child is worth a run with comparisons.
#[derive(Default)]
pub(crate) struct Parents {
    known: HashMap<u64, Rc<[Substitution]>>,
    /// How many substitutions are known.
    kept: usize,
    /// Those of the parent that the mutations under way started with.
    current: Rc<[Substitution]>,
    /// What came out of the last mutation.
    child: u64,
}

impl Parents {
    /// What the comparisons of the input suggest, or of its parent.
    pub(crate) fn substitutions(
        &mut self,
        target: &mut dyn Target,
        input: &[u8],
    ) -> Rc<[Substitution]> {
        let hash = hash(input);
        if hash != self.child {
            self.current = match self.known.get(&hash) {
                Some(known) => Rc::clone(known),
                None => self.learn(hash, target.substitutions(input)),
            };
        }
        Rc::clone(&self.current)
    }

    fn learn(&mut self, hash: u64, substitutions: Vec<Substitution>) -> Rc<[Substitution]> {
        if self.kept > KEPT {
            self.known.clear();
            self.kept = 0;
        }
        let substitutions: Rc<[Substitution]> = substitutions.into();
        self.kept += substitutions.len();
        self.known.insert(hash, Rc::clone(&substitutions));
        substitutions
    }

    /// Notes what came out of a mutation.
    pub(crate) fn child(&mut self, mutated: &[u8]) {
        self.child = hash(mutated);
    }
}

fn hash(input: &[u8]) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(input)
}

/// A mutation of ours; none where the fuzzer's own is wanted.
pub(crate) fn mutated(
    input: &[u8],
    substitutions: &[Substitution],
    rng: &mut TestRng,
) -> Option<Vec<u8>> {
    if !substitutions.is_empty() && rng.random() {
        let number = rng.random_range(0..substitutions.len());
        let mut substituted = input.to_vec();
        substitutions[number].apply(&mut substituted);
        return Some(substituted);
    }
    rng.random_ratio(1, EDITS).then(|| {
        let mut edited = input.to_vec();
        mutate::edit(&mut edited, input, mutate::MAX_INPUT, rng);
        edited
    })
}

/// The random numbers of one mutation.
pub(crate) fn random(seed: u32) -> TestRng {
    let mut bytes = [0x5a; 16];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::XorShift, &bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::fuzz::Load;
    use crate::versions::config::Config;

    #[test]
    fn a_child_goes_on_with_what_its_parent_suggests() -> anyhow::Result<()> {
        let mut target = Load::open("embedded:cart-v1", &Config::default())?;
        let mut parents = Parents::default();
        let suggested = parents.substitutions(&mut target, b"CARX\0");
        assert!(!suggested.is_empty());
        parents.child(b"");
        assert_eq!(parents.substitutions(&mut target, b""), suggested);
        parents.child(b"CARX\0\0");
        assert_ne!(parents.substitutions(&mut target, b""), suggested);
        let mut rng = random(7);
        let mutated: BTreeSet<_> = (0..400)
            .filter_map(|_| mutated(b"CARX\0", &suggested, &mut rng))
            .collect();
        assert!(mutated.contains(b"CART\0".as_slice()), "{mutated:?}");
        Ok(())
    }
}
