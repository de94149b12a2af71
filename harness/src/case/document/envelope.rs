//! The envelopes that SDKs of agents put around a user's state: who it belongs to, the version of the envelope, and parts.

use std::ops::Range;

use memchr::memmem;

use super::node::{Format, Node, Number, Piece};
use super::{inner, json, plain};

/// The keys of an automatic snapshot, sorted. What is under the second of them is the state.
const KEYS: [&str; 3] = ["principal", "state", "version"];
/// The first byte of an envelope with a principal.
const WITH_PRINCIPAL: u8 = 2;
/// The longest boundary that a multipart message may have, with the two dashes in front.
const LONGEST_BOUNDARY: usize = 72;

/// Whether the value is the envelope of an automatic snapshot.
pub(super) fn is_automatic(node: &Node) -> bool {
    let Node::Map(entries) = node else {
        return false;
    };
    let mut keys: Vec<&str> = entries
        .iter()
        .filter_map(|(key, _)| match key {
            Node::Text(key) => Some(key.as_str()),
            _ => None,
        })
        .collect();
    keys.sort_unstable();
    entries.len() == KEYS.len() && keys == KEYS
}

/// Whether this key of such an envelope holds no state.
pub(super) fn is_outside(key: &Node) -> bool {
    !matches!(key, Node::Text(key) if key == KEYS[1])
}

/// The envelope of a snapshot that is written by hand: a byte, the length of the principal, the principal, the user's bytes.
pub(super) fn with_principal(bytes: &[u8], depth: usize) -> Option<Vec<Piece>> {
    if *bytes.first()? != WITH_PRINCIPAL {
        return None;
    }
    let (length, size) = Number::Big(4).read(&bytes[1..])?;
    let start = 1 + size;
    let end = start.checked_add(usize::try_from(length).ok()?)?;
    let principal = json::read(bytes.get(start..end)?)?;
    let principal = Piece::Part {
        name: KEYS[0].to_owned(),
        outside: true,
        pieces: vec![Piece::Value(Format::Json, principal)],
    };
    Some(vec![
        outside("envelope", &bytes[..1]),
        Piece::Sized(Number::Big(4), vec![principal]),
        part(KEYS[1], &bytes[end..], "", depth),
    ])
}

/// The parts of a multipart message. The boundary is the first line, as whoever wrote it drew it.
pub(super) fn multipart(bytes: &[u8], depth: usize) -> Option<Vec<Piece>> {
    let first = memmem::find(bytes, b"\r\n")?;
    let boundary = bytes.get(..first)?;
    if !boundary.starts_with(b"--") || boundary.len() < 3 || boundary.len() > LONGEST_BOUNDARY {
        return None;
    }
    let mut separator = b"\r\n".to_vec();
    separator.extend(boundary);
    // The first boundary has no line before it.
    let others = memmem::find_iter(bytes, &separator).map(|at| at..at + separator.len());
    let begins: Vec<Range<usize>> = std::iter::once(0..first).chain(others).collect();
    let mut pieces = Vec::new();
    for (number, window) in begins.windows(2).enumerate() {
        pieces.push(outside("boundary", &bytes[window[0].clone()]));
        let content = window[0].end..window[1].start;
        pieces.extend(one_part(bytes, content, number, depth)?);
    }
    let last = begins.last()?.clone();
    let is_closed = bytes[last.end..].starts_with(b"--");
    pieces.push(outside("boundary", &bytes[last.start..]));
    (is_closed && begins.len() > 1).then_some(pieces)
}

fn one_part(
    bytes: &[u8],
    content: Range<usize>,
    number: usize,
    depth: usize,
) -> Option<[Piece; 2]> {
    let blank = memmem::find(&bytes[content.clone()], b"\r\n\r\n")?;
    let body = content.start + blank + 4;
    let head = &bytes[content.start..body];
    let lines = String::from_utf8_lossy(head);
    let name = attribute(&lines, "name").unwrap_or_else(|| number.to_string());
    let mime = field(&lines, "content-type").unwrap_or_default();
    Some([
        outside("header", head),
        part(&name, &bytes[body..content.end], &mime, depth),
    ])
}

/// The value of a header field.
fn field(lines: &str, name: &str) -> Option<String> {
    let mut fields = lines.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = fields.find(|(field, _)| field.trim().eq_ignore_ascii_case(name))?;
    Some(value.trim().to_owned())
}

/// The value of an attribute such as `name="…"`, in whatever field.
fn attribute(lines: &str, name: &str) -> Option<String> {
    let mut attributes = lines.split([';', '\n']).filter_map(|it| it.split_once('='));
    let (_, value) = attributes.find(|(attribute, _)| attribute.trim() == name)?;
    Some(value.trim().trim_matches('"').to_owned())
}

fn part(name: &str, bytes: &[u8], mime: &str, depth: usize) -> Piece {
    Piece::Part {
        name: name.to_owned(),
        outside: false,
        pieces: inner(bytes, mime, depth).unwrap_or_else(|| vec![plain(bytes)]),
    }
}

fn outside(name: &str, bytes: &[u8]) -> Piece {
    Piece::Part {
        name: name.to_owned(),
        outside: true,
        pieces: vec![plain(bytes)],
    }
}
