//! What is particular about a snapshot, without its values: which paths there are, of what kind and of what size, and which
//! leaves are equal. A history whose snapshot has a new shape brought the state somewhere new.

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

    /// One hash of all the [`facts`](Self::facts).
    pub fn shape(&self) -> u64 {
        hash(&self.facts())
    }
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
