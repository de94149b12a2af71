//! The nodes of a document in the order of its bytes, each with a number; documents within documents are gone through, too.

use std::hash::{Hash, Hasher};

use siphasher::sip::SipHasher13;

use super::Document;
use super::envelope;
use super::node::{Format, Node, Piece};

/// A node with where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) number: usize,
    pub(super) node: &'a Node,
    /// The format that it is written in.
    pub(super) format: Format,
    /// Whether it is the key of a map.
    pub(super) is_key: bool,
    /// Whether it is no part of the state.
    pub(super) outside: bool,
    /// The same for what means the same: for the values of one field, whichever of the records it is in.
    pub(super) field: u64,
}

/// Maps with more entries than this are no records.
const MOST_FIELDS: usize = 48;

impl Document {
    /// Every node.
    pub(super) fn places(&self) -> Vec<Place<'_>> {
        let mut places = Vec::new();
        walk_pieces(&self.pieces, (false, 0), &mut places);
        places
    }

    /// The node of this number.
    pub(super) fn node_mut(&mut self, number: usize) -> Option<&mut Node> {
        pieces_mut(&mut self.pieces, &mut { number })
    }

    /// The lists of items with a count in front, in binary formats.
    pub(super) fn counted_mut(&mut self) -> Vec<&mut Vec<Vec<Piece>>> {
        let mut counted = Vec::new();
        collect_counted(&mut self.pieces, &mut counted);
        counted
    }
}

fn walk_pieces<'a>(
    pieces: &'a [Piece],
    (outside, field): (bool, u64),
    places: &mut Vec<Place<'a>>,
) {
    for (index, piece) in pieces.iter().enumerate() {
        let field = within(field, &index);
        match piece {
            Piece::Value(format, node) => {
                let place = Place {
                    number: 0,
                    node,
                    format: *format,
                    is_key: false,
                    outside,
                    field,
                };
                walk(place, places);
            }
            Piece::Sized(_, pieces) => walk_pieces(pieces, (outside, field), places),
            Piece::Counted(_, items) => {
                items
                    .iter()
                    .for_each(|item| walk_pieces(item, (outside, field), places));
            }
            Piece::Part {
                outside: is_outside,
                pieces,
                ..
            } => walk_pieces(pieces, (outside || *is_outside, field), places),
            Piece::Length(..) | Piece::Checksum(..) => {}
        }
    }
}

fn walk<'a>(place: Place<'a>, places: &mut Vec<Place<'a>>) {
    let number = places.len();
    places.push(Place { number, ..place });
    let value = Place {
        is_key: false,
        ..place
    };
    match place.node {
        Node::List(items) => {
            let is_record = is_positional(items);
            for (index, node) in items.iter().enumerate() {
                let index = if is_record { index + 1 } else { 0 };
                let field = within(place.field, &index);
                walk(
                    Place {
                        node,
                        field,
                        ..value
                    },
                    places,
                );
            }
        }
        Node::Map(entries) => {
            let is_envelope = number == 0 && envelope::is_automatic(place.node);
            let is_record = is_record(entries);
            for (key, node) in entries {
                let outside = place.outside || (is_envelope && envelope::is_outside(key));
                let field = match key {
                    Node::Text(name) if is_record => within(place.field, name),
                    _ => within(place.field, &"entry"),
                };
                let key = Place {
                    node: key,
                    is_key: true,
                    // The keys of the envelope are no state either.
                    outside: outside || is_envelope,
                    field: within(field, &"key"),
                    ..place
                };
                walk(key, places);
                let value = Place {
                    node,
                    outside,
                    field,
                    ..value
                };
                walk(value, places);
            }
        }
        Node::Tag(_, node) => walk(Place { node, ..value }, places),
        Node::Inside(_, document) => {
            walk_pieces(&document.pieces, (place.outside, place.field), places);
        }
        _ => {}
    }
}

/// Whether the keys of a map are the names of fields: a few, none of which is like an id, and no two values have the same fields.
fn is_record(entries: &[(Node, Node)]) -> bool {
    let is_name = |key: &Node| match key {
        Node::Text(name) => !name.contains(|it: char| it.is_ascii_digit() || it.is_whitespace()),
        _ => false,
    };
    let are_alike = || {
        let mut all = entries.iter().map(|(_, value)| value.keys());
        let first = all.next().unwrap_or_default();
        entries.len() > 1 && !first.is_empty() && all.all(|it| it == first)
    };
    entries.len() <= MOST_FIELDS && entries.iter().all(|(key, _)| is_name(key)) && !are_alike()
}

/// Whether the items of a list are the fields of a record: a few, of different kinds.
fn is_positional(items: &[Node]) -> bool {
    let first = items.first().map(Node::kind);
    items.len() <= MOST_FIELDS && items.iter().any(|it| Some(it.kind()) != first)
}

fn within(field: u64, step: &impl Hash) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(field, 0);
    step.hash(&mut hasher);
    hasher.finish()
}

fn pieces_mut<'a>(pieces: &'a mut [Piece], number: &mut usize) -> Option<&'a mut Node> {
    pieces.iter_mut().find_map(|piece| match piece {
        Piece::Value(_, node) => node_mut(node, number),
        Piece::Sized(_, pieces) | Piece::Part { pieces, .. } => pieces_mut(pieces, number),
        Piece::Counted(_, items) => items.iter_mut().find_map(|item| pieces_mut(item, number)),
        Piece::Length(..) | Piece::Checksum(..) => None,
    })
}

fn node_mut<'a>(node: &'a mut Node, number: &mut usize) -> Option<&'a mut Node> {
    if *number == 0 {
        return Some(node);
    }
    *number -= 1;
    match node {
        Node::List(items) => items.iter_mut().find_map(|item| node_mut(item, number)),
        Node::Map(entries) => entries
            .iter_mut()
            .find_map(|(key, value)| node_mut(key, number).or_else(|| node_mut(value, number))),
        Node::Tag(_, value) => node_mut(value, number),
        Node::Inside(_, document) => pieces_mut(&mut document.pieces, number),
        _ => None,
    }
}

fn collect_counted<'a>(pieces: &'a mut [Piece], counted: &mut Vec<&'a mut Vec<Vec<Piece>>>) {
    for piece in pieces {
        match piece {
            Piece::Counted(_, items) => counted.push(items),
            Piece::Sized(_, pieces) | Piece::Part { pieces, .. } => {
                collect_counted(pieces, counted);
            }
            Piece::Value(..) | Piece::Length(..) | Piece::Checksum(..) => {}
        }
    }
}
