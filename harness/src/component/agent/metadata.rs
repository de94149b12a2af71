//! What `discover-agent-types` returned → definitions.

use std::collections::BTreeMap;

use super::agent_error;
use super::definition::{AgentType, Constructor, Method, Mode, Snapshotting};
use super::graph::{Closed, Field, Graph, Open, checked_name, distinct};
use super::guest::Dialect;
use super::schema;
use super::wire::{Malformed, case, content, field, index, list, needed, option, pair, text};
use super::wit_type;
use crate::report::foreign::{foreign, foreign_lines};
use crate::value::rules::Kind;
use crate::value::{Val, WitType};

/// How many agent types of a component are looked at, and how many methods of each.
const MOST_AGENTS: usize = 100;
const MOST_METHODS: usize = 1_000;

/// What a method whose result has several values returns, and what a multimodal input is called.
const MULTIMODAL: &str = "input";

/// What a component says about its agents.
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    /// Its agent types, by name.
    pub agents: Vec<AgentType>,
    /// Agent types that cannot be used here, each with the reason.
    pub left_out: Vec<(String, String)>,
}

impl Metadata {
    /// Reads what `discover-agent-types` returned.
    ///
    /// # Errors
    /// It returned an error, or something that is no list of agent types, as a sentence.
    pub fn read(dialect: Dialect, returned: &Val) -> Result<Self, String> {
        let types = match returned {
            Val::Result(Ok(Some(types))) => list(types),
            Val::Result(Err(Some(error))) => {
                let error = agent_error::read(error);
                return Err(format!("the component does not tell its agents: {error}"));
            }
            _ => Err("something is no result that should be one".to_owned()),
        };
        let types = types.map_err(|it| format!("the component does not tell its agents: {it}"))?;
        let mut found = Self::default();
        let mut agents = BTreeMap::new();
        for (at, ty) in types.iter().enumerate() {
            let name = needed(ty, "type-name").and_then(text);
            let shown = name.map_or_else(|_| format!("agent {at}"), foreign);
            match agent(dialect, ty) {
                _ if at >= MOST_AGENTS => {
                    let reason = format!("only {MOST_AGENTS} agent types are looked at");
                    found.left_out.push((shown, reason));
                }
                Ok(agent) if agents.contains_key(&agent.name) => {
                    let reason = "two agent types have this name".to_owned();
                    found.left_out.push((shown, reason));
                }
                Ok(agent) => drop(agents.insert(agent.name.clone(), agent)),
                Err(reason) => found.left_out.push((shown, reason)),
            }
        }
        found.agents = agents.into_values().collect();
        found.left_out.sort();
        Ok(found)
    }
}

fn agent(dialect: Dialect, ty: &Val) -> Result<AgentType, Malformed> {
    let mut types = Types::new(dialect, ty)?;
    let name = method_name(text(needed(ty, "type-name")?)?)?;
    let constructor = needed(ty, "constructor")?;
    let parameters = types.input(constructor)?;
    let mut left_out = Vec::new();
    let mut methods: Vec<OpenMethod> = Vec::new();
    let all = list(needed(ty, "methods")?)?;
    for method in all.iter().take(MOST_METHODS) {
        let name = needed(method, "name").and_then(text);
        let shown = foreign(name.unwrap_or("a method without a name"));
        match types.method(method) {
            Ok(open) if methods.iter().any(|it| it.name == open.name) => {
                left_out.push((shown, "two methods have this name".to_owned()));
            }
            Ok(open) => methods.push(open),
            Err(reason) => left_out.push((shown, reason)),
        }
    }
    if let Some(more @ 1..) = all.len().checked_sub(MOST_METHODS) {
        let reason = format!("only {MOST_METHODS} methods of an agent are looked at");
        left_out.push((format!("{more} more methods"), reason));
    }
    let closed = types.close();
    let mut whole = Vec::new();
    for method in methods {
        let name = foreign(&method.name);
        match method.whole(&closed) {
            Ok(method) => whole.push(method),
            Err(reason) => left_out.push((name, reason)),
        }
    }
    let constructor_name = field(constructor, "name").and_then(|it| option(it).ok()?);
    Ok(AgentType {
        name,
        description: description(ty),
        mode: mode(ty),
        snapshotting: snapshotting(ty),
        constructor: Constructor {
            name: constructor_name.and_then(|it| text(it).ok()).map(foreign),
            parameters: closed.parameters(&parameters)?,
        },
        methods: whole,
        left_out,
        dialect,
        raw: ty.clone(),
    })
}

