//! The functions of `golem:agent/host` about the ids and types of agents.

use std::fmt::Write as _;
use std::sync::Arc;

use wasmtime::component::Val;

use crate::host::agent::{AgentIdentity, Uuid, component_id};
use crate::host::call::{Call, NONE, err, ok, some, text};
use crate::host::describe;
use crate::host::fit::is_plain;
use crate::host::interfaces::{Function, Interface, Others};
use crate::host::record::Effect::Constant;

use super::nodes;

pub(super) const INTERFACES: &[Interface] = &[Interface {
    name: "golem:agent/host",
    // All of them say the same in every world.
    functions: &[
        Function("parse-agent-id", Constant, parse_agent_id),
        Function("make-agent-id", Constant, make_agent_id),
        Function("get-agent-type", Constant, agent_type),
        Function("get-agent-type-by-agent-id", Constant, agent_type_by_id),
        Function("get-all-agent-types", Constant, all_agent_types),
    ],
    others: Others::Unknown,
}];

/// Splits the worker's own id, or one that was made here, also by a version before. Of any other nothing is known.
fn parse_agent_id(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let id = call.string(0)?;
    let world = call.world();
    let agent = world.agent().filter(|agent| agent.id == id);
    let parsed = match agent {
        Some(agent) => Some(agent.parsed.clone()),
        None => world.outside.made_id(id).cloned(),
    };
    let Some(parsed) = parsed else {
        let message = format!("{id:?} is not the id of an agent that is known here");
        return Ok(Some(err(agent_error("invalid-agent-id", &message))));
    };
    Ok(Some(ok(parsed)))
}

/// Writes an id, and remembers what it was made of.
fn make_agent_id(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let agent_type = call.string(0)?;
    let (input, phantom) = (call.argument(1)?, call.argument(2)?);
    if !is_plain(input) || !is_plain(phantom) {
        return Err(call.unsupported());
    }
    let own = call.world().agent().cloned();
    let parsed = typed_like(own.as_deref(), agent_type, input, phantom);
    if let Some(own) = own.filter(|own| own.parsed == parsed) {
        return Ok(Some(ok(text(&own.id))));
    }
    let id = written(agent_type, input, phantom);
    let weight = describe::weight(std::slice::from_ref(&parsed));
    let size = usize::try_from(weight).unwrap_or(usize::MAX);
    if call.world().outside.made_id(&id).is_none() {
        call.keep(size.saturating_add(id.len()))?;
        call.world().outside.remember_id(&id, parsed);
    }
    Ok(Some(ok(Val::String(id))))
}

/// The parts of an id as `parse-agent-id` tells them. From version 2.0 on, the parameters come with their types, which are
/// those of the agent itself if it is of the same type.
fn typed_like(own: Option<&AgentIdentity>, agent_type: &str, input: &Val, phantom: &Val) -> Val {
    let mut parameters = input.clone();
    if let Some(own) = own.filter(|own| own.agent_type == agent_type)
        && let Val::Tuple(parts) = &own.parsed
        && let Some(Val::Record(fields)) = parts.get(1)
        && let [(graph, types), (value, _)] = fields.as_slice()
        && graph == "graph"
    {
        let typed = [(graph.clone(), types.clone()), (value.clone(), parameters)];
        parameters = Val::Record(typed.into());
    }
    Val::Tuple(vec![text(agent_type), parameters, phantom.clone()])
}

/// `CartAgent("ann")[uuid]`, with the parameters in a form that is equal only if they are.
pub(super) fn written(agent_type: &str, input: &Val, phantom: &Val) -> String {
    let mut id = format!("{agent_type}({})", nodes::text(input));
    if let Val::Option(Some(uuid)) = phantom
        && let Some(uuid) = Uuid::of(uuid)
    {
        // Writing to a string does not fail.
        let _ = write!(id, "[{uuid}]");
    }
    id
}

fn agent_type(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let name = call.string(0)?;
    registered_type(call, name)
}

fn agent_type_by_id(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let id = call.string(0)?;
    let name = id.split_once('(').map_or(id, |(name, _)| name);
    registered_type(call, name)
}

fn registered_type(call: &mut Call<'_>, name: &str) -> wasmtime::Result<Option<Val>> {
    let types = types(call);
    let known = types.iter().find(|(known, _)| known == name);
    Ok(Some(known.map_or(NONE, |(_, it)| some(registered(it)))))
}

fn all_agent_types(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let types = types(call);
    let types = types.iter().map(|(_, it)| registered(it)).collect();
    Ok(Some(Val::List(types)))
}

fn types(call: &mut Call<'_>) -> Arc<[(String, Val)]> {
    let agent = call.world().agent();
    agent.map_or_else(Arc::default, |agent| Arc::clone(&agent.types))
}

/// An agent's type with the component that has it.
fn registered(agent_type: &Val) -> Val {
    Val::Record(vec![
        ("agent-type".to_owned(), agent_type.clone()),
        ("implemented-by".to_owned(), component_id()),
    ])
}

