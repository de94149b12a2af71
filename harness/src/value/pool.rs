//! What earlier operations of a history took and returned, by type: an id that `checkout` returned is worth more as an
//! argument than a random one. And by call: a key opens only the door that it was made for.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};

use crate::value::{Val, WitType};

/// How many values of one type are remembered; the oldest is dropped first. More than a history crowds the state with.
const REMEMBERED: usize = 384;
/// Lists are remembered by their first items only.
const ITEMS: usize = 4;
/// How many calls are remembered as such.
const CALLS: usize = 64;

/// The values that a history has seen.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    by_type: HashMap<WitType, Vec<Val>>,
    /// The calls that were taken, the oldest first.
    calls: VecDeque<Taken>,
}

/// What a call took and returned.
#[derive(Debug)]
struct Taken {
    operation: usize,
    /// Whether it found nothing: what it was given comes after all that others were.
    is_empty: bool,
    seen: Vec<Seen>,
}

/// A value of every call of an operation: one that it took, or returned, or a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source {
    operation: usize,
    /// Its number among those that the call took or returned.
    place: u32,
}

impl Source {
    /// What stands first in what a call returned has this number.
    const RETURNED: u32 = 1 << 9;

    /// The part with this number of what an operation returned.
    #[cfg(test)]
    pub(crate) fn returned(operation: usize, part: u32) -> Self {
        Self {
            operation,
            place: Self::RETURNED + part,
        }
    }
}

/// A value that a call took or returned.
#[derive(Debug)]
struct Seen {
    /// Of the parameter, the field or the case that it was, or was in; empty for what was returned.
    name: Box<str>,
    place: u32,
    ty: WitType,
    value: Val,
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
    /// The choice of a value of the call that was taken last, or of the latest before it that has one of the type: of the same name
    /// if there is such a one. One more is the choice of the call before it.
    pub const OF_CALL: u32 = 1 << 30;
    /// The choice of a value that a certain operation took or returned.
    const OF_SOURCE: u32 = 1 << 29;
    /// The choice of the value that was seen last under the same name, of a parameter, a field or a case; of any, if there is none. One
    /// more is the choice of the one before it.
    pub const OF_NAME: u32 = 1 << 28;
    /// Bits that tell how many calls of the operation were later, and those of the place in what it took or returned.
    const BEFORE: u32 = 4;
    const PLACE: u32 = 10;

    /// The choice of a value of a source, of the call so many before the latest.
    pub(crate) fn of_source(source: Source, before: u32) -> u32 {
        let before = before % (1 << Self::BEFORE);
        let place = source.place % (1 << Self::PLACE);
        let operation = u32::try_from(source.operation).unwrap_or(u32::MAX);
        let operation = operation % (1 << (29 - Self::PLACE - Self::BEFORE));
        Self::OF_SOURCE | operation << (Self::PLACE + Self::BEFORE) | place << Self::BEFORE | before
    }

    fn source(choice: u32) -> (Source, usize) {
        let choice = choice - Self::OF_SOURCE;
        let source = Source {
            operation: (choice >> (Self::PLACE + Self::BEFORE)) as usize,
            place: choice >> Self::BEFORE & ((1 << Self::PLACE) - 1),
        };
        (source, (choice & ((1 << Self::BEFORE) - 1)) as usize)
    }
}

impl Pool {
    /// Remembers a value and its parts, which no call took or returned.
    pub(crate) fn remember(&mut self, value: &Val, ty: &WitType) {
        self.remember_named("", value, ty, &mut 0, &mut Vec::new());
    }

