//! What is in a snapshot: a tree, where its bytes are in a format that is known, so that an edit leaves it well-formed and only
//! the state is another one.
//!
//! ```text
//!   bytes ─► envelope ─► header, lengths, checksum ─► JSON, CBOR, MessagePack, or fields with lengths ─► text or bytes, which
//!                                                                                                       may hold another one
//! ```
//!
//! Formats are recognised by their content; a MIME type decides where the content leaves a doubt. What is written again has its
//! lengths, counts and checksums right.

mod cbor;
mod checksum;
mod dropped;
mod edit;
mod envelope;
mod fields;
mod frame;
mod ignored;
mod items;
mod json;
mod known;
mod leaves;
mod message_pack;
mod node;
mod refit;
mod shape;
mod simpler;
mod value;
mod walk;
mod words;

use crate::worker::snapshot::Snapshot;

pub(crate) use ignored::is_read_in_part;
pub(crate) use known::Documents;
pub use leaves::{Leaf, Path, PathStep};
pub use node::Format;
use node::{Holder, Node, Piece};
pub(crate) use refit::{as_deep_in_envelope_of, in_envelope_of};

/// A snapshot as a tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pieces: Vec<Piece>,
}

/// The largest snapshot that is taken apart, in bytes.
pub(crate) const LARGEST: usize = 1 << 18;
/// How many documents within documents are taken apart.
const DEEPEST: usize = 3;
/// Shorter texts and bytes hold no document.
const SHORTEST: usize = 2;

/// Takes a snapshot apart; none if no format that is known fits.
pub fn recognise(snapshot: &Snapshot) -> Option<Document> {
    let pieces = inner(&snapshot.bytes, &snapshot.mime, 0)?;
    Some(Document { pieces })
}

impl Document {
    /// The bytes: those that it was read from, if nothing was changed and the format has one form only.
    pub fn to_bytes(&self) -> Vec<u8> {
        write_all(&self.pieces)
    }

    /// The format of its main part: the state, in an envelope.
    pub fn format(&self) -> Format {
        format_of(&self.pieces)
    }
}

fn format_of(pieces: &[Piece]) -> Format {
    let formats = pieces.iter().filter_map(|piece| match piece {
        Piece::Value(Format::Plain, _)
        | Piece::Length(..)
        | Piece::Checksum(..)
        | Piece::Part { outside: true, .. } => None,
        Piece::Value(format, _) => Some(*format),
        Piece::Sized(_, pieces) | Piece::Part { pieces, .. } => Some(format_of(pieces)),
        Piece::Counted(_, items) => items.first().map(|item| format_of(item)),
    });
    let mut known = formats.filter(|it| *it != Format::Plain);
    known.next().unwrap_or(Format::Plain)
}

/// What is known of these bytes; none if that is nothing.
fn inner(bytes: &[u8], mime: &str, depth: usize) -> Option<Vec<Piece>> {
    whole(bytes, mime, depth).or_else(|| frame::recognise(bytes, depth))
}

/// Formats and envelopes that nothing stands before or behind.
fn whole(bytes: &[u8], mime: &str, depth: usize) -> Option<Vec<Piece>> {
    if bytes.len() > LARGEST || depth > DEEPEST {
        return None;
    }
    let is_json = bytes.trim_ascii_start().starts_with(b"{")
        || bytes.trim_ascii_start().starts_with(b"[")
        || mime.contains("json");
    if is_json && let Some(node) = json::read(bytes) {
        return Some(vec![value(Format::Json, node, depth)]);
    }
    if bytes.starts_with(b"--")
        && let Some(pieces) = envelope::multipart(bytes, depth + 1)
    {
        return Some(pieces);
    }
    if let Some(pieces) = envelope::with_principal(bytes, depth + 1) {
        return Some(pieces);
    }
    let binary = match mime.contains("msgpack") {
        true => [Format::MessagePack, Format::Cbor],
        false => [Format::Cbor, Format::MessagePack],
    };
    binary.into_iter().find_map(|format| {
        let (node, used) = read_front(format, bytes)?;
        (used == bytes.len()).then(|| vec![value(format, node, depth)])
    })
}

