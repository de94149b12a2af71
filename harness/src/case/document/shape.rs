//! What is particular about a snapshot, without its values: which paths there are, of what kind and of what size, and which
//! leaves are equal. A history whose snapshot has a new shape brought the state somewhere new.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use siphasher::sip::SipHasher13;

use super::leaves::is_outside;
use super::node::{Kind, Node};
use super::{Document, Path, PathStep};

/// More keys than this are somebody's data, and none of them is a field of its own.
const FIELDS: usize = 64;

impl Document {
    /// Facts about the document, each as a hash, sorted. Two documents that say the same about different values have the same.
    /// The principal and the version of an SDK's envelope are left out.
    pub fn facts(&self) -> Vec<u64> {
        let mut facts = BTreeSet::new();
        let mut lengths: BTreeMap<Path, u64> = BTreeMap::new();
        let mut equal: BTreeMap<String, BTreeSet<Path>> = BTreeMap::new();
        let leaves = self.found_leaves();
        let keys: BTreeSet<&PathStep> = leaves.iter().flat_map(|it| &it.path.0).collect();
        let too_many = keys.len() > FIELDS;
        for found in leaves.iter().filter(|it| !is_outside(self, &it.path)) {
            let path = general(&found.path, too_many);
            *lengths.entry(path.clone()).or_default() += 1;
            facts.insert(hash(&(&path, found.node.kind(), class(found.node))));
            if let Some(value) = telling(found.node) {
                equal.entry(value).or_default().insert(path);
            }
        }
        facts.extend(lengths.into_iter().map(|it| hash(&(it.0, magnitude(it.1)))));
        for paths in equal.into_values().filter(|paths| paths.len() > 1) {
            facts.insert(hash(&paths));
        }
        facts.into_iter().collect()
    }

    /// What else may be rare about the document: what stands together in one record, in which order lists are, how many items they
    /// have, and how long texts are.
    pub(crate) fn traits(&self) -> Vec<u64> {
        let mut traits = Vec::new();
        for place in self.places().iter().filter(|it| !it.outside) {
            traits.extend(together(place.node));
            if let Node::List(items) = place.node {
                traits.extend(ordered(items));
            }
        }
        let mut counts: BTreeMap<Path, usize> = BTreeMap::new();
        for found in self.found_leaves() {
            let path = general(&found.path, false);
            if let Node::Text(text) = found.node {
                let length = (text.is_ascii(), text.len().checked_ilog2());
                traits.push(hash(&(&path, length)));
            }
            *counts.entry(path).or_default() += 1;
        }
        traits.extend(
            counts
                .iter()
                .map(|(path, count)| hash(&(path, (*count).min(MANY)))),
        );
        traits
    }

    /// One hash of all the [`facts`](Self::facts).
    pub fn shape(&self) -> u64 {
        hash(&self.facts())
    }
}

/// So many items are told from one less.
const MANY: usize = 20;

/// In which order the items of a list are, by each of their first parts.
fn ordered(items: &[Node]) -> Vec<u64> {
    let parts = items.iter().map(|item| match item {
        Node::Map(entries) => entries.iter().map(|(_, value)| value).take(PARTS).collect(),
        Node::List(items) => items.iter().take(PARTS).collect(),
        item => vec![item],
    });
    let parts: Vec<Vec<&Node>> = parts.collect();
    let width = parts.iter().map(Vec::len).min().unwrap_or_default();
    let of_part = |part: usize| {
        let (mut rises, mut falls, mut ties) = (false, false, false);
        for pair in parts.windows(2) {
            match compared(pair[0][part], pair[1][part]) {
                Some(Ordering::Less) => rises = true,
                Some(Ordering::Greater) => falls = true,
                Some(Ordering::Equal) => ties = true,
                None => {}
            }
        }
        hash(&("order", width, part, rises, falls, ties))
    };
    (0..width).map(of_part).collect()
}

fn compared(one: &Node, other: &Node) -> Option<Ordering> {
    match (one, other) {
        (Node::Integer(one), Node::Integer(other)) => Some(one.cmp(other)),
        (Node::Text(one), Node::Text(other)) => Some(one.cmp(other)),
        (Node::Bytes(one), Node::Bytes(other)) => Some(one.cmp(other)),
        _ => None,
    }
}

/// A record has no more parts.
const PARTS: usize = 16;

