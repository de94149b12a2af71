//! Numbers of one magnitude for each parameter of a history: where one account gets a hundred and another a hundred million, hardly any
//! transfer between them is taken.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Reason, TestRng, TestRunner};

use super::generate::Generator;
use super::step::Arguments;
use crate::value::magnitude::Magnitude;
use crate::value::{Val, WitType};

/// The magnitude of each parameter, operation by operation.
pub(super) struct Scales(Vec<Vec<Magnitude>>);

impl Generator<'_> {
    /// Draws the magnitudes of one history.
    pub(super) fn scales(&self, rng: &mut TestRng) -> Scales {
        let operations = self.hop.chain().operations().iter();
        let of =
            |count: usize, rng: &mut TestRng| (0..count).map(|_| Magnitude::draw(rng)).collect();
        Scales(
            operations
                .map(|it| of(it.user_parameters().len(), rng))
                .collect(),
        )
    }

    /// Draws arguments of an operation, whose numbers are of the magnitudes of the history.
    pub(super) fn arguments(
        &self,
        operation: usize,
        scales: &Scales,
        runner: &mut TestRunner,
    ) -> Result<Arguments, Reason> {
        let arguments = self.hop.operation(operation).arguments().new_tree(runner)?;
        let magnitudes = &scales.0[operation];
        if magnitudes.iter().all(|it| *it == Magnitude::AsDrawn) {
            return Ok(Box::new(arguments));
        }
        let parameters = self.hop.operation(operation).user_parameters().iter();
        let scales = magnitudes.iter().zip(parameters);
        Ok(Box::new(Scaled {
            arguments: Box::new(arguments),
            scales: scales.map(|(it, (_, ty))| (*it, ty.clone())).collect(),
        }))
    }
}

/// Arguments that are made simpler like those that they are drawn from.
struct Scaled {
    arguments: Arguments,
    scales: Vec<(Magnitude, WitType)>,
}

impl ValueTree for Scaled {
    type Value = Vec<Val>;

    fn current(&self) -> Vec<Val> {
        let mut arguments = self.arguments.current();
        for (argument, (magnitude, ty)) in arguments.iter_mut().zip(&self.scales) {
            magnitude.apply(argument, ty);
        }
        arguments
    }

    fn simplify(&mut self) -> bool {
        self.arguments.simplify()
    }

    fn complicate(&mut self) -> bool {
        self.arguments.complicate()
    }
}