/// A value of the format in front of the bytes, and how many of them it takes.
fn read_front(format: Format, bytes: &[u8]) -> Option<(Node, usize)> {
    match format {
        Format::Json => match bytes.first()? {
            b'{' | b'[' => json::read_front(bytes),
            _ => None,
        },
        Format::Cbor => cbor::read_front(bytes),
        Format::MessagePack => message_pack::read_front(bytes),
        Format::Plain => None,
    }
}

/// A value, with the documents that its texts and bytes hold taken apart.
fn value(format: Format, mut node: Node, depth: usize) -> Piece {
    open(&mut node, depth + 1);
    Piece::Value(format, node)
}

fn open(node: &mut Node, depth: usize) {
    let pieces = match node {
        Node::Text(text) if text.len() >= SHORTEST && text.starts_with(['{', '[']) => {
            whole(text.as_bytes(), "", depth).map(|pieces| (Holder::Text, pieces))
        }
        Node::Bytes(bytes) if bytes.len() >= SHORTEST => {
            whole(bytes, "", depth).map(|pieces| (Holder::Bytes, pieces))
        }
        Node::List(items) => {
            items.iter_mut().for_each(|item| open(item, depth));
            return;
        }
        Node::Map(entries) => {
            entries.iter_mut().for_each(|(_, value)| open(value, depth));
            return;
        }
        Node::Tag(_, value) => return open(value, depth),
        _ => return,
    };
    if let Some((holder, pieces)) = pieces {
        *node = Node::Inside(holder, Box::new(Document { pieces }));
    }
}

/// Bytes that nothing is known of.
fn plain(bytes: &[u8]) -> Piece {
    Piece::Value(Format::Plain, Node::Bytes(bytes.to_vec()))
}

/// What a value that holds a document is: a text, or bytes.
fn held(holder: Holder, document: &Document) -> Result<String, Vec<u8>> {
    let bytes = document.to_bytes();
    match holder {
        Holder::Text => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Holder::Bytes => Err(bytes),
    }
}

/// Writes the pieces of one list. Lengths are known when what follows is, checksums last.
fn write_all(pieces: &[Piece]) -> Vec<u8> {
    let mut written: Vec<Vec<u8>> = pieces.iter().map(write).collect();
    let mut after = 0;
    for (index, piece) in pieces.iter().enumerate().rev() {
        if let Piece::Length(number, more) = piece {
            written[index] = number.write((after as u64).saturating_add_signed(*more));
        }
        after += written[index].len();
    }
    for (index, piece) in pieces.iter().enumerate() {
        if let Piece::Checksum(checksum, covered) = piece {
            let covered = written.get(covered.clone()).unwrap_or_default();
            written[index] = checksum.of(&covered.concat());
        }
    }
    written.concat()
}

fn write(piece: &Piece) -> Vec<u8> {
    match piece {
        Piece::Value(format, node) => write_value(*format, node),
        Piece::Sized(number, pieces) => {
            let content = write_all(pieces);
            let mut bytes = number.write(content.len() as u64);
            bytes.extend(content);
            bytes
        }
        Piece::Counted(number, items) => {
            let mut bytes = number.write(items.len() as u64);
            items.iter().for_each(|item| bytes.extend(write_all(item)));
            bytes
        }
        Piece::Length(..) => Vec::new(),
        Piece::Checksum(checksum, _) => vec![0; checksum.size()],
        Piece::Part { pieces, .. } => write_all(pieces),
    }
}

fn write_value(format: Format, node: &Node) -> Vec<u8> {
    let mut bytes = Vec::new();
    match format {
        Format::Json => json::write(node, &mut bytes),
        Format::Cbor => cbor::write(node, &mut bytes),
        Format::MessagePack => message_pack::write(node, &mut bytes),
        Format::Plain => match node {
            Node::Text(text) => bytes.extend(text.bytes()),
            Node::Bytes(plain) => bytes.extend(plain),
            _ => {}
        },
    }
    bytes
}

#[cfg(test)]
mod tests;
