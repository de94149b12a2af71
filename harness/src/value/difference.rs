//! Where two values differ, leaf by leaf. The path of a leaf is the hint which field was lost, and it lets a leaf that
//! depends on the host be left out while the rest of the value is still compared.

use std::collections::HashMap;
use std::fmt;

use crate::value::Val;

/// One place in which two values differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Where: `.lines[2].quantity`; empty for the value itself.
    pub path: String,
    /// What stands there in the first value, as WAVE.
    pub expected: String,
    /// What stands there in the second value, as WAVE.
    pub observed: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            expected,
            observed,
        } = self;
        let place = if path.is_empty() { "result" } else { path };
        write!(f, "{place}: expected {expected}, observed {observed}")
    }
}

/// Every leaf in which the two values differ, in the order of the values. Floats are the same if their bits are, and
/// every NaN is the same, because the canonical ABI does not keep a NaN's bits.
pub fn differences(expected: &Val, observed: &Val) -> Vec<Difference> {
    let mut all = Vec::new();
    let mut found = |path: &str, expected: &Val, observed: &Val| {
        all.push(Difference {
            path: path.to_owned(),
            expected: super::wave(expected),
            observed: super::wave(observed),
        });
    };
    compare(expected, observed, &mut String::new(), &mut found);
    all
}

/// The places of [`differences`].
pub(crate) fn places(expected: &Val, observed: &Val) -> Vec<String> {
    let mut all = Vec::new();
    let mut found = |path: &str, _: &Val, _: &Val| all.push(path.to_owned());
    compare(expected, observed, &mut String::new(), &mut found);
    all
}

/// A place and those that it is a part of, the outermost first.
pub(crate) fn outwards(path: &str) -> impl Iterator<Item = &str> {
    let ends = path.match_indices(['.', '[']).map(|(at, _)| at);
    ends.chain([path.len()]).map(|end| &path[..end])
}

fn compare(
    expected: &Val,
    observed: &Val,
    path: &mut String,
    found: &mut impl FnMut(&str, &Val, &Val),
) {
    if expected == observed {
        return;
    }
    let mut descend = |step: fmt::Arguments<'_>, expected: &Val, observed: &Val| {
        let length = path.len();
        path.push_str(&step.to_string());
        compare(expected, observed, path, found);
        path.truncate(length);
    };
    match (expected, observed) {
        (Val::Record(left), Val::Record(right)) if same_names(left, right) => {
            for ((name, left), (_, right)) in left.iter().zip(right) {
                descend(format_args!(".{name}"), left, right);
            }
        }
        (Val::Tuple(left), Val::Tuple(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                descend(format_args!(".{index}"), left, right);
            }
        }
        (Val::List(left), Val::List(right))
        | (Val::FixedLengthList(left), Val::FixedLengthList(right))
            if left.len() == right.len() =>
        {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                descend(format_args!("[{index}]"), left, right);
            }
        }
        (Val::Option(Some(left)), Val::Option(Some(right))) => {
            descend(format_args!(".some"), left, right);
        }
        (Val::Result(Ok(Some(left))), Val::Result(Ok(Some(right)))) => {
            descend(format_args!(".ok"), left, right);
        }
        (Val::Result(Err(Some(left))), Val::Result(Err(Some(right)))) => {
            descend(format_args!(".err"), left, right);
        }
        (Val::Variant(name, Some(left)), Val::Variant(other, Some(right))) if name == other => {
            descend(format_args!(".{name}"), left, right);
        }
        _ => found(path, expected, observed),
    }
}

/// The places in which the two values hold the same elements in another order: lists, and texts with the same characters. None of
/// them lies in another.
pub fn permutations(expected: &Val, observed: &Val) -> Vec<String> {
    let mut found = Vec::new();
    let places = places(expected, observed);
    // Most places are parts of the same few.
    let mut known: HashMap<&str, bool> = HashMap::new();
    for path in &places {
        for outer in outwards(path) {
            let is_known = known.get(outer).copied();
            let is_one = is_known.unwrap_or_else(|| {
                let parts = part(expected, outer).zip(part(observed, outer));
                parts.is_some_and(|(expected, observed)| is_permutation(expected, observed))
            });
            known.insert(outer, is_one);
            if is_one {
                if is_known.is_none() {
                    found.push(outer.to_owned());
                }
                break;
            }
        }
    }
    found
}

