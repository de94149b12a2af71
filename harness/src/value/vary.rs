//! The same arguments in other words, so that a state grows: every number and every text another one, or each text and list
//! longer than before.

use super::pool::{keeping_rules, parts_mut};
use crate::value::{Val, WitType};

/// How a value changes from one call to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Every number, text and list of bytes is another one.
    Distinct,
    /// Every text and list of bytes is another one: a number may be the id of what grows.
    Texts,
    /// Nothing changes.
    Same,
    /// Every text and list has this many bytes, about.
    Longer,
}

/// How many characters of a text, and items of a list, stay in front of what makes it another one.
const STEM: usize = 4;
/// An item of a list stands for so many bytes.
const ITEM: usize = 4;

/// Changes `value`, which is of the type `ty`; another `number` makes another value, as far as the type's rules allow it.
pub(crate) fn vary(value: &mut Val, ty: &WitType, manner: Manner, number: usize) {
    match ty {
        WitType::Annotated(annotated) => keeping_rules(value, ty, |value| {
            vary(value, &annotated.shape, manner, number);
        }),
        WitType::Named(named) => vary(value, &named.body(), manner, number),
        _ => vary_shape(value, ty, manner, number),
    }
}

fn vary_shape(value: &mut Val, ty: &WitType, manner: Manner, number: usize) {
    match (manner, &mut *value) {
        (Manner::Same, _) => return,
        (Manner::Distinct | Manner::Texts, Val::String(text)) => {
            *text = text.chars().take(STEM).collect();
            *text += &number.to_string();
            return;
        }
        (Manner::Distinct | Manner::Texts, Val::List(items)) => {
            items.truncate(STEM);
            if is_bytes(ty) {
                let bytes = (number as u64).to_le_bytes();
                items.extend(bytes.into_iter().take(STEM).map(Val::U8));
                return;
            }
        }
        (Manner::Longer, Val::String(text)) => {
            *text = longer(text, number);
            return;
        }
        (Manner::Longer, Val::List(items)) => {
            lengthen(items, ty, number);
            return;
        }
        (Manner::Distinct, number_of_any_type) => add(number_of_any_type, number),
        _ => {}
    }
    for (part, ty) in parts_mut(value, ty) {
        vary(part, &ty, manner, number);
    }
}

fn is_bytes(ty: &WitType) -> bool {
    matches!(ty, WitType::List(item) if **item == WitType::U8)
}

fn longer(text: &str, bytes: usize) -> String {
    let text = if text.is_empty() { "a" } else { text };
    let mut longer = String::with_capacity(bytes + 4);
    for character in text.chars().cycle() {
        if longer.len() >= bytes {
            break;
        }
        longer.push(character);
    }
    longer
}

/// An empty list of anything but bytes stays empty.
fn lengthen(items: &mut Vec<Val>, ty: &WitType, bytes: usize) {
    if is_bytes(ty) {
        items.resize(bytes, Val::U8(1));
        return;
    }
    let WitType::List(ty) = ty else { return };
    let first: Vec<Val> = items.iter().take(STEM).cloned().collect();
    if first.is_empty() {
        return;
    }
    *items = (0..bytes / ITEM)
        .map(|number| {
            let mut item = first[number % first.len()].clone();
            vary(&mut item, ty, Manner::Distinct, number);
            item
        })
        .collect();
}

fn add(value: &mut Val, number: usize) {
    match value {
        Val::S8(it) => *it = it.wrapping_add(number as i8),
        Val::U8(it) => *it = it.wrapping_add(number as u8),
        Val::S16(it) => *it = it.wrapping_add(number as i16),
        Val::U16(it) => *it = it.wrapping_add(number as u16),
        Val::S32(it) => *it = it.wrapping_add(number as i32),
        Val::U32(it) => *it = it.wrapping_add(number as u32),
        Val::S64(it) => *it = it.wrapping_add(number as i64),
        Val::U64(it) => *it = it.wrapping_add(number as u64),
        _ => {}
    }
}
