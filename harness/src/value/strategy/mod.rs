//! WIT type → proptest strategy. Values come from a small domain, so that keys collide, and boundary values are common;
//! simpler values stand first, because proptest shrinks towards the first.

mod kinds;
mod numbers;
mod odd;
mod patterns;
mod shorter;
mod simplest;

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::Union;

use crate::value::rules::Kind;
use crate::value::types::{Annotated, Definitions, Named};
use crate::value::{Val, WitType};

/// How many elements a generated list has at most, most of the time.
const SHORT_LIST: usize = 4;
/// … and at times, to pass the length at which one byte no longer holds it.
const LONG_LIST: usize = 300;
/// Of this many values, one comes from the whole type and the others from the small domain.
const WEIGHT_COMMON: u32 = 12;
const WEIGHT_RARE: u32 = 1;

/// The longest fixed-length list of which values are made.
const LONGEST_LIST: u32 = 1 << 16;
/// How often a type that mentions itself is unfolded, at most …
const UNFOLDINGS: u32 = 4;
/// … and about how many values of it stand in one, at most.
const MENTIONS: u32 = 256;

/// Values of `ty`; none if no value of it can be made and written down (it holds a resource, a stream, …, or no value is found
/// that its rules allow).
pub fn values(ty: &WitType) -> Option<SBoxedStrategy<Val>> {
    if ty.opaque_part().is_some() {
        return None;
    }
    let mut build = Build {
        depth: 0,
        unfoldings: None,
        built: HashMap::new(),
    };
    build.values(ty)
}

/// How deep in a type the strategy is that is being built.
struct Build {
    /// How many lists are around it.
    depth: u32,
    /// How often a definition may still be unfolded; none outside of all.
    unfoldings: Option<u32>,
    /// Strategies of definitions, by how often they unfold.
    built: HashMap<(*const Definitions, usize, u32, u32), SBoxedStrategy<Val>>,
}

impl Build {
    fn values(&mut self, ty: &WitType) -> Option<SBoxedStrategy<Val>> {
        match ty {
            WitType::Annotated(annotated) => self.annotated(annotated),
            WitType::Named(named) => self.named(named),
            WitType::List(item) => self.lists(item),
            WitType::FixedLengthList(item, length) if *length <= LONGEST_LIST => {
                let length = *length as usize;
                let items = vec(self.inside_list(item)?, length.min(LONG_LIST));
                let items = items.prop_map(move |items| {
                    Val::FixedLengthList(items.iter().cycle().take(length).cloned().collect())
                });
                Some(items.sboxed())
            }
            WitType::Record(fields) => {
                let names: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
                let values = fields.iter().map(|(_, ty)| self.values(ty));
                let values: Vec<_> = values.collect::<Option<_>>()?;
                let record = move |values| Val::Record(names.iter().cloned().zip(values).collect());
                Some(values.prop_map(record).sboxed())
            }
            WitType::Tuple(types) => {
                let values = types.iter().map(|ty| self.values(ty));
                let values: Vec<_> = values.collect::<Option<_>>()?;
                Some(values.prop_map(Val::Tuple).sboxed())
            }
            WitType::Variant(cases) => self.cases(cases),
            WitType::Option(item) => {
                let some = match self.values(item) {
                    Some(some) => some.prop_map(|value| Val::Option(Some(Box::new(value)))),
                    None => return Some(Just(Val::Option(None)).sboxed()),
                };
                Some(prop_oneof![1 => Just(Val::Option(None)), 2 => some].sboxed())
            }
            WitType::Result(types) => {
                let ok = self.payload(types.0.as_ref());
                let err = self.payload(types.1.as_ref());
                let ok = ok.map(|ok| ok.prop_map(|value| Val::Result(Ok(value))).sboxed());
                let err = err.map(|err| err.prop_map(|value| Val::Result(Err(value))).sboxed());
                match (ok, err) {
                    (Some(ok), Some(err)) => Some(prop_oneof![2 => ok, 1 => err].sboxed()),
                    (ok, err) => ok.or(err),
                }
            }
            leaf => leaves(leaf),
        }
    }

    fn cases(&mut self, cases: &[(String, Option<WitType>)]) -> Option<SBoxedStrategy<Val>> {
        let cases = cases.iter().filter_map(|(name, ty)| {
            let name = name.clone();
            let payload = self.payload(ty.as_ref())?;
            let case = payload.prop_map(move |value| Val::Variant(name.clone(), value));
            Some(case.sboxed())
        });
        let cases: Vec<_> = cases.collect();
        (!cases.is_empty()).then(|| Union::new(cases).sboxed())
    }

    fn payload(&mut self, ty: Option<&WitType>) -> Option<SBoxedStrategy<Option<Box<Val>>>> {
        let Some(ty) = ty else {
            return Some(Just(None).sboxed());
        };
        let values = self.values(ty)?;
        Some(values.prop_map(|value| Some(Box::new(value))).sboxed())
    }

    fn inside_list(&mut self, item: &WitType) -> Option<SBoxedStrategy<Val>> {
        self.depth += 1;
        let items = self.values(item);
        self.depth -= 1;
        items
    }

