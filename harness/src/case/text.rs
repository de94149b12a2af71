//! A history as text: a line for each step, as reports show it and failure files keep it.

use anyhow::{Result, bail};

use super::{Call, Case, Step};
use crate::error::{Error, ErrorKind};
use crate::versions::hop::Hop;

/// How an update stands in a history.
pub const UPDATE: &str = "update";

/// How every event stands in a history.
const EVENTS: [(&str, Step); 6] = [
    (UPDATE, Step::Update),
    ("update to the last version", Step::DirectUpdate),
    ("save", Step::Save),
    ("snapshot", Step::Snapshot),
    ("crash", Step::Crash),
    ("failed update", Step::FailedUpdate),
];

/// A case's history as lines: operations as WAVE calls, and events such as `update`.
pub fn history<'a>(hop: impl Into<Hop<'a>>, case: &Case) -> Vec<String> {
    let hop = hop.into();
    case.steps.iter().map(|step| line(hop, step)).collect()
}

/// A case's history as people read it: each call of an agent's method with the agent before it.
pub fn shown<'a>(hop: impl Into<Hop<'a>>, case: &Case) -> Vec<String> {
    let hop = hop.into();
    let agent = hop.agent_of(case);
    let shown = |step: &Step| match (&agent, step) {
        (Some(agent), Step::Operation(call)) => format!("{agent}.{}", hop.call(call)),
        _ => line(hop, step),
    };
    case.steps.iter().map(shown).collect()
}

/// One step of a history as a line.
pub(crate) fn line(hop: Hop<'_>, step: &Step) -> String {
    if let Step::Operation(call) = step {
        return hop.call(call);
    }
    let event = EVENTS.iter().find(|(_, event)| event == step);
    event.map_or("", |(line, _)| *line).to_owned()
}

/// Reads one line of a history.
///
/// # Errors
/// It is no call of an operation that the pair has, or its arguments do not fit.
pub fn step<'a>(hop: impl Into<Hop<'a>>, line: &str) -> Result<Step, Error> {
    ErrorKind::Text.of(|| {
        if let Some((_, event)) = EVENTS.iter().find(|(known, _)| *known == line) {
            return Ok(event.clone());
        }
        let Some(parenthesis) = line.find('(') else {
            let events = EVENTS.map(|(line, _)| format!("{line:?}")).join(", ");
            bail!("it is neither a call nor one of {events}");
        };
        let (name, arguments) = line.split_at(parenthesis);
        let hop = hop.into();
        let operation = hop.operation_named(name)?;
        let arguments = hop.parse_arguments(operation, arguments)?;
        Ok(Step::Operation(Call::new(operation, arguments)))
    })
}
