//! Two texts with the part that differs marked.

use serde::Serialize;

/// How many characters stand on each side of what differs.
const BESIDE: usize = 160;
/// How many of what differs are shown.
const LONGEST: usize = 600;

/// A text, in three parts.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Marked {
    pub before: String,
    /// What is not in the other text at this place.
    pub different: String,
    pub after: String,
}

impl Marked {
    /// A text that is compared with none.
    pub fn plain(text: &str) -> Self {
        Self {
            before: beginning(text, LONGEST),
            different: String::new(),
            after: String::new(),
        }
    }
}

/// The two texts, each with its part between what they begin and end with alike.
pub fn marked(one: &str, other: &str) -> (Marked, Marked) {
    if one == other {
        return (Marked::plain(one), Marked::plain(other));
    }
    let pairs = one.chars().zip(other.chars());
    let same = pairs.take_while(|(one, other)| one == other);
    let start: usize = same.map(|(it, _)| it.len_utf8()).sum();
    let (before, one) = one.split_at(start);
    let other = &other[start..];
    let pairs = one.chars().rev().zip(other.chars().rev());
    let same = pairs.take_while(|(one, other)| one == other);
    let end: usize = same.map(|(it, _)| it.len_utf8()).sum();
    let after = &one[one.len() - end..];
    let part = |text: &str| Marked {
        before: ending(before, BESIDE),
        different: beginning(&text[..text.len() - end], LONGEST),
        after: beginning(after, BESIDE),
    };
    (part(one), part(other))
}

fn beginning(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn ending(text: &str, most: usize) -> String {
    match text.char_indices().rev().nth(most) {
        Some((start, it)) => format!("…{}", &text[start + it.len_utf8()..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_between_what_is_alike() {
        let parts = |it: Marked| (it.before, it.different, it.after);
        for (one, other, wanted) in [
            ("some(\"ä\")", "some(\"\")", ("some(\"", ["ä", ""], "\")")),
            ("aa", "aaa", ("aa", ["", "a"], "")),
            ("x", "yx", ("", ["", "y"], "x")),
            ("a", "b", ("", ["a", "b"], "")),
            ("a", "a", ("a", ["", ""], "")),
        ] {
            let (left, right) = marked(one, other);
            let (before, [in_one, in_other], after) = wanted;
            let of = |it: &str| (before.to_owned(), it.to_owned(), after.to_owned());
            assert_eq!((parts(left), parts(right)), (of(in_one), of(in_other)));
        }
        let (left, _) = marked(&format!("{0}x{0}", "ü".repeat(5_000)), &"ü".repeat(10_000));
        assert_eq!(left.before.chars().count(), BESIDE + 1);
        assert!(left.before.starts_with('…') && left.after.ends_with('…'));
        assert_eq!(left.different, "x");
    }
}
