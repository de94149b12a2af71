//! Texts at which something often ends, or that somebody takes for something else: lengths in bytes, depths, and what readers of
//! numbers, JSON and lines read otherwise.

use proptest::prelude::*;
use proptest::sample::select;

/// Lengths in bytes at which buffers and columns end, and what one byte counts.
const LIMITS: [usize; 9] = [8, 16, 24, 32, 64, 100, 128, 255, 256];
/// What a reader takes for something else that takes what it can for a number, or for one of the few words that are no texts.
const NUMBERS: [&str; 10] = [
    "0", "42", "-1", "007", "1.50", "1e3", "NaN", "null", "true", "false",
];
/// What readers of JSON, of lines and of columns take for something else.
const TEXTS: [&str; 9] = [
    "[]",
    "{\"a\":1}",
    "a\"b\\c",
    "a,b;c|d=e",
    "\u{7f}\u{85}\u{2028}",
    "\u{feff}a",
    " ",
    " a\t",
    "\r\n",
];
/// What opens and closes a part of a text that holds others.
const NESTED: [(&str, &str); 3] = [("[", "]"), ("{\"a\":", "}"), ("(", ")")];
/// Depths at which readers give up.
const DEPTHS: [usize; 6] = [2, 17, 33, 65, 129, 300];

fn nested_text(((open, close), depth): ((&str, &str), usize)) -> String {
    let inner = if open.starts_with('{') { "1" } else { "" };
    [&open.repeat(depth), inner, &close.repeat(depth)].concat()
}

/// Texts at which something ends, or that somebody takes for something else.
pub(super) fn texts() -> SBoxedStrategy<String> {
    prop_oneof![
        6 => at_limits(),
        4 => select(NUMBERS.to_vec()).prop_map(str::to_owned),
        4 => select(TEXTS.to_vec()).prop_map(str::to_owned),
        1 => (select(NESTED.to_vec()), select(DEPTHS.to_vec())).prop_map(nested_text),
    ]
    .sboxed()
}

/// Texts of about so many bytes that a limit in bytes cuts in the middle of a character, or just before one: with one wide character
/// at the end, or of nothing else, so that they have far fewer characters than bytes.
fn at_limits() -> impl Strategy<Value = String> + Send + Sync {
    let wide = select(vec!["a", "é", "日", "\u{1f6d2}"]);
    let beside = select(vec![0usize, 1, 2, 3]);
    let limits = select(LIMITS.to_vec());
    (limits, beside, wide, any::<bool>()).prop_map(|(limit, beside, wide, is_wide)| match is_wide {
        true => wide.repeat((limit + beside) / wide.len()),
        false => ["a".repeat(limit - beside).as_str(), wide].concat(),
    })
}
