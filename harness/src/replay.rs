//! Runs a saved failure again, and explains it step by step.

use crate::case::{Case, Step};
use crate::observation::Observation;
use crate::pair::{Pair, Side};
use crate::properties::Property;
use crate::snapshot::Snapshot;
use crate::trial::Trial;
use crate::update::{self, Update};
use crate::verdict::{Blame, Finding, Outcome};
use crate::worker::Worker;

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
    /// What is done: an operation as a WAVE call, an update, a load.
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
    let (mut twin, mut worker) = match (
        trial.start(Side::Old, trial.seed),
        trial.start(Side::Old, trial.seed),
    ) {
        (Ok(twin), Ok(worker)) => (twin, worker),
        (Err(failure), _) | (_, Err(failure)) => {
            return vec![ReplayedStep {
                action: "start".to_owned(),
                worker: failure.to_string(),
                twin: None,
            }];
        }
    };
    let mut side = Side::Old;
    let mut made = 0;
    let mut gone = false;
    for step in &case.steps {
        match step {
            Step::Update => {
                let at = crate::trial::number(made);
                let shown = match update::manual(&mut worker, &pair.new, at) {
                    Update::Updated {
                        worker: updated,
                        snapshot,
                    } => {
                        worker = updated;
                        side = Side::New;
                        format!("updated with a snapshot of {snapshot}")
                    }
                    Update::Reverted(refusal) => {
                        gone = true;
                        format!("the update fails: {refusal}")
                    }
                    Update::Lost(failure) => {
                        gone = true;
                        format!("load: {failure}; the state is lost")
                    }
                    Update::Stuck(failure) => {
                        gone = true;
                        format!("the new version does not start: {failure}")
                    }
                };
                steps.push(ReplayedStep {
                    action: crate::case::text::UPDATE.to_owned(),
                    worker: shown,
                    twin: None,
                });
            }
            Step::Operation(call) => {
                let operation = &pair.operations[call.operation];
                let number = crate::trial::number(made);
                let observe = |worker: &mut Worker<'_>, side: Side| -> Observation {
                    worker.invoke(operation.function(side), &call.arguments, number)
                };
                let observed = (!gone).then(|| observe(&mut worker, side));
                let expected = observe(&mut twin, Side::Old);
                gone |= observed.as_ref().is_none_or(|it| it.failure().is_some());
                steps.push(ReplayedStep {
                    action: operation.call(&call.arguments),
                    worker: observed.map_or("–".to_owned(), |it| it.to_string()),
                    twin: Some(expected.to_string()),
                });
                made += 1;
            }
        }
    }
    steps
}
