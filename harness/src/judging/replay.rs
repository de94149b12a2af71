//! A history on record is replayed: the same calls, answered by the host as they were, must go as they went. On Golem this is an
//! automatic update, where another version replays the whole history; and a recovery, where an instance that has loaded a
//! snapshot replays what came after it.

use std::sync::Arc;

use crate::case::{Call, Case};
use crate::host::Departure;
use crate::judging::Judging;
use crate::judging::cause::{Cause, Way};
use crate::judging::divergence::{Divergence, compare, without_indices};
use crate::judging::verdict::{Finding, Weight};
use crate::versions::chain::VersionId;
use crate::worker::observation::{Failure, Observation};
use crate::worker::{Recorded, Worker};

/// Where a replay does not go as its record says.
pub(crate) struct Departs {
    /// Number of the call; none where an agent cannot be made.
    pub(crate) at: Option<usize>,
    how: How,
}

enum How {
    HostCall(Departure),
    Result {
        expected: Observation,
        observed: Observation,
        /// Where in the result, without the indices of lists.
        place: String,
    },
    Fails(Failure),
    Missing,
}

/// Calls on record, and what they observed.
#[derive(Clone, Copy)]
pub(crate) struct Lived<'a> {
    pub(crate) calls: &'a [Call],
    pub(crate) observations: &'a [Observation],
    /// Number of the first call.
    pub(crate) first: usize,
    /// The version that made them.
    pub(crate) version: VersionId,
    pub(crate) record: &'a Recorded,
}

/// Starts a worker of this version whose operations are on record from the first on; an agent is made.
pub(crate) fn on_record(judging: &Judging<'_>, version: VersionId) -> Result<Worker, Failure> {
    let mut worker = judging.unfounded(version, judging.seed)?;
    worker.record_answers();
    judging.found(&mut worker, version)?;
    Ok(worker)
}

/// A worker of this version that has replayed a whole history, and is live again.
pub(crate) fn from_the_start(
    judging: &Judging<'_>,
    version: VersionId,
    lived: Lived<'_>,
) -> Result<Worker, Box<Departs>> {
    let departs = |how| Box::new(Departs { at: None, how });
    let fails = |failure| departs(How::Fails(failure));
    let mut worker = judging.unfounded(version, judging.seed).map_err(fails)?;
    worker.replay(lived.record);
    let founded = judging.found(&mut worker, version);
    if let Some(departure) = worker.departure() {
        return Err(departs(How::HostCall(departure)));
    }
    founded.map_err(fails)?;
    go_on(judging, &mut worker, version, lived)?;
    Ok(worker)
}

/// Replays calls on a worker that has loaded a snapshot.
pub(crate) fn after_load(
    judging: &Judging<'_>,
    worker: &mut Worker,
    version: VersionId,
    lived: Lived<'_>,
) -> Result<(), Box<Departs>> {
    worker.replay(lived.record);
    go_on(judging, worker, version, lived)
}

fn go_on(
    judging: &Judging<'_>,
    worker: &mut Worker,
    version: VersionId,
    lived: Lived<'_>,
) -> Result<(), Box<Departs>> {
    for (at, (call, expected)) in (lived.first..).zip(lived.calls.iter().zip(lived.observations)) {
        let departs = |how| Err(Box::new(Departs { at: Some(at), how }));
        let [function, recorded] =
            [version, lived.version].map(|it| judging.hop.function(call.operation, it));
        if !function.is_found_as(recorded) {
            return departs(How::Missing);
        }
        let observed = judging.invoke(worker, version, call, at);
        if let Some(departure) = worker.departure() {
            return departs(How::HostCall(departure));
        }
        if let Some(failure) = observed.failure() {
            return departs(How::Fails(failure.clone()));
        }
        if let Some(parts) = compare(expected, &observed) {
            let place = parts.first().map(|it| without_indices(&it.path));
            return departs(How::Result {
                expected: expected.clone(),
                observed,
                place: place.unwrap_or_default(),
            });
        }
    }
    for function in worker.end_replay(lived.record) {
        judging.note(format!(
            "the replay makes no call of {function} where the record has one; Golem 1.6 passes over it with a warning"
        ));
    }
    Ok(())
}

