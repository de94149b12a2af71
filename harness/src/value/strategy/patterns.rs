//! Texts that match a regular expression.

use proptest::strategy::{Strategy, ValueTree};
use proptest::string::bytes_regex_parsed;
use proptest::test_runner::TestRunner;
use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

/// How deeply groups are nested in an expression for which texts are made.
const NESTED: u32 = 100;
/// The longest text, in bytes, that an expression may make: repetitions of repetitions multiply.
const LONGEST: usize = 1 << 16;
/// How often something is repeated more than it must be: outermost, and inside a repetition.
const REPEATED: u32 = 8;
const REPEATED_INSIDE: u32 = 2;
/// How many texts are made, to choose those from that are allowed.
const DRAWN: usize = 200;

/// A number of texts that the expression matches, in an order that is always the same; none if they cannot be made. What an
/// expression says about the surroundings of a match (`\b`, `^` in the middle) is not followed: the caller checks.
pub(super) fn matching(pattern: &str) -> Vec<String> {
    let parsed = regex_syntax::ParserBuilder::new()
        .nest_limit(NESTED)
        .build()
        .parse(pattern);
    let Some(simple) = parsed.ok().and_then(|parsed| simplified(&parsed, REPEATED)) else {
        return Vec::new();
    };
    let is_bounded = simple.properties().maximum_len();
    if is_bounded.is_none_or(|length| length > LONGEST) {
        return Vec::new();
    }
    let Ok(strategy) = bytes_regex_parsed(&simple) else {
        return Vec::new();
    };
    let mut runner = TestRunner::deterministic();
    let drawn = (0..DRAWN).filter_map(|_| strategy.new_tree(&mut runner).ok());
    drawn
        .filter_map(|tree| String::from_utf8(tree.current()).ok())
        .collect()
}

/// The expression without what matches no character, and with few repetitions; none if nothing matches it.
fn simplified(expression: &Hir, repeated: u32) -> Option<Hir> {
    let each = |parts: &[Hir]| -> Option<Vec<Hir>> {
        parts.iter().map(|it| simplified(it, repeated)).collect()
    };
    Some(match expression.kind() {
        HirKind::Look(_) => Hir::empty(),
        HirKind::Capture(group) => simplified(&group.sub, repeated)?,
        HirKind::Concat(parts) => Hir::concat(each(parts)?),
        HirKind::Alternation(parts) => {
            let parts: Vec<Hir> = parts
                .iter()
                .filter_map(|it| simplified(it, repeated))
                .collect();
            match parts.is_empty() {
                true => return None,
                false => Hir::alternation(parts),
            }
        }
        HirKind::Repetition(repetition) => {
            let most = repetition.min.saturating_add(repeated);
            Hir::repetition(Repetition {
                min: repetition.min,
                max: Some(repetition.max.map_or(most, |max| max.min(most))),
                greedy: repetition.greedy,
                sub: Box::new(simplified(&repetition.sub, REPEATED_INSIDE)?),
            })
        }
        HirKind::Class(Class::Unicode(class)) if class.ranges().is_empty() => return None,
        HirKind::Class(Class::Bytes(class)) if class.ranges().is_empty() => return None,
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) => expression.clone(),
    })
}
