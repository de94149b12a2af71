//! One agent type of a component, ready to be made and called.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::{SBoxedStrategy, Strategy};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::codec::Invocation;
use super::definition::AgentType;
use super::guest::{Dialect, Guest};
use super::metadata::Metadata;
use super::principal::principals;
use super::remote::Remote;
use crate::component::{Function, FunctionName};
use crate::host::AgentIdentity;
use crate::value::{Val, WitType};

/// What the parameter is called that says who calls.
const PRINCIPAL: &str = "principal";

/// How a function of an agent is called: its constructor through `initialize`, a method through `invoke`.
#[derive(Debug)]
pub(crate) struct Wire {
    /// The method's name, or the agent type's.
    name: String,
    dialect: Dialect,
    /// What the user gives.
    parameters: Vec<(String, WitType)>,
    has_principal: bool,
}

impl Wire {
    /// The arguments of the exported function.
    ///
    /// # Errors
    /// They do not fit, as a sentence.
    pub(crate) fn arguments(&self, arguments: &[Val]) -> Result<Vec<Val>, String> {
        let (given, principal) = match arguments {
            [given @ .., principal] if self.has_principal => (given, Some(principal)),
            given => (given, None),
        };
        let mut wire = vec![
            Val::String(self.name.clone()),
            self.dialect.input(&self.parameters, given)?,
        ];
        wire.extend(principal.cloned());
        Ok(wire)
    }

    /// What came out of a call.
    pub(crate) fn outcome(&self, ty: Option<&WitType>, returned: &Val) -> Invocation {
        self.dialect.outcome(ty, returned)
    }

    /// Whether the last argument says who calls.
    pub(crate) fn has_principal(&self) -> bool {
        self.has_principal
    }
}

/// One agent type of a component.
#[derive(Debug, Clone)]
pub struct Agent {
    metadata: Arc<Metadata>,
    ty: AgentType,
    /// Its constructor, as a function that returns nothing.
    constructor: Function,
    /// Its methods, each as a function.
    methods: Vec<Function>,
    types: Arc<[(String, Val)]>,
}

impl Agent {
    /// The agent type with this name; none if the component does not have it.
    pub(crate) fn new(guest: &Guest, metadata: &Arc<Metadata>, name: &str) -> Option<Self> {
        let ty = metadata.agent(name)?.clone();
        let principal = guest.principal.as_ref();
        let principal = principal.filter(|ty| principals(ty).is_some());
        let function = |export: &Function, name: FunctionName, parameters: &[_], result| {
            let wire = Wire {
                name: name.name.clone(),
                dialect: guest.dialect,
                parameters: parameters.to_vec(),
                has_principal: principal.is_some(),
            };
            let principal = principal.map(|ty| (PRINCIPAL.to_owned(), ty.clone()));
            let parameters = parameters.iter().cloned().chain(principal);
            export.of_agent(name, parameters.collect(), result, wire)
        };
        let name = FunctionName {
            interface: None,
            name: ty.name.clone(),
        };
        let parameters = &ty.constructor.parameters;
        let constructor = function(&guest.initialize, name, parameters, None);
        let methods = ty.methods.iter().map(|method| {
            let name = FunctionName {
                interface: Some(ty.name.clone()),
                name: method.name.clone(),
            };
            let result = method.result.clone();
            function(&guest.invoke, name, &method.parameters, result)
        });
        let types = metadata.agents.iter();
        let types = types.map(|it| (it.name.clone(), it.raw().clone()));
        Some(Self {
            methods: methods.collect(),
            constructor,
            types: types.collect(),
            metadata: Arc::clone(metadata),
            ty,
        })
    }

    /// What the component says about it.
    pub fn ty(&self) -> &AgentType {
        &self.ty
    }

    /// Its constructor, as a function that returns nothing.
    pub fn constructor(&self) -> &Function {
        &self.constructor
    }

    /// Its methods, each as a function.
    pub fn methods(&self) -> &[Function] {
        &self.methods
    }

