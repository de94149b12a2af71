//! The type nodes of `golem:agent` 2.0.

use super::graph::{Field, Node, Shape};
use super::wire::{self, Malformed, case, content, field, list, needed, option, text};
use crate::value::rules::{
    BinaryRules, Decimal, Discriminator, Kind, Pattern, QuantityRules, TextRules, UrlRules,
};
use crate::value::{Val, WitType};

/// The nodes of a `schema-graph`; those that definitions stand for have their names.
pub(super) fn nodes(graph: &Val) -> Result<Vec<Node>, Malformed> {
    let definitions = list(needed(graph, "defs")?)?;
    let bodies = definitions
        .iter()
        .map(|it| wire::index(needed(it, "body")?));
    let bodies: Vec<_> = bodies.collect();
    let nodes = list(needed(graph, "type-nodes")?)?;
    let mut nodes: Vec<Node> = nodes.iter().map(|it| node(it, &bodies)).collect();
    for (definition, body) in definitions.iter().zip(bodies) {
        let name = match option(needed(definition, "name")?)? {
            Some(name) => text(name)?,
            None => text(needed(definition, "id")?)?,
        };
        if let Some(node) = body.ok().and_then(|at| nodes.get_mut(at)) {
            node.name = Some(name.to_owned());
        }
    }
    Ok(nodes)
}

/// Examples that stand in a metadata envelope, as JSON.
pub(super) fn examples(it: &Val) -> Vec<String> {
    let metadata = field(it, "metadata");
    let examples = metadata.and_then(|it| field(it, "examples"));
    examples
        .and_then(|it| wire::texts(it).ok())
        .unwrap_or_default()
}

fn node(node: &Val, definitions: &[Result<usize, Malformed>]) -> Node {
    let shape = needed(node, "body").and_then(|body| shape(body, definitions));
    let role = field(node, "metadata").and_then(|it| field(it, "role"));
    let role = role.and_then(|it| option(it).ok()?);
    let role = role.and_then(|it| Some(case(it).ok()?.0));
    Node {
        name: None,
        shape: shape.unwrap_or_else(Shape::Unusable),
        is_multimodal: role == Some("multimodal"),
        examples: examples(node),
    }
}

fn shape(body: &Val, definitions: &[Result<usize, Malformed>]) -> Result<Shape, Malformed> {
    let (name, payload) = case(body)?;
    if let Some(primitive) = primitive(name) {
        let restrictions = payload.map(option).transpose()?.flatten();
        return Ok(Shape::Leaf(match restrictions {
            Some(restrictions) => restricted(primitive, restrictions)?,
            None => primitive,
        }));
    }
    if let Some(kind) = plain_kind(name) {
        return known(kind);
    }
    let payload = match name {
        "future-type" => return Ok(unusable("future")),
        "stream-type" => return Ok(unusable("stream")),
        name => content(name, payload)?,
    };
    match name {
        "ref-type" => {
            let at = wire::index(payload)?;
            let body = definitions.get(at);
            let body = body.ok_or_else(|| format!("its type mentions definition {at}"))?;
            Ok(Shape::Reference(body.clone()?))
        }
        "text-type" => known(Kind::Text(text_rules(payload)?)),
        "binary-type" => known(Kind::Binary(BinaryRules {
            mime_types: optional_texts(payload, "mime-types")?,
            min_bytes: optional_u32(payload, "min-bytes")?,
            max_bytes: optional_u32(payload, "max-bytes")?,
        })),
        "path-type" => known(Kind::Path {
            extensions: optional_texts(payload, "allowed-extensions")?,
        }),
        "url-type" => known(Kind::Url(UrlRules {
            schemes: optional_texts(payload, "allowed-schemes")?,
            hosts: optional_texts(payload, "allowed-hosts")?,
        })),
        "quantity-type" => known(Kind::Quantity(quantity_rules(payload)?)),
        "secret-type" => Ok(unusable("secret")),
        "quota-token-type" => Ok(unusable("quota token")),
        "permission-card-type" => Ok(unusable("permission card")),
        name => composite(name, payload),
    }
}

