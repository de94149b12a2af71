//! CBOR to the tree and back. What is read in a longer form than is needed is written in the shortest.

use ciborium::Value;
use ciborium::value::Integer;

use super::node::Node;

/// Values nested deeper are not looked into.
const DEEPEST: usize = 96;

/// The CBOR in front of the bytes, if it is a list, a map or a tag, and how many of them it takes.
pub(super) fn read_front(bytes: &[u8]) -> Option<(Node, usize)> {
    // Any byte below is a number or a text.
    if !(0x80..0xe0).contains(bytes.first()?) {
        return None;
    }
    let mut rest = bytes;
    let value: Value = ciborium::de::from_reader_with_recursion_limit(&mut rest, DEEPEST).ok()?;
    Some((node(value), bytes.len() - rest.len()))
}

fn node(value: Value) -> Node {
    match value {
        Value::Bool(value) => Node::Bool(value),
        Value::Integer(number) => Node::Integer(number.into()),
        Value::Float(number) => Node::Double(number),
        Value::Text(text) => Node::Text(text),
        Value::Bytes(bytes) => Node::Bytes(bytes),
        Value::Array(items) => Node::List(items.into_iter().map(node).collect()),
        Value::Map(entries) => {
            let entries = entries.into_iter();
            Node::Map(
                entries
                    .map(|(key, value)| (node(key), node(value)))
                    .collect(),
            )
        }
        Value::Tag(tag, value) => Node::Tag(tag, Box::new(node(*value))),
        _ => Node::Null,
    }
}

/// Writes the node.
pub(super) fn write(node: &Node, out: &mut Vec<u8>) {
    // Writing to memory does not fail.
    let _ = ciborium::into_writer(&value(node), out);
}

fn value(node: &Node) -> Value {
    match node {
        Node::Null => Value::Null,
        Node::Bool(value) => Value::Bool(*value),
        Node::Integer(number) => Value::Integer(integer(*number)),
        Node::Single(number) => Value::Float(f64::from(*number)),
        Node::Double(number) => Value::Float(*number),
        Node::Decimal(number) => Value::Float(number.parse().unwrap_or_default()),
        Node::Text(text) => Value::Text(text.clone()),
        Node::Bytes(bytes) | Node::Extension(_, bytes) => Value::Bytes(bytes.clone()),
        Node::List(items) => Value::Array(items.iter().map(value).collect()),
        Node::Map(entries) => {
            let entries = entries.iter();
            Value::Map(entries.map(|(key, of)| (value(key), value(of))).collect())
        }
        Node::Tag(tag, node) => Value::Tag(*tag, Box::new(value(node))),
        Node::Inside(holder, document) => match super::held(*holder, document) {
            Ok(text) => Value::Text(text),
            Err(bytes) => Value::Bytes(bytes),
        },
    }
}

/// The nearest integer that CBOR has.
fn integer(number: i128) -> Integer {
    let bound = 1i128 << 64;
    let number = number.clamp(-bound, bound - 1);
    Integer::try_from(number).unwrap_or_else(|_| Integer::from(0))
}