    fn lists(&mut self, item: &WitType) -> Option<SBoxedStrategy<Val>> {
        let depth = self.depth;
        let Some(items) = self.inside_list(item) else {
            return Some(Just(Val::List(Vec::new())).sboxed());
        };
        // Lists of lists stay short inside, or their size would be the product of the lengths.
        let short = vec(items.clone(), 0..=SHORT_LIST >> depth.min(2));
        let is_small = !matches!(
            &*item.shape(),
            WitType::List(_)
                | WitType::Record(_)
                | WitType::Tuple(_)
                | WitType::Variant(_)
                | WitType::Opaque(_)
        );
        if depth > 0 || !is_small || self.unfoldings.is_some() {
            return Some(short.prop_map(Val::List).sboxed());
        }
        let long = vec(items, 0..=LONG_LIST);
        let lists = prop_oneof![WEIGHT_COMMON => short, WEIGHT_RARE => long];
        Some(lists.prop_map(Val::List).sboxed())
    }

    /// Values that unfold the definition a few times; the innermost are the simplest that there are.
    fn named(&mut self, named: &Named) -> Option<SBoxedStrategy<Val>> {
        let around = self.unfoldings;
        let unfoldings = around.unwrap_or_else(|| unfoldings(named.mentions()));
        if unfoldings == 0 {
            return simplest::simplest(&WitType::Named(named.clone())).map(|it| Just(it).sboxed());
        }
        let key = (named.table(), named.number(), unfoldings, self.depth.min(3));
        if let Some(built) = self.built.get(&key) {
            return Some(built.clone());
        }
        self.unfoldings = Some(unfoldings - 1);
        let values = self.values(&named.body());
        self.unfoldings = around;
        let values = values?;
        self.built.insert(key, values.clone());
        Some(values)
    }

    fn annotated(&mut self, annotated: &Annotated) -> Option<SBoxedStrategy<Val>> {
        let Annotated { shape, kind, .. } = annotated;
        let allowed = |value: &&Val| shape.admits(value) && super::admits::allowed(kind, value);
        let examples: Vec<Val> = annotated.examples.iter().filter(allowed).cloned().collect();
        let values = match (kind, &*shape.shape()) {
            (Kind::Plain | Kind::Multimodal, _) => self.values(shape),
            (Kind::Map, WitType::List(entry)) => self.maps(entry),
            (Kind::Union(rules), WitType::Variant(cases)) => self.unions(cases, rules),
            (kind, shape) => kinds::values(kind, shape),
        };
        let Some(values) = values else {
            return (!examples.is_empty()).then(|| select(examples).sboxed());
        };
        match examples.is_empty() {
            true => Some(values),
            false => Some(prop_oneof![3 => values, 1 => select(examples)].sboxed()),
        }
    }

    /// Lists of entries, each key once.
    fn maps(&mut self, entry: &WitType) -> Option<SBoxedStrategy<Val>> {
        let maps = self.lists(entry)?.prop_map(|map| match map {
            Val::List(entries) => Val::List(crate::value::entries(entries)),
            other => other,
        });
        Some(maps.sboxed())
    }

    fn unions(
        &mut self,
        cases: &[(String, Option<WitType>)],
        rules: &[(String, crate::value::rules::Discriminator)],
    ) -> Option<SBoxedStrategy<Val>> {
        let branches = cases
            .iter()
            .zip(rules)
            .filter_map(|((name, ty), (_, rule))| {
                let ty = ty.as_ref()?;
                let bodies = kinds::discriminated(self.values(ty)?, ty, rule)?;
                let name = name.clone();
                let branch =
                    bodies.prop_map(move |body| Val::Variant(name.clone(), Some(body.into())));
                Some(branch.sboxed())
            });
        let branches: Vec<_> = branches.collect();
        (!branches.is_empty()).then(|| Union::new(branches).sboxed())
    }
}

/// How often a definition that is mentioned so many times in its own is unfolded, so that its values do not get too large.
fn unfoldings(mentions: u32) -> u32 {
    let values = |unfoldings: &u32| mentions.max(1).saturating_pow(*unfoldings);
    let mut fitting = (2..=UNFOLDINGS).rev();
    fitting.find(|it| values(it) <= MENTIONS).unwrap_or(1)
}

/// Values of a type that has no parts.
fn leaves(ty: &WitType) -> Option<SBoxedStrategy<Val>> {
    let leaves = match ty {
        WitType::Bool => any::<bool>().prop_map(Val::Bool).sboxed(),
        WitType::S8
        | WitType::U8
        | WitType::S16
        | WitType::U16
        | WitType::S32
        | WitType::U32
        | WitType::S64
        | WitType::U64
        | WitType::F32
        | WitType::F64 => return numbers::values(ty),
        WitType::Char => select(vec!['a', 'b', '\0', 'ß', '\u{7ff}', '日', '\u{10ffff}'])
            .prop_map(Val::Char)
            .sboxed(),
        WitType::String => strings(),
        WitType::Enum(names) if !names.is_empty() => {
            select(names.to_vec()).prop_map(Val::Enum).sboxed()
        }
        WitType::Flags(names) => subsequence(names.to_vec(), 0..=names.len())
            .prop_map(Val::Flags)
            .sboxed(),
        _ => return None,
    };
    Some(leaves)
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
    let texts = prop_oneof![
        6 => select(domain[..3].to_vec()).prop_map(str::to_owned),
        1 => Just(String::new()),
        4 => select(domain.to_vec()).prop_map(str::to_owned),
        4 => prop_oneof![
            12 => vec(any::<char>(), 0..12).prop_map(String::from_iter),
            15 => odd::texts(),
            3 => Just(long),
            1 => Just(longest),
        ],
    ];
    shorter::shorter(texts.sboxed())
        .prop_map(Val::String)
        .sboxed()
}
