//! A history as text: a line for each step, as reports show it and failure files keep it.

use anyhow::{Result, bail};

use super::{Call, Case, Step};
use crate::pair::Pair;
use crate::value;

/// How an update stands in a history.
pub const UPDATE: &str = "update";

/// A case's history as lines: operations as WAVE calls, and `update`.
pub fn history(pair: &Pair, case: &Case) -> Vec<String> {
    let line = |step: &Step| match step {
        Step::Update => UPDATE.to_owned(),
        Step::Operation(call) => pair.operations[call.operation].call(&call.arguments),
    };
    case.steps.iter().map(line).collect()
}

/// Reads one line of a history.
///
/// # Errors
/// It is no call of an operation that the pair has, or its arguments do not fit.
pub fn step(pair: &Pair, line: &str) -> Result<Step> {
    if line == UPDATE {
        return Ok(Step::Update);
    }
    let Some(parenthesis) = line.find('(') else {
        bail!("it is neither {UPDATE:?} nor a call");
    };
    let (name, arguments) = line.split_at(parenthesis);
    let operation = pair.operation_named(name)?;
    let arguments = value::parse_arguments(&pair.operations[operation].old, arguments)?;
    Ok(Step::Operation(Call::new(operation, arguments)))
}