/// What is wrong where a call after a replay observes something else, as if the call were on record.
pub(crate) fn cause_of(judging: &Judging<'_>, call: &Call, divergence: &Divergence) -> Cause {
    Cause::Departs {
        operation: judging.hop.name(call.operation).to_owned(),
        way: match divergence.observed.failure() {
            Some(failure) => Way::Failure {
                failure: failure.signature(),
            },
            None => Way::Result {
                place: divergence.place(),
            },
        },
    }
}

impl Departs {
    /// Whether nobody can say how the replay would have gone on the real platform.
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(&self.how, How::Fails(failure) if failure.is_unsupported())
    }

    /// A finding about it: `what` departs.
    pub(crate) fn finding(
        &self,
        judging: &Judging<'_>,
        what: &str,
        calls: &[Call],
        case: Case,
    ) -> Finding {
        let hop = judging.hop;
        let call = self.at.and_then(|at| calls.get(at));
        let (operation, place) = match (self.at, call) {
            (Some(at), Some(call)) => (
                hop.name(call.operation).to_owned(),
                format!(
                    "at operation {} of {}, {}",
                    at + 1,
                    calls.len(),
                    hop.call(call)
                ),
            ),
            _ => (
                "start".to_owned(),
                match hop.founding_text(&case) {
                    Some(text) => format!("at the start, {text}"),
                    None => "at the start".to_owned(),
                },
            ),
        };
        let way = match &self.how {
            How::HostCall(departure) => Way::HostCall(departure.clone()),
            How::Result { place, .. } => Way::Result {
                place: place.clone(),
            },
            How::Fails(failure) => Way::Failure {
                failure: failure.signature(),
            },
            How::Missing => Way::Missing,
        };
        let (expected, observed) = self.sides();
        let failure = match &self.how {
            How::Fails(failure) => Some(failure),
            _ => None,
        };
        // A hash map that is made after a recovery draws its seed again. Golem has that on record, but it is no state.
        let weight = match self.is_about_hashes() {
            true => Weight::Advice,
            false => Weight::Failure,
        };
        Finding {
            expected,
            observed,
            operation: self.at,
            weight,
            ..Finding::new(
                Cause::Departs { operation, way },
                format!("{what} diverges {place}: {}", self.sentence()),
                case,
            )
        }
        .showing(failure)
    }

    fn is_about_hashes(&self) -> bool {
        let How::HostCall(departure) = &self.how else {
            return false;
        };
        let mut functions = [&departure.recorded, &departure.made].into_iter().flatten();
        functions.any(|it| it.starts_with("wasi:random/insecure-seed."))
    }

    fn sentence(&self) -> String {
        match &self.how {
            How::HostCall(Departure { recorded, made }) => match (recorded, made) {
                (Some(recorded), Some(made)) => {
                    format!("{recorded} was called, and now {made} is")
                }
                (None, Some(made)) => format!("no more host calls were made, and now {made} is"),
                (Some(recorded), None) => {
                    format!("{recorded} was called, and now no host function is")
                }
                (None, None) => "another host call is made".to_owned(),
            },
            How::Result { place, .. } if !place.is_empty() => format!("another result in {place}"),
            How::Result { .. } => "another result".to_owned(),
            How::Fails(failure) => format!("it fails: {failure}"),
            How::Missing => "the new version has no function of this name".to_owned(),
        }
    }

    fn sides(&self) -> (Option<String>, Option<String>) {
        match &self.how {
            How::HostCall(Departure { recorded, made }) => {
                let call = |it: &Option<Arc<str>>| match it {
                    Some(function) => function.to_string(),
                    None => "returns".to_owned(),
                };
                (Some(call(recorded)), Some(call(made)))
            }
            How::Result {
                expected, observed, ..
            } => (Some(expected.to_string()), Some(observed.to_string())),
            How::Fails(_) | How::Missing => (None, None),
        }
    }
}
