//! Runs a saved failure again, and explains it step by step.

use crate::case::text::line;
use crate::case::{Case, Step};
use crate::judging::timeline::{End, Happened, Timeline};
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::judging::{Judging, Workers};
use crate::properties::{self, Property};
use crate::versions::chain::VersionId;
use crate::versions::hop::Hop;
use crate::worker::Worker;
use crate::worker::snapshot::Snapshot;
use crate::worker::update::Update;

/// What a replay shows.
#[derive(Debug, Clone)]
pub struct Replay {
    /// What the property says now; the blame where it fails.
    pub outcome: Result<Option<(Finding, Blame)>, &'static str>,
    /// The history, step by step.
    pub steps: Vec<ReplayedStep>,
}

/// One step of a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayedStep {
    /// What is done: an operation as a WAVE call, an event, a load.
    pub action: String,
    /// What the worker that is updated observes.
    pub worker: String,
    /// What its twin observes, which never is; none where it has no part in the step.
    pub twin: Option<String>,
    /// What was handed over, where the step is an update that succeeded.
    pub handed: Option<Handed>,
}

/// What an update handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// What the old version saved, and the new version loaded.
    pub saved: Snapshot,
    /// What the new version saves at once after it loaded that; none where it has no save, or does not load it twice.
    pub saved_again: Option<Snapshot>,
}

impl ReplayedStep {
    fn new(action: String, worker: String, twin: Option<String>) -> Self {
        Self {
            action,
            worker,
            twin,
            handed: None,
        }
    }
}

/// Judges the case by the property, and tells the lives of the worker and its twin.
pub fn replay<'a>(hop: impl Into<Hop<'a>>, property: &Property, case: &Case) -> Replay {
    let hop = hop.into();
    let outcome = match property.judge_anew(hop, case) {
        Outcome::Pass => Ok(None),
        Outcome::Discard(reason) => Err(reason),
        Outcome::Fail(finding) => {
            let blame = property.blame(hop, &finding);
            Ok(Some((*finding, blame)))
        }
    };
    let steps = hop.chain().on_its_threads(|| match &case.input {
        _ if !hop.fits(case) => Vec::new(),
        Some(input) => after_load(hop, case, input),
        None => {
            match properties::recorded_in(property, &Judging::of(hop, case, Workers::New), case) {
                Some(version) => on_record(hop, case, version),
                None => with_twin(hop, case),
            }
        }
    });
    Replay { outcome, steps }
}

fn after_load(hop: Hop<'_>, case: &Case, input: &Snapshot) -> Vec<ReplayedStep> {
    let judging = Judging::of(hop, case, Workers::New);
    let action = format!("load({input})");
    let mut steps = Vec::new();
    let mut say = |action: String, worker: String| {
        steps.push(ReplayedStep::new(action, worker, None));
    };
    let Some(load) = hop.next().load() else {
        return steps;
    };
    let mut worker = match judging.start(judging.next(), judging.seed) {
        Ok(worker) => worker,
        Err(failure) => {
            say("start".to_owned(), failure.to_string());
            return steps;
        }
    };
    match worker.load(load, input, 0, 0) {
        Ok(Ok(())) => say(action, "ok".to_owned()),
        Ok(Err(message)) => {
            say(action, format!("err({message:?})"));
            return steps;
        }
        Err(failure) => {
            let backtrace = failure
                .backtrace
                .iter()
                .map(|frame| format!("\n    in {frame}"));
            say(
                action,
                format!("{failure}{}", backtrace.collect::<String>()),
            );
            return steps;
        }
    }
    let played = judging.play(&mut worker, judging.next(), case);
    for (call, observation) in played.calls.iter().zip(&played.observations) {
        let action = hop.call(call);
        say(action, observation.to_string());
    }
    steps
}

fn with_twin(hop: Hop<'_>, case: &Case) -> Vec<ReplayedStep> {
    let judging = Judging::of(hop, case, Workers::New);
    let mut steps = Vec::new();
    let (mut twin, mut life) = match (
        judging.start(judging.old(), judging.seed),
        Timeline::start(&judging),
    ) {
        (Ok(twin), Ok(life)) => (twin, life),
        (Err(failure), _) | (_, Err(failure)) => {
            let action = "start".to_owned();
            return vec![ReplayedStep::new(action, failure.to_string(), None)];
        }
    };
    let mut made = 0;
    let mut gone = false;
    for step in &case.steps {
        let action = line(hop, step);
        let Step::Operation(call) = step else {
            let event = (!gone).then(|| life.event(step, made));
            let handed = match &event {
                Some(Ok(Happened::Updated(snapshot))) => {
                    Some(handed(&judging, &life, snapshot, made))
                }
                _ => None,
            };
            let worker = event.map_or("–".to_owned(), |event| happened(event, &mut gone));
            steps.push(ReplayedStep {
                handed,
                ..ReplayedStep::new(action, worker, None)
            });
            continue;
        };
        let observed = (!gone).then(|| life.operation(made, call));
        let expected = judging.invoke(&mut twin, judging.old(), call, made);
        gone |= observed.as_ref().is_none_or(|it| it.failure().is_some());
        let observed = observed.map_or("–".to_owned(), |it| it.to_string());
        steps.push(ReplayedStep::new(
            action,
            observed,
            Some(expected.to_string()),
        ));
        made += 1;
    }
    steps
}