/// A name that is part of how a call is written.
fn method_name(name: &str) -> Result<String, Malformed> {
    let name = checked_name(name)?;
    let is_part_of_a_call = |it: char| it.is_whitespace() || "()[]\",".contains(it);
    match name.contains(is_part_of_a_call) {
        true => Err("a call cannot be written with its name".to_owned()),
        false => Ok(name),
    }
}

fn description(it: &Val) -> String {
    let description = field(it, "description").and_then(|it| text(it).ok());
    foreign_lines(description.unwrap_or_default())
}

fn mode(ty: &Val) -> Mode {
    match field(ty, "mode").and_then(|it| case(it).ok()) {
        Some(("ephemeral", _)) => Mode::Ephemeral,
        _ => Mode::Durable,
    }
}

fn snapshotting(ty: &Val) -> Snapshotting {
    let said = field(ty, "snapshotting").and_then(|it| case(it).ok());
    match said {
        Some(("disabled", _)) => Snapshotting::Disabled,
        Some((_, Some(config))) => match case(config) {
            Ok(("periodic", Some(Val::U64(nanoseconds)))) => Snapshotting::Periodic(*nanoseconds),
            Ok(("every-n-invocation", Some(Val::U16(number)))) => Snapshotting::EveryNth(*number),
            _ => Snapshotting::Default,
        },
        _ => Snapshotting::Unsaid,
    }
}

/// A method whose types are not whole yet.
struct OpenMethod {
    name: String,
    description: String,
    parameters: Vec<(String, Type)>,
    result: Option<Type>,
    is_read_only: bool,
}

impl OpenMethod {
    fn whole(self, types: &ClosedTypes) -> Result<Method, String> {
        Ok(Method {
            parameters: types.parameters(&self.parameters)?,
            result: self.result.map(|ty| types.whole(&ty)).transpose()?,
            name: self.name,
            description: self.description,
            is_read_only: self.is_read_only,
        })
    }
}

enum Type {
    Whole(WitType),
    Open(Open, Vec<String>),
}

/// The types of an agent: each stands by itself, or all are nodes of one graph.
enum Types {
    Separate,
    Graph(Graph),
}

struct ClosedTypes(Option<Closed>);

impl ClosedTypes {
    fn whole(&self, ty: &Type) -> Result<WitType, String> {
        match (ty, &self.0) {
            (Type::Whole(ty), _) => Ok(ty.clone()),
            (Type::Open(open, examples), Some(closed)) => {
                Ok(super::graph::with_examples(closed.whole(open)?, examples))
            }
            (Type::Open(..), None) => Err("its type is unknown".to_owned()),
        }
    }

    fn parameters(&self, open: &[(String, Type)]) -> Result<Vec<(String, WitType)>, String> {
        let parameters = open.iter();
        let whole = parameters.map(|(name, ty)| {
            let ty = self.whole(ty);
            let ty = ty.map_err(|reason| format!("parameter {name}: {reason}"))?;
            Ok((name.clone(), ty))
        });
        whole.collect()
    }
}

impl Types {
    fn new(dialect: Dialect, agent: &Val) -> Result<Self, Malformed> {
        Ok(match dialect {
            Dialect::V1_3 | Dialect::V1_5 => Self::Separate,
            Dialect::V2_0 => Self::Graph(Graph::new(schema::nodes(needed(agent, "schema")?)?)),
        })
    }

    fn close(self) -> ClosedTypes {
        match self {
            Self::Separate => ClosedTypes(None),
            Self::Graph(graph) => ClosedTypes(Some(graph.close())),
        }
    }

