//! Finds an agent's guest interface among a component's exports, by its types: what version it says does not count.

use anyhow::{Result, bail};

use crate::component::Function;
use crate::component::function::Signature;
use crate::value::WitType;
use crate::value::rules::Kind;

/// The interface that every agent exports, in every version of `golem:agent`.
const INTERFACE: &str = "golem:agent/guest";

/// How values travel to and from an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Golem 1.3 and 1.4: as 1.5, but nobody says who calls.
    V1_3,
    /// Golem 1.5: `data-value`, a list of elements, most of them `wit-value`s.
    V1_5,
    /// Golem 1.6: one `schema-value-tree`.
    V2_0,
}

/// The functions through which a component's agents are used.
#[derive(Debug, Clone)]
pub struct Guest {
    /// How their values travel.
    pub dialect: Dialect,
    /// Makes the agent: its type's name, the constructor's arguments, the principal.
    pub initialize: Function,
    /// Calls a method: its name, the arguments, the principal.
    pub invoke: Function,
    /// Tells which agent types there are.
    pub discover: Function,
    /// Tells the type of the agent that was made.
    pub get_definition: Option<Function>,
    /// The type of the principal; none if none is given.
    pub principal: Option<WitType>,
}

impl Guest {
    /// Finds the guest interface; none if the component does not export it. Of several, it is the newest that is known.
    ///
    /// # Errors
    /// The interface is there, but its types are none that are known.
    pub fn find(functions: &[Function]) -> Result<Option<Self>> {
        let is_in_guest = |it: &&Function| it.name.interface.as_deref() == Some(INTERFACE);
        let exported: Vec<&Function> = functions.iter().filter(is_in_guest).collect();
        let Some(first) = exported.first() else {
            return Ok(None);
        };
        let parsed = |it: &Option<String>| {
            let version = it.as_deref();
            version.and_then(|version| semver::Version::parse(version).ok())
        };
        let mut versions: Vec<&Option<String>> = exported.iter().map(|it| &it.version).collect();
        versions.sort_by_key(|it| std::cmp::Reverse(parsed(it)));
        let of_version = |version: &&Option<String>| {
            let functions = exported.iter().filter(|it| &it.version == *version);
            Self::among(&functions.copied().collect::<Vec<_>>())
        };
        if let Some(guest) = versions.iter().find_map(of_version) {
            return Ok(Some(guest));
        }
        let invoke = exported.iter().find(|it| it.name.name == "invoke");
        bail!(
            "the types of {INTERFACE} are none that this version knows: its {} is `{}`",
            invoke.unwrap_or(first).name.name,
            Signature(invoke.unwrap_or(first))
        )
    }

    fn among(functions: &[&Function]) -> Option<Self> {
        let named = |name: &str| functions.iter().find(|it| it.name.name == name).copied();
        let (initialize, invoke) = (named("initialize")?, named("invoke")?);
        let (input, principal) = input_of(invoke)?;
        if input_of(initialize)? != (input, principal) {
            return None;
        }
        let discover = named("discover-agent-types")?;
        let WitType::Result(types) = discover.result.as_ref()? else {
            return None;
        };
        let has_types = discover.parameters.is_empty() && is_list_of_agent_types(types.0.as_ref()?);
        let WitType::Result(returned) = invoke.result.as_ref()? else {
            return None;
        };
        let WitType::Result(initialized) = initialize.result.as_ref()? else {
            return None;
        };
        let returned = returned.0.as_ref()?;
        let dialect = match principal {
            _ if is_tree(input) && *returned == WitType::option(input.clone()) => Dialect::V2_0,
            Some(_) if is_data_value(input) && returned == input => Dialect::V1_5,
            None if is_data_value(input) && returned == input => Dialect::V1_3,
            _ => return None,
        };
        (has_types && initialized.0.is_none()).then(|| Self {
            dialect,
            initialize: initialize.clone(),
            invoke: invoke.clone(),
            discover: discover.clone(),
            get_definition: named("get-definition").cloned(),
            principal: principal.cloned(),
        })
    }
}

/// The types of the input and, where there is one, of the principal.
fn input_of(function: &Function) -> Option<(&WitType, Option<&WitType>)> {
    match function.parameters.as_slice() {
        [(_, WitType::String), (_, input)] => Some((input, None)),
        [(_, WitType::String), (_, input), (_, principal)] => match principal {
            WitType::Variant(_) => Some((input, Some(principal))),
            _ => None,
        },
        _ => None,
    }
}

fn is_list_of_agent_types(ty: &WitType) -> bool {
    let WitType::List(agent) = ty else {
        return false;
    };
    let text = |name| field(agent, name) == Some(&WitType::String);
    let is_list = |name| matches!(field(agent, name), Some(WitType::List(_)));
    text("type-name") && field(agent, "constructor").is_some() && is_list("methods")
}

/// Whether values of 1.3 to 1.5 can be put into this type.
fn is_data_value(ty: &WitType) -> bool {
    let Some(Some(WitType::List(element))) = case(ty, "tuple") else {
        return false;
    };
    let named = WitType::Tuple([WitType::String, (**element).clone()].into());
    let is_reference = |name, kind: Kind| {
        let given = case(element, name).flatten();
        given.is_some() && given == kind.ty().as_ref()
    };
    let value = case(element, "component-model").flatten();
    let nodes = value.and_then(|value| field(value, "nodes"));
    let Some(WitType::List(node)) = nodes else {
        return false;
    };
    case(ty, "multimodal") == Some(Some(&WitType::list(named)))
        && is_reference(
            "unstructured-text",
            Kind::UnstructuredText { languages: None },
        )
        && is_reference(
            "unstructured-binary",
            Kind::UnstructuredBinary { mime_types: None },
        )
        && has_cases(node, &super::encode::node_cases(Dialect::V1_5))
}

/// Whether values of 2.0 can be put into this type.
fn is_tree(ty: &WitType) -> bool {
    let Some(WitType::List(node)) = field(ty, "value-nodes") else {
        return false;
    };
    field(ty, "root") == Some(&WitType::S32)
        && has_cases(node, &super::encode::node_cases(Dialect::V2_0))
}

fn has_cases(node: &WitType, needed: &[(&str, WitType)]) -> bool {
    let mut needed = needed.iter();
    needed.all(|(name, ty)| case(node, name) == Some(Some(ty)))
}

fn field<'t>(ty: &'t WitType, name: &str) -> Option<&'t WitType> {
    let WitType::Record(fields) = ty else {
        return None;
    };
    let found = fields.iter().find(|(field, _)| field == name);
    found.map(|(_, ty)| ty)
}

/// The content of a case; none if there is no such case.
fn case<'t>(ty: &'t WitType, name: &str) -> Option<Option<&'t WitType>> {
    let WitType::Variant(cases) = ty else {
        return None;
    };
    let found = cases.iter().find(|(case, _)| case == name);
    found.map(|(_, ty)| ty.as_ref())
}
