//! The report as JSON, for `--json`. The names are stable.

use serde::Serialize;

use crate::case::text::history;
use crate::host::Pace;
use crate::judging::verdict::{
    Blame, Point, PropertyReport, Report, ReportedFailure, Sensitivity, Status, Updates,
};
use crate::report::failure_file::Input;
use crate::report::foreign::shortened;
use crate::versions::chain::Chain;
use crate::versions::hop::HopId;

/// The report.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct JsonReport {
    /// The version in production.
    pub old: JsonComponent,
    /// The next version; of a chain, the last.
    pub new: JsonComponent,
    /// Every version of a chain; missing of a pair.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<JsonComponent>,
    /// The agent type that it is about; missing of ordinary components, and where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The seed.
    pub seed: u64,
    /// The verdict of the whole check.
    pub verdict: Status,
    /// Which kinds of update the versions allow; of several agents, what all of them allow; missing unless both
    /// were judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updates: Option<Updates>,
    /// How much of the state would be noticed if it were lost; missing where it was not measured, and where there are several agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<Sensitivity>,
    /// One for each property.
    pub properties: Vec<JsonProperty>,
    /// What else there is to know.
    pub notes: Vec<String>,
}

/// A component.
#[derive(Debug, Serialize)]
pub struct JsonComponent {
    /// The path that it was opened from.
    pub path: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
}

/// A property.
#[derive(Debug, Serialize)]
pub struct JsonProperty {
    /// Its name.
    pub id: &'static str,
    /// The agent type that it was checked on; missing of ordinary components.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The hop of a chain that it was checked on; missing where it was the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hop: Option<HopId>,
    /// Its verdict.
    pub status: Status,
    /// Cases that ran, those discarded included.
    pub cases: usize,
    /// Cases that said nothing.
    pub discarded: usize,
    /// Why it was not exercised, or what else there is to say.
    pub reason: String,
    /// The operations that returned in at least one case.
    pub operations: Vec<String>,
    /// Its failures.
    pub failures: Vec<JsonFailure>,
}

/// A failure.
#[derive(Debug, Serialize)]
pub struct JsonFailure {
    /// The update of a chain that lost the state, where it was one; missing of a pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hop: Option<HopId>,
    /// Which half is to blame.
    pub blame: Blame,
    /// What is wrong.
    pub message: String,
    /// What should have been observed.
    pub expected: Option<String>,
    /// What was observed.
    pub observed: Option<String>,
    /// What save or load used while the state grew, where that is what it is about.
    pub points: Vec<Point>,
    /// The guest's functions, innermost first, where it trapped.
    pub backtrace: Vec<String>,
    /// The end of what the guest wrote to standard error and to its log, where it trapped; missing if it wrote nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub last_words: Vec<String>,
    /// The agent that the history is about, as a call of its constructor; missing of an ordinary worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// What load is given first, where the case starts with bytes.
    pub input: Option<Input>,
    /// How much time passes between operations, in milliseconds, again and again in this order; missing where it is a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pace: Option<Pace>,
    /// The shortest history: operations as WAVE calls, and events such as `update`.
    pub history: Vec<String>,
    /// Path of the failure file, for `handover replay`.
    pub replay: Option<String>,
}

/// The report of a check of `pair` as JSON.
pub fn json(chain: &Chain, report: &Report) -> JsonReport {
    let component = |(path, sha256): &(String, String)| JsonComponent {
        path: path.clone(),
        sha256: sha256.clone(),
    };
    JsonReport {
        old: component(&report.old),
        new: component(&report.new),
        versions: report.chain.iter().map(component).collect(),
        agent: report.agent.clone(),
        seed: report.seed,
        verdict: report.verdict(),
        updates: report.updates(),
        sensitivity: report.sensitivity.clone(),
        properties: report
            .properties
            .iter()
            .map(|property| JsonProperty {
                id: property.id,
                agent: report.agent.clone(),
                hop: property.hop,
                status: property.status,
                cases: property.cases,
                discarded: property.discards(),
                reason: short(&property.reason),
                operations: property.covered.clone(),
                failures: property
                    .failures
                    .iter()
                    .map(|it| failure(chain, property, it))
                    .collect(),
            })
            .collect(),
        notes: report.notes.iter().map(short).collect(),
    }
}

/// The reports of several agents of the same components as one; none of no report.
pub fn merged(reports: Vec<JsonReport>) -> Option<JsonReport> {
    let mut reports = reports.into_iter();
    let mut whole = reports.next()?;
    let of_agent = |agent: &Option<String>, note: String| match agent {
        Some(agent) => format!("{agent}: {note}"),
        None => note,
    };
    for report in reports {
        // The figures of several states are not one figure.
        whole.sensitivity = None;
        if let Some(agent) = whole.agent.take() {
            let notes = std::mem::take(&mut whole.notes).into_iter();
            let notes = notes.map(|note| format!("{agent}: {note}"));
            whole.notes = notes.collect();
        }
        whole.verdict = whole.verdict.and(report.verdict);
        whole.updates = whole.updates.zip(report.updates).map(|(all, one)| Updates {
            automatic: all.automatic && one.automatic,
            manual: all.manual && one.manual,
        });
        whole.properties.extend(report.properties);
        let notes = report.notes.into_iter();
        let notes = notes.map(|note| of_agent(&report.agent, note));
        whole.notes.extend(notes);
    }
    Some(whole)
}

fn short(text: impl AsRef<str>) -> String {
    shortened(text.as_ref()).into_owned()
}

fn failure(chain: &Chain, property: &PropertyReport, failure: &ReportedFailure) -> JsonFailure {
    let finding = &failure.finding;
    let hop = chain.hop(property.hop).unwrap_or(chain.whole());
    JsonFailure {
        hop: property.hop.or(finding.hop),
        blame: failure.blame,
        message: short(&finding.message),
        expected: finding.expected.as_ref().map(short),
        observed: finding.observed.as_ref().map(short),
        points: finding.points.clone(),
        backtrace: finding.backtrace.iter().map(short).collect(),
        last_words: finding.last_words.clone(),
        agent: hop.founding_text(&finding.case),
        input: finding.case.input.as_ref().map(Input::from),
        pace: Some(finding.case.pace).filter(|it| *it != Pace::default()),
        history: history(hop, &finding.case),
        replay: failure.file.clone(),
    }
}