    /// Remembers what a call of an operation took, by the names of its parameters, and what it returned; `is_empty` says that this is
    /// nothing.
    pub(crate) fn remember_call<'a>(
        &mut self,
        (operation, is_empty): (usize, bool),
        taken: impl Iterator<Item = (&'a str, &'a Val, &'a WitType)>,
        returned: Option<(&'a Val, &'a WitType)>,
    ) {
        let mut seen = Vec::new();
        let mut place = 0;
        for (name, value, ty) in taken {
            self.remember_named(name, value, ty, &mut place, &mut seen);
        }
        if let Some((value, ty)) = returned {
            place = Source::RETURNED;
            self.remember_named("", value, ty, &mut place, &mut seen);
        }
        // A call without values has nothing to give, and pushes none out.
        if !seen.is_empty() {
            if self.calls.len() == CALLS {
                self.calls.pop_front();
            }
            self.calls.push_back(Taken {
                operation,
                is_empty,
                seen,
            });
        }
    }

    /// Where this value may come from, of so many of the newest calls.
    pub(crate) fn sources(&self, value: &Val, ty: &WitType, newest: usize) -> Vec<Source> {
        let mut sources = Vec::new();
        for call in self.calls.iter().rev().take(newest) {
            let same = call.seen.iter();
            let same = same.filter(|it| it.place >> Graft::PLACE == 0);
            for seen in same.filter(|it| it.value == *value && it.ty == *ty) {
                sources.push(Source {
                    operation: call.operation,
                    place: seen.place,
                });
            }
        }
        sources.sort_unstable();
        sources.dedup();
        sources
    }

    fn remember_named(
        &mut self,
        name: &str,
        value: &Val,
        ty: &WitType,
        place: &mut u32,
        call: &mut Vec<Seen>,
    ) {
        let here = *place;
        *place += 1;
        if is_worth_remembering(ty) {
            let values = self.by_type.entry(ty.clone()).or_default();
            if let Some(known) = values.iter().position(|known| known == value) {
                values.remove(known);
            } else if values.len() == REMEMBERED {
                values.remove(0);
            }
            values.push(value.clone());
            call.push(Seen {
                name: name.into(),
                place: here,
                ty: ty.clone(),
                value: value.clone(),
            });
        }
        let most = ITEMS.max(fields(ty));
        for (number, (part, ty)) in parts(value, ty).into_iter().take(most).enumerate() {
            let name = part_name(value, number).unwrap_or(name);
            self.remember_named(name, part, &ty, place, call);
        }
    }

    /// `value`, which is called so, with the grafts made, as far as the pool has values of their types.
    pub(crate) fn graft(&self, name: &str, value: &Val, ty: &WitType, grafts: &[Graft]) -> Val {
        let mut value = value.clone();
        if !grafts.is_empty() {
            self.graft_at(name, &mut value, ty, grafts, &mut 0);
        }
        value
    }

    /// The value of a type that a choice is of.
    fn known(&self, name: &str, ty: &WitType, choice: u32) -> Option<&Val> {
        if (Graft::OF_SOURCE..Graft::OF_CALL).contains(&choice) {
            return self.of_source(ty, choice);
        }
        if (Graft::OF_CALL..Graft::OLDEST).contains(&choice) {
            let before = (choice - Graft::OF_CALL) as usize;
            let mut calls = self.latest().skip(before % self.calls.len().max(1));
            return calls.find_map(|call| {
                let of_type = || call.seen.iter().filter(|it| it.ty == *ty);
                let namesake = of_type().find(|it| *it.name == *name);
                namesake.or_else(|| of_type().next()).map(|it| &it.value)
            });
        }
        let choice = match (Graft::OF_NAME..Graft::OF_SOURCE).contains(&choice) {
            true => {
                let before = choice - Graft::OF_NAME;
                if let Some(known) = self.of_name(name, ty, before as usize) {
                    return Some(known);
                }
                before
            }
            false => choice,
        };
        let known = self.by_type.get(ty)?;
        let from_end = ((choice % Graft::OLDEST) as usize).checked_rem(known.len())?;
        let index = match choice < Graft::OLDEST {
            true => known.len() - 1 - from_end,
            false => from_end,
        };
        Some(&known[index])
    }

