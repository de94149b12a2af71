//! What is left of a document when a part is taken away, or when a value is the simplest of its kind.

use super::Document;
use super::node::{Node, Piece};

impl Document {
    /// How many nodes it has.
    pub(crate) fn nodes(&self) -> usize {
        self.places().len()
    }

    /// The bytes without the node of this number, where it is an item of a list or an entry of a map. What stands before it
    /// keeps its number.
    pub(crate) fn without(&self, number: usize) -> Option<Vec<u8>> {
        let mut simpler = self.clone();
        let mut number = number;
        let removed = simpler
            .pieces
            .iter_mut()
            .find_map(|it| remove_in_piece(it, &mut number));
        (removed?).then(|| simpler.to_bytes())
    }

    /// The bytes with the node of this number as simple as its kind gets; none if it is that already, or has parts.
    pub(crate) fn with_simplest(&self, number: usize) -> Option<Vec<u8>> {
        let mut simpler = self.clone();
        let node = simpler.node_mut(number)?;
        let simplest = match node {
            Node::Integer(_) => Node::Integer(0),
            Node::Single(_) => Node::Single(0.0),
            Node::Double(_) => Node::Double(0.0),
            Node::Decimal(_) => Node::Decimal("0.0".to_owned()),
            Node::Bool(_) => Node::Bool(false),
            Node::Text(_) => Node::Text(String::new()),
            _ => return None,
        };
        let is_other = *node != simplest;
        *node = simplest;
        is_other.then(|| simpler.to_bytes())
    }
}

/// None if the number is further on; else whether the node could be removed.
fn remove_in_piece(piece: &mut Piece, number: &mut usize) -> Option<bool> {
    match piece {
        Piece::Value(_, node) => remove(node, number),
        Piece::Sized(_, pieces) | Piece::Part { pieces, .. } => {
            pieces.iter_mut().find_map(|it| remove_in_piece(it, number))
        }
        Piece::Counted(_, items) => {
            let mut pieces = items.iter_mut().flatten();
            pieces.find_map(|it| remove_in_piece(it, number))
        }
        Piece::Length(..) | Piece::Checksum(..) => None,
    }
}

fn remove(node: &mut Node, number: &mut usize) -> Option<bool> {
    let Some(inside) = number.checked_sub(1) else {
        return Some(false);
    };
    *number = inside;
    match node {
        Node::List(items) => (0..items.len()).find_map(|index| {
            if *number == 0 {
                items.remove(index);
                return Some(true);
            }
            remove(&mut items[index], number)
        }),
        Node::Map(entries) => (0..entries.len()).find_map(|index| {
            let (key, value) = &mut entries[index];
            let is_key = *number == 0;
            if let Some(removed) = (!is_key).then(|| remove(key, number))
                && removed.is_some()
            {
                return removed;
            }
            if is_key || *number == 0 {
                entries.remove(index);
                return Some(true);
            }
            remove(value, number)
        }),
        Node::Tag(_, value) => remove(value, number),
        Node::Inside(_, document) => {
            let mut pieces = document.pieces.iter_mut();
            pieces.find_map(|it| remove_in_piece(it, number))
        }
        _ => None,
    }
}