fn is_permutation(expected: &Val, observed: &Val) -> bool {
    let sorted = |list: &[Val]| {
        let mut texts: Vec<String> = list.iter().map(super::wave).collect();
        texts.sort_unstable();
        texts
    };
    match (expected, observed) {
        (Val::List(left), Val::List(right)) => {
            left.len() == right.len() && sorted(left) == sorted(right)
        }
        (Val::String(left), Val::String(right)) => {
            let sorted = |text: &str| {
                let mut characters: Vec<char> = text.chars().collect();
                characters.sort_unstable();
                characters
            };
            left.len() == right.len() && sorted(left) == sorted(right)
        }
        _ => false,
    }
}

/// The part of a value at a path as [`Difference::path`] has it.
fn part<'a>(value: &'a Val, path: &str) -> Option<&'a Val> {
    let Some(rest) = path.strip_prefix(['.', '[']) else {
        return path.is_empty().then_some(value);
    };
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    let (step, rest) = rest.split_at(end);
    let number = || step.trim_end_matches(']').parse::<usize>().ok();
    let inner = match value {
        Val::Record(fields) => &fields.iter().find(|(name, _)| name == step)?.1,
        Val::Tuple(items) | Val::List(items) | Val::FixedLengthList(items) => {
            items.get(number()?)?
        }
        Val::Option(Some(inner))
        | Val::Result(Ok(Some(inner)) | Err(Some(inner)))
        | Val::Variant(_, Some(inner)) => inner,
        _ => return None,
    };
    part(inner, rest)
}

fn same_names(left: &[(String, Val)], right: &[(String, Val)]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|((l, _), (r, _))| l == r)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(sku: &str, quantity: u32) -> Val {
        Val::Record(vec![
            ("sku".to_owned(), Val::String(sku.to_owned())),
            ("quantity".to_owned(), Val::U32(quantity)),
        ])
    }

    #[test]
    fn the_path_names_the_field_that_differs() {
        let left = Val::Option(Some(Box::new(Val::List(vec![line("a", 1), line("b", 2)]))));
        let right = Val::Option(Some(Box::new(Val::List(vec![line("a", 1), line("b", 3)]))));
        let found = differences(&left, &right);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, ".some[1].quantity");
        assert_eq!(
            (found[0].expected.as_str(), found[0].observed.as_str()),
            ("2", "3")
        );
    }

    #[test]
    fn the_same_elements_in_another_order_are_a_permutation() {
        let record = |lines: Vec<Val>, text: &str| {
            let text = Val::String(text.to_owned());
            Val::Record(vec![
                ("lines".to_owned(), Val::List(lines)),
                ("text".to_owned(), text),
            ])
        };
        let left = record(vec![line("a", 1), line("b", 2)], "a,b");
        let right = record(vec![line("b", 2), line("a", 1)], "b,a");
        assert_eq!(permutations(&left, &right), [".lines", ".text"]);
        let other = record(vec![line("b", 1), line("a", 2)], "b,b");
        assert_eq!(permutations(&left, &other), [""; 0]);
    }

    #[test]
    fn lists_of_other_lengths_differ_as_a_whole() {
        let found = differences(&Val::List(vec![line("a", 1)]), &Val::List(vec![]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "");
    }

    #[test]
    fn floats_are_compared_by_their_bits_and_nan_is_nan() {
        assert!(differences(&Val::Float64(f64::NAN), &Val::Float64(-f64::NAN)).is_empty());
        assert_eq!(
            differences(&Val::Float64(0.0), &Val::Float64(-0.0)).len(),
            1
        );
    }
}
