//! Types as agents write them down: lists of nodes that mention each other by number. Nodes can be shared and can mention
//! themselves, and what a component says can be wrong in every way: every problem is a reason to leave out what needs the
//! type, and the limits here bound the work that any component can cause.

use std::collections::HashSet;
use std::sync::Arc;

use crate::report::foreign::foreign;
use crate::value::rules::{Discriminator, Kind};
use crate::value::types::{Annotated, Definition, Definitions, smallest};
use crate::value::{Val, WitType};

/// How deeply types are nested at most, without counting what a definition stands for.
const DEEPEST: usize = 48;
/// How many parts a type has at most, counting a shared one as often as it is mentioned.
const MOST_PARTS: usize = 5_000;
/// How many definitions of one agent mention themselves at most.
const MOST_DEFINITIONS: usize = 64;
/// How many parts the smallest value of a type has at most.
const MOST_IN_SMALLEST: usize = 1 << 17;
/// How long the name of a field, a case, a flag or a definition is at most, in bytes.
const LONGEST_NAME: usize = 256;

/// Why a type that mentions itself in all of its values cannot be used.
const NO_END: &str = "its type has no value that ends";

/// What a node is; other nodes by their numbers.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    Leaf(WitType),
    /// Another node, by the name of its definition.
    Reference(usize),
    List(usize),
    FixedLengthList(usize, u32),
    Map(usize, usize),
    Record(Vec<Field>),
    Tuple(Vec<usize>),
    Variant(Vec<(String, Option<usize>)>),
    Union(Vec<(String, usize, Discriminator)>),
    Option(usize),
    Result(Option<usize>, Option<usize>),
    /// No value of it can be made, for this reason.
    Unusable(String),
}

/// A field of a record, with examples as JSON.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) node: usize,
    pub(super) examples: Vec<String>,
}

/// A node of a type graph.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// What the type is called.
    pub(super) name: Option<String>,
    pub(super) shape: Shape,
    /// Whether a list is one of inputs of several types.
    pub(super) is_multimodal: bool,
    /// Examples as JSON.
    pub(super) examples: Vec<String>,
}

/// A type in which definitions are still numbers.
#[derive(Debug, Clone)]
struct Term {
    ty: WitType,
    parts: usize,
    depth: usize,
}

#[derive(Debug, Clone)]
enum State {
    New,
    /// Being converted: a mention of it makes it a definition.
    Open,
    Done(Term),
}

/// A list of type nodes that is being made into types.
pub(super) struct Graph {
    nodes: Vec<Node>,
    states: Vec<State>,
    /// The definition that a node is, for nodes that mention themselves.
    numbers: Vec<Option<usize>>,
    /// Their types, once they are known.
    bodies: Vec<(String, Option<WitType>)>,
}

/// A type that is known but for its definitions.
#[derive(Debug, Clone)]
pub(super) struct Open(WitType);

impl Graph {
    pub(super) fn new(nodes: Vec<Node>) -> Self {
        let number = nodes.len();
        Self {
            nodes,
            states: vec![State::New; number],
            numbers: vec![None; number],
            bodies: Vec::new(),
        }
    }

    /// The type that a node is, but for its definitions.
    pub(super) fn open(&mut self, node: usize) -> Result<Open, String> {
        Ok(Open(self.term(node, 0)?.ty))
    }

    /// Makes the types whole that [`Self::open`] returned.
    pub(super) fn close(self) -> Closed {
        let mut sizes = vec![usize::MAX; self.bodies.len()];
        // Sizes only shrink, and each round makes at least one final: there are at most so many.
        for _ in 0..sizes.len() {
            let before = sizes.clone();
            for (at, (_, body)) in self.bodies.iter().enumerate() {
                if let Some(body) = body {
                    sizes[at] = smallest(body, &|number| before[number]);
                }
            }
            if sizes == before {
                break;
            }
        }
        let problems = self.bodies.iter().zip(&sizes);
        let problems = problems.map(|((name, body), size)| match body {
            None => Some(format!("the type {name} in it cannot be used")),
            Some(_) => too_large(*size),
        });
        let problems = problems.collect();
        let definitions = self.bodies.into_iter().zip(sizes);
        let definitions = definitions.map(|((name, body), smallest)| Definition {
            name,
            body: body.unwrap_or(WitType::Tuple(Arc::new([]))),
            smallest,
        });
        Closed {
            definitions: Arc::new(Definitions(definitions.collect())),
            problems,
        }
    }

