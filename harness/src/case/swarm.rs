//! Swarms: the few operations that a history draws from, each with a weight of its own.

use proptest::prelude::*;
use proptest::test_runner::TestRng;

use super::generate::Generator;

/// The operations that one part of a history draws from, with their weights summed up.
pub(super) struct Swarm {
    operations: Vec<usize>,
    cumulated: Vec<u32>,
    pub(super) reuse: f64,
}

impl Swarm {
    pub(super) fn draw(&self, rng: &mut TestRng) -> usize {
        let sum = self.cumulated.last().copied().unwrap_or(1);
        let drawn = rng.random_range(0..sum.max(1));
        let index = self.cumulated.partition_point(|bound| *bound <= drawn);
        self.operations[index.min(self.operations.len() - 1)]
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
        let mut sum = 0u32;
        let cumulated = operations
            .iter()
            .map(|operation| {
                let weight =
                    self.weights[*operation].saturating_mul(1 << rng.random_range(0..4u32));
                sum = sum.saturating_add(weight);
                sum
            })
            .collect();
        Swarm {
            operations,
            cumulated,
            reuse: reuse(rng),
        }
    }
}

/// How many arguments follow earlier values.
pub(super) fn reuse(rng: &mut TestRng) -> f64 {
    [0.0, 0.5, 0.9][rng.random_range(0..3usize)]
}
