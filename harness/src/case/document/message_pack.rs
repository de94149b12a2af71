//! MessagePack to the tree and back. What is read in a longer form than is needed is written in the shortest.

use rmpv::{Utf8String, Value};

use super::node::Node;

/// Values nested deeper are not looked into.
const DEEPEST: usize = 96;

/// The MessagePack in front of the bytes, if it is a list or a map, and how many of them it takes.
pub(super) fn read_front(bytes: &[u8]) -> Option<(Node, usize)> {
    if !matches!(bytes.first()?, 0x80..=0x9f | 0xdc..=0xdf) {
        return None;
    }
    let mut rest = bytes;
    let value = rmpv::decode::read_value_with_max_depth(&mut rest, DEEPEST).ok()?;
    Some((node(value)?, bytes.len() - rest.len()))
}

/// None if a text in it is no UTF-8.
fn node(value: Value) -> Option<Node> {
    Some(match value {
        Value::Nil => Node::Null,
        Value::Boolean(value) => Node::Bool(value),
        Value::Integer(number) => Node::Integer(match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => number.into(),
            (None, number) => number.unwrap_or_default().into(),
        }),
        Value::F32(number) => Node::Single(number),
        Value::F64(number) => Node::Double(number),
        Value::String(text) => Node::Text(text.into_str()?),
        Value::Binary(bytes) => Node::Bytes(bytes),
        Value::Array(items) => Node::List(items.into_iter().map(node).collect::<Option<_>>()?),
        Value::Map(entries) => {
            let entries = entries.into_iter();
            let entries = entries.map(|(key, value)| Some((node(key)?, node(value)?)));
            Node::Map(entries.collect::<Option<_>>()?)
        }
        Value::Ext(kind, bytes) => Node::Extension(kind, bytes),
    })
}

/// Writes the node.
pub(super) fn write(node: &Node, out: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = rmpv::encode::write_value(out, &value(node));
}

fn value(node: &Node) -> Value {
    match node {
        Node::Null => Value::Nil,
        Node::Bool(value) => Value::Boolean(*value),
        Node::Integer(number) => integer(*number),
        Node::Single(number) => Value::F32(*number),
        Node::Double(number) => Value::F64(*number),
        Node::Decimal(number) => Value::F64(number.parse().unwrap_or_default()),
        Node::Text(text) => Value::String(Utf8String::from(text.as_str())),
        Node::Bytes(bytes) => Value::Binary(bytes.clone()),
        Node::Extension(kind, bytes) => Value::Ext(*kind, bytes.clone()),
        Node::List(items) => Value::Array(items.iter().map(value).collect()),
        Node::Map(entries) => {
            let entries = entries.iter();
            Value::Map(entries.map(|(key, of)| (value(key), value(of))).collect())
        }
        Node::Tag(_, node) => value(node),
        Node::Inside(holder, document) => match super::held(*holder, document) {
            Ok(text) => Value::String(Utf8String::from(text)),
            Err(bytes) => Value::Binary(bytes),
        },
    }
}

/// The nearest integer that MessagePack has.
fn integer(number: i128) -> Value {
    let number = number.clamp(i64::MIN.into(), u64::MAX.into());
    match i64::try_from(number) {
        Ok(number) => Value::from(number),
        Err(_) => Value::from(u64::try_from(number).unwrap_or(u64::MAX)),
    }
}
