//! The nodes in which values travel → values.

use super::encode::{DEEPEST, kind_case, primitive_case};
use super::guest::Dialect;
use super::wire::{self, Malformed, case, content, index, list, needed, option, pair, text};
use crate::value::rules::Kind;
use crate::value::{Val, WitType};

/// How many nodes are read of a value, beyond those that it has: nodes that are mentioned several times are read as often.
const MOST_SHARED: usize = 1 << 16;

/// A list of nodes that is being read.
pub(super) struct Nodes<'v> {
    dialect: Dialect,
    nodes: &'v [Val],
    /// How many more are read.
    left: usize,
    depth: u32,
}

impl<'v> Nodes<'v> {
    pub(super) fn new(dialect: Dialect, nodes: &'v [Val]) -> Self {
        Self {
            dialect,
            nodes,
            left: nodes.len().max(MOST_SHARED),
            depth: 0,
        }
    }

    /// The values that are the parts of a root.
    pub(super) fn root(
        &mut self,
        at: usize,
        parts: &[(String, WitType)],
    ) -> Result<Vec<Val>, Malformed> {
        let (name, payload) = self.node(at)?;
        let indices = indices(name, payload, "record-value")?;
        if indices.len() != parts.len() {
            return Err(format!(
                "there are {} values for {} parameters",
                indices.len(),
                parts.len()
            ));
        }
        let values = parts.iter().zip(indices);
        values.map(|((_, ty), at)| self.value(at, ty)).collect()
    }

    /// The value that a node is.
    pub(super) fn value(&mut self, at: usize, ty: &WitType) -> Result<Val, Malformed> {
        if self.depth >= DEEPEST {
            return Err(format!("it is nested more than {DEEPEST} times"));
        }
        let left = self.left.checked_sub(1);
        self.left = left.ok_or("its nodes mention each other too often")?;
        self.depth += 1;
        let node = self.node(at)?;
        let value = self.of_shape(node, ty);
        self.depth -= 1;
        value
    }

    fn node(&self, at: usize) -> Result<(&'v str, Option<&'v Val>), Malformed> {
        let node = self.nodes.get(at);
        let number = self.nodes.len();
        case(node.ok_or_else(|| format!("it mentions node {at} of {number}"))?)
    }

    fn of_shape(
        &mut self,
        (name, payload): (&str, Option<&Val>),
        ty: &WitType,
    ) -> Result<Val, Malformed> {
        let shape = ty.shape();
        let payload = content(name, payload)?;
        if self.dialect == Dialect::V2_0
            && let Some(special) = self.special(name, payload, &ty.kind(), &shape)?
        {
            return Ok(special);
        }
        if let Some(expected) = primitive_case(self.dialect, &shape) {
            return plain(name, payload, expected, &shape);
        }
        Ok(match &*shape {
            WitType::Record(fields) => {
                let indices = self.several(name, payload, "record-value", fields.len())?;
                let fields = fields.iter().zip(indices).map(|((name, ty), at)| {
                    let value = self
                        .value(at, ty)
                        .map_err(|it| format!("field {name}: {it}"));
                    Ok((name.clone(), value?))
                });
                Val::Record(fields.collect::<Result<_, Malformed>>()?)
            }
            WitType::Tuple(types) => {
                let indices = self.several(name, payload, "tuple-value", types.len())?;
                let values = types.iter().zip(indices).map(|(ty, at)| self.value(at, ty));
                Val::Tuple(values.collect::<Result<_, _>>()?)
            }
            WitType::List(item) => {
                let indices = indices(name, Some(payload), "list-value")?;
                Val::List(self.each(indices, item)?)
            }
            WitType::FixedLengthList(item, length) => {
                let expected = match self.dialect {
                    Dialect::V1_3 | Dialect::V1_5 => "list-value",
                    Dialect::V2_0 => "fixed-list-value",
                };
                let indices = self.several(name, payload, expected, *length as usize)?;
                Val::FixedLengthList(self.each(indices, item)?)
            }
            shape => self.choice(name, payload, shape)?,
        })
    }

