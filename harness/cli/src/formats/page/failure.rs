//! A failure as a timeline: the worker that is updated beside its twin, step by step.

use serde::Serialize;

use handover::case::text::shown;
use handover::judging::verdict::{Blame, PropertyReport, Report, ReportedFailure, Status};
use handover::properties::{self, Property};
use handover::report::foreign::shortened;
use handover::{Chain, Hop, HopId, ReplayedStep, replay};

use super::handed::{Contents, of_input, of_update};
use super::marked::{Marked, marked};
use super::plot::{Plot, plots};

#[derive(Serialize)]
pub struct Failure {
    /// Tells it from all others on the page.
    number: usize,
    property: &'static str,
    hop: Option<HopId>,
    status: Status,
    message: String,
    blame: Blame,
    /// The agent that the history is about, as its id.
    agent: Option<String>,
    sides: Option<Sides>,
    steps: Vec<Step>,
    /// Whether the twin has a part in a step.
    has_twin: bool,
    input: Option<Contents>,
    last_words: Vec<String>,
    backtrace: Vec<String>,
    plots: Vec<Plot>,
    replay: Option<String>,
    advice: Option<Advice>,
}

#[derive(Serialize)]
struct Sides {
    expected: Marked,
    observed: Marked,
}

#[derive(Serialize)]
struct Step {
    action: String,
    worker: Marked,
    twin: Option<Marked>,
    differs: bool,
    /// Whether it is the first that differs.
    is_first: bool,
    handed: Vec<Contents>,
}

#[derive(Serialize)]
struct Advice {
    statement: &'static str,
    causes: &'static [&'static str],
    remedy: &'static str,
}

/// The failures of a report, numbered from `number` on.
pub fn failures(chain: &Chain, report: &Report, number: &mut usize) -> Vec<Failure> {
    let rows = report.properties.iter();
    let failures = rows.flat_map(|row| row.failures.iter().map(move |it| (row, it)));
    let failures = failures.map(|(row, failure)| {
        *number += 1;
        of(chain, row, failure, *number)
    });
    failures.collect()
}

fn of(chain: &Chain, row: &PropertyReport, failure: &ReportedFailure, number: usize) -> Failure {
    let finding = &failure.finding;
    let judged = chain.hop(row.hop).unwrap_or(chain.whole());
    let property = properties::named(row.id);
    let mut steps = property.map_or(Vec::new(), |it| steps(judged, it, failure));
    if steps.is_empty() {
        steps = shown(judged, &finding.case)
            .into_iter()
            .map(untold)
            .collect();
    }
    let sides = finding.expected.as_deref().zip(finding.observed.as_deref());
    Failure {
        number,
        property: row.id,
        hop: row.hop.or(finding.hop),
        status: row.status,
        message: shortened(&finding.message).into_owned(),
        blame: failure.blame,
        agent: judged.agent_of(&finding.case),
        sides: sides.map(|(expected, observed)| {
            let (expected, observed) = marked(expected, observed);
            Sides { expected, observed }
        }),
        has_twin: steps.iter().any(|it| it.twin.is_some()),
        steps,
        input: finding.case.input.as_ref().map(of_input),
        last_words: finding.last_words.clone(),
        backtrace: finding.backtrace.clone(),
        plots: plots(&finding.points),
        replay: failure.file.clone(),
        advice: property.map(|it| Advice {
            statement: it.statement,
            causes: it.advice.causes,
            remedy: it.advice.remedy,
        }),
    }
}

/// A step of which nothing but its line in the history is known.
fn untold(action: String) -> Step {
    Step {
        action,
        worker: Marked::plain(""),
        twin: None,
        differs: false,
        is_first: false,
        handed: Vec::new(),
    }
}

fn steps(judged: Hop<'_>, property: &Property, failure: &ReportedFailure) -> Vec<Step> {
    let replayed = replay(judged, property, &failure.finding.case).steps;
    let differs = |it: &ReplayedStep| it.twin.as_ref().is_some_and(|twin| *twin != it.worker);
    let first = replayed.iter().position(differs);
    let steps = replayed.iter().enumerate().map(|(number, step)| {
        let (worker, twin) = match &step.twin {
            Some(twin) => {
                let (worker, twin) = marked(&step.worker, twin);
                (worker, Some(twin))
            }
            None => (Marked::plain(&step.worker), None),
        };
        Step {
            action: shortened(&step.action).into_owned(),
            worker,
            twin,
            differs: differs(step),
            is_first: first == Some(number),
            handed: step.handed.as_ref().map_or(Vec::new(), of_update),
        }
    });
    steps.collect()
}
