//! Properties for the body of a `proptest!`: each is one call with a `?`, and proptest shrinks what fails.

use proptest::test_runner::TestCaseError;

use crate::case::Case;
use crate::judging::verdict::{Outcome, ReportedFailure};
use crate::properties::{self, Property};
use crate::report::console;
use crate::versions::pair::Pair;

pub use crate::properties::state_round_trip::state_round_trip;

/// `upgrade-equivalence`: after the update, the case's worker cannot be told from its twin.
///
/// # Errors
/// See [`property`].
pub fn upgrade_equivalence(pair: &Pair, case: &Case) -> Result<(), TestCaseError> {
    property(&properties::UPGRADE_EQUIVALENCE, pair, case)
}

/// Any property of [`properties::ALL`].
///
/// # Errors
/// What failed, with the history and the blame; or, as a rejection, why the case says nothing.
pub fn property(property: &Property, pair: &Pair, case: &Case) -> Result<(), TestCaseError> {
    match property.judge(pair, case) {
        Outcome::Pass => Ok(()),
        Outcome::Discard(reason) => Err(TestCaseError::reject(reason)),
        Outcome::Fail(finding) => {
            let blame = property.blame(pair, &finding);
            let failure = ReportedFailure {
                finding: *finding,
                blame,
                file: None,
            };
            Err(TestCaseError::fail(console::failure(
                pair,
                property.id,
                &failure,
            )))
        }
    }
}