/// Which two parts of one record say what at once.
fn together(node: &Node) -> Vec<u64> {
    let parts: Vec<(String, u64)> = match node {
        Node::Map(entries) => entries
            .iter()
            .filter_map(|(key, value)| match key {
                Node::Text(key) if !is_data(key) => Some((key.clone(), state(value))),
                Node::Integer(key) => Some((key.to_string(), state(value))),
                _ => None,
            })
            .collect(),
        Node::List(items) => {
            let kinds: BTreeSet<Kind> = items.iter().map(Node::kind).collect();
            // Items that are all alike are a list, others a record without names.
            match kinds.len() {
                0 | 1 => Vec::new(),
                _ => (items.iter().enumerate())
                    .map(|(index, value)| (index.to_string(), state(value)))
                    .collect(),
            }
        }
        _ => Vec::new(),
    };
    if parts.len() > PARTS {
        return Vec::new();
    }
    let names: Vec<&String> = parts.iter().map(|(name, _)| name).collect();
    let mut facts = Vec::new();
    for (index, one) in parts.iter().enumerate() {
        for other in &parts[index + 1..] {
            facts.push(hash(&(&names, one, other)));
        }
    }
    facts
}

/// What a part says, coarsely.
fn state(node: &Node) -> u64 {
    match node {
        Node::Null => 0,
        Node::Bool(value) => 1 + u64::from(*value),
        Node::Integer(number) if (0..8).contains(number) => 3 + *number as u64,
        Node::Text(text) if is_word(text) => hash(text),
        Node::Text(text) => 11 + u64::from(text.is_empty()),
        Node::List(items) => 13 + (items.len().min(2) as u64),
        Node::Map(entries) => 16 + (entries.len().min(2) as u64),
        _ => 19,
    }
}

/// Whether a text may be the name of a case.
fn is_word(text: &str) -> bool {
    (3..=16).contains(&text.len())
        && text
            .bytes()
            .all(|it| it.is_ascii_alphabetic() || b"-_".contains(&it))
}

/// The path without what differs from item to item.
fn general(path: &Path, too_many: bool) -> Path {
    let steps = path.0.iter().filter_map(|step| match step {
        PathStep::Index(_) => None,
        PathStep::Bytes(..) => Some(PathStep::Bytes(0, 0)),
        PathStep::Key(key) if too_many || is_data(key) => Some(PathStep::Key(String::new())),
        PathStep::Key(_) => Some(step.clone()),
    });
    Path(steps.collect())
}

/// Whether a key cannot be the name of a field.
fn is_data(key: &str) -> bool {
    let starts = |it: char| it.is_alphabetic() || it == '_';
    !key.starts_with(starts) || key.chars().any(|it| it.is_whitespace() || !it.is_ascii())
}

/// A class of lengths or magnitudes.
fn class(node: &Node) -> (bool, u64) {
    match node {
        Node::Bool(value) => (*value, 0),
        Node::Integer(number) => {
            let large = u64::try_from(number.unsigned_abs()).unwrap_or(u64::MAX);
            (*number < 0, magnitude(large))
        }
        Node::Single(number) => float_class((*number).into()),
        Node::Double(number) => float_class(*number),
        Node::Decimal(number) => float_class(number.parse().unwrap_or_default()),
        Node::Text(text) => (text.is_ascii(), magnitude(text.len() as u64)),
        Node::Bytes(bytes) | Node::Extension(_, bytes) => (false, magnitude(bytes.len() as u64)),
        _ => (false, 0),
    }
}

fn float_class(number: f64) -> (bool, u64) {
    let kind = number.classify() as u64;
    (
        number.is_sign_negative(),
        kind << 1 | u64::from(number.fract() == 0.0),
    )
}

/// 0, 1, 2, then a class for every power of four.
fn magnitude(number: u64) -> u64 {
    match number {
        0..3 => number,
        _ => 3 + u64::from(number.ilog2()) / 2,
    }
}

/// A value whose equal in another place is no accident.
fn telling(node: &Node) -> Option<String> {
    let is_trivial = match node {
        Node::Integer(number) => (-1..=2).contains(number),
        Node::Text(text) => text.len() < 2,
        _ => node.kind() != Kind::Float,
    };
    (!is_trivial).then(|| format!("{node:?}"))
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(0, 0);
    value.hash(&mut hasher);
    hasher.finish()
}
