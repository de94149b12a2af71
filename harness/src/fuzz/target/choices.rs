//! A fuzzer's bytes as the choices of a proptest strategy, so that one generator serves both engines.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

/// The value that the strategy makes if these bytes are its random numbers, in order; after the last there are only zeros.
///
/// # Errors
/// A rejection: with these numbers, the strategy makes none.
pub(super) fn drawn<S: Strategy>(strategy: &S, choices: &[u8]) -> Result<S::Value, TestCaseError> {
    let rng = TestRng::from_seed(RngAlgorithm::PassThrough, choices);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    match strategy.new_tree(&mut runner) {
        Ok(tree) => Ok(tree.current()),
        Err(reason) => Err(TestCaseError::Reject(reason)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn recorded_choices_make_the_same_value_again() -> Result<(), TestCaseError> {
        let strategy = proptest::collection::vec(any::<(u64, String)>(), 0..9);
        for seed in 0..32 {
            let rng = TestRng::from_seed(RngAlgorithm::Recorder, &[seed; 32]);
            let mut runner = TestRunner::new_with_rng(Config::default(), rng);
            let value = strategy.new_tree(&mut runner).map(|tree| tree.current());
            assert_eq!(Ok(drawn(&strategy, &runner.bytes_used())?), value);
        }
        Ok(())
    }

    #[test]
    fn no_choices_make_a_value_too() -> Result<(), TestCaseError> {
        let value = drawn(&any::<(u64, Option<String>)>(), &[])?;
        assert_eq!(value, (0, None));
        Ok(())
    }
}
