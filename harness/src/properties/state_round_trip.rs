//! `state-round-trip`: a state value of the user's own, loaded into the old version, saved, loaded into the next version
//! and saved again, decodes to the value that the migration promises. The only property that needs code: a strategy, an
//! encoder, a decoder and the expected mapping.

use std::fmt::{Debug, Display};

use proptest::test_runner::TestCaseError;

use crate::judging::verdict::Blame;
use crate::judging::{Judging, Loaded, Workers};
use crate::versions::chain::VersionId;
use crate::versions::hop::Hop;
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
pub fn state_round_trip<'a, S, T, E>(
    hop: impl Into<Hop<'a>>,
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
    let hop = hop.into();
    let handed = hop.chain().on_its_threads(|| {
        let with = |workers| hand_over(&Judging::new(hop, SEED, workers), &written);
        // What is found with workers that are used again, new ones confirm.
        with(Workers::Reused).or_else(|_| with(Workers::New))
    });
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
    let blame = hop.chain().on_its_threads(|| {
        let judging = Judging::new(hop, SEED, Workers::New);
        whose_fault(&judging, &written, &handed)
    });
    Err(fail(&format!(
        "the state that arrives is not the one that the migration promises\n  expected {expected:?}\n  observed {observed:?}\n  blame    {blame}"
    )))
}

/// Seed of the world that the workers live in.
const SEED: u64 = 0;

fn fail(message: &str) -> TestCaseError {
    TestCaseError::fail(format!("{ID}: {message}"))
}

/// What both versions saved.
struct HandedOver {
    first: Snapshot,
    last: Snapshot,
}

/// Old load, old save, new load, new save.
fn hand_over(judging: &Judging<'_>, written: &Snapshot) -> Result<HandedOver, String> {
    let first = through(judging, judging.old(), written)?;
    let last = through(judging, judging.next(), &first)?;
    Ok(HandedOver { first, last })
}

/// Only what the next version saved was wrong. What it makes of that itself is asked for nothing else: a load that reads the
/// old version's snapshots alone is no failure of this property.
fn whose_fault(judging: &Judging<'_>, written: &Snapshot, handed: &HandedOver) -> Blame {
    if handed.first.bytes != written.bytes {
        return Blame::Save;
    }
    match through(judging, judging.next(), &handed.last) {
        Ok(again) if again.bytes == handed.last.bytes => {
            match arrives_like_a_fresh_one(judging, written, &handed.last) {
                true => Blame::Load,
                false => Blame::Mapping,
            }
        }
        _ => Blame::Load,
    }
}

/// Whether the next version has lost what tells the state from that of a worker that did nothing.
fn arrives_like_a_fresh_one(judging: &Judging<'_>, written: &Snapshot, last: &Snapshot) -> bool {
    let Ok(mut worker) = judging.start(judging.old(), judging.seed) else {
        return false;
    };
    judging.save(&mut worker, 0).is_some_and(|fresh| {
        let arrived = || through(judging, judging.next(), &fresh);
        fresh.bytes != written.bytes && arrived().is_ok_and(|it| it.bytes == last.bytes)
    })
}

fn through(
    judging: &Judging<'_>,
    version: VersionId,
    snapshot: &Snapshot,
) -> Result<Snapshot, String> {
    let which = match version == judging.old() {
        true => "old",
        false => "next",
    };
    let failed =
        |what: &str, failure: Failure| format!("the {which} version's {what} fails: {failure}");
    let mut worker = match judging.load(version, snapshot, judging.seed) {
        Ok(Loaded::Accepted(worker)) => worker,
        Ok(Loaded::Refused(message)) => {
            return Err(format!(
                "the {which} version's load refuses {snapshot}: {message:?}"
            ));
        }
        Err(failure) => return Err(failed("load", failure)),
    };
    let Some(save) = judging.hop.component(version).save() else {
        return Err(format!("the {which} version does not export save"));
    };
    worker
        .save(save, 0)
        .map_err(|failure| failed("save", failure))
}
