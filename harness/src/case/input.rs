//! The bytes that a case starts with.

use std::sync::Arc;

use proptest::prelude::{RngExt, SBoxedStrategy};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRng;

use super::step::StepTree;
use super::{Generator, mutate};
use crate::value::Val;
use crate::value::simpler::Simpler;
use crate::value::word::Word;
use crate::worker::snapshot::Snapshot;

/// How many inputs are edits of what a snapshot says, where its format is known; the others are edits of its bytes.
const DOCUMENTED: f64 = 0.6;
/// How many calls are given a word of the snapshot, one of these in each history.
const NAMED: [f64; 3] = [0.0, 0.3, 0.8];
/// How many places of an argument that could hold the word are passed over, at most.
const SKIPPED: usize = 3;

impl Generator<'_> {
    /// Bytes that are made from real snapshots, if there are any, and the words of the one that most of them are from.
    pub(super) fn input(&self, corpus: &[Snapshot], rng: &mut TestRng) -> (Snapshot, Arc<[Word]>) {
        if corpus.is_empty() {
            let made = Snapshot::octets(mutate::mutated(&[], &[], rng));
            return (made, Arc::default());
        }
        let mut draw = || &corpus[rng.random_range(0..corpus.len())];
        let (one, two, other) = (draw(), draw(), draw());
        let known = self.documents.of(one);
        if rng.random_bool(DOCUMENTED)
            && let Some(document) = &known.document
        {
            let other = self.documents.of(other).document;
            let mutated = document.mutated(rng, other.as_deref());
            return (one.with_bytes(mutated), known.words);
        }
        // In a shorter snapshot, a blind edit hits more often what matters.
        let base = if one.bytes.len() <= two.bytes.len() {
            one
        } else {
            two
        };
        let mutated = mutate::mutated(&base.bytes, &other.bytes, rng);
        (base.with_bytes(mutated), self.documents.of(base).words)
    }

    /// Gives some of the calls a word each: what is in a state that was loaded, no earlier call has named. Those whose arguments are the
    /// user's `own` stay as they are.
    pub(super) fn name(
        &self,
        steps: &mut [StepTree],
        words: &[Word],
        own: &[(usize, SBoxedStrategy<Vec<Val>>)],
        rng: &mut TestRng,
    ) {
        let share = NAMED[rng.random_range(0..NAMED.len())];
        if words.is_empty() {
            return;
        }
        for step in steps {
            let StepTree::Operation {
                operation,
                arguments,
                grafts,
            } = step
            else {
                continue;
            };
            let parameters = self.hop.operation(*operation).user_parameters();
            let is_own = own.iter().any(|(of, _)| of == operation);
            if parameters.is_empty() || is_own || !rng.random_bool(share) {
                continue;
            }
            let which = rng.random_range(0..parameters.len());
            let word = &words[rng.random_range(0..words.len())];
            let mut skipped = rng.random_range(0..SKIPPED);
            let mut named = arguments.current();
            if word.put(&mut named[which], &parameters[which].1, &mut skipped) {
                let parameters = self.hop.operation(*operation).parameters().iter();
                let types = parameters.map(|(_, ty)| ty.clone()).collect();
                *arguments = Box::new(Simpler::new(named, types));
                if let Some(grafts) = grafts.get_mut(which) {
                    grafts.clear();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Case, CaseKind, MAX_OPERATIONS, Step, runner};
    use crate::versions::chain::Chain;

    fn cases(corpus: &[Snapshot]) -> Vec<Case> {
        let pair = ["embedded:cart-v1", "embedded:cart-v2"];
        let pair = Chain::open(&pair, &Default::default()).expect("a pair");
        let kind = CaseKind::Input { operations: true };
        let generator = Generator::new(pair.whole(), kind, MAX_OPERATIONS);
        let case = |number| {
            let runner = &mut runner(7, "input", number);
            let tree = generator.tree(runner, &[], corpus);
            tree.expect("arguments").current()
        };
        (0..100).map(case).collect()
    }

    #[test]
    fn operations_are_given_what_the_snapshot_names() {
        let snapshot = Snapshot::octets(br#"{"held-for-zoe":{"quantity":739}}"#.to_vec());
        let given = |case: &Case, what: &str| {
            let mut steps = case.steps.iter();
            steps.any(|step| match step {
                Step::Operation(call) => format!("{:?}", call.arguments).contains(what),
                _ => false,
            })
        };
        for what in ["held-for-zoe", "(739)"] {
            let count = |corpus: &[Snapshot]| {
                let cases = cases(corpus);
                cases.iter().filter(|case| given(case, what)).count()
            };
            let named = count(std::slice::from_ref(&snapshot));
            // A third of the histories names nothing, and those of the others that are short not everything.
            assert!((3..=67).contains(&named), "{what}: {named} of 100");
            assert_eq!(count(&[]), 0, "{what}");
        }
    }
}
