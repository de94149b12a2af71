//! What an agent is given and what it returns.

use super::agent_error::{self, AgentError};
use super::guest::Dialect;
use super::wire::{
    self, Malformed, case, content, list, needed, option, pair, record, some, string, text, variant,
};
use super::{decode, encode};
use crate::value::rules::Kind;
use crate::value::{Val, WitType};

/// What came out of an invocation.
#[derive(Debug, Clone, PartialEq)]
pub enum Invocation {
    /// What the method returned; none if it returns nothing.
    Returned(Option<Val>),
    /// The agent's own error: a failed invocation.
    Failed(AgentError),
    /// What was returned does not fit what the agent says that it returns, as a sentence.
    Misfit(String),
}

impl Dialect {
    /// The arguments as an agent takes them.
    ///
    /// # Errors
    /// They do not fit the parameters, as a sentence.
    pub fn input(self, parameters: &[(String, WitType)], arguments: &[Val]) -> Result<Val, String> {
        match self {
            Self::V1_3 | Self::V1_5 => data_value(self, parameters, arguments),
            Self::V2_0 => {
                let mut nodes = encode::Nodes::new(self);
                let root = nodes.root(parameters, arguments)?;
                Ok(tree(nodes, root))
            }
        }
    }

    /// The arguments that an input holds.
    ///
    /// # Errors
    /// It does not fit the parameters, as the end of a sentence.
    pub fn arguments(
        self,
        parameters: &[(String, WitType)],
        input: &Val,
    ) -> Result<Vec<Val>, String> {
        match self {
            Self::V1_3 | Self::V1_5 => elements(self, parameters, input),
            Self::V2_0 => {
                let nodes = list(needed(input, "value-nodes")?)?;
                let root = wire::index(needed(input, "root")?)?;
                decode::Nodes::new(self, nodes).root(root, parameters)
            }
        }
    }

    /// What a method returns as an agent returns it.
    ///
    /// # Errors
    /// The value does not fit the type, as a sentence.
    pub fn output(self, ty: Option<&WitType>, value: Option<&Val>) -> Result<Val, String> {
        match (self, ty, value) {
            (Self::V1_3 | Self::V1_5, ty, value) => {
                let parameters = ty.map(|ty| (RESULT.to_owned(), ty.clone()));
                let values: Vec<Val> = value.into_iter().cloned().collect();
                data_value(self, parameters.as_slice(), &values)
            }
            (Self::V2_0, Some(ty), Some(value)) => {
                let mut nodes = encode::Nodes::new(self);
                let root = nodes.add(value, ty)?;
                Ok(some(tree(nodes, root)))
            }
            (Self::V2_0, None, None) => Ok(Val::Option(None)),
            _ => Err("there is a value or a type, but not both".to_owned()),
        }
    }

    /// What an invocation that returned `returned` came to.
    pub fn outcome(self, ty: Option<&WitType>, returned: &Val) -> Invocation {
        match returned {
            Val::Result(Ok(Some(returned))) => match self.returned(ty, returned) {
                Ok(value) => Invocation::Returned(value),
                Err(problem) => {
                    Invocation::Misfit(format!("the result does not fit its type: {problem}"))
                }
            },
            Val::Result(Ok(None)) if ty.is_none() => Invocation::Returned(None),
            Val::Result(Err(Some(error))) => Invocation::Failed(agent_error::read(error)),
            _ => Invocation::Misfit("the result is none of an agent".to_owned()),
        }
    }

    fn returned(self, ty: Option<&WitType>, returned: &Val) -> Result<Option<Val>, Malformed> {
        match self {
            Self::V1_3 | Self::V1_5 => {
                let parameters = ty.map(|ty| (RESULT.to_owned(), ty.clone()));
                let values = elements(self, parameters.as_slice(), returned)?;
                Ok(values.into_iter().next())
            }
            Self::V2_0 => match (option(returned)?, ty) {
                (Some(tree), Some(ty)) => {
                    let nodes = list(needed(tree, "value-nodes")?)?;
                    let root = wire::index(needed(tree, "root")?)?;
                    decode::Nodes::new(self, nodes).value(root, ty).map(Some)
                }
                (None, None) => Ok(None),
                (None, Some(ty)) => Err(format!("there is none, and its type is {ty:#}")),
                (Some(_), None) => Err("there is one, and the method returns nothing".to_owned()),
            },
        }
    }
}

/// What the only element of an output is called.
const RESULT: &str = "return-value";

