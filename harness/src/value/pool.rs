//! What earlier operations of a history took and returned, by type: an id that `checkout` returned is worth more as an
//! argument than a random one.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::value::{Val, WitType};

/// How many values of one type are remembered; the oldest is dropped first. More than a history crowds the state with.
const REMEMBERED: usize = 384;
/// Lists are remembered by their first items only.
const ITEMS: usize = 4;

/// The values that a history has seen.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    by_type: HashMap<WitType, Vec<Val>>,
}

/// A place in an argument that takes a value of the pool, if there is one of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Graft {
    /// Number of the place, counted in the order of the value: 0 is the argument itself, then its parts.
    pub place: u32,
    /// Which of the pool's values, modulo how many there are, the newest first; from [`Graft::OLDEST`] on the oldest first.
    pub choice: u32,
}

impl Graft {
    /// The choice of the value that was seen first; one more is the choice of the next.
    pub const OLDEST: u32 = 1 << 31;
}

impl Pool {
    /// Remembers a value and its parts.
    pub(crate) fn remember(&mut self, value: &Val, ty: &WitType) {
        if is_worth_remembering(ty) {
            let values = self.by_type.entry(ty.clone()).or_default();
            if let Some(known) = values.iter().position(|known| known == value) {
                values.remove(known);
            } else if values.len() == REMEMBERED {
                values.remove(0);
            }
            values.push(value.clone());
        }
        for (value, ty) in parts(value, ty).into_iter().take(ITEMS.max(fields(ty))) {
            self.remember(value, &ty);
        }
    }

    /// `value` with the grafts made, as far as the pool has values of their types.
    pub(crate) fn graft(&self, value: &Val, ty: &WitType, grafts: &[Graft]) -> Val {
        let mut value = value.clone();
        if !grafts.is_empty() {
            self.graft_at(&mut value, ty, grafts, &mut 0);
        }
        value
    }

    fn graft_at(&self, value: &mut Val, ty: &WitType, grafts: &[Graft], place: &mut u32) {
        let here = grafts.iter().find(|graft| graft.place == *place);
        *place += 1;
        if let Some(graft) = here
            && let Some(known) = self.by_type.get(ty)
            && let Some(from_end) =
                ((graft.choice % Graft::OLDEST) as usize).checked_rem(known.len())
        {
            let index = match graft.choice < Graft::OLDEST {
                true => known.len() - 1 - from_end,
                false => from_end,
            };
            let known = &known[index];
            if ty.admits(known) {
                *value = known.clone();
                return;
            }
        }
        keeping_rules(value, ty, |value| {
            for (value, ty) in parts_mut(value, ty) {
                self.graft_at(value, &ty, grafts, place);
            }
        });
    }
}

/// Changes a value; not at all, if the rules of its type do not allow what came out.
pub(super) fn keeping_rules(value: &mut Val, ty: &WitType, change: impl FnOnce(&mut Val)) {
    if !matches!(ty, WitType::Annotated(_)) {
        change(value);
        return;
    }
    let before = value.clone();
    change(value);
    if !ty.admits(value) {
        *value = before;
    }
}

/// How many places for grafts a value of this type has at least.
pub(crate) fn places(ty: &WitType) -> u32 {
    match ty {
        WitType::Annotated(annotated) => return places(&annotated.shape),
        WitType::Named(named) => return places(named.open_body()),
        _ => {}
    }
    1 + match ty {
        WitType::Record(fields) => fields.iter().map(|(_, ty)| places(ty)).sum(),
        WitType::Tuple(types) => types.iter().map(places).sum(),
        WitType::Option(item) | WitType::List(item) | WitType::FixedLengthList(item, _) => {
            places(item)
        }
        WitType::Variant(_) | WitType::Result(_) => 1,
        _ => 0,
    }
}

fn is_worth_remembering(ty: &WitType) -> bool {
    !matches!(
        &*ty.shape(),
        WitType::Bool | WitType::Enum(_) | WitType::Flags(_)
    )
}

fn fields(ty: &WitType) -> usize {
    match &*ty.shape() {
        WitType::Record(fields) => fields.len(),
        WitType::Tuple(types) => types.len(),
        _ => 0,
    }
}

fn case_payload<'a>(cases: &'a [(String, Option<WitType>)], name: &str) -> Option<&'a WitType> {
    let case = cases.iter().find(|(case, _)| case == name);
    case.and_then(|(_, ty)| ty.as_ref())
}

/// The direct parts of a value with their types. Stated twice, for shared and for exclusive borrows.
macro_rules! parts {
    ($name:ident, $iter:ident, $deref:ident, $($mutable:tt)?) => {
        pub(super) fn $name<'v, 't>(
            value: &'v $($mutable)? Val,
            ty: &'t WitType,
        ) -> Vec<(&'v $($mutable)? Val, Cow<'t, WitType>)> {
            match (value, ty) {
                (value, WitType::Annotated(annotated)) => $name(value, &annotated.shape),
                (value, WitType::Named(named)) => {
                    let body = named.body();
                    let parts = $name(value, &body).into_iter();
                    parts.map(|(value, ty)| (value, Cow::Owned(ty.into_owned()))).collect()
                }
                (Val::List(items), WitType::List(ty))
                | (Val::FixedLengthList(items), WitType::FixedLengthList(ty, _)) => {
                    items.$iter().map(|item| (item, Cow::Borrowed(&**ty))).collect()
                }
                (Val::Record(fields), WitType::Record(types)) => fields
                    .$iter()
                    .zip(types.iter())
                    .map(|((_, value), (_, ty))| (value, Cow::Borrowed(ty)))
                    .collect(),
                (Val::Tuple(values), WitType::Tuple(types)) => {
                    values.$iter().zip(types.iter().map(Cow::Borrowed)).collect()
                }
                (Val::Option(Some(value)), WitType::Option(ty)) => {
                    vec![(value.$deref(), Cow::Borrowed(&**ty))]
                }
                (Val::Variant(name, Some(value)), WitType::Variant(cases)) => {
                    match case_payload(cases, name) {
                        Some(ty) => vec![(value.$deref(), Cow::Borrowed(ty))],
                        None => Vec::new(),
                    }
                }
                (Val::Result(Ok(Some(value))), WitType::Result(types)) => {
                    let ty = types.0.as_ref();
                    ty.map(|ty| (value.$deref(), Cow::Borrowed(ty))).into_iter().collect()
                }
                (Val::Result(Err(Some(value))), WitType::Result(types)) => {
                    let ty = types.1.as_ref();
                    ty.map(|ty| (value.$deref(), Cow::Borrowed(ty))).into_iter().collect()
                }
                _ => Vec::new(),
            }
        }
    };
}

parts!(parts, iter, as_ref,);
parts!(parts_mut, iter_mut, as_mut, mut);
