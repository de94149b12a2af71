//! WIT type → proptest strategy. Values come from a small domain, so that keys collide, and boundary values are common;
//! simpler values stand first, because proptest shrinks towards the first.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::Union;

use crate::value::{Val, WitType};

/// How many elements a generated list has at most, most of the time.
const SHORT_LIST: usize = 4;
/// … and at times, to pass the length at which one byte no longer holds it.
const LONG_LIST: usize = 300;
/// Of this many values, one comes from the whole type and the others from the small domain.
const WEIGHT_COMMON: u32 = 12;
const WEIGHT_RARE: u32 = 1;

/// Values of `ty`; none if no value of it can be written down (it holds a resource, a stream, …).
pub fn values(ty: &WitType) -> Option<SBoxedStrategy<Val>> {
    if ty.opaque_part().is_some() {
        return None;
    }
    Some(known(ty, 0))
}

/// Values of a type that holds nothing opaque; `depth` is how many lists are around it.
fn known(ty: &WitType, depth: u32) -> SBoxedStrategy<Val> {
    match ty {
        WitType::Bool => any::<bool>().prop_map(Val::Bool).sboxed(),
        WitType::S8 => integers(&[0, 1, -1, 2, i8::MIN, i8::MAX], Val::S8),
        WitType::U8 => integers(&[0, 1, 2, 3, u8::MAX - 1, u8::MAX], Val::U8),
        WitType::S16 => integers(&[0, 1, -1, 2, 256, i16::MIN, i16::MAX], Val::S16),
        WitType::U16 => integers(&[0, 1, 2, 3, 256, u16::MAX - 1, u16::MAX], Val::U16),
        WitType::S32 => integers(&[0, 1, -1, 2, 65_536, i32::MIN, i32::MAX], Val::S32),
        WitType::U32 => integers(&[0, 1, 2, 3, 256, 65_536, u32::MAX - 1, u32::MAX], Val::U32),
        WitType::S64 => integers(
            &[
                0,
                1,
                -1,
                2,
                1 << 32,
                -1 << 31,
                -(1 << 33),
                i64::MIN,
                i64::MAX,
            ],
            Val::S64,
        ),
        WitType::U64 => integers(
            &[
                0,
                1,
                2,
                3,
                1 << 31,
                1 << 32,
                (1 << 53) + 1,
                u64::MAX - 1,
                u64::MAX,
            ],
            Val::U64,
        ),
        WitType::F32 => floats(
            &[
                0.0,
                1.0,
                0.5,
                -0.0,
                0.1,
                f32::NAN,
                f32::INFINITY,
                f32::MAX,
                f32::MIN_POSITIVE,
            ],
            Val::Float32,
        ),
        WitType::F64 => floats(
            &[
                0.0,
                1.0,
                0.5,
                -0.0,
                0.1,
                f64::NAN,
                f64::NEG_INFINITY,
                f64::MAX,
                5e-324,
            ],
            Val::Float64,
        ),
        WitType::Char => select(vec!['a', 'b', '\0', 'ß', '\u{7ff}', '日', '\u{10ffff}'])
            .prop_map(Val::Char)
            .sboxed(),
        WitType::String => strings(),
        WitType::List(item) => lists(item, depth),
        WitType::FixedLengthList(item, length) => {
            let length = usize::try_from(*length)
                .unwrap_or(usize::MAX)
                .min(LONG_LIST);
            vec(known(item, depth + 1), length)
                .prop_map(Val::FixedLengthList)
                .sboxed()
        }
        WitType::Record(fields) => {
            let names: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
            let values: Vec<_> = fields.iter().map(|(_, ty)| known(ty, depth)).collect();
            values
                .prop_map(move |values| Val::Record(names.iter().cloned().zip(values).collect()))
                .sboxed()
        }
        WitType::Tuple(types) => {
            let values: Vec<_> = types.iter().map(|ty| known(ty, depth)).collect();
            values.prop_map(Val::Tuple).sboxed()
        }
        WitType::Variant(cases) => Union::new(cases.iter().map(|(name, ty)| {
            let name = name.clone();
            payload(ty.as_ref(), depth)
                .prop_map(move |value| Val::Variant(name.clone(), value))
                .sboxed()
        }))
        .sboxed(),
        WitType::Enum(names) => select(names.to_vec()).prop_map(Val::Enum).sboxed(),
        WitType::Option(item) => prop_oneof![
            1 => Just(Val::Option(None)),
            2 => known(item, depth).prop_map(|value| Val::Option(Some(Box::new(value)))),
        ]
        .sboxed(),
        WitType::Result(types) => prop_oneof![
            2 => payload(types.0.as_ref(), depth).prop_map(|value| Val::Result(Ok(value))),
            1 => payload(types.1.as_ref(), depth).prop_map(|value| Val::Result(Err(value))),
        ]
        .sboxed(),
        WitType::Flags(names) => subsequence(names.to_vec(), 0..=names.len())
            .prop_map(Val::Flags)
            .sboxed(),
        // Excluded by `values`.
        WitType::Opaque(_) => Just(Val::Tuple(Vec::new())).sboxed(),
    }
}

