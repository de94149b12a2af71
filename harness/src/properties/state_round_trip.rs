//! `state-round-trip`: a state value of the user's own, loaded into the old version, saved, loaded into the next version
//! and saved again, decodes to the value that the migration promises. The only property that needs code: a strategy, an
//! encoder, a decoder and the expected mapping.

use std::fmt::{Debug, Display};

use proptest::test_runner::TestCaseError;

use crate::case::Case;
use crate::judging::trial::{Loaded, Trial};
use crate::judging::verdict::Blame;
use crate::versions::pair::{Pair, Side};
use crate::worker::observation::Failure;
use crate::worker::snapshot::Snapshot;

/// Its name.
pub const ID: &str = "state-round-trip";
/// What must hold.
pub const STATEMENT: &str = "a generated state value, loaded into the old version, saved, loaded into the next version \
    and saved again, decodes to the value that the migration promises";
/// How it is exercised.
pub const EXERCISED: &str =
    "a test of yours gives a `Strategy`, an encoder, a decoder and the expected mapping";

/// Hands one state over and compares what arrives with what the migration promises. For the body of a `proptest!`.
///
/// `encode` writes the state as the old version's save does, `decode` reads what the next version's save writes,
/// `expected` is the migration.
///
/// # Errors
/// What went wrong, at which step, and which half is to blame; a `TestCaseError`, so that proptest shrinks the state.
pub fn state_round_trip<S, T, E>(
    pair: &Pair,
    state: &S,
    encode: impl FnOnce(&S) -> Vec<u8>,
    decode: impl FnOnce(&[u8]) -> Result<T, E>,
    expected: impl FnOnce(&S) -> T,
) -> Result<(), TestCaseError>
where
    T: PartialEq + Debug,
    E: Display,
{
    let written = Snapshot::from(encode(state));
    let handed = pair.threads.install(|| hand_over(pair, &written));
    let handed = handed.map_err(|message| fail(&message))?;
    let observed = decode(&handed.last.bytes).map_err(|error| {
        fail(&format!(
            "the next version's snapshot does not decode: {error} ({})",
            handed.last
        ))
    })?;
    let expected = expected(state);
    if observed == expected {
        return Ok(());
    }
    let blame = handed.blame;
    Err(fail(&format!(
        "the state that arrives is not the one that the migration promises\n  expected {expected:?}\n  observed {observed:?}\n  blame    {blame}"
    )))
}

fn fail(message: &str) -> TestCaseError {
    TestCaseError::fail(format!("{ID}: {message}"))
}

struct HandedOver {
    last: Snapshot,
    blame: Blame,
}

/// Old load, old save, new load, new save.
fn hand_over(pair: &Pair, written: &Snapshot) -> Result<HandedOver, String> {
    let case = Case {
        seed: 0,
        input: Some(written.clone()),
        steps: Vec::new(),
    };
    let trial = Trial::new(pair, &case);
    let first = through(&trial, Side::Old, written)?;
    let last = through(&trial, Side::New, &first)?;
    let blame = if first.bytes != written.bytes {
        Blame::Save
    } else if through(&trial, Side::New, &last)?.bytes != last.bytes {
        Blame::Load
    } else {
        Blame::Mapping
    };
    Ok(HandedOver { last, blame })
}

fn through(trial: &Trial<'_>, side: Side, snapshot: &Snapshot) -> Result<Snapshot, String> {
    let version = match side {
        Side::Old => "old",
        Side::Between(_) | Side::New => "next",
    };
    let failed =
        |what: &str, failure: Failure| format!("the {version} version's {what} fails: {failure}");
    let mut worker = match trial.load(side, snapshot, trial.seed) {
        Ok(Loaded::Accepted(worker)) => worker,
        Ok(Loaded::Refused(message)) => {
            return Err(format!(
                "the {version} version's load refuses {snapshot}: {message:?}"
            ));
        }
        Err(failure) => return Err(failed("load", failure)),
    };
    let Some(save) = worker.component().save() else {
        return Err(format!("the {version} version does not export save"));
    };
    worker
        .save(save, 0)
        .map_err(|failure| failed("save", failure))
}
