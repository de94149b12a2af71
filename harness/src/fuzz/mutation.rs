//! What the next input is made of: an earlier one, with changes that comparisons suggest, entries of a dictionary, and the
//! edits that know numbers, lengths, text and nesting.

use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

use super::corpus::{Corpus, Entry};
use crate::case::mutate;

/// Changes an input after each mutation, so that it stays well-formed: where a format has a checksum, it writes the right
/// one.
pub type Fix = dyn Fn(&mut Vec<u8>) + Send + Sync;

/// Edits of one input, at most two to the power of this.
const DOUBLINGS: u32 = 4;

/// Every so many-th input is made from nothing.
const FRESH: u32 = 64;

/// One input of so many is an edit of what its parent says, where its format is known.
const DOCUMENTED: u32 = 4;

/// A new input of at most `longest` bytes.
pub(crate) fn mutated(
    parent: &Entry,
    corpus: &Corpus,
    dictionary: &[Vec<u8>],
    longest: usize,
    rng: &mut TestRng,
) -> Vec<u8> {
    if rng.random_ratio(1, FRESH) {
        return mutate::fresh(rng);
    }
    let other = corpus.pick(rng);
    if rng.random_ratio(1, DOCUMENTED)
        && let Some(document) = parent.document()
    {
        let mut input = document.mutated(rng, other.and_then(|entry| entry.document()));
        input.truncate(longest);
        return input;
    }
    let mut input = parent.input.bytes.clone();
    for _ in 0..1 << rng.random_range(0..DOUBLINGS) {
        match rng.random_range(0..8u32) {
            0 | 1 if !parent.substitutions.is_empty() => {
                let number = rng.random_range(0..parent.substitutions.len());
                parent.substitutions[number].apply(&mut input);
            }
            2 if !parent.substitutions.is_empty() => {
                let number = rng.random_range(0..parent.substitutions.len());
                insert(&mut input, parent.substitutions[number].inserted(), rng);
            }
            3 if !dictionary.is_empty() => {
                let number = rng.random_range(0..dictionary.len());
                insert(&mut input, &dictionary[number], rng);
            }
            _ => {
                let other = other.map_or(&[][..], |entry| &entry.input.bytes);
                mutate::edit(&mut input, other, longest, rng);
            }
        }
        input.truncate(longest);
    }
    input
}

/// Puts a word somewhere, over what is there or between.
fn insert(input: &mut Vec<u8>, word: &[u8], rng: &mut TestRng) {
    let at = rng.random_range(0..=input.len());
    let end = match rng.random::<bool>() {
        true => at,
        false => at.saturating_add(word.len()).min(input.len()),
    };
    mutate::replace(input, at..end, word);
}