fn payload(ty: Option<&WitType>, depth: u32) -> SBoxedStrategy<Option<Box<Val>>> {
    match ty {
        Some(ty) => known(ty, depth)
            .prop_map(|value| Some(Box::new(value)))
            .sboxed(),
        None => Just(None).sboxed(),
    }
}

/// Where integers of other widths end, what floats count exactly, a day and an hour in several units, money, and times.
const ODD: [i64; 22] = [
    10,
    24,
    60,
    100,
    127,
    128,
    255,
    1_000,
    (1 << 15) - 1,
    1 << 15,
    3_600,
    86_400,
    1_000_000,
    86_400_000,
    1_000_000_000,
    1_700_000_000,
    (1 << 31) - 1,
    1_700_000_000_000,
    (1 << 53) - 1,
    1 << 53,
    1_000_000_000_000_000,
    1_700_000_000_000_000_000,
];

fn integers<T>(domain: &[T], make: fn(T) -> Val) -> SBoxedStrategy<Val>
where
    T: Arbitrary + Copy + Send + Sync + TryFrom<i64> + 'static,
    T::Strategy: Send + Sync,
{
    let odd: Vec<T> = ODD.iter().filter_map(|it| T::try_from(*it).ok()).collect();
    prop_oneof![
        WEIGHT_COMMON => select(domain.to_vec()),
        WEIGHT_RARE => select(odd),
        WEIGHT_RARE => any::<T>(),
    ]
    .prop_map(make)
    .sboxed()
}

fn floats<T>(domain: &[T], make: fn(T) -> Val) -> SBoxedStrategy<Val>
where
    T: Arbitrary + Copy + Send + Sync + 'static,
    T::Strategy: Send + Sync,
{
    prop_oneof![
        WEIGHT_COMMON => select(domain.to_vec()),
        WEIGHT_RARE => any::<T>(),
    ]
    .prop_map(make)
    .sboxed()
}

fn strings() -> SBoxedStrategy<Val> {
    // Longer than what one byte counts, and two.
    let long = "0123456789abcdef".repeat(17);
    let longest = "0123456789abcdef".repeat(4_097);
    let domain = [
        "a",
        "b",
        "c",
        "",
        "A",
        "a b",
        "é",
        "e\u{301}",
        "日本語",
        "\u{1f6d2}\"\\\n",
        "\0",
    ];
    prop_oneof![
        6 => select(domain[..3].to_vec()).prop_map(str::to_owned),
        1 => Just(String::new()),
        4 => select(domain.to_vec()).prop_map(str::to_owned),
        2 => prop_oneof![
            12 => vec(any::<char>(), 0..12).prop_map(String::from_iter),
            6 => texts_at_limits(),
            4 => select(ODD_TEXTS.to_vec()).prop_map(str::to_owned),
            1 => (select(NESTED.to_vec()), select(DEPTHS.to_vec())).prop_map(nested),
            3 => Just(long),
            1 => Just(longest),
        ],
    ]
    .prop_map(Val::String)
    .sboxed()
}

/// Lengths in bytes at which buffers and columns end, and what one byte counts.
const LIMITS: [usize; 9] = [8, 16, 24, 32, 64, 100, 128, 255, 256];
/// What readers of numbers, of JSON, of lines and of columns take for something else.
const ODD_TEXTS: [&str; 16] = [
    "0",
    "-1",
    "007",
    "1e3",
    "NaN",
    "null",
    "true",
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

fn nested(((open, close), depth): ((&str, &str), usize)) -> String {
    let inner = if open.starts_with('{') { "1" } else { "" };
    [&open.repeat(depth), inner, &close.repeat(depth)].concat()
}

/// Texts of about so many bytes that a limit in bytes cuts in the middle of a character, or just before one.
fn texts_at_limits() -> impl Strategy<Value = String> + Send + Sync {
    let wide = select(vec!["a", "é", "日", "\u{1f6d2}"]);
    let beside = select(vec![0usize, 1, 2, 3]);
    (select(LIMITS.to_vec()), beside, wide).prop_map(|(limit, beside, wide)| {
        let mut text = "a".repeat(limit - beside);
        text.push_str(wide);
        text
    })
}

fn lists(item: &WitType, depth: u32) -> SBoxedStrategy<Val> {
    // Lists of lists stay short inside, or their size would be the product of the lengths.
    let short = vec(known(item, depth + 1), 0..=SHORT_LIST >> depth.min(2));
    let is_small = !matches!(
        item,
        WitType::List(_)
            | WitType::Record(_)
            | WitType::Tuple(_)
            | WitType::Variant(_)
            | WitType::Opaque(_)
    );
    if depth > 0 || !is_small {
        return short.prop_map(Val::List).sboxed();
    }
    let long = vec(known(item, depth + 1), 0..=LONG_LIST);
    prop_oneof![WEIGHT_COMMON => short, WEIGHT_RARE => long]
        .prop_map(Val::List)
        .sboxed()
}
