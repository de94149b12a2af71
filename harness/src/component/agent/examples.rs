//! Examples that an agent's author gave, as JSON → values.

use serde_json::Value;

use crate::value::{Val, WitType};

/// How long an example is at most, in bytes.
const LONGEST: usize = 64 << 10;

/// The value that an example means; none if it means none of this type.
pub(super) fn example(json: &str, ty: &WitType) -> Option<Val> {
    if json.len() > LONGEST {
        return None;
    }
    // The parser's own limit keeps the value from being nested too deeply.
    let json = serde_json::from_str(json).ok()?;
    value(&json, ty).filter(|it| is_whole(ty) && ty.admits(it))
}

/// The value that Golem 1.5 prints as this JSON; none if it is none of the type.
pub(crate) fn of_json(json: &Value, ty: &WitType) -> Option<Val> {
    value(json, ty).filter(|it| ty.admits(it))
}

/// Whether no definition is mentioned that is not known yet.
fn is_whole(ty: &WitType) -> bool {
    !matches!(ty, WitType::Bound(_)) && ty.parts().into_iter().all(is_whole)
}

fn value(json: &Value, ty: &WitType) -> Option<Val> {
    Some(match ty {
        WitType::Named(named) => value(json, &named.body())?,
        WitType::Annotated(annotated) => text(json, &annotated.shape)
            .or_else(|| value(json, &annotated.shape))
            .or_else(|| map(json, &annotated.shape))?,
        WitType::Bool => Val::Bool(json.as_bool()?),
        WitType::S8 => Val::S8(number(json)?),
        WitType::U8 => Val::U8(number(json)?),
        WitType::S16 => Val::S16(number(json)?),
        WitType::U16 => Val::U16(number(json)?),
        WitType::S32 => Val::S32(number(json)?),
        WitType::U32 => Val::U32(number(json)?),
        WitType::S64 => Val::S64(number(json)?),
        WitType::U64 => Val::U64(number(json)?),
        WitType::F32 => Val::Float32(json.as_f64()? as f32),
        WitType::F64 => Val::Float64(json.as_f64()?),
        WitType::Char => match json.as_str() {
            Some(text) => {
                let mut characters = text.chars();
                match (characters.next(), characters.next()) {
                    (Some(character), None) => Val::Char(character),
                    _ => return None,
                }
            }
            None => Val::Char(char::from_u32(number(json)?)?),
        },
        WitType::String => Val::String(json.as_str()?.to_owned()),
        WitType::List(item) => {
            let items = json.as_array()?.iter().map(|json| value(json, item));
            Val::List(items.collect::<Option<_>>()?)
        }
        WitType::FixedLengthList(item, _) => {
            let items = json.as_array()?.iter().map(|json| value(json, item));
            Val::FixedLengthList(items.collect::<Option<_>>()?)
        }
        WitType::Record(fields) => {
            let object = json.as_object()?;
            let fields = fields.iter().map(|(name, ty)| {
                let json = object.get(name).unwrap_or(&Value::Null);
                Some((name.clone(), value(json, ty)?))
            });
            Val::Record(fields.collect::<Option<_>>()?)
        }
        WitType::Tuple(types) => {
            let items = json.as_array()?;
            let values = types.iter().zip(items).map(|(ty, json)| value(json, ty));
            Val::Tuple(values.collect::<Option<_>>()?)
        }
        WitType::Enum(_) => Val::Enum(json.as_str()?.to_owned()),
        WitType::Option(item) => match json {
            Value::Null => Val::Option(None),
            json => Val::Option(Some(Box::new(value(json, item)?))),
        },
        WitType::Variant(cases) => match json {
            Value::String(name) => Val::Variant(name.clone(), None),
            Value::Object(object) if object.len() == 1 => {
                let (name, json) = object.iter().next()?;
                let (_, ty) = cases.iter().find(|(case, _)| case == name)?;
                Val::Variant(name.clone(), content(json, ty.as_ref())?)
            }
            _ => return None,
        },
        WitType::Result(types) => {
            let object = json.as_object().filter(|it| it.len() == 1)?;
            match (object.get("ok"), object.get("err")) {
                (Some(json), None) => Val::Result(Ok(content(json, types.0.as_ref())?)),
                (None, Some(json)) => Val::Result(Err(content(json, types.1.as_ref())?)),
                _ => return None,
            }
        }
        WitType::Flags(_) => {
            let names = json.as_array()?.iter();
            let names = names.map(|it| it.as_str().map(str::to_owned));
            Val::Flags(names.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

/// What a case holds, which is null where it holds nothing; none if it is no value of the type.
fn content(json: &Value, ty: Option<&WitType>) -> Option<Option<Box<Val>>> {
    match ty {
        Some(ty) => Some(Some(Box::new(value(json, ty)?))),
        None => json.is_null().then_some(None),
    }
}

/// A text without its language.
fn text(json: &Value, shape: &WitType) -> Option<Val> {
    let WitType::Record(fields) = shape else {
        return None;
    };
    let [(text, _), (language, _)] = &**fields else {
        return None;
    };
    let json = json.as_str()?;
    (text == "text" && language == "language").then(|| {
        Val::Record(vec![
            (text.clone(), Val::String(json.to_owned())),
            (language.clone(), Val::Option(None)),
        ])
    })
}

/// A map as an object.
fn map(json: &Value, shape: &WitType) -> Option<Val> {
    let WitType::List(entry) = shape else {
        return None;
    };
    let WitType::Tuple(types) = &**entry else {
        return None;
    };
    let [key, content] = &**types else {
        return None;
    };
    let entries = json.as_object()?.iter().map(|(name, json)| {
        let name = value(&Value::String(name.clone()), key)?;
        Some(Val::Tuple(vec![name, value(json, content)?]))
    });
    let entries = entries.collect::<Option<_>>()?;
    Some(Val::List(crate::value::entries(entries)))
}

/// A whole number, or the text of one.
fn number<T: TryFrom<i128>>(json: &Value) -> Option<T> {
    let number = match json {
        Value::String(digits) => digits.parse().ok()?,
        json => json
            .as_i64()
            .map(i128::from)
            .or_else(|| json.as_u64().map(i128::from))?,
    };
    T::try_from(number).ok()
}