fn composite(name: &str, payload: &Val) -> Result<Shape, Malformed> {
    let at = |name| wire::index(needed(payload, name)?);
    let optional = |it: &Val, name| option(needed(it, name)?)?.map(wire::index).transpose();
    Ok(match name {
        "record-type" => {
            let fields = list(payload)?.iter().map(|it| {
                Ok(Field {
                    name: text(needed(it, "name")?)?.to_owned(),
                    node: wire::index(needed(it, "body")?)?,
                    examples: examples(it),
                })
            });
            Shape::Record(fields.collect::<Result<_, Malformed>>()?)
        }
        "variant-type" => {
            let cases = list(payload)?.iter().map(|it| {
                let name = text(needed(it, "name")?)?.to_owned();
                Ok((name, optional(it, "payload")?))
            });
            Shape::Variant(cases.collect::<Result<_, Malformed>>()?)
        }
        "union-type" => {
            let branches = list(needed(payload, "branches")?)?.iter().map(|it| {
                Ok((
                    text(needed(it, "tag")?)?.to_owned(),
                    wire::index(needed(it, "body")?)?,
                    discriminator(needed(it, "discriminator")?)?,
                ))
            });
            Shape::Union(branches.collect::<Result<_, Malformed>>()?)
        }
        "enum-type" => Shape::Leaf(WitType::Enum(wire::texts(payload)?.into())),
        "flags-type" => Shape::Leaf(WitType::Flags(wire::texts(payload)?.into())),
        "tuple-type" => {
            let types = list(payload)?.iter().map(wire::index);
            Shape::Tuple(types.collect::<Result<_, _>>()?)
        }
        "list-type" => Shape::List(wire::index(payload)?),
        "fixed-list-type" => match needed(payload, "length")? {
            Val::U32(length) => Shape::FixedLengthList(at("element")?, *length),
            _ => return Err("the length of a list in its type is no number".to_owned()),
        },
        "map-type" => Shape::Map(at("key")?, at("value")?),
        "option-type" => Shape::Option(wire::index(payload)?),
        "result-type" => Shape::Result(optional(payload, "ok")?, optional(payload, "err")?),
        other => Shape::Unusable(format!("its type holds the unknown kind {other}")),
    })
}

fn unusable(what: &str) -> Shape {
    Shape::Unusable(format!(
        "its type holds a {what}, which cannot be made here"
    ))
}

fn known(kind: Kind) -> Result<Shape, Malformed> {
    let ty = kind.ty().ok_or_else(|| "its type is unknown".to_owned())?;
    Ok(Shape::Leaf(ty))
}

fn primitive(name: &str) -> Option<WitType> {
    Some(match name {
        "bool-type" => WitType::Bool,
        "s8-type" => WitType::S8,
        "s16-type" => WitType::S16,
        "s32-type" => WitType::S32,
        "s64-type" => WitType::S64,
        "u8-type" => WitType::U8,
        "u16-type" => WitType::U16,
        "u32-type" => WitType::U32,
        "u64-type" => WitType::U64,
        "f32-type" => WitType::F32,
        "f64-type" => WitType::F64,
        "char-type" => WitType::Char,
        "string-type" => WitType::String,
        _ => return None,
    })
}

fn plain_kind(name: &str) -> Option<Kind> {
    Some(match name {
        "uuid-type" => Kind::Uuid,
        "datetime-type" => Kind::Datetime,
        "duration-type" => Kind::Duration,
        _ => return None,
    })
}

/// A number with its range. A bound that does not suit the type holds for nothing, on Golem too.
fn restricted(ty: WitType, restrictions: &Val) -> Result<WitType, Malformed> {
    let bound = |name| option(needed(restrictions, name)?)?.map(case).transpose();
    let (min, max) = (bound("min")?, bound("max")?);
    let kind = match all_of(&ty) {
        Some((lowest, highest)) => {
            let number = |bound: Option<(&str, Option<&Val>)>| match bound? {
                ("signed", Some(Val::S64(bound))) => Some(i128::from(*bound)),
                ("unsigned", Some(Val::U64(bound))) => Some(i128::from(*bound)),
                _ => None,
            };
            Kind::Integers {
                min: number(min).unwrap_or(lowest).max(lowest),
                max: number(max).unwrap_or(highest).min(highest),
            }
        }
        None => {
            let number = |bound: Option<(&str, Option<&Val>)>| match bound? {
                ("float-bits", Some(Val::U64(bits))) => Some(f64::from_bits(*bits)),
                _ => None,
            };
            let (lowest, highest) = match ty {
                WitType::F32 => (f64::from(f32::MIN), f64::from(f32::MAX)),
                _ => (f64::MIN, f64::MAX),
            };
            let number = |bound| number(bound).filter(|it| it.is_finite());
            Kind::Floats {
                min: number(min).unwrap_or(lowest).max(lowest),
                max: number(max).unwrap_or(highest).min(highest),
            }
        }
    };
    let is_empty = match &kind {
        Kind::Integers { min, max } => min > max,
        Kind::Floats { min, max } => min > max,
        _ => false,
    };
    match is_empty {
        true => Err("its type allows no number".to_owned()),
        false if min.is_none() && max.is_none() => Ok(ty),
        false => Ok(ty.of_kind(kind)),
    }
}

