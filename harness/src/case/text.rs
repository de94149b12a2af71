//! A history as text: a line for each step, as reports show it and failure files keep it.

use anyhow::{Result, bail};

use super::{Call, Case, Step};
use crate::value;
use crate::versions::pair::Pair;

/// How an update stands in a history.
pub const UPDATE: &str = "update";

/// How every event stands in a history.
const EVENTS: [(&str, Step); 5] = [
    (UPDATE, Step::Update),
    ("update to the last version", Step::DirectUpdate),
    ("save", Step::Save),
    ("crash", Step::Crash),
    ("failed update", Step::FailedUpdate),
];

/// A case's history as lines: operations as WAVE calls, and events such as `update`.
pub fn history(pair: &Pair, case: &Case) -> Vec<String> {
    case.steps.iter().map(|step| line(pair, step)).collect()
}

/// One step of a history as a line.
pub(crate) fn line(pair: &Pair, step: &Step) -> String {
    if let Step::Operation(call) = step {
        return pair.operations[call.operation].call(&call.arguments);
    }
    let event = EVENTS.iter().find(|(_, event)| event == step);
    event.map_or("", |(line, _)| *line).to_owned()
}

/// Reads one line of a history.
///
/// # Errors
/// It is no call of an operation that the pair has, or its arguments do not fit.
pub fn step(pair: &Pair, line: &str) -> Result<Step> {
    if let Some((_, event)) = EVENTS.iter().find(|(known, _)| *known == line) {
        return Ok(event.clone());
    }
    let Some(parenthesis) = line.find('(') else {
        let events = EVENTS.map(|(line, _)| format!("{line:?}")).join(", ");
        bail!("it is neither a call nor one of {events}");
    };
    let (name, arguments) = line.split_at(parenthesis);
    let operation = pair.operation_named(name)?;
    let arguments = value::parse_arguments(&pair.operations[operation].old, arguments)?;
    Ok(Step::Operation(Call::new(operation, arguments)))
}