    /// The calls, the latest first, and those that found nothing last.
    fn latest(&self) -> impl Iterator<Item = &Taken> {
        let of = |is_empty| {
            let calls = self.calls.iter().rev();
            calls.filter(move |it| it.is_empty == is_empty)
        };
        of(false).chain(of(true))
    }

    /// A value of this name; if there are fewer, the first of them.
    fn of_name(&self, name: &str, ty: &WitType, before: usize) -> Option<&Val> {
        let seen = self.latest().flat_map(|call| &call.seen);
        let namesakes = seen.filter(|it| it.ty == *ty && *it.name == *name);
        namesakes.take(before + 1).last().map(|it| &it.value)
    }

    fn of_source(&self, ty: &WitType, choice: u32) -> Option<&Val> {
        let (source, before) = Graft::source(choice);
        let calls = self.calls.iter().rev();
        let calls = calls.filter(|it| it.operation == source.operation);
        let here = |seen: &&Seen| seen.place == source.place && seen.ty == *ty;
        let values = calls.filter_map(|call| call.seen.iter().find(here));
        let values: Vec<&Seen> = values.collect();
        let which = before.checked_rem(values.len())?;
        values.get(which).map(|it| &it.value)
    }

    fn graft_at(
        &self,
        name: &str,
        value: &mut Val,
        ty: &WitType,
        grafts: &[Graft],
        place: &mut u32,
    ) {
        let here = grafts.iter().find(|graft| graft.place == *place);
        *place += 1;
        if let Some(graft) = here {
            // A value that may be missing is not: none is drawn often enough.
            let item = match ty {
                WitType::Option(item) => self.known(name, item, graft.choice),
                _ => None,
            };
            let item = item.map(|it| Val::Option(Some(Box::new(it.clone()))));
            let known = item.or_else(|| self.known(name, ty, graft.choice).cloned());
            if let Some(known) = known.filter(|it| ty.admits(it)) {
                *value = known;
                return;
            }
        }
        // Those of the value, which is borrowed meanwhile.
        let names = part_names(value);
        keeping_rules(value, ty, |value| {
            for (number, (value, ty)) in parts_mut(value, ty).into_iter().enumerate() {
                let name = names.get(number).map_or(name, String::as_str);
                self.graft_at(name, value, &ty, grafts, place);
            }
        });
    }
}

/// The names of a record's fields, or that of the case that a variant has.
fn part_names(value: &Val) -> Vec<String> {
    let mut names = Vec::new();
    while let Some(name) = part_name(value, names.len()) {
        names.push(name.to_owned());
    }
    names
}

/// The name of the part with this number; none of one that has none.
fn part_name(value: &Val, number: usize) -> Option<&str> {
    match value {
        Val::Record(fields) => fields.get(number).map(|(name, _)| name.as_str()),
        Val::Variant(case, Some(_)) => (number == 0).then_some(case.as_str()),
        _ => None,
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
        WitType::Variant(cases) => {
            let payloads = cases.iter().filter_map(|(_, ty)| ty.as_ref());
            payloads.map(places).max().unwrap_or(1)
        }
        WitType::Result(types) => {
            let payloads = [&types.0, &types.1].into_iter().flatten();
            payloads.map(places).max().unwrap_or(1)
        }
        _ => 0,
    }
}

/// Tells each place of a value that a value of its own may take, but for lists, in the order in which [`Graft::place`] counts.
pub(crate) fn each_place(value: &Val, ty: &WitType, tell: &mut impl FnMut(u32, &Val, &WitType)) {
    fn walk(
        value: &Val,
        ty: &WitType,
        place: &mut u32,
        tell: &mut impl FnMut(u32, &Val, &WitType),
    ) {
        let is_list = matches!(value, Val::List(_) | Val::FixedLengthList(_));
        if is_worth_remembering(ty) && !is_list && !matches!(value, Val::Option(_)) {
            tell(*place, value, ty);
        }
        *place += 1;
        for (part, ty) in parts(value, ty) {
            walk(part, &ty, place, tell);
        }
    }
    walk(value, ty, &mut 0, tell);
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
