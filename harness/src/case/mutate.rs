//! Mutated snapshots. Blind bit flips hardly pass a parser, so the edits know numbers, lengths, text and nesting.

use std::ops::Range;

use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

/// The largest input: beyond it, an input tests the machine's memory and no longer the format.
pub(crate) const MAX_INPUT: usize = 1 << 20;
/// How many times a chunk is repeated at most, and how deep a bracket is nested.
const REPEATS: [usize; 4] = [2, 16, 300, 20_000];
/// What parsers of common formats nest on: JSON, XML-like text, MessagePack and CBOR arrays of one.
const NESTING: [&[u8]; 5] = [b"[", b"{\"a\":", b"<a>", &[0x91], &[0x81]];

/// One input: `base` after a few edits, some of which take from `other`.
pub(super) fn mutated(base: &[u8], other: &[u8], rng: &mut TestRng) -> Vec<u8> {
    match rng.random_range(0..16u32) {
        0 => return base.to_vec(),
        1 | 2 => return fresh(rng),
        _ => {}
    }
    let mut input = base.to_vec();
    // A single edit is the most likely to pass a strict parser.
    for _ in 0..[1, 1, 1, 2, 3][rng.random_range(0..5usize)] {
        edit(&mut input, other, MAX_INPUT, rng);
    }
    input
}

/// An input that is made from nothing: at most 3 bytes, or at most 63.
pub(crate) fn fresh(rng: &mut TestRng) -> Vec<u8> {
    let length = match rng.random() {
        true => rng.random_range(0..4),
        false => rng.random_range(0..64),
    };
    bytes(length, rng)
}

/// Changes one thing about an input, which has at most `longest` bytes then; some changes take from `other`.
pub(crate) fn edit(input: &mut Vec<u8>, other: &[u8], longest: usize, rng: &mut TestRng) {
    match rng.random_range(0..18u32) {
        0 => input.truncate(position(input, rng)),
        1 => {
            let keep = input.len().saturating_sub(rng.random_range(1..5));
            input.truncate(keep);
        }
        2 => {
            let length = rng.random_range(1..5);
            let tail = bytes(length, rng);
            input.extend(tail);
        }
        3 | 4 => interesting_byte(input, rng),
        5..=7 => interesting_number(input, rng),
        8 => remove_chunk(input, rng),
        9 => repeat_chunk(input, longest, rng),
        10 => swap_chunks(input, rng),
        11 => splice(input, other, rng),
        12 => nest(input, longest, rng),
        13..=16 => nest_itself(input, longest, rng),
        _ => text_token(input, rng),
    }
    input.truncate(longest);
}

/// Puts bytes in the place of a range. `Vec::splice` does the same a byte at a time.
pub(crate) fn replace(input: &mut Vec<u8>, range: Range<usize>, with: &[u8]) {
    let tail = input.len() - range.end;
    let end = range.start + with.len();
    if end > range.end {
        input.resize(end + tail, 0);
    }
    input.copy_within(range.end..range.end + tail, end);
    input[range.start..end].copy_from_slice(with);
    input.truncate(end + tail);
}

fn bytes(length: usize, rng: &mut TestRng) -> Vec<u8> {
    (0..length).map(|_| rng.random()).collect()
}

fn position(input: &[u8], rng: &mut TestRng) -> usize {
    rng.random_range(0..=input.len())
}

fn chunk(input: &[u8], rng: &mut TestRng) -> Range<usize> {
    let start = position(input, rng);
    let most = (input.len() - start).min(16);
    start..start + rng.random_range(0..=most)
}

fn interesting_byte(input: &mut [u8], rng: &mut TestRng) {
    if input.is_empty() {
        return;
    }
    let at = rng.random_range(0..input.len());
    let byte = &mut input[at];
    *byte = match rng.random_range(0..6u32) {
        0 => 0,
        1 => 0xff,
        2 => 0x80,
        3 => byte.wrapping_add(1),
        4 => byte.wrapping_sub(1),
        _ => *byte ^ (1 << rng.random_range(0..8u32)),
    };
}

