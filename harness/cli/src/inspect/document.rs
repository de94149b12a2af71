//! What is in a component, as JSON.

use std::sync::Arc;

use serde_json::{Value, json};

use handover::Error;
use handover::component::agent::{AgentType, Metadata};
use handover::component::{Component, Function, Signature};
use handover::host::Answerer;

use super::{parameters, snapshots};

/// The same as the text.
pub fn document(component: &Component, agents: &Result<Option<Arc<Metadata>>, Error>) -> Value {
    let operations = component.operations().iter().map(function);
    let others = component.other_functions().iter();
    let others = others.map(|(it, reason)| left_out(&it.name.to_string(), reason));
    let imports = component.imports().iter().map(|import| {
        let answerer = match import.answerer {
            Answerer::World => "world",
            Answerer::Synthesized => "synthesized",
            Answerer::Nobody => "nobody",
        };
        json!({"interface": import.interface, "function": import.function, "answered_by": answerer})
    });
    json!({
        "path": component.label(),
        "sha256": component.sha256(),
        "save": component.save().map(|it| function(&it.function)),
        "load": component.load().map(|it| function(&it.function)),
        "operations": operations.collect::<Vec<_>>(),
        "agents": agents.as_ref().map_or_else(
            |error| json!({"unknown": format!("{error:#}")}),
            |metadata| json!(metadata.as_ref().map(|it| it.agents.iter().map(agent).collect::<Vec<_>>())),
        ),
        "not_exercised": others.collect::<Vec<_>>(),
        "imports": imports.collect::<Vec<_>>(),
    })
}

fn function(function: &Function) -> Value {
    json!({
        "interface": function.name.interface,
        "version": function.version,
        "name": function.name.name,
        "signature": Signature(function).to_string(),
    })
}

fn agent(ty: &AgentType) -> Value {
    let methods = ty.methods.iter().map(|method| {
        json!({
            "name": method.name,
            "parameters": parameters(&method.parameters),
            "result": method.result.as_ref().map(|it| format!("{it:#}")),
            "reads_only": method.is_read_only,
        })
    });
    let others = ty.left_out.iter();
    json!({
        "name": ty.name,
        "parameters": parameters(&ty.constructor.parameters),
        "snapshots": snapshots(ty),
        "methods": methods.collect::<Vec<_>>(),
        "not_exercised": others.map(|(name, reason)| left_out(name, reason)).collect::<Vec<_>>(),
    })
}

fn left_out(name: &str, reason: &str) -> Value {
    json!({"name": name, "reason": reason})
}
