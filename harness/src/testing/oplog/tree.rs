//! Values as Golem 1.6 prints them: trees of `{"kind": …, "value": …}`, in which fields and cases stand by their places
//! (golem-schema, `schema_value.rs`).

use serde_json::Value;

use crate::component::agent::id::parse_datetime;
use crate::component::agent::of_json;
use crate::value::rules::Kind;
use crate::value::{Val, WitType, entries};

/// The arguments that a record of them holds.
pub(super) fn record(json: &Value, parameters: &[(String, WitType)]) -> Option<Vec<Val>> {
    let fields = payload(json, "record")?.get("fields")?;
    let types = parameters.iter().map(|(_, ty)| ty);
    each(fields, types)
}

/// The value of the type; none if it is none.
pub(super) fn value(json: &Value, ty: &WitType) -> Option<Val> {
    let shape = ty.shape();
    let value = special(json, &ty.kind(), &shape).or_else(|| plain(json, &shape))?;
    ty.admits(&value).then_some(value)
}

fn payload<'j>(json: &'j Value, kind: &str) -> Option<&'j Value> {
    (json.get("kind")? == kind).then(|| json.get("value"))?
}

/// Values of kinds that say more than their shape.
fn special(json: &Value, kind: &Kind, shape: &WitType) -> Option<Val> {
    match (kind, shape) {
        (Kind::Text(_), WitType::Record(fields)) => {
            let text = payload(json, "text")?;
            fields_of(fields, [text.get("text"), text.get("language")])
        }
        (Kind::Binary(_), WitType::Record(fields)) => {
            let binary = payload(json, "binary")?;
            fields_of(fields, [binary.get("bytes"), binary.get("mime_type")])
        }
        (Kind::Path { .. }, _) => of_json(payload(json, "path")?.get("path")?, shape),
        (Kind::Url(_), _) => of_json(payload(json, "url")?.get("url")?, shape),
        (Kind::Datetime, WitType::Record(fields)) => {
            let text = payload(json, "datetime")?.get("value")?.as_str()?;
            let (seconds, nanoseconds) = parse_datetime(text)?;
            let (seconds, nanoseconds) = (seconds.into(), nanoseconds.into());
            fields_of(fields, [Some(&seconds), Some(&nanoseconds)])
        }
        (Kind::Duration, WitType::Record(_)) => of_json(payload(json, "duration")?, shape),
        (Kind::Quantity(_), WitType::Record(_)) => of_json(payload(json, "quantity")?, shape),
        (Kind::Map, WitType::List(entry)) => {
            let WitType::Tuple(types) = &**entry else {
                return None;
            };
            let pairs = payload(json, "map")?.get("entries")?.as_array()?;
            let pairs = pairs
                .iter()
                .map(|it| each(it, types.iter()).map(Val::Tuple));
            Some(Val::List(entries(pairs.collect::<Option<_>>()?)))
        }
        (Kind::Union(_), WitType::Variant(cases)) => {
            let union = payload(json, "union")?;
            let tag = union.get("tag")?.as_str()?;
            let (tag, ty) = cases.iter().find(|(case, _)| case == tag)?;
            let body = value(union.get("body")?, ty.as_ref()?)?;
            Some(Val::Variant(tag.clone(), Some(Box::new(body))))
        }
        _ => None,
    }
}

/// A record of parts that Golem prints as plain JSON.
fn fields_of(fields: &[(String, WitType)], parts: [Option<&Value>; 2]) -> Option<Val> {
    let both = fields.iter().zip(parts);
    let fields = both.map(|((name, ty), json)| {
        let value = of_json(json.unwrap_or(&Value::Null), ty)?;
        Some((name.clone(), value))
    });
    Some(Val::Record(fields.collect::<Option<_>>()?))
}

fn plain(json: &Value, shape: &WitType) -> Option<Val> {
    let kind = kind(shape)?;
    let payload = payload(json, kind)?;
    Some(match shape {
        WitType::Record(fields) => {
            let values = each(payload.get("fields")?, fields.iter().map(|(_, ty)| ty))?;
            let names = fields.iter().map(|(name, _)| name.clone());
            Val::Record(names.zip(values).collect())
        }
        WitType::Tuple(types) => Val::Tuple(each(payload.get("elements")?, types.iter())?),
        WitType::List(item) => Val::List(all(payload, item)?),
        WitType::FixedLengthList(item, _) => Val::FixedLengthList(all(payload, item)?),
        WitType::Variant(cases) => {
            let (name, ty) = cases.get(number(payload.get("case")?)?)?;
            let content = content(payload.get("payload"), ty.as_ref())?;
            Val::Variant(name.clone(), content)
        }
        WitType::Enum(names) => {
            let name = names.get(number(payload.get("case")?)?)?;
            Val::Enum(name.clone())
        }
        WitType::Flags(names) => {
            let bits = payload.get("bits")?.as_array()?;
            let is_set = |bit: &Value| bit.as_bool() == Some(true);
            let set = names.iter().zip(bits).filter(|(_, bit)| is_set(bit));
            let set = set.map(|(name, _)| name.clone()).collect();
            (bits.len() == names.len()).then_some(Val::Flags(set))?
        }
        WitType::Option(item) => Val::Option(match payload.get("inner")? {
            Value::Null => None,
            inner => Some(Box::new(value(inner, item)?)),
        }),
        WitType::Result(types) => {
            let inner = payload.get("value");
            match payload.get("tag")?.as_str()? {
                "ok" => Val::Result(Ok(content(inner, types.0.as_ref())?)),
                "err" => Val::Result(Err(content(inner, types.1.as_ref())?)),
                _ => return None,
            }
        }
        primitive => of_json(payload, primitive)?,
    })
}

/// What a value of this shape is called.
fn kind(shape: &WitType) -> Option<&'static str> {
    Some(match shape {
        WitType::Bool => "bool",
        WitType::S8 => "s8",
        WitType::U8 => "u8",
        WitType::S16 => "s16",
        WitType::U16 => "u16",
        WitType::S32 => "s32",
        WitType::U32 => "u32",
        WitType::S64 => "s64",
        WitType::U64 => "u64",
        WitType::F32 => "f32",
        WitType::F64 => "f64",
        WitType::Char => "char",
        WitType::String => "string",
        WitType::Record(_) => "record",
        WitType::Tuple(_) => "tuple",
        WitType::List(_) => "list",
        WitType::FixedLengthList(..) => "fixed-list",
        WitType::Variant(_) => "variant",
        WitType::Enum(_) => "enum",
        WitType::Flags(_) => "flags",
        WitType::Option(_) => "option",
        WitType::Result(_) => "result",
        _ => return None,
    })
}

fn each<'t>(
    json: &Value,
    mut types: impl ExactSizeIterator<Item = &'t WitType>,
) -> Option<Vec<Val>> {
    let items = json.as_array().filter(|it| it.len() == types.len())?;
    let values = items.iter().map(|json| value(json, types.next()?));
    values.collect()
}

fn all(payload: &Value, item: &WitType) -> Option<Vec<Val>> {
    let items = payload.get("elements")?.as_array()?;
    items.iter().map(|json| value(json, item)).collect()
}

/// What a case holds; none if it is no value of the type.
fn content(json: Option<&Value>, ty: Option<&WitType>) -> Option<Option<Box<Val>>> {
    match (json.filter(|it| !it.is_null()), ty) {
        (Some(json), Some(ty)) => Some(Some(Box::new(value(json, ty)?))),
        (None, None) => Some(None),
        _ => None,
    }
}

fn number(json: &Value) -> Option<usize> {
    usize::try_from(json.as_u64()?).ok()
}