/// Overwrites a number of 2, 4 or 8 bytes, or a LEB128 number, with a boundary or with what a length could be.
fn interesting_number(input: &mut Vec<u8>, rng: &mut TestRng) {
    let length = input.len() as u64;
    let values = [
        0,
        1,
        length,
        length.saturating_sub(1),
        length + 1,
        0x7f,
        0xff,
        0xffff,
        0x7fff_ffff,
        0xffff_ffff,
        u64::MAX >> 1,
        u64::MAX,
    ];
    let value = values[rng.random_range(0..values.len())];
    let at = position(input, rng);
    let size = [2, 4, 8][rng.random_range(0..3usize)];
    let number: Vec<u8> = match rng.random_range(0..3u32) {
        0 => value.to_le_bytes()[..size].to_vec(),
        1 => value.to_be_bytes()[8 - size..].to_vec(),
        _ => {
            let number = leb128(value);
            // In its place: the number that stood there ends at its first byte without the high bit.
            let old = input[at..].iter().take_while(|byte| **byte >= 0x80).count() + 1;
            let end = (at + old).min(input.len());
            replace(input, at..end, &number);
            return;
        }
    };
    let end = (at + number.len()).min(input.len());
    replace(input, at..end, &number);
}

/// An unsigned number as LEB128.
pub(crate) fn leb128(mut value: u64) -> Vec<u8> {
    let mut encoded = Vec::new();
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            encoded.push(low);
            return encoded;
        }
        encoded.push(low | 0x80);
    }
}

fn remove_chunk(input: &mut Vec<u8>, rng: &mut TestRng) {
    let range = chunk(input, rng);
    input.drain(range);
}

fn repeat_chunk(input: &mut Vec<u8>, longest: usize, rng: &mut TestRng) {
    let range = chunk(input, rng);
    let at = range.end;
    // Few of the inputs are to be long.
    let times = match rng.random_range(0..8u32) {
        0 => REPEATS[2],
        1 | 2 => REPEATS[1],
        _ => REPEATS[0],
    };
    let repeated = repeat(&input[range], times, longest);
    replace(input, at..at, &repeated);
}

/// `bytes` so many times, as long as that is no longer than an input may be.
fn repeat(bytes: &[u8], times: usize, longest: usize) -> Vec<u8> {
    bytes.repeat(times.min(longest / bytes.len().max(1)))
}

fn swap_chunks(input: &mut [u8], rng: &mut TestRng) {
    let size = [1, 2, 4, 8][rng.random_range(0..4usize)];
    if input.len() < 2 * size {
        return;
    }
    let left = rng.random_range(0..=input.len() - 2 * size);
    let right = rng.random_range(left + size..=input.len() - size);
    for offset in 0..size {
        input.swap(left + offset, right + offset);
    }
}

fn splice(input: &mut Vec<u8>, other: &[u8], rng: &mut TestRng) {
    let taken = chunk(other, rng);
    let replaced = chunk(input, rng);
    replace(input, replaced, &other[taken]);
}

fn nest(input: &mut Vec<u8>, longest: usize, rng: &mut TestRng) {
    let opening = NESTING[rng.random_range(0..NESTING.len())];
    let times = REPEATS[rng.random_range(0..REPEATS.len())];
    let at = position(input, rng);
    replace(input, at..at, &repeat(opening, times, longest));
}

/// Repeats a byte of the input, which may be all that a binary format spends on one more level: as deep as it goes where there
/// is room for it, else not often so deep that nothing else has any.
fn nest_itself(input: &mut Vec<u8>, longest: usize, rng: &mut TestRng) {
    let deepest = REPEATS[REPEATS.len() - 1];
    let times = match longest > deepest {
        true => deepest,
        false => REPEATS[rng.random_range(0..REPEATS.len() - 1)],
    };
    // A zero opens nothing, and formats with numbers of a fixed size have many of them.
    let mut places = (0..NOT_ZERO).map(|_| position(input, rng));
    let at = places.find(|at| input.get(*at).is_some_and(|byte| *byte != 0));
    if let Some(at) = at {
        let opening = input[at];
        replace(input, at..at, &repeat(&[opening], times, longest));
    }
}

/// How many places are looked at for a byte that is not zero.
const NOT_ZERO: usize = 4;

/// Replaces a digit, or a word of JSON, where the snapshot is text.
fn text_token(input: &mut Vec<u8>, rng: &mut TestRng) {
    let digits: Vec<usize> = (0..input.len())
        .filter(|at| input[*at].is_ascii_digit())
        .collect();
    if digits.is_empty() {
        return interesting_byte(input, rng);
    }
    let at = digits[rng.random_range(0..digits.len())];
    let tokens: [&[u8]; 10] = [
        b"0",
        b"1",
        b"-1",
        b"99999999999999999999",
        b"1e999",
        b"0.5",
        b"null",
        b"true",
        b"\"\"",
        b"[]",
    ];
    let token = tokens[rng.random_range(0..tokens.len())];
    replace(input, at..at + 1, token);
}
