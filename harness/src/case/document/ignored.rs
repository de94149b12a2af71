//! Whether bytes say all that other bytes say, and more besides: what a reader that skips what it does not know makes of them.

use std::collections::{BTreeMap, BTreeSet};

use super::leaves::PathStep;
use super::{Document, Leaf, Path, recognise};
use crate::worker::snapshot::Snapshot;

/// Whether `read` is `whole` without bytes at its end, without fields that it has no name for, or without another spelling of
/// the same (spaces, a key given twice, a number with a longer code).
pub(crate) fn is_read_in_part(whole: &Snapshot, read: &Snapshot) -> bool {
    if whole.bytes.starts_with(&read.bytes) {
        return true;
    }
    match (recognise(whole), recognise(read)) {
        (Some(whole), Some(read)) => whole.format() == read.format() && whole.says_all_of(&read),
        _ => false,
    }
}

impl Document {
    /// Whether every value of `other` stands at its place here, and what stands nowhere there has a key of its own.
    fn says_all_of(&self, other: &Self) -> bool {
        let (own, others) = (by_path(self), by_path(other));
        let places: BTreeSet<&[PathStep]> = others
            .keys()
            .flat_map(|path| (0..=path.0.len()).map(|length| &path.0[..length]))
            .collect();
        // An empty map there may be one here of which no key is known.
        let holds = |path: &Path, leaves: &[Leaf]| match own.get(path) {
            Some(own) => leaves.iter().all(|leaf| own.contains(leaf)),
            None => {
                leaves.iter().all(|it| *it == Leaf::EmptyMap)
                    && own.keys().any(|it| it.0.starts_with(&path.0))
            }
        };
        let is_unknown = |path: &Path| {
            let steps = path.0.iter().enumerate();
            let mut missing = steps.filter(|(at, _)| !places.contains(&path.0[..=*at]));
            matches!(missing.next(), Some((_, PathStep::Key(_))))
        };
        let is_skipped = |path: &Path, leaves: &[Leaf]| {
            is_unknown(path)
                || others
                    .get(path)
                    .is_some_and(|kept| leaves.len() > kept.len() || leaves == kept)
        };
        others.iter().all(|(path, leaves)| holds(path, leaves))
            && own.iter().all(|(path, leaves)| is_skipped(path, leaves))
    }
}

/// The values at each path: more than one where a key is given twice.
fn by_path(document: &Document) -> BTreeMap<Path, Vec<Leaf>> {
    let mut values: BTreeMap<Path, Vec<Leaf>> = BTreeMap::new();
    for (path, leaf) in document.leaves() {
        values.entry(path).or_default().push(leaf);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_read(whole: &str, read: &str) -> bool {
        let snapshot = |text: &str| Snapshot::octets(text.as_bytes().to_vec());
        is_read_in_part(&snapshot(whole), &snapshot(read))
    }

    #[test]
    fn unknown_fields_and_trailing_bytes_are_read_in_part() {
        for whole in [
            r#"{"id":7,"items":[{"n":1}]}#"#,
            r#"{"id":7,"x":{"y":[1]},"items":[{"n":1}]}"#,
            r#"{"id":7,"items":[{"n":1,"m":2}]}"#,
            r#"{"id": 7, "items": [{"n": 1}]}"#,
            r#"{"id":7,"id":8,"items":[{"n":1}]}"#,
        ] {
            assert!(is_read(whole, r#"{"id":7,"items":[{"n":1}]}"#), "{whole}");
        }
        assert!(is_read(
            r#"{"id":7,"tags":{"a":1}}"#,
            r#"{"id":7,"tags":{}}"#
        ));
    }

    #[test]
    fn defaults_cut_tails_and_altered_values_are_not() {
        for whole in [
            r#"{"id":7}"#,
            r#"{"id":7,"items":[]}"#,
            r#"{"id":8,"items":[{"n":1}]}"#,
            r#"{"items":[{"n":1}]}"#,
            r#"{"id":7,"items":[{"n":1},{"n":2}]}"#,
            r#"{"id":7,"items":[{"n":1},5]}"#,
        ] {
            assert!(!is_read(whole, r#"{"id":7,"items":[{"n":1}]}"#), "{whole}");
        }
    }
}