    fn method(&mut self, method: &Val) -> Result<OpenMethod, Malformed> {
        let read_only = field(method, "read-only").and_then(|it| option(it).ok()?);
        Ok(OpenMethod {
            name: method_name(text(needed(method, "name")?)?)?,
            description: description(method),
            parameters: self.input(method)?,
            result: self.output(needed(method, "output-schema")?)?,
            is_read_only: read_only.is_some(),
        })
    }

    /// The parameters of a constructor or a method that the user gives.
    fn input(&mut self, of: &Val) -> Result<Vec<(String, Type)>, Malformed> {
        let (name, payload) = case(needed(of, "input-schema")?)?;
        let payload = content(name, payload)?;
        let Self::Graph(graph) = self else {
            return match name {
                "multimodal" => Ok(vec![(MULTIMODAL.to_owned(), multimodal(payload)?)]),
                _ => elements(payload),
            };
        };
        let parameters = user_supplied(payload)?.into_iter();
        let open = parameters.map(
            |Field {
                 name,
                 node,
                 examples,
             }| {
                let open = graph.open(node);
                let open = open.map_err(|reason| format!("parameter {name}: {reason}"))?;
                Ok((name, Type::Open(open, examples)))
            },
        );
        open.collect()
    }

    fn output(&mut self, schema: &Val) -> Result<Option<Type>, Malformed> {
        let (name, payload) = case(schema)?;
        if name == "unit" {
            return Ok(None);
        }
        let payload = content(name, payload)?;
        let result = |reason| format!("result: {reason}");
        if let Self::Graph(graph) = self {
            let open = graph.open(index(payload)?).map_err(result)?;
            return Ok(Some(Type::Open(open, Vec::new())));
        }
        if name == "multimodal" {
            return multimodal(payload).map_err(result).map(Some);
        }
        let mut elements = elements(payload)?.into_iter().map(|(_, ty)| ty);
        match (elements.next(), elements.next()) {
            (None, _) => Ok(None),
            (Some(only), None) => Ok(Some(only)),
            _ => Err("it returns several values".to_owned()),
        }
    }
}

/// The nodes of the constructor's parameters that the user gives, in 2.0.
pub(super) fn parameter_nodes(agent: &Val) -> Result<Vec<Field>, Malformed> {
    let (name, payload) = case(needed(needed(agent, "constructor")?, "input-schema")?)?;
    user_supplied(content(name, payload)?)
}

/// The parameters that the user gives; the host gives the others.
fn user_supplied(parameters: &Val) -> Result<Vec<Field>, Malformed> {
    let mut fields = Vec::new();
    for parameter in list(parameters)? {
        if let ("user-supplied", _) = case(needed(parameter, "source")?)? {
            fields.push(Field {
                name: checked_name(text(needed(parameter, "name")?)?)?,
                node: index(needed(parameter, "schema")?)?,
                examples: schema::examples(parameter),
            });
        }
    }
    Ok(fields)
}

/// The elements of a `tuple` of 1.3 to 1.5.
fn elements(elements: &Val) -> Result<Vec<(String, Type)>, Malformed> {
    let elements = list(elements)?.iter().map(|it| {
        let (name, schema) = pair(it)?;
        let name = checked_name(text(name)?)?;
        let ty = wit_type::element(schema).map_err(|it| format!("parameter {name}: {it}"))?;
        Ok((name, Type::Whole(ty)))
    });
    elements.collect()
}

/// A list of elements of several types.
fn multimodal(cases: &Val) -> Result<Type, Malformed> {
    let cases = list(cases)?.iter().map(|it| {
        let (name, schema) = pair(it)?;
        let name = checked_name(text(name)?)?;
        Ok((name, Some(wit_type::element(schema)?)))
    });
    let cases: Vec<_> = cases.collect::<Result<_, Malformed>>()?;
    distinct(cases.iter().map(|(name, _)| name.as_str()), "cases")?;
    if cases.is_empty() {
        return Err("its input is of no type".to_owned());
    }
    let list = WitType::list(WitType::Variant(cases.into()));
    Ok(Type::Whole(list.of_kind(Kind::Multimodal)))
}
