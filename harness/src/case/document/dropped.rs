//! What one document says and another no longer says anywhere.
//!
//! A state may be restructured: values move, are renamed, converted, counted in other units. So a value counts as kept
//! wherever it stands, as a value, as a key or in a text; so does every value of a field that still has as many values as
//! before. Numbers and truth values are too alike to be followed into fields that are new, so that these excuse them.

use std::collections::{BTreeMap, BTreeSet};

use super::leaves::is_outside;
use super::node::Format;
use super::{Document, Leaf, Path, PathStep};

/// Shorter texts stand in others by chance.
const DISTINCT: usize = 4;

/// Parts of envelopes, which every snapshot of an SDK has.
const AROUND: [&str; 2] = ["principal", "state"];

impl Document {
    /// Whether both are in a format that names its fields (JSON, CBOR, MessagePack), and `other` has at least half of the names.
    /// Bytes of another format may look like one of these by chance, with a name or two that are somebody's data.
    pub(crate) fn is_comparable_with(&self, other: &Self) -> bool {
        let (names, others) = (self.names(), other.names());
        let common = names.intersection(&others).count();
        let formats = [self.format(), other.format()];
        !formats.contains(&Format::Plain) && common > 0 && 2 * common >= names.len()
    }

    /// The names of its fields, without those that an SDK's envelope has around the state.
    pub(crate) fn names(&self) -> BTreeSet<String> {
        let leaves = self
            .leaves()
            .into_iter()
            .filter(|it| !is_outside(self, &it.0));
        let steps = leaves.flat_map(|(path, _)| path.0);
        let names = steps.filter_map(|step| match step {
            PathStep::Key(key) if key.contains(char::is_alphabetic) => Some(key),
            _ => None,
        });
        names.filter(|it| !AROUND.contains(&it.as_str())).collect()
    }

    /// The values of this document that `after` no longer holds anywhere, each with its path. Values that any default may be
    /// (null, false, zero, what is empty) are not missed.
    pub(crate) fn dropped(&self, after: &Self) -> Vec<(Path, Leaf)> {
        let before = self.values();
        let counts = counted(&before);
        let kept = Kept::new(after, &counts);
        let mut dropped = before;
        dropped.retain(|(path, leaf)| {
            let path = path.without_indices();
            let still = kept.counts.get(&path).copied().unwrap_or_default();
            still < counts[&path] && !kept.holds(leaf)
        });
        dropped
    }

    /// Its leaves that say something, without those of an SDK's envelope.
    fn values(&self) -> Vec<(Path, Leaf)> {
        let mut leaves = self.leaves();
        leaves.retain(|(path, leaf)| !is_default(leaf) && !is_outside(self, path));
        leaves
    }
}

/// What a later document still holds.
struct Kept {
    counts: BTreeMap<Path, usize>,
    texts: BTreeSet<String>,
    bytes: Vec<Vec<u8>>,
    /// It has a value in a field that the earlier one does not have.
    is_restructured: bool,
}

impl Kept {
    fn new(after: &Document, before: &BTreeMap<Path, usize>) -> Self {
        let values = after.values();
        let counts = counted(&values);
        let keys = values.iter().flat_map(|(path, _)| &path.0);
        let keys = keys.filter_map(|step| match step {
            PathStep::Key(key) => Some(key.to_lowercase()),
            PathStep::Index(_) | PathStep::Bytes(..) => None,
        });
        let texts = values.iter().filter_map(|(_, leaf)| text(leaf));
        let bytes = values.iter().filter_map(|(_, leaf)| match leaf {
            Leaf::Bytes(bytes) => Some(bytes.clone()),
            _ => None,
        });
        Self {
            texts: texts.chain(keys).collect(),
            bytes: bytes.collect(),
            is_restructured: counts.keys().any(|path| !before.contains_key(path)),
            counts,
        }
    }