/// A case of `agent-error` with a message.
fn agent_error(case: &str, message: &str) -> Val {
    Val::Variant(case.to_owned(), Some(Box::new(text(message))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::testing::Host;

    const PARSE: &str = "golem:agent/host.parse-agent-id";
    const MAKE: &str = "golem:agent/host.make-agent-id";

    fn parameters(customer: &str) -> Val {
        let node = Val::Variant("prim-string".to_owned(), Some(Box::new(text(customer))));
        let nodes = Val::Record(vec![("nodes".to_owned(), Val::List(vec![node]))]);
        let element = Val::Variant("component-model".to_owned(), Some(Box::new(nodes)));
        Val::Variant("tuple".to_owned(), Some(Box::new(Val::List(vec![element]))))
    }

    fn parts(customer: &str) -> Val {
        Val::Tuple(vec![text("CartAgent"), parameters(customer), NONE])
    }

    fn ann() -> AgentIdentity {
        AgentIdentity {
            id: r#"CartAgent("ann")"#.to_owned(),
            agent_type: "CartAgent".to_owned(),
            parsed: parts("ann"),
            revision: 3,
            types: Arc::new([("CartAgent".to_owned(), text("its definition"))]),
            remote_methods: None,
        }
    }

    #[test]
    fn an_agent_learns_the_parts_of_its_own_id_and_of_no_unknown_one() {
        let mut host = Host::of_agent(ann());
        assert_eq!(host.ok(PARSE, &[text(&ann().id)]), parts("ann"));
        let other = host.call(PARSE, &[text(r#"CartAgent("bob")"#)]).unwrap();
        let Val::Result(Err(Some(error))) = other else {
            panic!("{other:?}")
        };
        assert!(matches!(*error, Val::Variant(name, _) if name == "invalid-agent-id"));
        let nobody = Host::new().call(PARSE, &[text(&ann().id)]).unwrap();
        assert!(matches!(nobody, Val::Result(Err(_))));
    }

    #[test]
    fn an_id_that_was_made_is_known_also_after_an_update() {
        let mut host = Host::of_agent(ann());
        let make = |host: &mut Host, customer: &str, phantom: Val| {
            host.ok(MAKE, &[text("CartAgent"), parameters(customer), phantom])
        };
        assert_eq!(make(&mut host, "ann", NONE), text(&ann().id));
        let bob = make(&mut host, "bob", NONE);
        assert_eq!(bob, text(r#"CartAgent("bob")"#));
        let phantom = some(Uuid { high: 1, low: 2 }.value());
        let ghost = text(r#"CartAgent("bob")[00000000-0000-0001-0000-000000000002]"#);
        assert_eq!(make(&mut host, "bob", phantom), ghost);

        let mut next = Host::of_agent(ann());
        assert!(matches!(
            next.call(PARSE, std::slice::from_ref(&bob)).unwrap(),
            Val::Result(Err(_))
        ));
        next.continue_from(&host);
        assert_eq!(next.ok(PARSE, &[bob]), parts("bob"));
    }

    #[test]
    fn parameters_with_types_get_those_of_the_agent_itself() {
        let typed = |customer: &str| {
            let fields = [("graph", text("types")), ("value", parameters(customer))];
            let fields = fields.map(|(name, it)| (name.to_owned(), it));
            Val::Tuple(vec![text("CartAgent"), Val::Record(fields.into()), NONE])
        };
        let parsed = typed("ann");
        let mut host = Host::of_agent(AgentIdentity { parsed, ..ann() });
        for (customer, id) in [("ann", ann().id), ("bob", r#"CartAgent("bob")"#.to_owned())] {
            let made = host.ok(MAKE, &[text("CartAgent"), parameters(customer), NONE]);
            assert_eq!(made, text(&id));
            assert_eq!(host.ok(PARSE, &[made]), typed(customer));
        }
    }

    #[test]
    fn the_types_of_the_component_are_registered_and_no_others() {
        let mut host = Host::of_agent(ann());
        let all = host.call("golem:agent/host.get-all-agent-types", &[]);
        let known = registered(&text("its definition"));
        assert_eq!(all.unwrap(), Val::List(vec![known.clone()]));
        let by_name = "golem:agent/host.get-agent-type";
        assert_eq!(
            host.call(by_name, &[text("CartAgent")]).unwrap(),
            some(known.clone())
        );
        assert_eq!(host.call(by_name, &[text("ShopAgent")]).unwrap(), NONE);
        let by_id = "golem:agent/host.get-agent-type-by-agent-id";
        assert_eq!(host.call(by_id, &[text(&ann().id)]).unwrap(), some(known));
    }

    #[test]
    fn the_environment_of_an_agent_is_golems_and_the_users() {
        let variable = |(name, value): (&str, &str)| Val::Tuple(vec![text(name), text(value)]);
        let mut host = Host::of_agent(ann());
        let all = host
            .call("wasi:cli/environment.get-environment", &[])
            .unwrap();
        let Val::List(all) = all else {
            panic!("{all:?}")
        };
        for expected in [
            ("GOLEM_AGENT_ID", r#"CartAgent("ann")"#),
            ("GOLEM_AGENT_TYPE", "CartAgent"),
            ("GOLEM_WORKER_NAME", r#"CartAgent("ann")"#),
            ("GOLEM_COMPONENT_ID", &Uuid::of_component().to_string()),
            ("GOLEM_COMPONENT_REVISION", "3"),
        ] {
            assert!(all.contains(&variable(expected)), "{expected:?}");
        }
        assert_eq!(all.len(), 5);
    }
}