    fn choice(&mut self, name: &str, payload: &Val, shape: &WitType) -> Result<Val, Malformed> {
        Ok(match (shape, name) {
            (WitType::Variant(cases), "variant-value") => {
                let (number, content) = match self.dialect {
                    Dialect::V1_3 | Dialect::V1_5 => pair(payload)?,
                    Dialect::V2_0 => (needed(payload, "case")?, needed(payload, "payload")?),
                };
                let number = index(number)?;
                let known = cases.get(number);
                let (case, ty) =
                    known.ok_or_else(|| format!("it is case {number} of {}", cases.len()))?;
                let content = self.optional(option(content)?, ty.as_ref());
                let content = content.map_err(|it| format!("case {case}: {it}"))?;
                Val::Variant(case.clone(), content)
            }
            (WitType::Enum(names), "enum-value") => {
                let number = index(payload)?;
                let name = names.get(number);
                let number = || format!("it is case {number} of {}", names.len());
                Val::Enum(name.ok_or_else(number)?.clone())
            }
            (WitType::Flags(names), "flags-value") => {
                let flags = list(payload)?;
                if flags.len() != names.len() {
                    return Err(format!("it has {} flags of {}", flags.len(), names.len()));
                }
                let set = names.iter().zip(flags);
                let set = set.filter(|(_, flag)| matches!(flag, Val::Bool(true)));
                Val::Flags(set.map(|(name, _)| name.clone()).collect())
            }
            (WitType::Option(item), "option-value") => {
                let content = option(payload)?;
                let item = content.is_some().then_some(&**item);
                Val::Option(self.optional(content, item)?)
            }
            (WitType::Result(types), "result-value") => {
                let (is_ok, content) = match payload {
                    Val::Result(Ok(content)) => (true, content.as_deref()),
                    Val::Result(Err(content)) => (false, content.as_deref()),
                    other => match case(other)? {
                        ("ok-value", content) => (true, content),
                        (_, content) => (false, content),
                    },
                };
                let content = content.map(option).transpose()?.flatten();
                match is_ok {
                    true => Val::Result(Ok(self.optional(content, types.0.as_ref())?)),
                    false => Val::Result(Err(self.optional(content, types.1.as_ref())?)),
                }
            }
            (shape, name) => return Err(misfit(name, shape)),
        })
    }

    /// What only 2.0 has nodes for.
    fn special(
        &mut self,
        name: &str,
        payload: &Val,
        kind: &Kind,
        shape: &WitType,
    ) -> Result<Option<Val>, Malformed> {
        if let Some(expected) = kind_case(kind) {
            return plain(name, payload, expected, shape).map(Some);
        }
        match (kind, shape, name) {
            (Kind::Map, WitType::List(entry), "map-value") => {
                let WitType::Tuple(types) = &**entry else {
                    return Ok(None);
                };
                let [key, value] = &**types else {
                    return Ok(None);
                };
                let entries = list(payload)?.iter().map(|entry| {
                    let key = self.value(index(needed(entry, "key")?)?, key)?;
                    let value = self.value(index(needed(entry, "value")?)?, value)?;
                    Ok(Val::Tuple(vec![key, value]))
                });
                let entries: Vec<Val> = entries.collect::<Result<_, Malformed>>()?;
                Ok(Some(Val::List(crate::value::entries(entries))))
            }
            (Kind::Union(_), WitType::Variant(cases), "union-value") => {
                let tag = text(needed(payload, "tag")?)?;
                let case = cases.iter().find(|(case, _)| case == tag);
                let Some((_, Some(ty))) = case else {
                    return Err(format!("it is of the unknown case {tag:?}"));
                };
                let body = self.value(index(needed(payload, "body")?)?, ty)?;
                Ok(Some(wire::variant(tag, body)))
            }
            (Kind::Map | Kind::Union(_), shape, name) => Err(misfit(name, shape)),
            _ => Ok(None),
        }
    }

    fn several(
        &self,
        name: &str,
        payload: &Val,
        expected: &str,
        number: usize,
    ) -> Result<Vec<usize>, Malformed> {
        let indices = indices(name, Some(payload), expected)?;
        match indices.len() == number {
            true => Ok(indices),
            false => Err(format!("it has {} parts of {number}", indices.len())),
        }
    }

    fn each(&mut self, indices: Vec<usize>, item: &WitType) -> Result<Vec<Val>, Malformed> {
        let items = indices.into_iter().enumerate();
        let items = items.map(|(number, at)| {
            let item = self.value(at, item);
            item.map_err(|it| format!("item {number}: {it}"))
        });
        items.collect()
    }

    fn optional(
        &mut self,
        content: Option<&Val>,
        ty: Option<&WitType>,
    ) -> Result<Option<Box<Val>>, Malformed> {
        match (content, ty) {
            (Some(at), Some(ty)) => Ok(Some(Box::new(self.value(index(at)?, ty)?))),
            (None, None) => Ok(None),
            (Some(_), None) => Err("it has a content that its type does not".to_owned()),
            (None, Some(_)) => Err("it has no content, and its type does".to_owned()),
        }
    }
}

fn plain(name: &str, payload: &Val, expected: &str, shape: &WitType) -> Result<Val, Malformed> {
    match name == expected && shape.admits(payload) {
        true => Ok(payload.clone()),
        false => Err(misfit(name, shape)),
    }
}

fn indices(name: &str, payload: Option<&Val>, expected: &str) -> Result<Vec<usize>, Malformed> {
    let payload = content(name, payload)?;
    if name != expected {
        return Err(format!("it is a {name}, not a {expected}"));
    }
    list(payload)?.iter().map(index).collect()
}

fn misfit(name: &str, ty: &WitType) -> Malformed {
    format!("it is a {name}, and its type is {ty:#}")
}