    /// The node that a chain of references ends at.
    fn target(&self, mut at: usize) -> Result<usize, String> {
        for _ in 0..=self.nodes.len() {
            match self.nodes.get(at).map(|node| &node.shape) {
                Some(Shape::Reference(target)) => at = *target,
                _ => return Ok(at),
            }
        }
        Err(NO_END.to_owned())
    }

    fn term(&mut self, at: usize, around: usize) -> Result<Term, String> {
        let at = self.target(at)?;
        let Some(state) = self.states.get(at) else {
            let number = self.nodes.len();
            return Err(format!("its type mentions node {at} of {number}"));
        };
        match state {
            State::Done(term) => return Ok(term.clone()),
            State::Open => return self.mention(at),
            State::New if around >= DEEPEST => return Err(too_deep()),
            State::New => self.states[at] = State::Open,
        }
        let node = self.nodes[at].clone();
        let built = self.built(&node, around);
        self.states[at] = State::New;
        let mut term = built?;
        if term.depth > DEEPEST {
            return Err(too_deep());
        }
        if term.parts > MOST_PARTS {
            return Err(format!("its type has more than {MOST_PARTS} parts"));
        }
        if let Some(number) = self.numbers[at] {
            self.bodies[number].1 = Some(term.ty);
            term = bound(number);
        }
        self.states[at] = State::Done(term.clone());
        Ok(term)
    }

    /// A mention of a node inside of itself.
    fn mention(&mut self, at: usize) -> Result<Term, String> {
        if let Some(number) = self.numbers[at] {
            return Ok(bound(number));
        }
        let number = self.bodies.len();
        if number == MOST_DEFINITIONS {
            return Err(format!(
                "more than {MOST_DEFINITIONS} types mention themselves"
            ));
        }
        let name = match &self.nodes[at].name {
            Some(name) => checked_name(name)?,
            None => format!("type-{at}"),
        };
        self.numbers[at] = Some(number);
        self.bodies.push((name, None));
        Ok(bound(number))
    }

    fn built(&mut self, node: &Node, around: usize) -> Result<Term, String> {
        let mut parts = Parts {
            graph: self,
            around: around + 1,
            parts: 1,
            depth: 0,
        };
        let (ty, kind) = parts.shape(&node.shape)?;
        let (number, depth) = (parts.parts, parts.depth + 1);
        let kind = match (kind, node.is_multimodal, &ty) {
            (Kind::Plain, true, WitType::List(_)) => Kind::Multimodal,
            (kind, _, _) => kind,
        };
        let name = node.name.as_deref().map(checked_name).transpose()?;
        let ty = annotated(ty, name, kind, &node.examples);
        Ok(Term {
            ty,
            parts: number,
            depth,
        })
    }
}

/// The parts of a type that is being built.
struct Parts<'g> {
    graph: &'g mut Graph,
    around: usize,
    parts: usize,
    depth: usize,
}

impl Parts<'_> {
    fn at(&mut self, node: usize) -> Result<WitType, String> {
        let term = self.graph.term(node, self.around)?;
        self.parts = self.parts.saturating_add(term.parts);
        self.depth = self.depth.max(term.depth);
        if self.parts > MOST_PARTS {
            return Err(format!("its type has more than {MOST_PARTS} parts"));
        }
        Ok(term.ty)
    }

    fn optional(&mut self, node: Option<usize>) -> Result<Option<WitType>, String> {
        node.map(|node| self.at(node)).transpose()
    }

    fn shape(&mut self, shape: &Shape) -> Result<(WitType, Kind), String> {
        let plain = match shape {
            Shape::Leaf(ty) => leaf(ty)?,
            Shape::Reference(node) => self.at(*node)?,
            Shape::List(item) => WitType::list(self.at(*item)?),
            Shape::FixedLengthList(item, length) => {
                WitType::FixedLengthList(Arc::new(self.at(*item)?), *length)
            }
            Shape::Map(key, value) => {
                let entry = WitType::Tuple(Arc::new([self.at(*key)?, self.at(*value)?]));
                return Ok((WitType::list(entry), Kind::Map));
            }
            Shape::Record(fields) => {
                distinct(fields.iter().map(|field| field.name.as_str()), "fields")?;
                let fields = fields.iter().map(|field| {
                    let ty = self.at(field.node)?;
                    let ty = annotated(ty, None, Kind::Plain, &field.examples);
                    Ok((checked_name(&field.name)?, ty))
                });
                WitType::Record(fields.collect::<Result<_, String>>()?)
            }
            Shape::Tuple(types) => {
                let types = types.iter().map(|node| self.at(*node));
                WitType::Tuple(types.collect::<Result<_, String>>()?)
            }
            Shape::Variant(cases) => {
                distinct(cases.iter().map(|(name, _)| name.as_str()), "cases")?;
                let cases = cases
                    .iter()
                    .map(|(name, node)| Ok((checked_name(name)?, self.optional(*node)?)));
                WitType::Variant(cases.collect::<Result<_, String>>()?)
            }
            Shape::Union(cases) => {
                distinct(cases.iter().map(|(tag, ..)| tag.as_str()), "cases")?;
                let rules = cases
                    .iter()
                    .map(|(tag, _, rule)| (tag.clone(), rule.clone()));
                let rules = rules.collect();
                let cases = cases
                    .iter()
                    .map(|(tag, node, _)| Ok((checked_name(tag)?, Some(self.at(*node)?))));
                let cases = cases.collect::<Result<_, String>>()?;
                return Ok((WitType::Variant(cases), Kind::Union(rules)));
            }
            Shape::Option(item) => WitType::option(self.at(*item)?),
            Shape::Result(ok, err) => {
                WitType::Result(Arc::new((self.optional(*ok)?, self.optional(*err)?)))
            }
            Shape::Unusable(reason) => return Err(reason.clone()),
        };
        Ok((plain, Kind::Plain))
    }
}

