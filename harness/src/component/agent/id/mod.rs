//! What agents are called: `CartAgent("ann")`, the type's name and the constructor's arguments, then `[uuid]` for one of several
//! with the same arguments. Since Golem 1.5 the arguments stand by their places alone, without names; before, as WAVE
//! without blanks, with all names in kebab-case.

mod names;
mod pruned;
mod read;
mod times;
mod write;

use heck::ToKebabCase;

pub(crate) use times::parse_datetime;

use super::agent_error::AgentError;
use super::definition::AgentType;
use super::graph::Field;
use super::guest::Dialect;
use super::metadata::Metadata;
use super::wire::{field, list, record, string, variant};
use crate::value::{Val, WitType};

/// How deeply the arguments in an id are nested at most, on Golem too.
const DEEPEST: u32 = 32;
/// Bytes of the longest id that Golem takes (`validate_worker_name`). It is in the environment as well, of which the adapter for
/// components of WASI's first preview holds 64 KiB and traps beyond.
const LONGEST: usize = 512;

/// What an id says.
#[derive(Debug, Clone)]
pub struct AgentId<'m> {
    /// The type.
    pub agent: &'m AgentType,
    /// The constructor's arguments.
    pub arguments: Vec<Val>,
    /// Which of several with the same arguments.
    pub phantom: Option<Uuid>,
}

/// A UUID as its two halves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Uuid {
    pub high: u64,
    pub low: u64,
}

impl std::fmt::Display for Uuid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { high, low } = *self;
        let (first, second, third) = (high >> 32, high >> 16 & 0xffff, high & 0xffff);
        let (fourth, fifth) = (low >> 48, low & 0xffff_ffff_ffff);
        write!(
            f,
            "{first:08x}-{second:04x}-{third:04x}-{fourth:04x}-{fifth:012x}"
        )
    }
}

impl std::str::FromStr for Uuid {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|it| it.len()).collect();
        let is_hex = |it: u8| it.is_ascii_hexdigit();
        let digits = parts.concat();
        if lengths != [8, 4, 4, 4, 12] || !digits.bytes().all(is_hex) {
            return Err(format!("{text} is no UUID"));
        }
        let half = |digits| u64::from_str_radix(digits, 16).map_err(|it| it.to_string());
        Ok(Self {
            high: half(&digits[..16])?,
            low: half(&digits[16..])?,
        })
    }
}

impl Uuid {
    /// As the interfaces write it.
    pub fn value(self) -> Val {
        record([
            ("high-bits", Val::U64(self.high)),
            ("low-bits", Val::U64(self.low)),
        ])
    }
}

impl AgentType {
    /// The id of an agent of this type, as Golem writes it.
    ///
    /// # Errors
    /// The arguments do not fit the constructor, or Golem cannot write them (a NaN, an infinite number).
    pub fn id(&self, arguments: &[Val], phantom: Option<Uuid>) -> Result<String, String> {
        let parameters = &self.constructor.parameters;
        let is_one = parameters.len() == arguments.len();
        let mut both = parameters.iter().zip(arguments);
        if !is_one || !both.all(|((_, ty), argument)| ty.admits(argument)) {
            return Err("the arguments do not fit the constructor".to_owned());
        }
        let mut id = match self.dialect {
            Dialect::V1_3 => {
                let arguments = parameters.iter().zip(arguments);
                let arguments = arguments.map(|((_, ty), value)| names::written(value, ty));
                let arguments: Vec<String> = arguments.collect::<Result<_, _>>()?;
                format!("{}({})", self.name.to_kebab_case(), arguments.join(","))
            }
            Dialect::V1_5 | Dialect::V2_0 => {
                format!(
                    "{}({})",
                    self.name,
                    write::arguments(parameters, arguments)?
                )
            }
        };
        if let Some(phantom) = phantom {
            id += &format!("[{phantom}]");
        }
        Ok(id)
    }

    /// The arguments that stand in an id, between its parentheses.
    fn arguments_of(&self, text: &str) -> Result<Vec<Val>, String> {
        let parameters = &self.constructor.parameters;
        let arguments = match self.dialect {
            Dialect::V1_3 => names::read(text, parameters)?,
            Dialect::V1_5 | Dialect::V2_0 => read::arguments(text, parameters)?,
        };
        let mut both = parameters.iter().zip(&arguments);
        match both.all(|((_, ty), argument)| ty.admits(argument)) {
            true => Ok(arguments),
            false => Err("the arguments are not allowed".to_owned()),
        }
    }

    /// The arguments as an agent gets them that was made with them: what the text of its id says.
    ///
    /// # Errors
    /// As [`Self::id`].
    pub fn as_identified(&self, arguments: &[Val]) -> Result<Vec<Val>, String> {
        self.arguments_in(&self.id(arguments, None)?)
    }

    /// As [`Self::as_identified`], of an agent that Golem would make.
    ///
    /// # Errors
    /// As [`Self::id`], or the id is longer than [`LONGEST`].
    pub(super) fn as_made(&self, arguments: &[Val]) -> Result<Vec<Val>, String> {
        let id = self.id(arguments, None)?;
        if id.len() > LONGEST {
            return Err(format!("the id has {} bytes", id.len()));
        }
        self.arguments_in(&id)
    }

