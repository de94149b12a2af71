//! What stands around a document in bytes of a format of one's own: a magic number, a version, lengths, a checksum.

use super::checksum::{self, Found};
use super::node::{Format, Node, Number, Piece};
use super::{fields, plain, read_front, value};

/// The longest header in front of a document.
const HEAD: usize = 24;
/// The most bytes behind it.
const TAIL: usize = 16;
/// Of the bytes after the header, a document is at least so much, or it was read into something else by chance.
const LEAST: usize = 2;
/// A length of fewer bytes stands anywhere by chance.
const SHORTEST: u64 = 6;

/// Takes bytes apart that are no document as a whole; none if nothing is known of them.
pub(super) fn recognise(bytes: &[u8], depth: usize) -> Option<Vec<Piece>> {
    if bytes.len() > super::LARGEST || depth > super::DEEPEST {
        return None;
    }
    let found = checksum::find(bytes);
    let (begin, end) = body(bytes, found.as_ref());
    let (head, mut pieces, tail) = match document(bytes, begin, end) {
        Some((format, node, start, stop)) => (start, vec![value(format, node, depth)], stop),
        None => match fields::recognise(&bytes[begin..end]) {
            Some(pieces) => (begin, pieces, end),
            None if found.is_some() => (begin, vec![plain(&bytes[begin..end])], end),
            None => return None,
        },
    };
    let mut parts = around(bytes, 0..head, found.as_ref());
    let first = parts.len();
    parts.push((head..tail, Role::Body));
    parts.extend(around(bytes, tail..bytes.len(), found.as_ref()));
    let covered = found.as_ref().map(|found| &found.covered);
    let number = |at: usize| parts.iter().position(|(range, _)| range.start == at);
    let covers = covered.and_then(|covered| {
        let end = match covered.end == bytes.len() {
            true => Some(parts.len()),
            false => number(covered.end),
        };
        Some(number(covered.start)?..end?)
    });
    let body = match pieces.len() {
        1 => pieces.pop()?,
        _ => Piece::Part {
            name: String::new(),
            outside: false,
            pieces,
        },
    };
    let mut body = Some(body);
    let pieces = parts
        .iter()
        .enumerate()
        .filter_map(|(index, (range, role))| {
            Some(match role {
                Role::Body if index == first => body.take()?,
                Role::Length(number, more) => Piece::Length(*number, *more),
                Role::Checksum => match (&found, &covers) {
                    (Some(found), Some(covers)) => Piece::Checksum(found.checksum, covers.clone()),
                    _ => plain(&bytes[range.clone()]),
                },
                _ => header(&bytes[range.clone()]),
            })
        });
    Some(pieces.collect())
}

/// What a run of bytes around the document is.
enum Role {
    Body,
    Plain,
    Checksum,
    Length(Number, i64),
}

/// Where the bytes are that are neither a checksum nor before one.
fn body(bytes: &[u8], found: Option<&Found>) -> (usize, usize) {
    match found {
        None => (0, bytes.len()),
        Some(found) if found.field.start < found.covered.start => {
            (found.covered.start, bytes.len())
        }
        Some(found) => (found.covered.start, found.field.start),
    }
}

/// The first document in these bytes that takes most of them.
fn document(bytes: &[u8], begin: usize, end: usize) -> Option<(Format, Node, usize, usize)> {
    let last = end.min(begin + HEAD);
    (begin..last).find_map(|at| {
        let rest = &bytes[at..end];
        let formats = [Format::Json, Format::Cbor, Format::MessagePack];
        formats.into_iter().find_map(|format| {
            let (node, used) = read_front(format, rest)?;
            let left = rest.len() - used;
            let fits = left <= TAIL && used * LEAST >= rest.len() && node.parts() > 0;
            fits.then_some((format, node, at, at + used))
        })
    })
}

/// The runs of a range before or behind the document, cut where what the checksum covers begins and ends.
fn around(
    bytes: &[u8],
    range: std::ops::Range<usize>,
    found: Option<&Found>,
) -> Vec<(std::ops::Range<usize>, Role)> {
    let mut runs = Vec::new();
    let mut at = range.start;
    let mut plain_from = at;
    let flush = |runs: &mut Vec<_>, from: usize, to: usize| {
        if from < to {
            runs.push((from..to, Role::Plain));
        }
    };
    while at < range.end {
        if let Some(found) = found {
            if at == found.covered.start || at == found.covered.end {
                flush(&mut runs, plain_from, at);
                plain_from = at;
            }
            if at == found.field.start && found.field.end <= range.end {
                flush(&mut runs, plain_from, at);
                runs.push((found.field.clone(), Role::Checksum));
                at = found.field.end;
                plain_from = at;
                continue;
            }
        }
        let until = match found {
            Some(found) if found.field.start > at => found.field.start.min(range.end),
            _ => range.end,
        };
        match length(bytes, at, until) {
            Some((number, size, more)) => {
                flush(&mut runs, plain_from, at);
                runs.push((at..at + size, Role::Length(number, more)));
                at += size;
                plain_from = at;
            }
            None => at += 1,
        }
    }
    flush(&mut runs, plain_from, range.end);
    runs
}

/// A number that says how many bytes there are from somewhere to the end, and may say so again when there are others.
fn length(bytes: &[u8], at: usize, until: usize) -> Option<(Number, usize, i64)> {
    Number::ALL.into_iter().find_map(|number| {
        let (read, size) = number.read(&bytes[at..until])?;
        let after = bytes.len() - at - size;
        // Of what follows, of all but a checksum behind it, or of everything.
        let possible = [
            Some(after),
            after.checked_sub(4),
            after.checked_sub(8),
            Some(bytes.len()),
        ];
        let is_read = |it: &usize| *it as u64 == read;
        let fits = read >= SHORTEST && possible.iter().flatten().any(is_read);
        fits.then(|| (number, size, (read as i64).wrapping_sub(after as i64)))
    })
}

fn header(bytes: &[u8]) -> Piece {
    Piece::Part {
        name: "header".to_owned(),
        outside: true,
        pieces: vec![plain(bytes)],
    }
}
