//! Swarms: the few operations that a history draws from, each with a weight of its own.

use proptest::prelude::*;
use proptest::test_runner::TestRng;

use super::generate::Generator;
use super::weighted::Weighted;

/// The operations that one part of a history draws from.
pub(super) struct Swarm {
    operations: Vec<usize>,
    weights: Weighted,
    pub(super) reuse: f64,
}

impl Swarm {
    pub(super) fn draw(&self, rng: &mut TestRng) -> usize {
        self.operations[self.weights.draw(rng).unwrap_or_default()]
    }
}

impl Generator<'_> {
    pub(super) fn swarm(&self, callable: &[usize], rng: &mut TestRng) -> Swarm {
        let share = [0.15, 0.3, 0.6, 1.0][rng.random_range(0..4usize)];
        let mut operations = callable.to_vec();
        operations.retain(|_| rng.random_bool(share));
        if operations.is_empty() {
            operations.push(callable[rng.random_range(0..callable.len())]);
        }
        let weights = operations.iter().map(|operation| {
            let weight = u64::from(self.weights[*operation]);
            weight.saturating_mul(1 << rng.random_range(0..4u32))
        });
        let weights = weights.collect();
        Swarm {
            operations,
            weights,
            reuse: reuse(rng),
        }
    }
}

/// How many arguments follow earlier values.
pub(super) fn reuse(rng: &mut TestRng) -> f64 {
    [0.0, 0.5, 0.9][rng.random_range(0..3usize)]
}