    fn holds(&self, leaf: &Leaf) -> bool {
        match leaf {
            Leaf::Text(_) => self.says(leaf),
            Leaf::Bytes(bytes) => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                self.bytes.contains(bytes) || self.says(&Leaf::Text(text))
            }
            _ => self.is_restructured || self.says(leaf),
        }
    }

    fn says(&self, leaf: &Leaf) -> bool {
        text(leaf).is_some_and(|value| {
            let is_distinct = value.len() >= DISTINCT;
            let mut texts = self.texts.iter();
            self.texts.contains(&value)
                || texts.any(|it| {
                    is_distinct && it.contains(&value)
                        || it.len() >= DISTINCT && value.contains(it.as_str())
                })
                || self.bytes.iter().any(|it| it == value.as_bytes())
        })
    }
}

fn counted(values: &[(Path, Leaf)]) -> BTreeMap<Path, usize> {
    let mut counts = BTreeMap::new();
    for (path, _) in values {
        *counts.entry(path.without_indices()).or_default() += 1;
    }
    counts
}

/// The value as a text, whatever kind holds it; none of bytes.
fn text(leaf: &Leaf) -> Option<String> {
    Some(match leaf {
        Leaf::Bool(value) => value.to_string(),
        Leaf::Integer(number) => number.to_string(),
        Leaf::Float(number) => number.to_string(),
        Leaf::Text(text) => text.to_lowercase(),
        Leaf::Null | Leaf::Bytes(_) | Leaf::EmptyList | Leaf::EmptyMap => return None,
    })
}

fn is_default(leaf: &Leaf) -> bool {
    match leaf {
        Leaf::Null | Leaf::EmptyList | Leaf::EmptyMap => true,
        Leaf::Bool(value) => !value,
        Leaf::Integer(number) => *number == 0,
        Leaf::Float(number) => *number == 0.0,
        Leaf::Text(text) => text.is_empty(),
        Leaf::Bytes(bytes) => bytes.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::recognise;
    use super::*;
    use crate::worker::snapshot::Snapshot;

    fn document(json: &str) -> Document {
        recognise(&Snapshot::octets(json.as_bytes().to_vec())).expect("a document")
    }

    fn dropped(before: &str, after: &str) -> Vec<String> {
        let dropped = document(before).dropped(&document(after));
        dropped.iter().map(|it| it.0.to_string()).collect()
    }

    #[test]
    fn a_field_that_is_gone_or_empty_again_is_dropped() {
        let before = r#"{"id":7,"note":"a"}"#;
        assert_eq!(dropped(before, r#"{"id":7}"#), ["note"]);
        assert_eq!(dropped(before, r#"{"id":7,"note":""}"#), ["note"]);
        assert_eq!(dropped(before, r#"{"id":7,"remark":""}"#), ["note"]);
        assert_eq!(dropped(before, r#"{"note":"a"}"#), ["id"]);
    }

    #[test]
    fn an_item_that_is_gone_is_dropped() {
        let before = r#"{"items":[{"sku":"a"},{"sku":"b"}]}"#;
        assert_eq!(
            dropped(before, r#"{"items":[{"sku":"b"}]}"#),
            ["items[0].sku"]
        );
    }

    #[test]
    fn a_state_that_is_restructured_drops_nothing() {
        for (before, after) in [
            (r#"{"note":"a"}"#, r#"{"remark":"a"}"#),
            (
                r#"{"items":[{"id":1,"n":2}]}"#,
                r#"{"items":{"1":{"n":2}}}"#,
            ),
            (r#"{"cents":1250}"#, r#"{"euros":12.5}"#),
            (
                r#"{"name":"Ann Smith"}"#,
                r#"{"first":"Ann","last":"Smith"}"#,
            ),
            (r#"{"open":true}"#, r#"{"status":"open"}"#),
            (r#"{"version":1,"n":3}"#, r#"{"version":2,"n":3}"#),
            (r#"{"status":"Open"}"#, r#"{"state":"open"}"#),
            (r#"{"a":0,"b":"","c":false,"d":null}"#, r#"{"e":0}"#),
        ] {
            assert_eq!(dropped(before, after), [""; 0], "{before} {after}");
        }
    }
}