fn tree(nodes: encode::Nodes, root: Val) -> Val {
    record([("value-nodes", nodes.into_list()), ("root", root)])
}

/// The one parameter that stands for any number of inputs of several types.
fn multimodal(parameters: &[(String, WitType)]) -> Option<WitType> {
    match parameters {
        [(_, ty)] if matches!(&*ty.kind(), Kind::Multimodal) => match &*ty.shape() {
            WitType::List(cases) => Some(cases.shape().into_owned()),
            _ => None,
        },
        _ => None,
    }
}

fn data_value(
    dialect: Dialect,
    parameters: &[(String, WitType)],
    arguments: &[Val],
) -> Result<Val, String> {
    if parameters.len() != arguments.len() {
        return Err(format!(
            "there are {} values for {} parameters",
            arguments.len(),
            parameters.len()
        ));
    }
    if let (Some(WitType::Variant(cases)), [Val::List(inputs)]) =
        (multimodal(parameters), arguments)
    {
        let inputs = inputs.iter().map(|input| {
            let (name, content) = case(input)?;
            let known = cases.iter().find(|(case, _)| case == name);
            match (known, content) {
                (Some((_, Some(ty))), Some(content)) => {
                    let element = element(dialect, ty, content)?;
                    Ok(Val::Tuple(vec![string(name), element]))
                }
                _ => Err(format!("there is no input {name:?}")),
            }
        });
        let inputs = inputs.collect::<Result<_, String>>()?;
        return Ok(variant("multimodal", Val::List(inputs)));
    }
    let elements = parameters.iter().zip(arguments);
    let elements = elements.map(|((_, ty), value)| element(dialect, ty, value));
    let elements = elements.collect::<Result<_, _>>()?;
    Ok(variant("tuple", Val::List(elements)))
}

fn element(dialect: Dialect, ty: &WitType, value: &Val) -> Result<Val, Malformed> {
    if let Some(name) = reference_case(ty) {
        return match ty.shape().admits(value) {
            true => Ok(variant(name, value.clone())),
            false => Err(format!("{} is no {ty:#}", crate::value::wave(value))),
        };
    }
    let mut nodes = encode::Nodes::new(dialect);
    nodes.add(value, ty)?;
    let value = record([("nodes", nodes.into_list())]);
    Ok(variant("component-model", value))
}

/// The case in which elements of these kinds travel as they are.
fn reference_case(ty: &WitType) -> Option<&'static str> {
    match &*ty.kind() {
        Kind::UnstructuredText { .. } => Some("unstructured-text"),
        Kind::UnstructuredBinary { .. } => Some("unstructured-binary"),
        _ => None,
    }
}

fn elements(
    dialect: Dialect,
    parameters: &[(String, WitType)],
    data: &Val,
) -> Result<Vec<Val>, Malformed> {
    let (name, payload) = case(data)?;
    let given = list(content(name, payload)?)?;
    if let Some(WitType::Variant(cases)) = multimodal(parameters)
        && name == "multimodal"
    {
        let inputs = given.iter().map(|input| {
            let (name, value) = pair(input)?;
            let name = text(name)?;
            let known = cases.iter().find(|(case, _)| case == name);
            match known {
                Some((_, Some(ty))) => Ok(variant(name, element_value(dialect, ty, value)?)),
                _ => Err(format!("it has the unknown input {name:?}")),
            }
        });
        let inputs = inputs.collect::<Result<_, Malformed>>()?;
        return Ok(vec![Val::List(inputs)]);
    }
    if name != "tuple" || given.len() != parameters.len() {
        return Err(format!(
            "it is a {name} of {} elements, not a tuple of {}",
            given.len(),
            parameters.len()
        ));
    }
    let elements = parameters.iter().zip(given);
    elements
        .map(|((_, ty), value)| element_value(dialect, ty, value))
        .collect()
}

fn element_value(dialect: Dialect, ty: &WitType, element: &Val) -> Result<Val, Malformed> {
    let (name, payload) = case(element)?;
    let payload = content(name, payload)?;
    let expected = reference_case(ty).unwrap_or("component-model");
    if name != expected {
        return Err(format!("it is a {name}, not a {expected}"));
    }
    if expected != "component-model" {
        return match ty.shape().admits(payload) {
            true => Ok(payload.clone()),
            false => Err(format!("it is no {ty:#}")),
        };
    }
    let nodes = list(needed(payload, "nodes")?)?;
    decode::Nodes::new(dialect, nodes).value(0, ty)
}
