//! The bytes that a case starts with.

use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

use super::{Generator, mutate};
use crate::worker::snapshot::Snapshot;

/// How many inputs are edits of what a snapshot says, where its format is known; the others are edits of its bytes.
const DOCUMENTED: f64 = 0.6;

impl Generator<'_> {
    /// Bytes that are made from real snapshots, if there are any.
    pub(super) fn input(&self, corpus: &[Snapshot], rng: &mut TestRng) -> Snapshot {
        if corpus.is_empty() {
            return Snapshot::octets(mutate::mutated(&[], &[], rng));
        }
        let mut draw = || &corpus[rng.random_range(0..corpus.len())];
        let (one, two, other) = (draw(), draw(), draw());
        if rng.random_bool(DOCUMENTED)
            && let Some(document) = self.documents.of(one)
        {
            let other = self.documents.of(other);
            return one.with_bytes(document.mutated(rng, other.as_deref()));
        }
        // In a shorter snapshot, a blind edit hits more often what matters.
        let base = if one.bytes.len() <= two.bytes.len() {
            one
        } else {
            two
        };
        base.with_bytes(mutate::mutated(&base.bytes, &other.bytes, rng))
    }
}