    fn arguments_in(&self, id: &str) -> Result<Vec<Val>, String> {
        let text = id.split_once('(').and_then(|(_, it)| it.strip_suffix(')'));
        self.arguments_of(text.unwrap_or_default())
    }

    /// The constructor's arguments as they travel with an id: in 2.0 together with their types.
    fn identity(&self, arguments: &[Val]) -> Result<Val, String> {
        let parameters = &self.constructor.parameters;
        let value = self.dialect.input(parameters, arguments)?;
        match self.dialect {
            Dialect::V1_3 | Dialect::V1_5 => Ok(value),
            Dialect::V2_0 => Ok(record([
                ("graph", self.constructor_graph()?),
                ("value", value),
            ])),
        }
    }

    /// As much of the agent's type graph as the constructor's parameters need, which are its root.
    fn constructor_graph(&self) -> Result<Val, String> {
        let schema = field(&self.raw, "schema").ok_or("it has no schema")?;
        let nodes = list(field(schema, "type-nodes").ok_or("it has no type nodes")?)?;
        let definitions = list(field(schema, "defs").ok_or("it has no definitions")?)?;
        let fields = super::metadata::parameter_nodes(&self.raw)?;
        let roots = fields.iter().map(|it| it.node).collect();
        let (mut nodes, definitions) = pruned::pruned(nodes, definitions, roots);
        let fields = fields.iter().map(|Field { name, node, .. }| {
            Ok(record([
                ("name", string(name)),
                ("body", super::wire::node(*node)?),
                ("metadata", no_metadata()),
            ]))
        });
        let fields = fields.collect::<Result<_, String>>()?;
        let root = super::wire::node(nodes.len())?;
        nodes.push(record([
            ("body", variant("record-type", Val::List(fields))),
            ("metadata", no_metadata()),
        ]));
        Ok(record([
            ("type-nodes", Val::List(nodes)),
            ("defs", Val::List(definitions)),
            ("root", root),
        ]))
    }
}

fn no_metadata() -> Val {
    let none = || Val::Option(None);
    let empty = || Val::List(Vec::new());
    record([
        ("doc", none()),
        ("aliases", empty()),
        ("examples", empty()),
        ("deprecated", none()),
        ("role", none()),
    ])
}

impl Metadata {
    /// The agent type with this name, in any way of writing it that Golem accepts.
    pub fn agent(&self, name: &str) -> Option<&AgentType> {
        let exact = self.agents.iter().find(|it| it.name == name);
        let kebab =
            |it: &&AgentType| it.dialect == Dialect::V1_3 && it.name.to_kebab_case() == name;
        exact.or_else(|| self.agents.iter().find(kebab))
    }

    /// What an id says.
    ///
    /// # Errors
    /// It is no id, or one of an agent that the component does not define.
    pub fn parse_id(&self, id: &str) -> Result<AgentId<'_>, String> {
        let malformed =
            || format!("{id:?} is no agent id: TYPE(ARGUMENTS) or TYPE(ARGUMENTS)[UUID]");
        let id = id.trim();
        let (name, rest) = id.split_once('(').ok_or_else(malformed)?;
        let (arguments, phantom) = match rest.strip_suffix(')') {
            Some(arguments) => (arguments, None),
            None => {
                let with_phantom = rest.strip_suffix(']').and_then(|it| it.rsplit_once(")["));
                let (arguments, phantom) = with_phantom.ok_or_else(malformed)?;
                (arguments, Some(phantom.trim().parse()?))
            }
        };
        let name = name.trim();
        let agent = self.agent(name);
        let agent = agent.ok_or_else(|| format!("there is no agent type {name:?}"))?;
        Ok(AgentId {
            agent,
            arguments: agent.arguments_of(arguments)?,
            phantom,
        })
    }

    /// What the host answers to `parse-agent-id`.
    pub fn answer_parse_agent_id(&self, id: &str) -> Val {
        let answer = self.parse_id(id).and_then(|id| {
            let phantom = id.phantom.map(|it| Box::new(it.value()));
            Ok(Val::Tuple(vec![
                string(&id.agent.name),
                id.agent.identity(&id.arguments)?,
                Val::Option(phantom),
            ]))
        });
        answered(answer.map_err(|text| AgentError {
            kind: "invalid-agent-id".to_owned(),
            text,
        }))
    }

    /// What the host answers to `make-agent-id`.
    pub fn answer_make_agent_id(&self, name: &str, input: &Val, phantom: Option<Uuid>) -> Val {
        let Some(agent) = self.agent(name) else {
            return answered(Err(AgentError {
                kind: "invalid-type".to_owned(),
                text: name.to_owned(),
            }));
        };
        let arguments = agent
            .dialect
            .arguments(&agent.constructor.parameters, input);
        let id = arguments.and_then(|arguments| agent.id(&arguments, phantom));
        answered(id.map(|id| string(&id)).map_err(|text| AgentError {
            kind: "invalid-input".to_owned(),
            text,
        }))
    }
}

fn answered(answer: Result<Val, AgentError>) -> Val {
    Val::Result(match answer {
        Ok(value) => Ok(Some(Box::new(value))),
        Err(AgentError { kind, text }) => Err(Some(Box::new(variant(&kind, string(&text))))),
    })
}

/// A union's or a variant's case by its place.
fn place(cases: &[(String, Option<WitType>)], name: &str) -> Option<usize> {
    cases.iter().position(|(case, _)| case == name)
}
