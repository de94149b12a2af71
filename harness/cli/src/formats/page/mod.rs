//! The report as a page that stands alone: one file, no network, no script.
//!
//! What is foreign is text in it wherever it stands: every value passes [`escaped`] on its way into the template.

mod failure;
mod handed;
mod marked;
mod plot;

use anyhow::{Context, Result};
use minijinja::value::{Serde, Value};
use minijinja::{Environment, Output, State, UndefinedBehavior, escape_formatter};
use serde::Serialize;

use handover::judging::verdict::{Report, Sensitivity, Status};
use handover::report::console::conclusion;
use handover::report::foreign::foreign;
use handover::{Chain, Checked};

use super::rows::{Row, rows_of};
use failure::Failure;

/// Its name ends as those do whose values are escaped.
const NAME: &str = "page.html";

#[derive(Serialize)]
struct Page {
    handover: &'static str,
    verdict: Status,
    conclusion: &'static str,
    parts: Vec<Part>,
}

/// What is told of one agent type; of ordinary components, all.
#[derive(Serialize)]
struct Part {
    agent: Option<String>,
    versions: Vec<Version>,
    seed: u64,
    updates: Option<String>,
    rows: Vec<Row>,
    failures: Vec<Failure>,
    sensitivity: Option<Noticed>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct Version {
    name: String,
    path: String,
    sha256: String,
}

#[derive(Serialize)]
struct Noticed {
    #[serde(flatten)]
    of: Sensitivity,
    percent: usize,
}

/// The page. Every failure is played once more, for what both workers observed at each step.
///
/// # Errors
/// The template does not fit what it is given.
pub fn page(checked: &Checked) -> Result<String> {
    let mut number = 0;
    let parts = checked.reports().map(|(chain, report)| {
        let failures = failure::failures(chain, report, &mut number);
        part(chain, report, failures)
    });
    let page = Page {
        handover: env!("CARGO_PKG_VERSION"),
        verdict: checked.verdict(),
        conclusion: conclusion(checked.verdict()),
        parts: parts.collect(),
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(escaped);
    environment
        .add_template(NAME, include_str!("page.html"))
        .and_then(|()| environment.get_template(NAME)?.render(Serde(page)))
        .context("cannot make the page")
}

fn part(chain: &Chain, report: &Report, failures: Vec<Failure>) -> Part {
    let versions = match &report.chain[..] {
        [] => vec![
            version("old".to_owned(), &report.old),
            version("new".to_owned(), &report.new),
        ],
        versions => versions
            .iter()
            .zip(1..)
            .map(|(it, number)| version(format!("v{number}"), it))
            .collect(),
    };
    Part {
        agent: report.agent.clone(),
        versions,
        seed: report.seed,
        updates: report.updates().map(|it| it.to_string()),
        rows: rows_of(chain, report),
        failures,
        sensitivity: report.sensitivity.clone().map(|of| Noticed {
            percent: of.percent(),
            of,
        }),
        notes: report.notes.clone(),
    }
}

fn version(name: String, (path, sha256): &(String, String)) -> Version {
    Version {
        name,
        path: path.clone(),
        sha256: sha256.clone(),
    }
}

/// Writes a value as text: no mark of HTML, nothing that changes the direction of writing, and of each line no more than a
/// person reads.
fn escaped(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    match value.as_str() {
        // What a macro of the template made has passed here before.
        Some(text) if !value.is_safe() => {
            let lines: Vec<String> = text.split('\n').map(foreign).collect();
            escape_formatter(out, state, &Value::from(lines.join("\n")))
        }
        _ => escape_formatter(out, state, value),
    }
}
