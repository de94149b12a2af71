//! JSON to the tree and back. Numbers stay as they are written, keys in their order, keys that stand twice stand twice.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::node::Node;

/// Texts nested deeper are not looked into.
const DEEPEST: usize = 96;

/// The bytes as JSON; none if they are something else, or more than JSON.
pub(super) fn read(bytes: &[u8]) -> Option<Node> {
    let text = std::str::from_utf8(bytes).ok()?;
    node(serde_json::from_str::<&RawValue>(text).ok()?.get(), DEEPEST)
}

/// The JSON in front of the bytes, and how many of them it takes.
pub(super) fn read_front(bytes: &[u8]) -> Option<(Node, usize)> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<&RawValue>();
    let raw = values.next()?.ok()?;
    Some((node(raw.get(), DEEPEST)?, values.byte_offset()))
}

fn node(text: &str, deepest: usize) -> Option<Node> {
    let deeper = || deepest.checked_sub(1);
    Some(match text.as_bytes().first()? {
        b'n' => Node::Null,
        b't' => Node::Bool(true),
        b'f' => Node::Bool(false),
        b'"' => Node::Text(serde_json::from_str(text).ok()?),
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            let items = items.into_iter().map(|item| node(item.get(), deeper()?));
            Node::List(items.collect::<Option<_>>()?)
        }
        b'{' => {
            let Entries(entries) = serde_json::from_str(text).ok()?;
            let entries = entries
                .into_iter()
                .map(|(key, value)| Some((Node::Text(key), node(value.get(), deeper()?)?)));
            Node::Map(entries.collect::<Option<_>>()?)
        }
        _ => match text.parse::<i128>() {
            Ok(number) if number.to_string() == text => Node::Integer(number),
            _ => Node::Decimal(text.to_owned()),
        },
    })
}

/// The entries of an object.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// Writes the node, without spaces. What JSON has no form for becomes the next best: bytes a list of numbers, NaN null.
pub(super) fn write(node: &Node, out: &mut Vec<u8>) {
    match node {
        Node::Null => out.extend(b"null"),
        Node::Bool(true) => out.extend(b"true"),
        Node::Bool(false) => out.extend(b"false"),
        Node::Integer(number) => out.extend(number.to_string().bytes()),
        Node::Single(number) => float(f64::from(*number), out),
        Node::Double(number) => float(*number, out),
        Node::Decimal(number) => out.extend(number.bytes()),
        Node::Text(text) => string(text, out),
        Node::Bytes(bytes) | Node::Extension(_, bytes) => {
            list(bytes, out, |byte, out| out.extend(byte.to_string().bytes()));
        }
        Node::List(items) => list(items, out, write),
        Node::Map(entries) => {
            out.push(b'{');
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                match key {
                    Node::Text(key) => string(key, out),
                    other => {
                        let mut text = Vec::new();
                        write(other, &mut text);
                        string(&String::from_utf8_lossy(&text), out);
                    }
                }
                out.push(b':');
                write(value, out);
            }
            out.push(b'}');
        }
        Node::Tag(_, value) => write(value, out),
        Node::Inside(_, document) => string(&String::from_utf8_lossy(&document.to_bytes()), out),
    }
}

fn list<T>(items: &[T], out: &mut Vec<u8>, mut write: impl FnMut(&T, &mut Vec<u8>)) {
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(b']');
}

fn float(number: f64, out: &mut Vec<u8>) {
    match serde_json::Number::from_f64(number) {
        Some(number) => out.extend(number.to_string().bytes()),
        None => out.extend(b"null"),
    }
}

fn string(text: &str, out: &mut Vec<u8>) {
    // Writing a string to memory does not fail.
    out.extend(serde_json::to_vec(text).unwrap_or_default());
}
