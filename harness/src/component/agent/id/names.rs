//! Arguments in ids before Golem 1.5: WAVE without blanks, all names in kebab-case.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use heck::ToKebabCase;

use super::super::wire::{case, content, field, list, option, record, string, text, variant};
use crate::value::rules::Kind;
use crate::value::{Val, WitType, compact, parse};

/// An argument as it stands in an id.
pub(super) fn written(value: &Val, ty: &WitType) -> Result<String, String> {
    let is_text = match &*ty.kind() {
        Kind::UnstructuredText { .. } => true,
        Kind::UnstructuredBinary { .. } => false,
        Kind::Multimodal => return multimodal(value, ty),
        _ => return Ok(compact(&renamed(value, ty, &kebab(ty)))),
    };
    let (name, inline) = case(value)?;
    let inline = content(name, inline)?;
    if name == "url" {
        return Ok(text(inline)?.to_owned());
    }
    let data = field(inline, "data").ok_or("it has no data")?;
    if is_text {
        let ty = field(inline, "text-type").ok_or("it has no type")?;
        let code = option(ty)?.and_then(|it| field(it, "language-code"));
        let code = code.map(|it| Ok::<_, String>(format!("[{}]", text(it)?)));
        return Ok(code.transpose()?.unwrap_or_default() + &compact(data));
    }
    let mime = field(inline, "binary-type").and_then(|it| field(it, "mime-type"));
    let bytes = list(data)?.iter().filter_map(|it| match it {
        Val::U8(byte) => Some(*byte),
        _ => None,
    });
    let bytes = STANDARD.encode(bytes.collect::<Vec<u8>>());
    Ok(format!(
        "[{}]\"{bytes}\"",
        text(mime.ok_or("it has no type")?)?
    ))
}

fn multimodal(value: &Val, ty: &WitType) -> Result<String, String> {
    let cases = inputs(ty)?;
    let inputs = list(value)?.iter().map(|input| {
        let (name, payload) = case(input)?;
        let ty = cases.iter().find(|(case, _)| case == name);
        let ty = ty
            .and_then(|(_, ty)| ty.as_ref())
            .ok_or("there is no such input")?;
        Ok(format!("{name}({})", written(content(name, payload)?, ty)?))
    });
    Ok(inputs.collect::<Result<Vec<_>, String>>()?.join(","))
}

/// The cases of a variant.
type Cases = Arc<[(String, Option<WitType>)]>;

fn inputs(ty: &WitType) -> Result<Cases, String> {
    match &*ty.shape() {
        WitType::List(item) => match &*item.shape() {
            WitType::Variant(cases) => Ok(Arc::clone(cases)),
            _ => Err("the input is of no type".to_owned()),
        },
        _ => Err("the input is of no type".to_owned()),
    }
}

/// The arguments that a text gives, with commas between them.
pub(super) fn read(text: &str, parameters: &[(String, WitType)]) -> Result<Vec<Val>, String> {
    let given = elements(text);
    if let [(_, ty)] = parameters
        && matches!(&*ty.kind(), Kind::Multimodal)
    {
        let cases = inputs(ty)?;
        let inputs = given.iter().map(|input| {
            let parts = input.split_once('(');
            let parts = parts.and_then(|(name, it)| Some((name, it.strip_suffix(')')?)));
            let (name, it) = parts.ok_or("an input stands as NAME(VALUE)")?;
            let is_it = |(case, _): &&(String, Option<WitType>)| {
                case == name || case.to_kebab_case() == name
            };
            match cases.iter().find(is_it) {
                Some((case, Some(ty))) => Ok(variant(case, element(it, ty)?)),
                _ => Err(format!("there is no input {name:?}")),
            }
        });
        return Ok(vec![Val::List(inputs.collect::<Result<_, String>>()?)]);
    }
    if given.len() != parameters.len() {
        let (given, needed) = (given.len(), parameters.len());
        return Err(format!(
            "there are {given} arguments for {needed} parameters"
        ));
    }
    let arguments = given.iter().zip(parameters);
    arguments.map(|(it, (_, ty))| element(it, ty)).collect()
}

fn element(it: &str, ty: &WitType) -> Result<Val, String> {
    let is_text = match &*ty.kind() {
        Kind::UnstructuredText { .. } => true,
        Kind::UnstructuredBinary { .. } => false,
        _ => {
            let kebab = kebab(ty);
            let value = parse(it, &kebab).map_err(|error| format!("{error:#}"))?;
            return Ok(renamed(&value, &kebab, ty));
        }
    };
    let bracketed = it.strip_prefix('[').and_then(|it| it.split_once(']'));
    let (code, data) = match bracketed {
        Some((code, data)) => (Some(code), data),
        None => (None, it),
    };
    if !data.starts_with('"') {
        return Ok(variant("url", string(it)));
    }
    let data = parse(data, &WitType::String).map_err(|error| format!("{error:#}"))?;
    let inline = if is_text {
        let ty = code.map(|it| Box::new(record([("language-code", string(it))])));
        record([("data", data), ("text-type", Val::Option(ty))])
    } else {
        let bytes = STANDARD.decode(text(&data)?);
        let bytes = bytes.map_err(|error| format!("bytes are malformed: {error}"))?;
        let ty = record([("mime-type", string(code.unwrap_or_default()))]);
        let bytes = Val::List(bytes.into_iter().map(Val::U8).collect());
        record([("data", bytes), ("binary-type", ty)])
    };
    Ok(variant("inline", inline))
}

