//! What came out of a check as rows, which every format writes in its own way. All text in them is harmless on a terminal.

use serde::Serialize;

use handover::judging::verdict::{Blame, PropertyReport, Report, ReportedFailure, Status};
use handover::report::console;
use handover::report::foreign::{foreign, foreign_lines};
use handover::{Chain, Checked};

/// The row about how much of the state would be noticed.
const SENSITIVITY: &str = "sensitivity";

/// A property, or what else decides about the verdict.
#[derive(Serialize)]
pub struct Row {
    /// Its name, which is the same in every check.
    pub id: &'static str,
    /// The agent type that it was checked on; none of ordinary components.
    pub agent: Option<String>,
    /// The name, and the hop of a chain.
    pub name: String,
    pub status: Status,
    pub cases: usize,
    pub discarded: usize,
    /// Why it was not exercised, or what else there is to say; may be empty.
    pub reason: String,
    pub failures: Vec<Told>,
}

/// A failure.
#[derive(Serialize)]
pub struct Told {
    /// What is wrong, in one line.
    pub message: String,
    /// What is below the first line of the failure on a terminal: blame, history, what was expected, how to replay it.
    pub details: String,
    /// The same for two failures that show the same fault.
    pub signature: String,
    /// The path of the component whose half is to blame.
    pub component: String,
}

impl Row {
    /// The name, and the agent type where there is one.
    pub fn full_name(&self) -> String {
        match &self.agent {
            Some(agent) => format!("{agent}: {}", self.name),
            None => self.name.clone(),
        }
    }
}

/// The rows, in the order of the table.
pub fn rows(checked: &Checked) -> Vec<Row> {
    let reports = checked.reports();
    reports
        .flat_map(|(chain, report)| rows_of(chain, report))
        .collect()
}

/// The rows of one report.
pub fn rows_of(chain: &Chain, report: &Report) -> Vec<Row> {
    let properties = report.properties.iter();
    properties
        .map(|property| of_property(chain, report, property))
        .chain(of_sensitivity(chain, report))
        .collect()
}

fn of_property(chain: &Chain, report: &Report, property: &PropertyReport) -> Row {
    let name = match property.hop {
        Some(hop) => format!("{} {hop}", property.id),
        None => property.id.to_owned(),
    };
    let failures = property.failures.iter();
    Row {
        id: property.id,
        agent: report.agent.as_deref().map(foreign),
        name,
        status: property.status,
        cases: property.cases,
        discarded: property.discards(),
        reason: foreign(&property.reason),
        failures: failures.map(|it| of_failure(chain, property, it)).collect(),
    }
}

fn of_failure(chain: &Chain, property: &PropertyReport, failure: &ReportedFailure) -> Told {
    let finding = &failure.finding;
    let judged = chain.hop(property.hop).unwrap_or(chain.whole());
    let lost = chain.hop(finding.hop).unwrap_or(judged);
    let component = match failure.blame {
        Blame::Save => lost.old(),
        Blame::Load | Blame::Mapping | Blame::Behaviour => lost.next(),
    };
    let text = console::failure(judged, property.id, failure);
    let details = text.split_once('\n').map_or("", |(_, details)| details);
    Told {
        message: foreign(&finding.message),
        details: foreign_lines(details),
        signature: foreign(&finding.signature()),
        component: component.label().to_owned(),
    }
}

/// A check that wants so much of the state to be noticed fails without any property that fails.
fn of_sensitivity(chain: &Chain, report: &Report) -> Option<Row> {
    let wanted = report.wanted_sensitivity?;
    let (status, reason) = match &report.sensitivity {
        Some(it) => (
            match report.is_blind() {
                true => Status::Fail,
                false => Status::Pass,
            },
            format!(
                "{} of {} {} would be noticed if they were lost, and {wanted} of a hundred are wanted",
                it.noticed, it.of, it.unit
            ),
        ),
        None => (Status::NotExercised, "it was not measured".to_owned()),
    };
    let unnoticed = report.sensitivity.iter().flat_map(|it| &it.unnoticed);
    let unnoticed = unnoticed
        .map(|it| foreign(&format!("  not {}: {} → {}", it.place, it.was, it.became)) + "\n");
    let failure = || Told {
        message: reason.clone(),
        details: unnoticed.collect(),
        signature: SENSITIVITY.to_owned(),
        component: chain.last().label().to_owned(),
    };
    let failures = match status {
        Status::Fail => vec![failure()],
        _ => Vec::new(),
    };
    Some(Row {
        id: SENSITIVITY,
        agent: report.agent.as_deref().map(foreign),
        name: SENSITIVITY.to_owned(),
        status,
        cases: report.sensitivity.as_ref().map_or(0, |it| it.of),
        discarded: 0,
        reason,
        failures,
    })
}
