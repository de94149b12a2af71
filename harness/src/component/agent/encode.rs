//! Values → the nodes in which they travel.

use super::guest::Dialect;
use super::wire::{Malformed, node, record, some, string, variant};
use crate::value::rules::Kind;
use crate::value::{Val, WitType};

/// How deeply a value is nested at most, in both directions.
pub(super) const DEEPEST: u32 = 256;

/// The cases of a value node that are used, with what is in them.
pub(super) fn node_cases(dialect: Dialect) -> Vec<(&'static str, WitType)> {
    let index = || WitType::S32;
    let indices = || WitType::list(index());
    let optional = || WitType::option(index());
    let both = [
        ("record-value", indices()),
        ("tuple-value", indices()),
        ("list-value", indices()),
        ("enum-value", WitType::U32),
        ("flags-value", WitType::list(WitType::Bool)),
        ("option-value", optional()),
    ];
    let mut cases: Vec<_> = both.into();
    cases.extend(PRIMITIVES.map(|(old, new, ty)| match dialect {
        Dialect::V1_3 | Dialect::V1_5 => (old, ty),
        Dialect::V2_0 => (new, ty),
    }));
    if dialect != Dialect::V2_0 {
        let case = WitType::Tuple([WitType::U32, optional()].into());
        let result = WitType::Result((Some(optional()), Some(optional())).into());
        cases.extend([("variant-value", case), ("result-value", result)]);
        return cases;
    }
    let entry = WitType::record([("key", index()), ("value", index())]);
    cases.extend([
        (
            "variant-value",
            WitType::record([("case", WitType::U32), ("payload", optional())]),
        ),
        (
            "result-value",
            WitType::variant([
                ("ok-value", Some(optional())),
                ("err-value", Some(optional())),
            ]),
        ),
        ("fixed-list-value", indices()),
        ("map-value", WitType::list(entry)),
        (
            "union-value",
            WitType::record([("tag", WitType::String), ("body", index())]),
        ),
    ]);
    let kinds = [
        Kind::Text(Default::default()),
        Kind::Binary(Default::default()),
        Kind::Path { extensions: None },
        Kind::Url(Default::default()),
        Kind::Uuid,
        Kind::Datetime,
        Kind::Duration,
        Kind::Quantity(Default::default()),
    ];
    let kinds = kinds.into_iter().filter_map(|kind| {
        let name = kind_case(&kind)?;
        Some((name, kind.ty()?.shape().into_owned()))
    });
    cases.extend(kinds);
    cases
}

/// Primitive values: their cases in the old interfaces and in 2.0.
const PRIMITIVES: [(&str, &str, WitType); 13] = [
    ("prim-bool", "bool-value", WitType::Bool),
    ("prim-s8", "s8-value", WitType::S8),
    ("prim-s16", "s16-value", WitType::S16),
    ("prim-s32", "s32-value", WitType::S32),
    ("prim-s64", "s64-value", WitType::S64),
    ("prim-u8", "u8-value", WitType::U8),
    ("prim-u16", "u16-value", WitType::U16),
    ("prim-u32", "u32-value", WitType::U32),
    ("prim-u64", "u64-value", WitType::U64),
    ("prim-float32", "f32-value", WitType::F32),
    ("prim-float64", "f64-value", WitType::F64),
    ("prim-char", "char-value", WitType::Char),
    ("prim-string", "string-value", WitType::String),
];

/// The case in which a primitive value travels; none for other types.
pub(super) fn primitive_case(dialect: Dialect, ty: &WitType) -> Option<&'static str> {
    let found = PRIMITIVES.iter().find(|(_, _, known)| known == ty);
    found.map(|(old, new, _)| match dialect {
        Dialect::V1_3 | Dialect::V1_5 => *old,
        Dialect::V2_0 => *new,
    })
}

/// The case in which a value of this kind travels as it is, in 2.0.
pub(super) fn kind_case(kind: &Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::Text(_) => "text-value",
        Kind::Binary(_) => "binary-value",
        Kind::Path { .. } => "path-value",
        Kind::Url(_) => "url-value",
        Kind::Uuid => "uuid-value",
        Kind::Datetime => "datetime-value",
        Kind::Duration => "duration-value",
        Kind::Quantity(_) => "quantity-value-node",
        _ => return None,
    })
}