/// The parts of the text between commas that stand in no brackets and no quotes.
fn elements(text: &str) -> Vec<&str> {
    let (mut elements, mut start, mut nested) = (Vec::new(), 0, 0_usize);
    let (mut quote, mut is_escaped) = (None, false);
    for (at, it) in text.char_indices() {
        match (quote, it) {
            (Some(_), _) if is_escaped => is_escaped = false,
            (Some(_), '\\') => is_escaped = true,
            (Some(open), it) if open == it => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(it),
            (None, '(' | '[' | '{') => nested += 1,
            (None, ')' | ']' | '}') => nested = nested.saturating_sub(1),
            (None, ',') if nested == 0 => {
                elements.push(&text[start..at]);
                start = at + 1;
            }
            (None, _) => {}
        }
    }
    if start < text.len() {
        elements.push(&text[start..]);
    }
    elements
}

/// The type with its names in kebab-case. Types of these interfaces do not mention themselves but in what lies.
fn kebab(ty: &WitType) -> WitType {
    let names = |names: &[String]| names.iter().map(|it| it.to_kebab_case()).collect();
    let optional = |ty: &Option<WitType>| ty.as_ref().map(kebab);
    match ty {
        WitType::Annotated(annotated) => kebab(&annotated.shape),
        WitType::List(item) => WitType::list(kebab(item)),
        WitType::FixedLengthList(item, length) => {
            WitType::FixedLengthList(Arc::new(kebab(item)), *length)
        }
        WitType::Option(item) => WitType::option(kebab(item)),
        WitType::Tuple(types) => WitType::Tuple(types.iter().map(kebab).collect()),
        WitType::Record(fields) => {
            let fields = fields.iter();
            WitType::Record(
                fields
                    .map(|(name, ty)| (name.to_kebab_case(), kebab(ty)))
                    .collect(),
            )
        }
        WitType::Variant(cases) => {
            let cases = cases.iter();
            WitType::Variant(
                cases
                    .map(|(name, ty)| (name.to_kebab_case(), optional(ty)))
                    .collect(),
            )
        }
        WitType::Result(types) => {
            WitType::Result(Arc::new((optional(&types.0), optional(&types.1))))
        }
        WitType::Enum(them) => WitType::Enum(names(them)),
        WitType::Flags(them) => WitType::Flags(names(them)),
        other => other.clone(),
    }
}

/// The value with the names of one type in place of those of the other, which has the same structure.
fn renamed(value: &Val, from: &WitType, to: &WitType) -> Val {
    let name = |name: &String, from: &[String], to: &[String]| {
        let at = from.iter().position(|it| it == name);
        at.and_then(|at| to.get(at)).unwrap_or(name).clone()
    };
    let boxed = |value: &Val, from: &WitType, to: &WitType| Box::new(renamed(value, from, to));
    let optional = |value: &Option<Box<Val>>, from: &Option<WitType>, to: &Option<WitType>| match (
        value, from, to,
    ) {
        (Some(value), Some(from), Some(to)) => Some(boxed(value, from, to)),
        (value, ..) => value.clone(),
    };
    match (value, &*from.shape(), &*to.shape()) {
        (Val::List(items), WitType::List(from), WitType::List(to)) => {
            Val::List(items.iter().map(|it| renamed(it, from, to)).collect())
        }
        (
            Val::FixedLengthList(items),
            WitType::FixedLengthList(from, _),
            WitType::FixedLengthList(to, _),
        ) => Val::FixedLengthList(items.iter().map(|it| renamed(it, from, to)).collect()),
        (Val::Option(Some(value)), WitType::Option(from), WitType::Option(to)) => {
            Val::Option(Some(boxed(value, from, to)))
        }
        (Val::Tuple(values), WitType::Tuple(from), WitType::Tuple(to)) => {
            let values = values.iter().zip(from.iter().zip(to.iter()));
            Val::Tuple(
                values
                    .map(|(it, (from, to))| renamed(it, from, to))
                    .collect(),
            )
        }
        (Val::Record(fields), WitType::Record(from), WitType::Record(to)) => {
            let fields = fields.iter().zip(from.iter().zip(to.iter()));
            let fields = fields
                .map(|((_, it), ((_, from), (name, to)))| (name.clone(), renamed(it, from, to)));
            Val::Record(fields.collect())
        }
        (Val::Variant(case, payload), WitType::Variant(from), WitType::Variant(to)) => {
            let at = super::place(from, case);
            match at.and_then(|at| Some((&from[at].1, to.get(at)?))) {
                Some((from, (case, to))) => Val::Variant(case.clone(), optional(payload, from, to)),
                None => value.clone(),
            }
        }
        (Val::Result(result), WitType::Result(from), WitType::Result(to)) => {
            Val::Result(match result {
                Ok(payload) => Ok(optional(payload, &from.0, &to.0)),
                Err(payload) => Err(optional(payload, &from.1, &to.1)),
            })
        }
        (Val::Enum(case), WitType::Enum(from), WitType::Enum(to)) => {
            Val::Enum(name(case, from, to))
        }
        (Val::Flags(set), WitType::Flags(from), WitType::Flags(to)) => {
            Val::Flags(set.iter().map(|it| name(it, from, to)).collect())
        }
        _ => value.clone(),
    }
}
