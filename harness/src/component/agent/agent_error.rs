//! The errors that an agent returns.

use std::fmt;

use super::decode;
use super::graph::Graph;
use super::guest::Dialect;
use super::wire::{self, Malformed, case, content, list, needed, text};
use super::{schema, wit_type};
use crate::report::foreign::foreign_lines;
use crate::value::{Val, wave};

/// An `agent-error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentError {
    /// Its case: `invalid-input`, `custom-error`, …
    pub kind: String,
    /// What it says; of a custom error, its value as WAVE.
    pub text: String,
}

impl fmt::Display for AgentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text.is_empty() {
            true => f.write_str(&self.kind),
            false => write!(f, "{}: {}", self.kind, self.text),
        }
    }
}

/// Reads an `agent-error`. One that cannot be read says so.
pub(super) fn read(error: &Val) -> AgentError {
    match parts(error) {
        Ok((kind, text)) => AgentError { kind, text },
        Err(problem) => AgentError {
            kind: "agent-error".to_owned(),
            text: format!("its value cannot be shown: {problem}"),
        },
    }
}

fn parts(error: &Val) -> Result<(String, String), Malformed> {
    let (kind, payload) = case(error)?;
    let text = match content(kind, payload)? {
        Val::String(text) => foreign_lines(text),
        value => custom(value)?,
    };
    Ok((kind.to_owned(), text))
}

/// A value that comes with its type.
fn custom(value: &Val) -> Result<String, Malformed> {
    if let Some(ty) = wire::field(value, "typ") {
        let ty = wit_type::wit_type(ty)?;
        let nodes = list(needed(needed(value, "value")?, "nodes")?)?;
        let value = decode::Nodes::new(Dialect::V1_5, nodes).value(0, &ty)?;
        return Ok(shown(&value));
    }
    let schema = needed(value, "graph")?;
    let mut graph = Graph::new(schema::nodes(schema)?);
    let open = graph.open(wire::index(needed(schema, "root")?)?)?;
    let ty = graph.close().whole(&open)?;
    let tree = needed(value, "value")?;
    let nodes = list(needed(tree, "value-nodes")?)?;
    let root = wire::index(needed(tree, "root")?)?;
    let value = decode::Nodes::new(Dialect::V2_0, nodes).value(root, &ty)?;
    Ok(shown(&value))
}

/// A text without its quotes; everything else as WAVE.
fn shown(value: &Val) -> String {
    match text(value) {
        Ok(text) => foreign_lines(text),
        Err(_) => wave(value),
    }
}