/// The definitions of a graph, with what is wrong with them.
pub(super) struct Closed {
    definitions: Arc<Definitions>,
    problems: Vec<Option<String>>,
}

impl Closed {
    /// The whole type.
    pub(super) fn whole(&self, Open(ty): &Open) -> Result<WitType, String> {
        let mut reached = HashSet::new();
        self.reach(ty, &mut reached)?;
        let sizes = &self.definitions.0;
        match too_large(smallest(ty, &|number| sizes[number].smallest)) {
            Some(problem) => Err(problem),
            None => Ok(ty.within(&self.definitions)),
        }
    }

    /// Every definition that the type needs must be one that can be used.
    fn reach(&self, ty: &WitType, reached: &mut HashSet<usize>) -> Result<(), String> {
        let mut ahead = vec![ty];
        while let Some(ty) = ahead.pop() {
            if let WitType::Bound(number) = ty
                && reached.insert(*number)
            {
                if let Some(problem) = &self.problems[*number] {
                    return Err(problem.clone());
                }
                ahead.push(&self.definitions.0[*number].body);
            }
            ahead.extend(ty.parts());
        }
        Ok(())
    }
}

fn bound(number: usize) -> Term {
    Term {
        ty: WitType::Bound(number),
        parts: 1,
        depth: 1,
    }
}

fn too_deep() -> String {
    format!("its type is nested more than {DEEPEST} times")
}

fn too_large(smallest: usize) -> Option<String> {
    match smallest {
        usize::MAX => Some(NO_END.to_owned()),
        size if size > MOST_IN_SMALLEST => Some(format!(
            "the smallest value of its type has more than {MOST_IN_SMALLEST} parts"
        )),
        _ => None,
    }
}

/// The type with further examples, as JSON.
pub(super) fn with_examples(ty: WitType, examples: &[String]) -> WitType {
    annotated(ty, None, Kind::Plain, examples)
}

fn annotated(shape: WitType, name: Option<String>, kind: Kind, examples: &[String]) -> WitType {
    if name.is_none() && examples.is_empty() && matches!(kind, Kind::Plain) {
        return shape;
    }
    let examples: Vec<Val> = examples
        .iter()
        .filter_map(|example| super::examples::example(example, &shape))
        .collect();
    WitType::Annotated(Arc::new(Annotated {
        name,
        shape,
        kind,
        examples,
    }))
}

/// A leaf whose names can be used.
fn leaf(ty: &WitType) -> Result<WitType, String> {
    if let WitType::Enum(names) | WitType::Flags(names) = ty {
        distinct(names.iter().map(String::as_str), "names")?;
        if names.len() > MOST_PARTS {
            return Err(format!("its type has more than {MOST_PARTS} parts"));
        }
        names.iter().try_for_each(|it| checked_name(it).map(drop))?;
    }
    Ok(ty.clone())
}

pub(super) fn distinct<'n>(names: impl Iterator<Item = &'n str>, what: &str) -> Result<(), String> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            let name = foreign(name);
            return Err(format!("two {what} of its type are called {name}"));
        }
    }
    Ok(())
}

/// A name that can be shown and written.
pub(super) fn checked_name(name: &str) -> Result<String, String> {
    if name.len() > LONGEST_NAME {
        return Err(format!("a name in it is longer than {LONGEST_NAME} bytes"));
    }
    if name.is_empty() || name.chars().any(char::is_control) {
        let name = name.escape_default();
        return Err(format!("a name in it cannot be shown: \"{name}\""));
    }
    Ok(name.to_owned())
}
