//! Properties for the body of a `proptest!`: each is one call with a `?`, and proptest shrinks what fails.

use proptest::test_runner::TestCaseError;

use crate::case::Case;
use crate::judging::verdict::{Outcome, ReportedFailure};
use crate::properties::{self, Property};
use crate::report::console;
use crate::versions::hop::Hop;

pub use crate::properties::state_round_trip::state_round_trip;

/// `upgrade-equivalence`: after the update, the case's worker cannot be told from its twin.
///
/// # Errors
/// See [`property`].
pub fn upgrade_equivalence<'a>(hop: impl Into<Hop<'a>>, case: &Case) -> Result<(), TestCaseError> {
    property(&properties::UPGRADE_EQUIVALENCE, hop, case)
}

/// Any property of [`properties::ALL`].
///
/// # Errors
/// What failed, with the history and the blame; or, as a rejection, why the case says nothing.
pub fn property<'a>(
    property: &Property,
    hop: impl Into<Hop<'a>>,
    case: &Case,
) -> Result<(), TestCaseError> {
    let hop = hop.into();
    match property.judge(hop, case) {
        Outcome::Pass => Ok(()),
        Outcome::Discard(reason) => Err(TestCaseError::reject(reason)),
        Outcome::Fail(finding) => {
            let blame = property.blame(hop, &finding);
            let failure = ReportedFailure {
                finding: *finding,
                blame,
                file: None,
            };
            Err(TestCaseError::fail(console::failure(
                hop,
                property.id,
                &failure,
            )))
        }
    }
}
