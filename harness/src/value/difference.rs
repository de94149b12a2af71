//! Where two values differ, leaf by leaf. The path of a leaf is the hint which field was lost, and it lets a leaf that
//! depends on the host be left out while the rest of the value is still compared.

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
    let mut found = Vec::new();
    compare(expected, observed, &mut String::new(), &mut found);
    found
}

fn compare(expected: &Val, observed: &Val, path: &mut String, found: &mut Vec<Difference>) {
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
        _ => found.push(Difference {
            path: path.clone(),
            expected: super::wave(expected),
            observed: super::wave(observed),
        }),
    }
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