/// A list of nodes that is being filled.
pub(super) struct Nodes {
    dialect: Dialect,
    nodes: Vec<Val>,
    depth: u32,
}

impl Nodes {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            nodes: Vec::new(),
            depth: 0,
        }
    }

    pub(super) fn into_list(self) -> Val {
        Val::List(self.nodes)
    }

    /// The root of a tree whose parts are values of their own; the number of its node.
    pub(super) fn root(
        &mut self,
        parts: &[(String, WitType)],
        values: &[Val],
    ) -> Result<Val, Malformed> {
        if parts.len() != values.len() {
            return Err(format!(
                "there are {} values for {} parameters",
                values.len(),
                parts.len()
            ));
        }
        let types = parts.iter().map(|(_, ty)| ty);
        let at = self.reserve();
        let indices = self.each(types.zip(values))?;
        self.nodes[at] = variant("record-value", indices);
        node(at)
    }

    /// Adds a value; the number of its node, which is the first of those that are added.
    pub(super) fn add(&mut self, value: &Val, ty: &WitType) -> Result<Val, Malformed> {
        if self.depth >= DEEPEST {
            return Err(format!("the value is nested more than {DEEPEST} times"));
        }
        self.depth += 1;
        let at = self.reserve();
        let built = self.node(value, ty);
        self.depth -= 1;
        self.nodes[at] = built?;
        node(at)
    }

    /// A node that the nodes of its parts follow.
    fn reserve(&mut self) -> usize {
        self.nodes.push(Val::Tuple(Vec::new()));
        self.nodes.len() - 1
    }

    fn node(&mut self, value: &Val, ty: &WitType) -> Result<Val, Malformed> {
        let shape = ty.shape();
        if self.dialect == Dialect::V2_0
            && let Some(special) = self.special(value, &ty.kind(), &shape)?
        {
            return Ok(special);
        }
        if let Some(case) = primitive_case(self.dialect, &shape) {
            return match shape.admits(value) {
                true => Ok(variant(case, value.clone())),
                false => Err(misfit(value, ty)),
            };
        }
        let indices = match (&*shape, value) {
            (WitType::Record(types), Val::Record(fields)) if same_names(types, fields) => {
                let types = types.iter().map(|(_, ty)| ty);
                let values = fields.iter().map(|(_, value)| value);
                ("record-value", self.each(types.zip(values))?)
            }
            (WitType::Tuple(types), Val::Tuple(values)) if types.len() == values.len() => {
                ("tuple-value", self.each(types.iter().zip(values))?)
            }
            (WitType::List(item), Val::List(items)) => (
                "list-value",
                self.each(items.iter().map(|it| (&**item, it)))?,
            ),
            (WitType::FixedLengthList(item, length), Val::FixedLengthList(items))
                if items.len() == *length as usize =>
            {
                let case = match self.dialect {
                    Dialect::V1_3 | Dialect::V1_5 => "list-value",
                    Dialect::V2_0 => "fixed-list-value",
                };
                (case, self.each(items.iter().map(|it| (&**item, it)))?)
            }
            _ => {
                return self
                    .choice(value, &shape)
                    .ok_or_else(|| misfit(value, ty))?;
            }
        };
        Ok(variant(indices.0, indices.1))
    }

    /// A value that is one of several; none if it does not fit.
    fn choice(&mut self, value: &Val, shape: &WitType) -> Option<Result<Val, Malformed>> {
        Some(match (shape, value) {
            (WitType::Variant(cases), Val::Variant(name, payload)) => {
                let at = cases.iter().position(|(case, _)| case == name)?;
                let number = Val::U32(u32::try_from(at).ok()?);
                let payload = self.optional(payload.as_deref(), cases[at].1.as_ref())?;
                payload.map(|payload| match self.dialect {
                    Dialect::V1_3 | Dialect::V1_5 => {
                        variant("variant-value", Val::Tuple(vec![number, payload]))
                    }
                    Dialect::V2_0 => {
                        let case = record([("case", number), ("payload", payload)]);
                        variant("variant-value", case)
                    }
                })
            }
            (WitType::Enum(names), Val::Enum(name)) => {
                let at = names.iter().position(|case| case == name)?;
                Ok(variant("enum-value", Val::U32(u32::try_from(at).ok()?)))
            }
            (WitType::Flags(names), Val::Flags(set)) => {
                if !set.iter().all(|flag| names.contains(flag)) {
                    return None;
                }
                let flags = names.iter().map(|name| Val::Bool(set.contains(name)));
                Ok(variant("flags-value", Val::List(flags.collect())))
            }
            (WitType::Option(item), Val::Option(value)) => {
                let item = value.is_some().then_some(&**item);
                let value = self.optional(value.as_deref(), item)?;
                value.map(|value| variant("option-value", value))
            }
            (WitType::Result(types), Val::Result(result)) => {
                let (payload, ty, case) = match result {
                    Ok(payload) => (payload, &types.0, "ok-value"),
                    Err(payload) => (payload, &types.1, "err-value"),
                };
                let payload = self.optional(payload.as_deref(), ty.as_ref())?;
                payload.map(|payload| {
                    let content = match (self.dialect, result) {
                        (Dialect::V2_0, _) => variant(case, payload),
                        (_, Ok(_)) => Val::Result(Ok(Some(Box::new(payload)))),
                        (_, Err(_)) => Val::Result(Err(Some(Box::new(payload)))),
                    };
                    variant("result-value", content)
                })
            }
            _ => return None,
        })
    }

    /// What only 2.0 has nodes for.
    fn special(
        &mut self,
        value: &Val,
        kind: &Kind,
        shape: &WitType,
    ) -> Result<Option<Val>, Malformed> {
        if let Some(case) = kind_case(kind) {
            return match shape.admits(value) {
                true => Ok(Some(variant(case, value.clone()))),
                false => Err(misfit(value, shape)),
            };
        }
        match (kind, shape, value) {
            (Kind::Map, WitType::List(entry), Val::List(entries)) => {
                let WitType::Tuple(types) = &**entry else {
                    return Ok(None);
                };
                let entries = entries.iter().map(|entry| match entry {
                    Val::Tuple(pair) if pair.len() == 2 && types.len() == 2 => Ok(record([
                        ("key", self.add(&pair[0], &types[0])?),
                        ("value", self.add(&pair[1], &types[1])?),
                    ])),
                    other => Err(misfit(other, entry_type(types))),
                });
                let entries = entries.collect::<Result<_, _>>()?;
                Ok(Some(variant("map-value", Val::List(entries))))
            }
            (Kind::Union(_), WitType::Variant(cases), Val::Variant(tag, Some(body))) => {
                let case = cases.iter().find(|(case, _)| case == tag);
                let Some((_, Some(ty))) = case else {
                    return Err(misfit(value, shape));
                };
                let body = self.add(body, ty)?;
                let union = record([("tag", string(tag)), ("body", body)]);
                Ok(Some(variant("union-value", union)))
            }
            _ => Ok(None),
        }
    }

    fn each<'v>(
        &mut self,
        parts: impl Iterator<Item = (&'v WitType, &'v Val)>,
    ) -> Result<Val, Malformed> {
        let indices = parts.map(|(ty, value)| self.add(value, ty));
        Ok(Val::List(indices.collect::<Result<_, _>>()?))
    }

    /// A content that is there if its type is; none if only one of them is.
    fn optional(
        &mut self,
        value: Option<&Val>,
        ty: Option<&WitType>,
    ) -> Option<Result<Val, Malformed>> {
        match (value, ty) {
            (Some(value), Some(ty)) => Some(self.add(value, ty).map(some)),
            (None, None) => Some(Ok(Val::Option(None))),
            _ => None,
        }
    }
}

/// For errors: the key's type, which is what a pair is told apart by.
fn entry_type(types: &[WitType]) -> &WitType {
    types.first().unwrap_or(&WitType::Bool)
}

fn same_names(types: &[(String, WitType)], fields: &[(String, Val)]) -> bool {
    let mut both = types.iter().zip(fields);
    types.len() == fields.len() && both.all(|((name, _), (field, _))| name == field)
}

fn misfit(value: &Val, ty: &WitType) -> Malformed {
    format!("{} is no {ty:#}", crate::value::wave(value))
}
