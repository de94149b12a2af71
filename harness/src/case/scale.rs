//! What the values of one history have in common. The numbers of a parameter are of one magnitude: where one account gets a hundred and
//! another a hundred million, hardly any transfer between them is taken. And in some histories all texts are of a few words.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Reason, TestRng, TestRunner};

use super::generate::{CaseKind, Generator};
use super::step::Arguments;
use crate::value::WitType;
use crate::value::landmarks::Landmarks;
use crate::value::magnitude::Magnitude;
use crate::value::simpler::Simpler;
use crate::value::vocabulary::Vocabulary;

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
        // What grows is to be doubled a few times.
        let none = Landmarks::default();
        let landmarks = match self.kind {
            CaseKind::Growth => &none,
            _ => self.hop.chain().landmarks(),
        };
        let of = |count: usize, rng: &mut TestRng| {
            let drawn = (0..count).map(|_| Magnitude::draw(landmarks, rng));
            drawn.collect()
        };
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
        let parameters = self.hop.operation(operation).parameters().iter();
        let types: Vec<WitType> = parameters.map(|(_, ty)| ty.clone()).collect();
        let mut arguments = arguments.current();
        // Who calls comes last, and is no argument of the user's.
        let users = arguments.iter_mut().zip(&types).zip(magnitudes);
        for ((argument, ty), magnitude) in users {
            magnitude.apply(argument, ty);
            if let Some(vocabulary) = &scales.vocabulary {
                vocabulary.apply(argument, ty);
            }
        }
        Ok(Box::new(Simpler::new(arguments, types)))
    }
}
