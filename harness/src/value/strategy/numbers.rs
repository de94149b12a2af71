//! Numbers. Most come from a few, so that they meet again, with the bounds of their type among them; others are counts and limits as
//! people choose them, and what stands beside a power of two, where encodings change their length.

use proptest::prelude::*;
use proptest::sample::select;

use super::{WEIGHT_COMMON, WEIGHT_RARE};
use crate::value::{Val, WitType};

/// Numbers that are small, each as likely as the others.
const SMALL: std::ops::RangeInclusive<i64> = 0..=33;

/// Where integers of other widths end, what floats count exactly, a day and an hour in several units, money, and times.
const NUMBERS: [i64; 22] = [
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

/// Floats as people choose them: first whole ones, then those that binary fractions do and do not hold.
const PLAIN: [f64; 12] = [
    0.0, 1.0, 0.5, 2.0, 3.0, -1.0, 0.1, 10.0, 100.0, 19.99, -2.75, 0.3,
];
/// What readers, writers and comparisons of floats take for something else: what has no number, no bound, no sign, or no exact decimal, and
/// what is written with an exponent.
const ODD: [f64; 10] = [
    -0.0,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::MAX,
    5e-324,
    1e21,
    1e-7,
    16_777_217.0,
    0.1 + 0.2,
];

/// Values of a type of numbers; none of another type.
pub(super) fn values(ty: &WitType) -> Option<SBoxedStrategy<Val>> {
    Some(match ty {
        WitType::S8 => integers(&[0, 1, -1, 2, i8::MIN, i8::MAX], Val::S8),
        WitType::U8 => integers(&[0, 1, 2, 3, u8::MAX - 1, u8::MAX], Val::U8),
        WitType::S16 => integers(&[0, 1, -1, 2, 256, i16::MIN, i16::MAX], Val::S16),
        WitType::U16 => integers(&[0, 1, 2, 3, 256, u16::MAX - 1, u16::MAX], Val::U16),
        WitType::S32 => integers(&[0, 1, -1, 2, 65_536, i32::MIN, i32::MAX], Val::S32),
        WitType::U32 => {
            let domain = [0, 1, 2, 3, 256, 65_536, u32::MAX - 1, u32::MAX];
            integers(&domain, Val::U32)
        }
        WitType::S64 => {
            let odd = [1 << 32, -1 << 31, -(1 << 33), i64::MIN, i64::MAX];
            integers(&[&[0, 1, -1, 2], &odd[..]].concat(), Val::S64)
        }
        WitType::U64 => {
            let odd = [1 << 31, 1 << 32, (1 << 53) + 1, u64::MAX - 1, u64::MAX];
            integers(&[&[0, 1, 2, 3], &odd[..]].concat(), Val::U64)
        }
        WitType::F32 => floats(any::<f32>().prop_map(f64::from), |it| {
            Val::Float32(it as f32)
        }),
        WitType::F64 => floats(any::<f64>(), Val::Float64),
        _ => return None,
    })
}

fn integers<T>(domain: &[T], make: fn(T) -> Val) -> SBoxedStrategy<Val>
where
    T: Arbitrary + Copy + Send + Sync + TryFrom<i128> + 'static,
    T::Strategy: Send + Sync,
{
    let fitting = |numbers: &mut dyn Iterator<Item = i128>| -> Vec<T> {
        numbers.filter_map(|it| T::try_from(it).ok()).collect()
    };
    let with_negative = |number: i128| [number, -number];
    prop_oneof![
        WEIGHT_COMMON => select(domain.to_vec()),
        // What is counted by hand is small, and so are most limits.
        2 * WEIGHT_RARE => select(fitting(&mut SMALL.map(i128::from))),
        WEIGHT_RARE => select(fitting(&mut NUMBERS.map(i128::from).into_iter().flat_map(with_negative))),
        WEIGHT_RARE => select(fitting(&mut beside_powers().flat_map(with_negative))),
        WEIGHT_RARE => any::<T>(),
    ]
    .prop_map(make)
    .sboxed()
}

/// Powers of two from 4 on, those that 64 bits hold, each with the number before and after it.
fn beside_powers() -> impl Iterator<Item = i128> {
    let powers = (2..=64).map(|bits| 1i128 << bits);
    powers.flat_map(|power| [power - 1, power, power + 1])
}

fn floats(
    any: impl Strategy<Value = f64> + Send + Sync + 'static,
    make: fn(f64) -> Val,
) -> SBoxedStrategy<Val> {
    let whole = NUMBERS.into_iter().map(i128::from).chain(beside_powers());
    let whole: Vec<i128> = whole.flat_map(|it| [it, -it]).collect();
    let rare = prop_oneof![
        (-99_999i32..=99_999).prop_map(|cents| f64::from(cents) / 100.0),
        select(whole).prop_map(|it| it as f64),
        any,
    ];
    prop_oneof![
        WEIGHT_COMMON => select(PLAIN.to_vec()),
        // Who has no other numbers counts with floats.
        2 * WEIGHT_RARE => SMALL.prop_map(|it| it as f64),
        4 * WEIGHT_RARE => select(ODD.to_vec()),
        WEIGHT_RARE => rare,
    ]
    .prop_map(make)
    .sboxed()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::runner;
    use proptest::strategy::ValueTree;

    fn drawn(ty: &WitType) -> Vec<Val> {
        let strategy = values(ty).expect("a type of numbers");
        let draw = |number| {
            let tree = strategy.new_tree(&mut runner(5, "numbers", number));
            tree.expect("a number").current()
        };
        (0..10_000).map(draw).collect()
    }

    #[test]
    fn floats_count_and_measure_and_are_at_times_what_no_format_likes() {
        let drawn = drawn(&WitType::F64).into_iter().map(|it| match it {
            Val::Float64(number) => number,
            other => panic!("{other:?} is of another type"),
        });
        let drawn: Vec<f64> = drawn.collect();
        let count = |wanted: fn(&f64) -> bool| drawn.iter().filter(|it| wanted(it)).count();
        assert!(count(|it| (2.0..=33.0).contains(it) && it.fract() == 0.0) > 2_000);
        assert!(count(|it| *it < 0.0 && it.is_finite()) > 500);
        assert!(count(|it| it.fract() != 0.0 && it.abs() < 1_000.0) > 2_000);
        let odd = count(|it| !it.is_finite());
        assert!((100..1_000).contains(&odd), "{odd}");
        assert!(count(|it| it.abs() > 1e9 && it.fract() == 0.0) > 200);
    }

    #[test]
    fn integers_stand_on_both_sides_of_where_their_encoding_changes() {
        let drawn = drawn(&WitType::S32);
        for beside in [127, 128, -128, -129, 16_384, 65_535] {
            assert!(drawn.contains(&Val::S32(beside)), "{beside}");
        }
        assert!(values(&WitType::Bool).is_none());
    }
}
