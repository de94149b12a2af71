//! Taking values apart that a component returned, and putting those together that it takes. A component's own types are
//! checked when its guest interface is recognised, and an unexpected value is still an error, never a panic.

use crate::value::{Val, WitType};

/// What is wrong with a value, as the end of a sentence.
pub(super) type Malformed = String;

/// A field of a record.
pub(super) fn field<'v>(value: &'v Val, name: &str) -> Option<&'v Val> {
    let Val::Record(fields) = value else {
        return None;
    };
    let found = fields.iter().find(|(field, _)| field == name);
    found.map(|(_, value)| value)
}

/// A field that must be there.
pub(super) fn needed<'v>(value: &'v Val, name: &str) -> Result<&'v Val, Malformed> {
    field(value, name).ok_or_else(|| format!("it has no {name}"))
}

pub(super) fn text(value: &Val) -> Result<&str, Malformed> {
    match value {
        Val::String(text) => Ok(text),
        _ => Err("something is no text that should be one".to_owned()),
    }
}

pub(super) fn list(value: &Val) -> Result<&[Val], Malformed> {
    match value {
        Val::List(items) => Ok(items),
        _ => Err("something is no list that should be one".to_owned()),
    }
}

pub(super) fn pair(value: &Val) -> Result<(&Val, &Val), Malformed> {
    match value {
        Val::Tuple(values) => match values.as_slice() {
            [first, second] => Ok((first, second)),
            _ => Err("something is no pair that should be one".to_owned()),
        },
        _ => Err("something is no pair that should be one".to_owned()),
    }
}

/// The case of a variant or an enum with its content.
pub(super) fn case(value: &Val) -> Result<(&str, Option<&Val>), Malformed> {
    match value {
        Val::Variant(name, payload) => Ok((name, payload.as_deref())),
        Val::Enum(name) => Ok((name, None)),
        _ => Err("something is no variant that should be one".to_owned()),
    }
}

pub(super) fn option(value: &Val) -> Result<Option<&Val>, Malformed> {
    match value {
        Val::Option(value) => Ok(value.as_deref()),
        _ => Err("something is no option that should be one".to_owned()),
    }
}

/// The content of a case that has one.
pub(super) fn content<'v>(name: &str, payload: Option<&'v Val>) -> Result<&'v Val, Malformed> {
    payload.ok_or_else(|| format!("its {name} has no content"))
}

/// An index into a list of nodes.
pub(super) fn index(value: &Val) -> Result<usize, Malformed> {
    match value {
        Val::S32(index) => usize::try_from(*index).map_err(|_| format!("node {index} is none")),
        Val::U32(index) => Ok(*index as usize),
        _ => Err("something is no index that should be one".to_owned()),
    }
}

pub(super) fn texts(value: &Val) -> Result<Vec<String>, Malformed> {
    let texts = list(value)?.iter();
    texts.map(|it| text(it).map(str::to_owned)).collect()
}

/// A record.
pub(super) fn record<const N: usize>(fields: [(&str, Val); N]) -> Val {
    let fields = fields.into_iter();
    Val::Record(
        fields
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// A case of a variant with its content.
pub(super) fn variant(name: &str, payload: Val) -> Val {
    Val::Variant(name.to_owned(), Some(Box::new(payload)))
}

pub(super) fn string(text: &str) -> Val {
    Val::String(text.to_owned())
}

pub(super) fn some(value: Val) -> Val {
    Val::Option(Some(Box::new(value)))
}

/// The index of a node; none if there are more than an index can count.
pub(super) fn node(index: usize) -> Result<Val, Malformed> {
    let index = i32::try_from(index);
    index
        .map(Val::S32)
        .map_err(|_| "it has too many parts".to_owned())
}

/// A value of a type of the wire, with the fields of records that are given by name, and nothing in the others.
pub(super) fn filled(ty: &WitType, given: &[(&str, Val)]) -> Option<Val> {
    let WitType::Record(fields) = ty else {
        return None;
    };
    let fields = fields.iter().map(|(name, ty)| {
        let value = given.iter().find(|(given, _)| given == name);
        let value = match value {
            Some((_, value)) if ty.admits(value) => value.clone(),
            _ => nothing(ty)?,
        };
        Some((name.clone(), value))
    });
    Some(Val::Record(fields.collect::<Option<_>>()?))
}

/// The emptiest value of a type of the wire.
pub(super) fn nothing(ty: &WitType) -> Option<Val> {
    Some(match ty {
        WitType::Bool => Val::Bool(false),
        WitType::U8 => Val::U8(0),
        WitType::U16 => Val::U16(0),
        WitType::U32 => Val::U32(0),
        WitType::U64 => Val::U64(0),
        WitType::S32 => Val::S32(0),
        WitType::S64 => Val::S64(0),
        WitType::String => string(""),
        WitType::List(_) => Val::List(Vec::new()),
        WitType::Option(_) => Val::Option(None),
        WitType::Record(_) => filled(ty, &[])?,
        WitType::Tuple(types) => Val::Tuple(types.iter().map(nothing).collect::<Option<_>>()?),
        WitType::Enum(names) => Val::Enum(names.first()?.clone()),
        _ => return None,
    })
}
