//! Edits of a single value, which keeps its kind unless it is said to change it.

use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

use super::node::{Kind, Node};
use crate::case::mutate;

/// Boundaries of the integer types, of what floats hold exactly, of money and of time.
const INTEGERS: [i128; 26] = [
    0,
    1,
    2,
    -1,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0x8000,
    0xffff,
    0x1_0000,
    1_000_000,
    1_000_000_000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    1_000_000_000_000,
    (1 << 53) - 1,
    1 << 53,
    (1 << 53) + 1,
    i64::MIN as i128,
    i64::MAX as i128,
    i64::MAX as i128 + 1,
    u64::MAX as i128,
];
const FLOATS: [f64; 10] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.1,
    1e9,
    1e308,
    5e-324,
    f64::INFINITY,
    f64::NAN,
];
const DECIMALS: [&str; 8] = [
    "0.0", "-0.0", "1.0", "-1.5", "0.1", "1e9", "1e308", "5e-324",
];
/// Texts that mean something to a reader of numbers, of JSON, or of lines.
const TEXTS: [&str; 12] = [
    "",
    " ",
    "0",
    "-1",
    "1e9",
    "null",
    "true",
    "[]",
    "{}",
    "\"",
    "\0",
    "a\u{301}\u{1f6d2}日本語",
];
/// Lengths in bytes at which buffers end, and what one byte counts, and two.
const LENGTHS: [usize; 9] = [15, 16, 24, 32, 63, 64, 255, 256, 65_536];
/// Depths at which a reader may give up.
const DEPTHS: [usize; 4] = [1, 4, 33, 130];

/// The same kind with another value; false for what has parts.
pub(super) fn change(node: &mut Node, rng: &mut TestRng) -> bool {
    match node {
        Node::Bool(value) => *value = !*value,
        Node::Integer(number) => *number = integer(*number, rng),
        Node::Double(number) => *number = float(*number, rng),
        Node::Single(number) => *number = float(f64::from(*number), rng) as f32,
        Node::Decimal(number) => {
            *number = DECIMALS[rng.random_range(0..DECIMALS.len())].to_owned();
        }
        Node::Text(text) => *text = other_text(text, rng),
        Node::Bytes(bytes) | Node::Extension(_, bytes) => change_bytes(bytes, rng),
        Node::Tag(tag, _) => *tag = tag.wrapping_add(rng.random_range(1..4u64)),
        Node::Null => *node = of_another_kind(Kind::Null, rng),
        Node::List(_) | Node::Map(_) | Node::Inside(..) => return false,
    }
    true
}

fn integer(number: i128, rng: &mut TestRng) -> i128 {
    let boundary = |rng: &mut TestRng| INTEGERS[rng.random_range(0..INTEGERS.len())];
    match rng.random_range(0..12u32) {
        0 => 0,
        1 => 1,
        2 => number.saturating_add(1),
        3 => number.saturating_sub(1),
        4 => number.saturating_neg(),
        5 => number.saturating_mul(2),
        6 => number / 2,
        // Past the end of what it chooses from, where there is little to choose.
        7 | 8 => number.saturating_add(rng.random_range(-33..=33i128)),
        9 => number.saturating_add(rng.random_range(-1000..1000i128)),
        10 => boundary(rng),
        _ => match rng.random() {
            true => boundary(rng),
            false => -1 - boundary(rng),
        },
    }
}

fn float(number: f64, rng: &mut TestRng) -> f64 {
    match rng.random_range(0..4u32) {
        0 => -number,
        1 => number + 1.0,
        _ => FLOATS[rng.random_range(0..FLOATS.len())],
    }
}

fn other_text(text: &str, rng: &mut TestRng) -> String {
    let half = text.chars().count() / 2;
    match rng.random_range(0..11u32) {
        0 => String::new(),
        1 => text.chars().skip(1).collect(),
        2 => text.chars().take(half).collect(),
        3 => format!("{text}{text}"),
        4 => format!("{text}x"),
        5 => long_text(text, rng),
        6 => swap_case(text),
        7..=9 => with_another_character(text, rng),
        _ => TEXTS[rng.random_range(0..TEXTS.len())].to_owned(),
    }
}

/// The text with one of its characters replaced, or one more: wide ones too, so that what was cut at a byte is cut within one.
fn with_another_character(text: &str, rng: &mut TestRng) -> String {
    const CHARACTERS: [char; 6] = ['é', '日', '\u{1f6d2}', '0', 'x', '-'];
    let mut characters: Vec<char> = text.chars().collect();
    // What has a meaning of its own stands at the beginning.
    let at = match rng.random_ratio(1, 4) {
        true => rng.random_range(0..=characters.len()),
        false => rng.random_range(0..=characters.len().min(3)),
    };
    let other = CHARACTERS[rng.random_range(0..CHARACTERS.len())];
    match characters.get_mut(at) {
        Some(character) if rng.random() => *character = other,
        _ => characters.insert(at, other),
    }
    characters.into_iter().collect()
}

/// A text that a limit in bytes cuts in the middle of a character, half of the time.
fn long_text(text: &str, rng: &mut TestRng) -> String {
    // Few of the texts are to be long.
    let last = if rng.random_ratio(1, 16) { 9 } else { 8 };
    let length = LENGTHS[rng.random_range(0..last)];
    let character = if rng.random() { 'é' } else { 'x' };
    let mut longer = text.to_owned();
    while longer.len() < length {
        longer.push(character);
    }
    longer
}

fn swap_case(text: &str) -> String {
    let mut swapped = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_uppercase() {
            true => swapped.extend(character.to_lowercase()),
            false => swapped.extend(character.to_uppercase()),
        }
    }
    swapped
}

/// Mostly so that as many bytes are left as there were: who counts on that reads on.
fn change_bytes(bytes: &mut Vec<u8>, rng: &mut TestRng) {
    let length = bytes.len();
    mutate::edit(bytes, &[], length.saturating_mul(2).max(16), rng);
    if rng.random_ratio(3, 4) {
        bytes.resize(length, 0);
    }
}

/// A value of any kind but this one.
pub(super) fn of_another_kind(kind: Kind, rng: &mut TestRng) -> Node {
    let number = INTEGERS[rng.random_range(0..INTEGERS.len())];
    let others = [
        Node::Null,
        Node::Integer(number),
        Node::Bool(number % 2 == 0),
        Node::Text(number.to_string()),
        Node::Double(0.5),
        Node::List(Vec::new()),
        Node::Map(Vec::new()),
        Node::List(vec![Node::Integer(number)]),
    ];
    let first = rng.random_range(0..others.len());
    let mut others = others.into_iter().cycle().skip(first).take(8);
    others.find(|it| it.kind() != kind).unwrap_or(Node::Null)
}

/// The value inside a list of one, inside a list of one, and so on.
pub(super) fn nested(node: Node, rng: &mut TestRng) -> Node {
    let depth = DEPTHS[rng.random_range(0..DEPTHS.len())];
    (0..depth).fold(node, |inner, _| Node::List(vec![inner]))
}
