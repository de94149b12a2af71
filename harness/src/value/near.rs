//! What is near a number that a component compares with: the number, those beside it, texts and lists that are so long.

use super::pool::{keeping_rules, parts_mut};
use super::{Val, WitType};
use crate::component::Constant;

/// Near this.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Near(pub(crate) Constant);

/// The longest text and the longest list that are made, in characters and items: what is as long as that is told in one byte, or not.
const LONGEST_TEXT: i64 = 600;
const LONGEST_LIST: i64 = 300;

impl Near {
    /// Makes the numbers, texts and lists in a value so large, three of four of them. What the rules of a type do not allow stays as it is.
    pub(super) fn apply(self, value: &mut Val, ty: &WitType) {
        keeping_rules(value, ty, |value| match value {
            Val::U8(n) => self.integer(u64::from(*n), n),
            Val::U16(n) => self.integer(u64::from(*n), n),
            Val::U32(n) => self.integer(u64::from(*n), n),
            Val::U64(n) => self.integer(*n, n),
            Val::S8(n) => self.integer(n.unsigned_abs().into(), n),
            Val::S16(n) => self.integer(n.unsigned_abs().into(), n),
            Val::S32(n) => self.integer(n.unsigned_abs().into(), n),
            Val::S64(n) => self.integer(n.unsigned_abs(), n),
            Val::Float32(n) => {
                if let Some((near, side)) = self.float(u64::from(n.to_bits())) {
                    let near = near as f32;
                    *n = [near.next_down(), near, near.next_up()][side];
                }
            }
            Val::Float64(n) => {
                if let Some((near, side)) = self.float(n.to_bits()) {
                    *n = [near.next_down(), near, near.next_up()][side];
                }
            }
            Val::String(text) => {
                let length = self.length(text.len(), LONGEST_TEXT);
                if let Some(length) = length.filter(|_| !text.is_empty()) {
                    *text = text.chars().cycle().take(length).collect();
                }
            }
            Val::List(items) if self.is_lengthened(items) => {
                if let Some(length) = self.length(items.len(), LONGEST_LIST) {
                    *items = items.iter().cycle().take(length).cloned().collect();
                }
            }
            _ => {
                for (part, ty) in parts_mut(value, ty) {
                    self.apply(part, &ty);
                }
            }
        });
    }

    /// What a drawn integer becomes, where the type holds it; one of four stays.
    fn integer<T: TryFrom<i64>>(self, drawn: u64, into: &mut T) {
        let Constant::Integer(near) = self.0 else {
            return;
        };
        let beside = side(drawn).and_then(|side| near.checked_add(side as i64 - 1));
        if let Some(near) = beside.and_then(|it| T::try_from(it).ok()) {
            *into = near;
        }
    }

    /// What a drawn float of these bits becomes, and on which side of it; one of four stays.
    fn float(self, bits: u64) -> Option<(f64, usize)> {
        let side = side(u64::from(bits.count_ones()))?;
        match self.0 {
            Constant::Float(near) => Some((near, side)),
            // What is counted is whole.
            Constant::Integer(near) => Some((near.checked_add(side as i64 - 1)? as f64, 1)),
        }
    }

    fn length(self, drawn: usize, longest: i64) -> Option<usize> {
        let Constant::Integer(near @ 1..) = self.0 else {
            return None;
        };
        let length = near.checked_add(side(drawn as u64)? as i64 - 1)?;
        (length <= longest).then(|| usize::try_from(length).ok())?
    }

    fn is_lengthened(self, items: &[Val]) -> bool {
        let is_short = matches!(self.0, Constant::Integer(1..=LONGEST_LIST));
        is_short && !items.is_empty() && side(items.len() as u64).is_some()
    }
}

/// On which side of a number another stands that is drawn so: below, at, or above it; none where it stays.
fn side(drawn: u64) -> Option<usize> {
    let side = (drawn % 4) as usize;
    (side < 3).then_some(side)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(constant: Constant, mut value: Val, ty: &WitType) -> Val {
        Near(constant).apply(&mut value, ty);
        value
    }

    #[test]
    fn numbers_stand_beside_it_as_far_as_their_type_holds_them() {
        let limit = Constant::Integer(200);
        let of = |drawn| near(limit, Val::U32(drawn), &WitType::U32);
        let expected = [199, 200, 201, 3].map(Val::U32);
        assert_eq!([0, 1, 2, 3].map(of), expected);
        assert_eq!(near(limit, Val::S8(1), &WitType::S8), Val::S8(1));
        let rate = Constant::Float(0.25);
        let of = |drawn| near(rate, Val::Float64(drawn), &WitType::F64);
        let below = [0.0, f64::from_bits(1), f64::from_bits(3)].map(of);
        let expected = [0.25f64.next_down(), 0.25, 0.25f64.next_up()].map(Val::Float64);
        assert_eq!(below, expected);
        let whole = near(limit, Val::Float64(f64::from_bits(3)), &WitType::F64);
        assert_eq!(whole, Val::Float64(201.0));
        assert_eq!(near(rate, Val::U8(7), &WitType::U8), Val::U8(7));
    }

    #[test]
    fn texts_and_lists_are_so_long_and_bytes_empty_ones_and_the_innermost_stay() {
        let text = |it: &str| Val::String(it.to_owned());
        let limit = Constant::Integer(5);
        assert_eq!(
            near(limit, text("abcdefgh"), &WitType::String),
            text("abcd")
        );
        assert_eq!(near(limit, text("a"), &WitType::String), text("aaaaa"));
        assert_eq!(near(limit, text(""), &WitType::String), text(""));
        let long = Constant::Integer(1 << 40);
        assert_eq!(near(long, text("a"), &WitType::String), text("a"));
        let list = |count| Val::List(vec![Val::List(vec![Val::U16(3)]); count]);
        let ty = WitType::list(WitType::list(WitType::U16));
        assert_eq!(near(limit, list(1), &ty), list(5));
        assert_eq!(near(limit, list(0), &ty), list(0));
    }
}
