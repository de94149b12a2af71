//! Values that the state has, given to operations: what a field or a record is called, and the numbers that are ids.

use super::pool::{keeping_rules, parts_mut};
use crate::value::{Val, WitType};

/// A text or a number that stands in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Word {
    /// A text.
    Text(String),
    /// An integer.
    Number(i128),
}

impl Word {
    /// Takes the place of what in the value, which is of the type `ty`, can hold it, after so many that are `skipped`; false if
    /// there are no more, or the type's rules do not allow it.
    pub(crate) fn put(&self, value: &mut Val, ty: &WitType, skipped: &mut usize) -> bool {
        match ty {
            WitType::Annotated(annotated) => {
                let mut is_done = false;
                keeping_rules(value, ty, |value| {
                    is_done = self.put(value, &annotated.shape, skipped);
                });
                return is_done;
            }
            WitType::Named(named) => return self.put(value, &named.body(), skipped),
            _ => {}
        }
        if let Some(word) = self.like(value) {
            if let Some(left) = skipped.checked_sub(1) {
                *skipped = left;
                return false;
            }
            *value = word;
            return true;
        }
        let mut parts = parts_mut(value, ty).into_iter();
        parts.any(|(part, ty)| self.put(part, &ty, skipped))
    }

    /// The word as a value of the same type; none if it is not of this type.
    fn like(&self, value: &Val) -> Option<Val> {
        Some(match (self, value) {
            (Self::Text(text), Val::String(_)) => Val::String(text.clone()),
            (Self::Number(number), Val::U8(_)) => Val::U8(u8::try_from(*number).ok()?),
            (Self::Number(number), Val::U16(_)) => Val::U16(u16::try_from(*number).ok()?),
            (Self::Number(number), Val::U32(_)) => Val::U32(u32::try_from(*number).ok()?),
            (Self::Number(number), Val::U64(_)) => Val::U64(u64::try_from(*number).ok()?),
            (Self::Number(number), Val::S8(_)) => Val::S8(i8::try_from(*number).ok()?),
            (Self::Number(number), Val::S16(_)) => Val::S16(i16::try_from(*number).ok()?),
            (Self::Number(number), Val::S32(_)) => Val::S32(i32::try_from(*number).ok()?),
            (Self::Number(number), Val::S64(_)) => Val::S64(i64::try_from(*number).ok()?),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_takes_the_place_of_what_can_hold_it() {
        let ty = WitType::record([
            ("id", WitType::U8),
            ("name", WitType::String),
            ("other", WitType::U32),
        ]);
        let record = |id, name: &str, other| {
            Val::Record(vec![
                ("id".to_owned(), Val::U8(id)),
                ("name".to_owned(), Val::String(name.to_owned())),
                ("other".to_owned(), Val::U32(other)),
            ])
        };
        let put = |word: Word, skipped| {
            let mut value = record(1, "a", 2);
            let is_done = word.put(&mut value, &ty, &mut { skipped });
            is_done.then_some(value)
        };
        assert_eq!(put(Word::Text("b".to_owned()), 0), Some(record(1, "b", 2)));
        assert_eq!(put(Word::Text("b".to_owned()), 1), None);
        assert_eq!(put(Word::Number(7), 0), Some(record(7, "a", 2)));
        assert_eq!(put(Word::Number(7), 1), Some(record(1, "a", 7)));
        // What the first cannot hold is for the second.
        assert_eq!(put(Word::Number(300), 0), Some(record(1, "a", 300)));
        assert_eq!(put(Word::Number(-1), 0), None);
    }
}
