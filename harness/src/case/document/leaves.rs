//! Every value of a document by its path, such as `state.lines[0].quantity`.

use std::fmt;

use super::node::{Format, Node, Piece};
use super::{Document, envelope, write, write_all};

/// Where a value stands in a document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Path(pub Vec<PathStep>);

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PathStep {
    /// What a key of a map leads to, or a named part of an envelope.
    Key(String),
    /// An item of a list.
    Index(usize),
    /// So many bytes from an offset on that no format describes; the offset counts from the beginning of what holds them.
    Bytes(usize, usize),
}

/// A value without parts.
#[derive(Debug, Clone)]
pub enum Leaf {
    /// Null, nil, none.
    Null,
    /// True or false.
    Bool(bool),
    /// An integer.
    Integer(i128),
    /// Any other number. Equal to one of the same bits.
    Float(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list without items.
    EmptyList,
    /// A map without entries.
    EmptyMap,
}

impl PartialEq for Leaf {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null)
            | (Self::EmptyList, Self::EmptyList)
            | (Self::EmptyMap, Self::EmptyMap) => true,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Integer(left), Self::Integer(right)) => left == right,
            (Self::Float(left), Self::Float(right)) => left.to_bits() == right.to_bits(),
            (Self::Text(left), Self::Text(right)) => left == right,
            (Self::Bytes(left), Self::Bytes(right)) => left == right,
            _ => false,
        }
    }
}

impl Eq for Leaf {}

/// As JSON writes it; bytes in hexadecimal.
impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Float(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Bytes(bytes) => bytes.iter().try_for_each(|it| write!(f, "{it:02x}")),
            Self::EmptyList => f.write_str("[]"),
            Self::EmptyMap => f.write_str("{}"),
        }
    }
}

impl Path {
    /// The path with every index left out: the same for all items of a list.
    #[must_use]
    pub fn without_indices(&self) -> Self {
        let steps = self.0.iter().filter(|it| !matches!(it, PathStep::Index(_)));
        Self(steps.cloned().collect())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                PathStep::Key(key) if is_plain(key) => {
                    let dot = if index > 0 { "." } else { "" };
                    write!(f, "{dot}{key}")?;
                }
                PathStep::Key(key) => write!(f, "[{key:?}]")?,
                PathStep::Index(index) => write!(f, "[{index}]")?,
                PathStep::Bytes(at, length) => {
                    let space = if index > 0 { " " } else { "" };
                    write!(f, "{space}bytes {at}..{}", at + length)?;
                }
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    let is_plain = |it: char| it.is_alphanumeric() || it == '_' || it == '-';
    !key.is_empty() && key.chars().all(is_plain)
}

/// A leaf with the number of its node.
pub(super) struct Found<'a> {
    pub(super) number: usize,
    pub(super) path: Path,
    pub(super) node: &'a Node,
}

impl Document {
    /// Every value without parts, in the order of the bytes. What is known to be a header or a boundary is left out; an
    /// envelope's principal and version are not.
    pub fn leaves(&self) -> Vec<(Path, Leaf)> {
        let found = self.found_leaves().into_iter();
        found
            .filter_map(|it| Some((it.path, leaf(it.node)?)))
            .collect()
    }

    /// The bytes with another value at `path`; none if there is no such value. A number is written in the kind that stood
    /// there, as far as it has one.
    pub fn with_leaf(&self, path: &Path, leaf: &Leaf) -> Option<Vec<u8>> {
        let found = self.found_leaves();
        let number = found.iter().find(|it| it.path == *path)?.number;
        let mut changed = self.clone();
        let node = changed.node_mut(number)?;
        *node = match (leaf, &*node) {
            (Leaf::Null, _) => Node::Null,
            (Leaf::Bool(value), _) => Node::Bool(*value),
            (Leaf::Integer(number), Node::Single(_)) => Node::Single(*number as f32),
            (Leaf::Integer(number), Node::Double(_)) => Node::Double(*number as f64),
            (Leaf::Integer(number), _) => Node::Integer(*number),
            (Leaf::Float(number), Node::Single(_)) => Node::Single(*number as f32),
            (Leaf::Float(number), _) => Node::Double(*number),
            (Leaf::Text(text), _) => Node::Text(text.clone()),
            (Leaf::Bytes(bytes), Node::Extension(kind, _)) => Node::Extension(*kind, bytes.clone()),
            (Leaf::Bytes(bytes), _) => Node::Bytes(bytes.clone()),
            (Leaf::EmptyList, _) => Node::List(Vec::new()),
            (Leaf::EmptyMap, _) => Node::Map(Vec::new()),
        };
        Some(changed.to_bytes())
    }

    pub(super) fn found_leaves(&self) -> Vec<Found<'_>> {
        let mut walker = Walker {
            number: 0,
            steps: Vec::new(),
            found: Vec::new(),
        };
        walker.pieces(&self.pieces, false, &mut 0);
        walker.found
    }
}