    /// Arguments of its constructor; none if there are none that an id can hold.
    pub(crate) fn founding(&self) -> Option<SBoxedStrategy<Vec<Val>>> {
        let arguments = self.ty.constructor_arguments()?;
        let principal = match self.constructor.parameters.last() {
            Some((_, ty)) if self.has_principal() => principals(ty),
            _ => None,
        };
        Some(match principal {
            Some(principal) => (arguments, principal)
                .prop_map(|(arguments, principal)| {
                    arguments.into_iter().chain([principal]).collect()
                })
                .sboxed(),
            None => arguments,
        })
    }

    /// The arguments that an agent is made with where nobody draws any.
    pub(crate) fn default_founding(&self) -> Option<Vec<Val>> {
        let mut runner = TestRunner::deterministic();
        let mut tree = self.founding()?.new_tree(&mut runner).ok()?;
        while tree.simplify() {}
        Some(tree.current())
    }

    fn has_principal(&self) -> bool {
        let wire = self.constructor.wire.as_ref();
        wire.is_some_and(|wire| wire.has_principal)
    }

    /// What the constructor takes from its user, of the arguments that it is called with.
    fn given<'v>(&self, founding: &'v [Val]) -> &'v [Val] {
        let last = founding.len().saturating_sub(1);
        match self.has_principal() {
            true => &founding[..last],
            false => founding,
        }
    }

    /// The id of the agent that these arguments make: `CartAgent("ann")`.
    ///
    /// # Errors
    /// No id can hold them, as a sentence.
    pub(crate) fn id(&self, founding: &[Val]) -> Result<String, String> {
        self.ty.id(self.given(founding), None)
    }

    /// What the world tells the agent that these arguments make about itself, in the version with this number.
    ///
    /// # Errors
    /// As [`Self::id`].
    pub(crate) fn identity(
        &self,
        founding: &[Val],
        revision: u64,
    ) -> Result<AgentIdentity, String> {
        let id = self.id(founding)?;
        let Val::Result(Ok(Some(parsed))) = self.metadata.answer_parse_agent_id(&id) else {
            return Err(format!("the id {id} is none of an agent of this component"));
        };
        Ok(AgentIdentity {
            id,
            agent_type: self.ty.name.clone(),
            parsed: *parsed,
            revision,
            types: Arc::clone(&self.types),
            remote_methods: Some(Arc::new(Remote(Arc::clone(&self.metadata)))),
        })
    }
}

/// Agent types that all of these components have, by name, and those that cannot be checked, each with the reason.
pub(crate) fn common(all: &[Arc<Metadata>]) -> (Vec<String>, Vec<(String, String)>) {
    let mut left_out: Vec<(String, String)> = Vec::new();
    let mut common = Vec::new();
    for metadata in all {
        left_out.extend(metadata.left_out.iter().cloned());
    }
    let names: BTreeSet<&str> = all
        .iter()
        .flat_map(|it| it.agents.iter().map(|it| it.name.as_str()))
        .collect();
    for name in names {
        let types: Vec<&AgentType> = all.iter().filter_map(|it| it.agent(name)).collect();
        match left_out_because(&types, all.len()) {
            Some(reason) => left_out.push((name.to_owned(), reason)),
            None => common.push(name.to_owned()),
        }
    }
    left_out.sort();
    left_out.dedup();
    (common, left_out)
}

fn left_out_because(types: &[&AgentType], versions: usize) -> Option<String> {
    use super::definition::Mode;
    if types.len() < versions {
        return Some("not every version has this agent type".to_owned());
    }
    if types.iter().any(|ty| ty.mode == Mode::Ephemeral) {
        return Some("it is ephemeral: it has no state that an update could lose".to_owned());
    }
    let (first, others) = types.split_first()?;
    let mut others = others.iter();
    if let Some(other) = others.find(|it| !it.constructor.same_type(&first.constructor)) {
        let shown = |ty: &AgentType| {
            let parameters = ty.constructor.parameters.iter();
            let parameters = parameters.map(|(name, ty)| format!("{name}: {ty:#}"));
            parameters.collect::<Vec<_>>().join(", ")
        };
        return Some(format!(
            "the parameters of its constructor changed from ({}) to ({}), so that no id names the same agent in both",
            shown(first),
            shown(other)
        ));
    }
    (first.founding_is_impossible())
        .then(|| "no arguments of its constructor can be made that an id can hold".to_owned())
}

impl AgentType {
    fn founding_is_impossible(&self) -> bool {
        self.constructor_arguments().is_none()
    }
}