/// The least and the greatest number of a type; none of floats and what is no number.
fn all_of(ty: &WitType) -> Option<(i128, i128)> {
    Some(match ty {
        WitType::S8 => (i8::MIN.into(), i8::MAX.into()),
        WitType::S16 => (i16::MIN.into(), i16::MAX.into()),
        WitType::S32 => (i32::MIN.into(), i32::MAX.into()),
        WitType::S64 => (i64::MIN.into(), i64::MAX.into()),
        WitType::U8 => (0, u8::MAX.into()),
        WitType::U16 => (0, u16::MAX.into()),
        WitType::U32 => (0, u32::MAX.into()),
        WitType::U64 => (0, u64::MAX.into()),
        _ => return None,
    })
}

fn text_rules(rules: &Val) -> Result<TextRules, Malformed> {
    let pattern = option(needed(rules, "regex")?)?.map(text).transpose()?;
    Ok(TextRules {
        languages: optional_texts(rules, "languages")?,
        min_length: optional_u32(rules, "min-length")?,
        max_length: optional_u32(rules, "max-length")?,
        pattern: pattern.and_then(Pattern::new),
    })
}

fn quantity_rules(rules: &Val) -> Result<QuantityRules, Malformed> {
    let bound = |name| option(needed(rules, name)?)?.map(decimal).transpose();
    let mut units = wire::texts(needed(rules, "allowed-suffixes")?)?;
    if units.is_empty() {
        units.push(text(needed(rules, "base-unit")?)?.to_owned());
    }
    Ok(QuantityRules {
        units,
        min: bound("min")?,
        max: bound("max")?,
    })
}

fn decimal(value: &Val) -> Result<Decimal, Malformed> {
    match (needed(value, "mantissa")?, needed(value, "scale")?) {
        (Val::S64(mantissa), Val::S32(scale)) => Ok(Decimal {
            mantissa: *mantissa,
            scale: *scale,
        }),
        _ => Err("a bound in its type is no number".to_owned()),
    }
}

fn discriminator(rule: &Val) -> Result<Discriminator, Malformed> {
    let (name, payload) = case(rule)?;
    let payload = content(name, payload)?;
    let words = || text(payload).map(str::to_owned);
    Ok(match name {
        "prefix" => Discriminator::Prefix(words()?),
        "suffix" => Discriminator::Suffix(words()?),
        "contains" => Discriminator::Contains(words()?),
        "regex" => {
            let pattern = Pattern::new(text(payload)?);
            Discriminator::Pattern(pattern.ok_or("a pattern in its type is none")?)
        }
        "field-equals" => {
            let name = text(needed(payload, "field-name")?)?.to_owned();
            let literal = option(needed(payload, "literal")?)?.map(text).transpose()?;
            Discriminator::FieldEquals(name, literal.map(str::to_owned))
        }
        "field-absent" => Discriminator::FieldAbsent(words()?),
        other => return Err(format!("a union in its type has the unknown rule {other}")),
    })
}

fn optional_texts(rules: &Val, name: &str) -> Result<Option<Vec<String>>, Malformed> {
    option(needed(rules, name)?)?.map(wire::texts).transpose()
}

fn optional_u32(rules: &Val, name: &str) -> Result<Option<u32>, Malformed> {
    match option(needed(rules, name)?)? {
        Some(Val::U32(number)) => Ok(Some(*number)),
        None => Ok(None),
        Some(_) => Err(format!("the {name} in its type is no number")),
    }
}