fn leaf(node: &Node) -> Option<Leaf> {
    Some(match node {
        Node::Null => Leaf::Null,
        Node::Bool(value) => Leaf::Bool(*value),
        Node::Integer(number) => Leaf::Integer(*number),
        Node::Single(number) => Leaf::Float((*number).into()),
        Node::Double(number) => Leaf::Float(*number),
        Node::Decimal(number) => Leaf::Float(number.parse().ok()?),
        Node::Text(text) => Leaf::Text(text.clone()),
        Node::Bytes(bytes) | Node::Extension(_, bytes) => Leaf::Bytes(bytes.clone()),
        Node::List(items) if items.is_empty() => Leaf::EmptyList,
        Node::Map(entries) if entries.is_empty() => Leaf::EmptyMap,
        Node::List(_) | Node::Map(_) | Node::Tag(..) | Node::Inside(..) => return None,
    })
}

/// Goes through a document in the order in which its nodes are numbered.
struct Walker<'a> {
    number: usize,
    steps: Vec<PathStep>,
    found: Vec<Found<'a>>,
}

impl<'a> Walker<'a> {
    /// `offset` is where the pieces begin.
    fn pieces(&mut self, pieces: &'a [Piece], outside: bool, offset: &mut usize) {
        for (index, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Value(Format::Plain, node) => {
                    let length = write(piece).len();
                    self.steps.push(PathStep::Bytes(*offset, length));
                    match outside {
                        true => self.number += 1,
                        false => self.node(node),
                    }
                    self.steps.pop();
                    *offset += length;
                }
                Piece::Value(_, node) => {
                    self.node(node);
                    *offset += write(piece).len();
                }
                Piece::Sized(_, inner) => {
                    let end = *offset + write(piece).len();
                    self.pieces(inner, outside, &mut (end - write_all(inner).len()));
                    *offset = end;
                }
                Piece::Length(..) | Piece::Checksum(..) => {
                    let after = write_all(&pieces[index + 1..]).len();
                    *offset += write_all(&pieces[index..]).len() - after;
                }
                Piece::Counted(number, items) => {
                    *offset += number.write(items.len() as u64).len();
                    for (index, item) in items.iter().enumerate() {
                        self.steps.push(PathStep::Index(index));
                        self.pieces(item, outside, offset);
                        self.steps.pop();
                    }
                }
                Piece::Part {
                    name,
                    outside: is_outside,
                    pieces,
                } => {
                    let is_named = !name.is_empty();
                    if is_named {
                        self.steps.push(PathStep::Key(name.clone()));
                    }
                    self.pieces(pieces, outside || *is_outside, offset);
                    if is_named {
                        self.steps.pop();
                    }
                }
            }
        }
    }

    fn node(&mut self, node: &'a Node) {
        let number = self.number;
        self.number += 1;
        match node {
            Node::List(items) if !items.is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    self.steps.push(PathStep::Index(index));
                    self.node(item);
                    self.steps.pop();
                }
            }
            Node::Map(entries) if !entries.is_empty() => {
                for (key, value) in entries {
                    // Its key is a node, too, but leads to the value only.
                    self.number += nodes(key);
                    self.steps.push(PathStep::Key(key_text(key)));
                    self.node(value);
                    self.steps.pop();
                }
            }
            Node::Tag(_, value) => self.node(value),
            Node::Inside(_, document) => self.pieces(&document.pieces, false, &mut 0),
            _ => self.found.push(Found {
                number,
                path: Path(self.steps.clone()),
                node,
            }),
        }
    }
}

/// How many nodes a key is.
fn nodes(node: &Node) -> usize {
    1 + match node {
        Node::List(items) => items.iter().map(nodes).sum(),
        Node::Map(entries) => {
            let entries = entries.iter();
            entries.map(|(key, value)| nodes(key) + nodes(value)).sum()
        }
        Node::Tag(_, value) => nodes(value),
        _ => 0,
    }
}

fn key_text(key: &Node) -> String {
    match key {
        Node::Text(text) => text.clone(),
        Node::Integer(number) => number.to_string(),
        other => {
            let mut text = Vec::new();
            super::json::write(other, &mut text);
            String::from_utf8_lossy(&text).into_owned()
        }
    }
}

/// Whether the document is an SDK's envelope of an automatic snapshot, and `path` stands outside its state.
pub(super) fn is_outside(document: &Document, path: &Path) -> bool {
    let is_envelope = matches!(
        document.pieces.first(),
        Some(Piece::Value(Format::Json, node)) if envelope::is_automatic(node)
    );
    let first = path.0.first();
    is_envelope
        && matches!(first, Some(PathStep::Key(key)) if envelope::is_outside(&Node::Text(key.clone())))
}