/// The snapshot that the worker has just loaded, and what becomes of it in another worker: its own is left as it is.
fn handed(judging: &Judging<'_>, life: &Timeline<'_>, snapshot: &Snapshot, made: usize) -> Handed {
    let again = judging.hand_over(life.version, &life.worker, snapshot.clone(), made, 1);
    let saved_again = match again {
        Update::Updated { mut worker, .. } => judging.save(&mut worker, made),
        _ => None,
    };
    Handed {
        saved: snapshot.clone(),
        saved_again,
    }
}

/// A history on record, as a worker of this version made it, and its replay in the new version: each operation with the host
/// functions that it calls.
fn on_record(hop: Hop<'_>, case: &Case, version: VersionId) -> Vec<ReplayedStep> {
    let judging = Judging::of(hop, case, Workers::New);
    let has_snapshot = case.steps.contains(&Step::Snapshot);
    let start = |version| judging.start(version, judging.seed);
    let mut steps = Vec::new();
    let mut say = |action: String, worker: String, twin: Option<String>| {
        steps.push(ReplayedStep::new(action, worker, twin));
    };
    let mut twin = match start(version) {
        Ok(twin) => twin,
        Err(failure) => {
            say(
                "start".to_owned(),
                "–".to_owned(),
                Some(failure.to_string()),
            );
            return steps;
        }
    };
    let mut worker = match has_snapshot {
        true => None,
        false => match start(judging.next()) {
            Ok(worker) => Some(worker),
            Err(failure) => {
                say("start".to_owned(), failure.to_string(), None);
                None
            }
        },
    };
    let mut made = 0;
    for step in &case.steps {
        let action = line(hop, step);
        match step {
            Step::Operation(call) => {
                let observe = |worker: &mut Worker, version| {
                    let observed = judging.invoke(worker, version, call, made);
                    let called = worker.recorded_calls(judging.number(made)).join(", ");
                    match called.as_str() {
                        "" => observed.to_string(),
                        called => format!("{observed}, after {called}"),
                    }
                };
                let expected = observe(&mut twin, version);
                match &mut worker {
                    Some(worker) => {
                        let observed = observe(worker, judging.next());
                        say(action, observed, Some(expected));
                    }
                    None => say(action, expected, None),
                }
                made += 1;
            }
            Step::Snapshot => {
                let snapshot = judging.save(&mut twin, made);
                let loaded =
                    snapshot.map(|it| judging.hand_over(judging.next(), &twin, it, made, 1));
                let sentence = match loaded {
                    Some(Update::Updated {
                        worker: fresh,
                        snapshot,
                    }) => {
                        worker = Some(fresh);
                        format!(
                            "a fresh instance loads {snapshot}; from here on, what it replays stands beside what was"
                        )
                    }
                    Some(_) => "load does not accept it".to_owned(),
                    None => "save fails".to_owned(),
                };
                say(action, sentence, None);
            }
            _ => say(
                action,
                "the record ends, and the host answers".to_owned(),
                None,
            ),
        }
    }
    steps
}

/// What an event did, as a sentence; the worker may be gone after it.
fn happened(event: Result<Happened, Box<End>>, gone: &mut bool) -> String {
    match event {
        Ok(Happened::Updated(snapshot)) => format!("updated with a snapshot of {snapshot}"),
        Ok(Happened::Saved) => "saved".to_owned(),
        Ok(Happened::Nothing) => "stays as it is".to_owned(),
        Ok(Happened::Recovered(replayed)) => {
            *gone = replayed
                .last()
                .is_some_and(|(_, it)| it.failure().is_some());
            let observed: String = replayed
                .iter()
                .map(|(number, it)| format!("\n             {}: {it}", number + 1))
                .collect();
            format!(
                "a fresh instance; operations replayed: {}{observed}",
                replayed.len()
            )
        }
        Err(end) => {
            *gone = true;
            end.message
        }
    }
}
