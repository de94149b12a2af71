//! What the values of one history have in common. The numbers of a parameter are of one magnitude: where one account gets a hundred and
//! another a hundred million, hardly any transfer between them is taken. And in some histories all texts are of a few words.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Reason, TestRng, TestRunner};

use super::generate::Generator;
use super::step::Arguments;
use crate::value::magnitude::Magnitude;
use crate::value::vocabulary::Vocabulary;
use crate::value::{Val, WitType};

/// What the values of a history have in common.
pub(super) struct Scales {
    /// The magnitude of each parameter, operation by operation.
    magnitudes: Vec<Vec<Magnitude>>,
    vocabulary: Option<Vocabulary>,
}

impl Generator<'_> {
    /// Draws what the values of one history have in common.
    pub(super) fn scales(&self, rng: &mut TestRng) -> Scales {
        let operations = self.hop.chain().operations().iter();
        let of =
            |count: usize, rng: &mut TestRng| (0..count).map(|_| Magnitude::draw(rng)).collect();
        Scales {
            magnitudes: operations
                .map(|it| of(it.user_parameters().len(), rng))
                .collect(),
            vocabulary: Vocabulary::draw(rng),
        }
    }

    /// Draws arguments of an operation, as all of the history.
    pub(super) fn arguments(
        &self,
        operation: usize,
        scales: &Scales,
        runner: &mut TestRunner,
    ) -> Result<Arguments, Reason> {
        let arguments = self.hop.operation(operation).arguments().new_tree(runner)?;
        let magnitudes = &scales.magnitudes[operation];
        let is_as_drawn = magnitudes.iter().all(|it| *it == Magnitude::AsDrawn);
        if is_as_drawn && scales.vocabulary.is_none() {
            return Ok(Box::new(arguments));
        }
        let parameters = self.hop.operation(operation).user_parameters().iter();
        let magnitudes = magnitudes.iter().zip(parameters);
        Ok(Box::new(Scaled {
            arguments: Box::new(arguments),
            magnitudes: magnitudes.map(|(it, (_, ty))| (*it, ty.clone())).collect(),
            vocabulary: scales.vocabulary.clone(),
        }))
    }
}

/// Arguments that are made simpler like those that they are drawn from.
struct Scaled {
    arguments: Arguments,
    magnitudes: Vec<(Magnitude, WitType)>,
    vocabulary: Option<Vocabulary>,
}

impl ValueTree for Scaled {
    type Value = Vec<Val>;

    fn current(&self) -> Vec<Val> {
        let mut arguments = self.arguments.current();
        for (argument, (magnitude, ty)) in arguments.iter_mut().zip(&self.magnitudes) {
            magnitude.apply(argument, ty);
            if let Some(vocabulary) = &self.vocabulary {
                vocabulary.apply(argument, ty);
            }
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
