//! Histories as a proptest strategy, for tests that say more about them than the command can.

use std::fmt;
use std::ops::RangeInclusive;

use proptest::prelude::*;
use proptest::strategy::NewTree;
use proptest::test_runner::TestRunner;

use super::generate::{CaseKind, Generator};
use super::{Case, CaseTree};
use crate::value::Val;
use crate::versions::hop::Hop;

/// The default for the largest number of operations in a history.
pub const MAX_OPERATIONS: usize = 50;

/// The largest number of updates in a history.
pub const MAX_UPDATES: usize = 1_000;

/// Histories of a pair, as a proptest strategy: `histories(&pair).weight("checkout", 3).without("clear")`.
///
/// With a name that the pair does not have, no case is generated, and proptest says why.
#[derive(Clone)]
pub struct Histories<'a> {
    generator: Generator<'a>,
    /// What was wrong with a name or a number.
    wrong: Option<String>,
    arguments: Vec<(usize, SBoxedStrategy<Vec<Val>>)>,
}

/// Histories of `pair` with one update each.
pub fn histories<'a>(hop: impl Into<Hop<'a>>) -> Histories<'a> {
    Histories {
        generator: Generator::new(
            hop.into(),
            CaseKind::History { updates: 1..=1 },
            MAX_OPERATIONS,
        ),
        wrong: None,
        arguments: Vec::new(),
    }
}

impl Histories<'_> {
    /// Calls the operation `weight` times as often as one of weight 1; never with 0.
    pub fn weight(mut self, operation: &str, weight: u32) -> Self {
        if let Some(operation) = self.named(operation) {
            self.generator.weights[operation] = weight;
        }
        self
    }

    fn named(&mut self, operation: &str) -> Option<usize> {
        match self.generator.hop.operation_named(operation) {
            Ok(operation) => Some(operation),
            Err(error) => {
                self.wrong = Some(error.to_string());
                None
            }
        }
    }

    /// Never calls the operation.
    pub fn without(self, operation: &str) -> Self {
        self.weight(operation, 0)
    }

    /// Takes the arguments of the operation from a strategy of your own.
    pub fn arguments(
        mut self,
        operation: &str,
        arguments: impl Strategy<Value = Vec<Val>, Tree: 'static> + Send + Sync + 'static,
    ) -> Self {
        if let Some(operation) = self.named(operation) {
            self.arguments.push((operation, arguments.sboxed()));
        }
        self
    }

    /// The largest number of operations.
    pub fn operations(mut self, most: usize) -> Self {
        self.generator.most = most;
        self
    }

    /// How many updates a history has. With a range that is empty or goes beyond [`MAX_UPDATES`], no case is generated.
    pub fn updates(mut self, updates: RangeInclusive<usize>) -> Self {
        if updates.is_empty() || *updates.end() > MAX_UPDATES {
            self.wrong = Some(format!(
                "a history cannot have {} to {} updates: that must be a range of at most {MAX_UPDATES}",
                updates.start(),
                updates.end()
            ));
            return self;
        }
        self.generator.kind = CaseKind::History { updates };
        self
    }
}

impl fmt::Debug for Histories<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Histories")
            .field("weights", &self.generator.weights)
            .finish_non_exhaustive()
    }
}

impl Strategy for Histories<'_> {
    type Tree = CaseTree;
    type Value = Case;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        match &self.wrong {
            Some(wrong) => Err(wrong.clone().into()),
            None => self.generator.tree(runner, &self.arguments, &[]),
        }
    }
}
