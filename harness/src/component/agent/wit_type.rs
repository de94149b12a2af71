//! The type nodes of `golem:agent` 1.3 to 1.5.

use super::graph::{Field, Graph, Node, Shape};
use super::wire::{self, Malformed, case, content, field, list, needed, option, pair, text};
use crate::value::rules::Kind;
use crate::value::{Val, WitType};

/// The type that an `element-schema` describes.
pub(super) fn element(schema: &Val) -> Result<WitType, Malformed> {
    let (name, payload) = case(schema)?;
    let payload = content(name, payload)?;
    match name {
        "component-model" => wit_type(payload),
        "unstructured-text" => {
            let languages = restrictions(payload, "language-code")?;
            reference(Kind::UnstructuredText { languages })
        }
        "unstructured-binary" => {
            let mime_types = restrictions(payload, "mime-type")?;
            reference(Kind::UnstructuredBinary { mime_types })
        }
        other => Err(format!("its type is of the unknown kind {other}")),
    }
}

fn reference(kind: Kind) -> Result<WitType, Malformed> {
    kind.ty().ok_or_else(|| "its type is unknown".to_owned())
}

/// What languages or MIME types are allowed.
fn restrictions(descriptor: &Val, name: &str) -> Result<Option<Vec<String>>, Malformed> {
    let Some(allowed) = option(needed(descriptor, "restrictions")?)? else {
        return Ok(None);
    };
    let allowed = list(allowed)?.iter();
    let allowed = allowed.map(|it| Ok(text(needed(it, name)?)?.to_owned()));
    allowed.collect::<Result<_, Malformed>>().map(Some)
}

/// A `wit-type`: a list of nodes, the first of which is the type.
pub(super) fn wit_type(ty: &Val) -> Result<WitType, Malformed> {
    let nodes = list(needed(ty, "nodes")?)?;
    let nodes = nodes.iter().map(node).collect();
    let mut graph = Graph::new(nodes);
    let root = graph.open(0)?;
    graph.close().whole(&root)
}

fn node(node: &Val) -> Node {
    let name = field(node, "name").and_then(|it| option(it).ok()?);
    let name = name.and_then(|it| text(it).ok()).map(str::to_owned);
    let shape = needed(node, "type").and_then(shape);
    Node {
        name: name.filter(|it| !it.is_empty()),
        shape: shape.unwrap_or_else(Shape::Unusable),
        is_multimodal: false,
        examples: Vec::new(),
    }
}

fn shape(ty: &Val) -> Result<Shape, Malformed> {
    let (name, payload) = case(ty)?;
    if let Some(primitive) = primitive(name) {
        return Ok(Shape::Leaf(primitive));
    }
    let payload = content(name, payload)?;
    let named = |it| -> Result<(String, &Val), Malformed> {
        let (name, node) = pair(it)?;
        Ok((text(name)?.to_owned(), node))
    };
    let optional = |node| option(node)?.map(wire::index).transpose();
    Ok(match name {
        "record-type" => {
            let fields = list(payload)?.iter().map(|it| {
                let (name, node) = named(it)?;
                Ok(Field {
                    name,
                    node: wire::index(node)?,
                    examples: Vec::new(),
                })
            });
            Shape::Record(fields.collect::<Result<_, Malformed>>()?)
        }
        "variant-type" => {
            let cases = list(payload)?.iter().map(|it| {
                let (name, node) = named(it)?;
                Ok((name, optional(node)?))
            });
            Shape::Variant(cases.collect::<Result<_, Malformed>>()?)
        }
        "enum-type" => Shape::Leaf(WitType::Enum(wire::texts(payload)?.into())),
        "flags-type" => Shape::Leaf(WitType::Flags(wire::texts(payload)?.into())),
        "tuple-type" => {
            let types = list(payload)?.iter().map(wire::index);
            Shape::Tuple(types.collect::<Result<_, _>>()?)
        }
        "list-type" => Shape::List(wire::index(payload)?),
        "option-type" => Shape::Option(wire::index(payload)?),
        "result-type" => {
            let (ok, err) = pair(payload)?;
            Shape::Result(optional(ok)?, optional(err)?)
        }
        "handle-type" => Shape::Unusable("its type holds a resource handle".to_owned()),
        other => Shape::Unusable(format!("its type holds the unknown kind {other}")),
    })
}

fn primitive(name: &str) -> Option<WitType> {
    Some(match name {
        "prim-u8-type" => WitType::U8,
        "prim-u16-type" => WitType::U16,
        "prim-u32-type" => WitType::U32,
        "prim-u64-type" => WitType::U64,
        "prim-s8-type" => WitType::S8,
        "prim-s16-type" => WitType::S16,
        "prim-s32-type" => WitType::S32,
        "prim-s64-type" => WitType::S64,
        "prim-f32-type" => WitType::F32,
        "prim-f64-type" => WitType::F64,
        "prim-char-type" => WitType::Char,
        "prim-bool-type" => WitType::Bool,
        "prim-string-type" => WitType::String,
        _ => return None,
    })
}
