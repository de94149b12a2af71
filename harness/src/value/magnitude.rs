//! How large the numbers of an argument are. A type's own strategy draws from all of it, where most numbers are refused, or are
//! all alike to the component: an amount beyond every balance, a duration longer than the history.

use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

use super::landmarks::Landmarks;
use super::near::Near;
use super::pool::{keeping_rules, parts_mut};
use super::{Val, WitType};

/// What happens to each number of an argument, bytes of a `list<u8>` excepted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Magnitude {
    /// Nothing.
    AsDrawn,
    /// It becomes the rest of a division by this; a negative number stays negative.
    Below(u16),
    /// It becomes larger than half of its type's bits can tell.
    Large,
    /// It becomes, mostly, a number that the component compares with, or one beside it; texts and lists become so long.
    Near(Near),
}

impl Magnitude {
    /// One of them: as drawn half of the time.
    pub(crate) fn draw(landmarks: &Landmarks, rng: &mut TestRng) -> Self {
        match rng.random_range(0..10u32) {
            0 => Self::Below(4),
            1 => Self::Below(100),
            2 => Self::Below(10_000),
            3 => Self::Large,
            4 => match landmarks.draw(rng) {
                Some(landmark) => Self::Near(Near(landmark)),
                None => Self::AsDrawn,
            },
            _ => Self::AsDrawn,
        }
    }

    /// Makes the numbers in a value so large. What the rules of a type do not allow stays as it is.
    pub(crate) fn apply(self, value: &mut Val, ty: &WitType) {
        if self == Self::AsDrawn || matches!(value, Val::List(items) if is_bytes(items)) {
            return;
        }
        if let Self::Near(near) = self {
            near.apply(value, ty);
            return;
        }
        keeping_rules(value, ty, |value| match value {
            Val::U8(n) => *n = self.of(u64::from(*n), u8::BITS) as u8,
            Val::U16(n) => *n = self.of(u64::from(*n), u16::BITS) as u16,
            Val::U32(n) => *n = self.of(u64::from(*n), u32::BITS) as u32,
            Val::U64(n) => *n = self.of(*n, u64::BITS),
            Val::S8(n) => *n = self.of_signed(i64::from(*n), i8::BITS) as i8,
            Val::S16(n) => *n = self.of_signed(i64::from(*n), i16::BITS) as i16,
            Val::S32(n) => *n = self.of_signed(i64::from(*n), i32::BITS) as i32,
            Val::S64(n) => *n = self.of_signed(*n, i64::BITS),
            Val::Float32(n) => *n = self.of_float(f64::from(*n), f32::MANTISSA_DIGITS) as f32,
            Val::Float64(n) => *n = self.of_float(*n, f64::MANTISSA_DIGITS),
            _ => {
                for (value, ty) in parts_mut(value, ty) {
                    self.apply(value, &ty);
                }
            }
        });
    }

    fn of(self, number: u64, bits: u32) -> u64 {
        match self {
            Self::AsDrawn | Self::Near(_) => number,
            Self::Below(bound) => number % u64::from(bound),
            Self::Large => number | 1 << (bits / 2),
        }
    }

    /// Of a signed number of so many bits; what comes out has no more.
    fn of_signed(self, number: i64, bits: u32) -> i64 {
        let is_negative = number < 0;
        let size = if is_negative { !number } else { number };
        let size = self.of(size.unsigned_abs(), bits) as i64;
        if is_negative { !size } else { size }
    }

    /// Of a number of so many exact bits; what is no number, or infinite, stays so.
    fn of_float(self, number: f64, bits: u32) -> f64 {
        match self {
            Self::AsDrawn | Self::Near(_) => number,
            Self::Below(bound) if number.is_finite() => number % f64::from(bound),
            Self::Below(_) => number,
            Self::Large => number + f64::powi(2.0, (bits / 2 + 8) as i32).copysign(number),
        }
    }
}

fn is_bytes(items: &[Val]) -> bool {
    matches!(items.first(), Some(Val::U8(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(magnitude: Magnitude, mut value: Val, ty: &WitType) -> Val {
        magnitude.apply(&mut value, ty);
        value
    }

    #[test]
    fn numbers_get_the_magnitude_and_keep_their_sign() {
        let below = Magnitude::Below(100);
        for (before, after) in [
            (0, 0),
            (12_345, 45),
            (-1, -1),
            (i64::MIN, -8),
            (i64::MAX, 7),
        ] {
            assert_eq!(
                applied(below, Val::S64(before), &WitType::S64),
                Val::S64(after)
            );
        }
        for number in i8::MIN..=i8::MAX {
            let Val::S8(large) = applied(Magnitude::Large, Val::S8(number), &WitType::S8) else {
                panic!("it is of another type")
            };
            assert_eq!(large < 0, number < 0);
            assert!(!(-16..16).contains(&large), "{number}: {large}");
        }
        let drawn = applied(Magnitude::AsDrawn, Val::U64(u64::MAX), &WitType::U64);
        assert_eq!(drawn, Val::U64(u64::MAX));
    }

    #[test]
    fn floats_get_the_magnitude_and_what_is_no_number_stays() {
        let of = |magnitude, number| match applied(magnitude, Val::Float64(number), &WitType::F64) {
            Val::Float64(number) => number,
            other => panic!("{other:?} is of another type"),
        };
        assert_eq!(of(Magnitude::Below(100), -1_250.5), -50.5);
        assert_eq!(of(Magnitude::Below(100), f64::INFINITY), f64::INFINITY);
        assert!(of(Magnitude::Large, -1.5) < -f64::from(u32::MAX));
        assert!(of(Magnitude::Large, f64::NAN).is_nan());
    }

    #[test]
    fn bytes_stay_and_numbers_inside_do_not() {
        let bytes = Val::List(vec![Val::U8(200)]);
        let few = Magnitude::Below(4);
        assert_eq!(
            applied(few, bytes.clone(), &WitType::list(WitType::U8)),
            bytes
        );
        let ty = WitType::option(WitType::list(WitType::U16));
        let numbers = |of| Val::Option(Some(Box::new(Val::List(vec![Val::U16(of)]))));
        assert_eq!(applied(few, numbers(1_001), &ty), numbers(1));
    }
}
