//! Values as Golem prints them in an oplog → values of the component's types. A type that Golem prints beside a value is not
//! needed: a value fits the component's type, or it does not.

use serde_json::Value;

use super::tree;
use crate::component::agent::of_json;
use crate::value::rules::Kind;
use crate::value::{Val, WitType};

/// The arguments of an exported function: each with its type (`{"typ", "value"}`).
pub(super) fn arguments(given: &[Value], parameters: &[(String, WitType)]) -> Option<Vec<Val>> {
    let is_one = given.len() == parameters.len();
    let both = given.iter().zip(parameters);
    let values = both.map(|(json, (_, ty))| typed(json, ty));
    values.collect::<Option<_>>().filter(|_| is_one)
}

/// What an exported function returned. Until Golem 1.2 a result stands in a tuple of its own.
pub(super) fn result(json: &Value, ty: &WitType) -> Option<Val> {
    let is_wrapped = json["typ"]["type"]
        .as_str()
        .is_some_and(|it| it.eq_ignore_ascii_case("tuple"));
    match (json["value"].as_array().map(Vec::as_slice), &*ty.shape()) {
        (_, WitType::Tuple(_)) => typed(json, ty),
        (Some([inner]), _) if is_wrapped => of_json(inner, ty),
        _ => typed(json, ty),
    }
}

fn typed(json: &Value, ty: &WitType) -> Option<Val> {
    of_json(json.get("value")?, ty)
}

/// The arguments of an agent's constructor or method.
pub(super) fn input(json: &Value, parameters: &[(String, WitType)]) -> Option<Vec<Val>> {
    let Some(kind) = json.get("type") else {
        return tree::record(json.get("value")?, parameters);
    };
    let elements = json.get("elements")?.as_array()?;
    match (kind.as_str()?, parameters) {
        ("Multimodal", [(_, ty)]) => multimodal(elements, ty).map(|it| vec![it]),
        ("Tuple", _) if elements.len() == parameters.len() => {
            let both = elements.iter().zip(parameters);
            both.map(|(json, (_, ty))| element(json, ty)).collect()
        }
        _ => None,
    }
}

/// What an agent's method returned.
pub(super) fn output(json: &Value, ty: &WitType) -> Option<Val> {
    match json.get("type") {
        Some(_) => input(json, &[(String::new(), ty.clone())])?.pop(),
        None => tree::value(json.get("value")?, ty),
    }
}

fn multimodal(elements: &[Value], ty: &WitType) -> Option<Val> {
    let WitType::List(cases) = &*ty.shape() else {
        return None;
    };
    let WitType::Variant(cases) = &*cases.shape() else {
        return None;
    };
    let inputs = elements.iter().map(|json| {
        let name = json.get("name")?.as_str()?;
        let (name, ty) = cases.iter().find(|(case, _)| case == name)?;
        let content = element(json.get("value")?, ty.as_ref()?)?;
        Some(Val::Variant(name.clone(), Some(Box::new(content))))
    });
    let value = Val::List(inputs.collect::<Option<_>>()?);
    ty.admits(&value).then_some(value)
}

/// One element of Golem 1.5's data values.
fn element(json: &Value, ty: &WitType) -> Option<Val> {
    let value = json.get("value")?;
    match (json.get("type")?.as_str()?, &*ty.kind()) {
        ("ComponentModel", _) => typed(value, ty),
        ("UnstructuredText", Kind::UnstructuredText { .. }) => reference(value, ty, "textType"),
        ("UnstructuredBinary", Kind::UnstructuredBinary { .. }) => {
            reference(value, ty, "binaryType")
        }
        _ => None,
    }
}

/// A text or bytes, inline or by a URL.
fn reference(json: &Value, ty: &WitType, what: &str) -> Option<Val> {
    let WitType::Variant(cases) = &*ty.shape() else {
        return None;
    };
    let [(url, _), (inline, Some(WitType::Record(fields)))] = &**cases else {
        return None;
    };
    let [(data, data_ty), (described, described_ty)] = &**fields else {
        return None;
    };
    let value = match json.get("type")?.as_str()? {
        "Url" => {
            let address = json.get("value")?.as_str()?.to_owned();
            Val::Variant(url.clone(), Some(Box::new(Val::String(address))))
        }
        "Inline" => {
            let description = renamed(json.get(what).unwrap_or(&Value::Null));
            let fields = vec![
                (data.clone(), of_json(json.get("data")?, data_ty)?),
                (described.clone(), of_json(&description, described_ty)?),
            ];
            Val::Variant(inline.clone(), Some(Box::new(Val::Record(fields))))
        }
        _ => return None,
    };
    ty.admits(&value).then_some(value)
}

/// The same with the names of fields as WIT writes them.
fn renamed(json: &Value) -> Value {
    match json {
        Value::Object(fields) => {
            let fields = fields.iter();
            let renamed = |(name, it): (&String, &Value)| {
                (heck::ToKebabCase::to_kebab_case(name.as_str()), it.clone())
            };
            Value::Object(fields.map(renamed).collect())
        }
        other => other.clone(),
    }
}
