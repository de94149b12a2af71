//! Runs a saved failure again, and explains it step by step.

use crate::case::text::line;
use crate::case::{Case, Step};
use crate::judging::timeline::{End, Happened, Life};
use crate::judging::trial::Trial;
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::properties::Property;
use crate::versions::pair::{Pair, Side};
use crate::worker::Worker;
use crate::worker::snapshot::Snapshot;

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
}

/// Judges the case by the property, and tells the lives of the worker and its twin.
pub fn replay(pair: &Pair, property: &Property, case: &Case) -> Replay {
    let outcome = match property.judge(pair, case) {
        Outcome::Pass => Ok(None),
        Outcome::Discard(reason) => Err(reason),
        Outcome::Fail(finding) => {
            let blame = property.blame(pair, &finding);
            Ok(Some((*finding, blame)))
        }
    };
    let steps = pair.threads.install(|| match &case.input {
        Some(input) => after_load(pair, case, input),
        None => with_twin(pair, case),
    });
    Replay { outcome, steps }
}

fn after_load(pair: &Pair, case: &Case, input: &Snapshot) -> Vec<ReplayedStep> {
    let trial = Trial::new(pair, case);
    let action = format!("load({input})");
    let mut steps = Vec::new();
    let mut say = |action: String, worker: String| {
        steps.push(ReplayedStep {
            action,
            worker,
            twin: None,
        });
    };
    let Some(load) = pair.new.load() else {
        return steps;
    };
    let mut worker = match Worker::start(&pair.new, trial.seed) {
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
    let played = trial.play(&mut worker, Side::New, case);
    for (call, observation) in played.calls.iter().zip(&played.observations) {
        let action = pair.operations[call.operation].call(&call.arguments);
        say(action, observation.to_string());
    }
    steps
}

fn with_twin(pair: &Pair, case: &Case) -> Vec<ReplayedStep> {
    let trial = Trial::new(pair, case);
    let mut steps = Vec::new();
    let (mut twin, mut life) = match (trial.start(Side::Old, trial.seed), Life::start(&trial)) {
        (Ok(twin), Ok(life)) => (twin, life),
        (Err(failure), _) | (_, Err(failure)) => {
            return vec![ReplayedStep {
                action: "start".to_owned(),
                worker: failure.to_string(),
                twin: None,
            }];
        }
    };
    let mut made = 0;
    let mut gone = false;
    for step in &case.steps {
        let action = line(pair, step);
        let Step::Operation(call) = step else {
            let worker = match gone {
                true => "–".to_owned(),
                false => happened(life.event(step, made), &mut gone),
            };
            steps.push(ReplayedStep {
                action,
                worker,
                twin: None,
            });
            continue;
        };
        let observed = (!gone).then(|| life.operation(made, call));
        let expected = trial.invoke(&mut twin, Side::Old, call, made);
        gone |= observed.as_ref().is_none_or(|it| it.failure().is_some());
        steps.push(ReplayedStep {
            action,
            worker: observed.map_or("–".to_owned(), |it| it.to_string()),
            twin: Some(expected.to_string()),
        });
        made += 1;
    }
    steps
}

/// What an event did, as a sentence; the worker may be gone after it.
fn happened(event: Result<Happened, End>, gone: &mut bool) -> String {
    match event {
        Ok(Happened::Updated(snapshot)) => format!("updated with a snapshot of {snapshot}"),
        Ok(Happened::Saved) => "saved; nobody loads it".to_owned(),
        Ok(Happened::Nothing) => "stays as it is, because it has no save".to_owned(),
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
