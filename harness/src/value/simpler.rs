//! Simpler values than one that was not drawn, but put together: what proptest does with those that its strategies made.

use proptest::strategy::ValueTree;

use crate::value::{Val, WitType};

/// Of a longer list or text no single items or characters are left out, only parts.
const SINGLE: usize = 32;

/// Arguments that are made simpler step by step; the rules of their types are kept.
pub(crate) struct Simpler {
    values: Vec<Val>,
    types: Vec<WitType>,
    /// Which change is tried next.
    next: usize,
    /// The values before the last change.
    before: Option<Vec<Val>>,
}

impl Simpler {
    /// Values of these types, which are as many.
    pub(crate) fn new(values: Vec<Val>, types: Vec<WitType>) -> Self {
        Self {
            values,
            types,
            next: 0,
            before: None,
        }
    }

    /// Makes the next change that the types allow; false once there is none.
    fn advance(&mut self) -> bool {
        loop {
            let mut number = self.next;
            let change = |(index, value)| Some((index, nth(value, &mut number)?));
            let Some((index, simpler)) = self.values.iter().enumerate().find_map(change) else {
                return false;
            };
            let is_admitted = self.types.get(index).is_none_or(|ty| ty.admits(&simpler));
            if is_admitted && simpler != self.values[index] {
                let mut values = self.values.clone();
                values[index] = simpler;
                self.before = Some(std::mem::replace(&mut self.values, values));
                return true;
            }
            self.next += 1;
        }
    }
}

impl ValueTree for Simpler {
    type Value = Vec<Val>;

    fn current(&self) -> Vec<Val> {
        self.values.clone()
    }

    fn simplify(&mut self) -> bool {
        self.before = None;
        self.advance()
    }

    fn complicate(&mut self) -> bool {
        let Some(before) = self.before.take() else {
            return false;
        };
        self.values = before;
        self.next += 1;
        self.advance()
    }
}

/// The value with the change of this number; `number` is how many are left to go where the value has fewer.
fn nth(value: &Val, number: &mut usize) -> Option<Val> {
    let own = changes(value);
    if let Some(change) = own.get(*number) {
        return Some(change.clone());
    }
    *number -= own.len();
    let mut of_part = |part: &Val| nth(part, number);
    match value {
        Val::List(items) => in_one(items, &mut of_part, |it, simpler| *it = simpler).map(Val::List),
        Val::Tuple(items) => {
            in_one(items, &mut of_part, |it, simpler| *it = simpler).map(Val::Tuple)
        }
        Val::Record(fields) => {
            let index = fields
                .iter()
                .enumerate()
                .find_map(|(index, (_, field))| Some((index, of_part(field)?)));
            index.map(|(index, simpler)| {
                let mut fields = fields.clone();
                fields[index].1 = simpler;
                Val::Record(fields)
            })
        }
        Val::Option(Some(inner)) => Some(Val::Option(Some(Box::new(of_part(inner)?)))),
        Val::Variant(case, Some(inner)) => {
            Some(Val::Variant(case.clone(), Some(Box::new(of_part(inner)?))))
        }
        Val::Result(Ok(Some(inner))) => Some(Val::Result(Ok(Some(Box::new(of_part(inner)?))))),
        Val::Result(Err(Some(inner))) => Some(Val::Result(Err(Some(Box::new(of_part(inner)?))))),
        _ => None,
    }
}

/// The items with one of them simpler.
fn in_one(
    items: &[Val],
    of_part: &mut impl FnMut(&Val) -> Option<Val>,
    put: impl Fn(&mut Val, Val),
) -> Option<Vec<Val>> {
    let mut found = items.iter().enumerate();
    let (index, simpler) = found.find_map(|(index, item)| Some((index, of_part(item)?)))?;
    let mut items = items.to_vec();
    put(&mut items[index], simpler);
    Some(items)
}

/// The ways to make the value itself simpler, its parts as they are.
fn changes(value: &Val) -> Vec<Val> {
    macro_rules! integers {
        ($kind:ident, $number:expr) => {
            [
                0,
                $number / 2,
                $number - $number / 4,
                match $number {
                    1..=16 => $number - 1,
                    _ => $number - $number / 16,
                },
            ]
            .into_iter()
            .filter(|it| it != $number)
            .map(Val::$kind)
            .collect()
        };
    }
    match value {
        Val::Bool(true) => vec![Val::Bool(false)],
        Val::S8(it) => integers!(S8, it),
        Val::U8(it) => integers!(U8, it),
        Val::S16(it) => integers!(S16, it),
        Val::U16(it) => integers!(U16, it),
        Val::S32(it) => integers!(S32, it),
        Val::U32(it) => integers!(U32, it),
        Val::S64(it) => integers!(S64, it),
        Val::U64(it) => integers!(U64, it),
        Val::Float32(it) if *it != 0.0 => vec![Val::Float32(0.0), Val::Float32(it.trunc())],
        Val::Float64(it) if *it != 0.0 => vec![Val::Float64(0.0), Val::Float64(it.trunc())],
        Val::Char(it) if *it != 'a' => vec![Val::Char('a')],
        // A name is simpler than none.
        Val::String(text) if text != "a" => {
            let count = text.chars().count();
            let first = |count: usize| Val::String(text.chars().take(count).collect());
            let mut texts = vec![Val::String("a".to_owned())];
            if count > 0 {
                texts.extend([0, count / 2, count - 1].map(first));
                texts.push(Val::String("a".repeat(count)));
            }
            if count <= SINGLE {
                // The last one was left out above.
                texts.extend((1..count).map(|end| {
                    let others = text.chars().take(end - 1);
                    Val::String(others.chain(text.chars().skip(end)).collect())
                }));
            }
            texts
        }
        Val::List(items) if !items.is_empty() => {
            let (first, second) = items.split_at(items.len() / 2);
            let mut lists = vec![Vec::new(), first.to_vec(), second.to_vec()];
            if items.len() <= SINGLE {
                lists.extend((0..items.len()).map(|index| {
                    let mut others = items.clone();
                    others.remove(index);
                    others
                }));
            }
            lists.into_iter().map(Val::List).collect()
        }
        Val::Option(Some(_)) => vec![Val::Option(None)],
        Val::Flags(flags) if !flags.is_empty() => vec![Val::Flags(Vec::new())],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The simplest value for which `fails` holds.
    fn simplest(value: Val, ty: WitType, fails: impl Fn(&Val) -> bool) -> Val {
        let mut tree = Simpler::new(vec![value], vec![ty]);
        let mut found = tree.current().remove(0);
        assert!(fails(&found));
        let mut more = tree.simplify();
        let mut tries = 0;
        while more {
            tries += 1;
            assert!(tries < 1_000, "it does not end");
            let value = tree.current().remove(0);
            more = match fails(&value) {
                true => {
                    found = value;
                    tree.simplify()
                }
                false => tree.complicate(),
            };
        }
        found
    }

    #[test]
    fn a_value_becomes_as_simple_as_what_it_is_about_allows() {
        let long = Val::String("Grüße aus der Ferne".to_owned());
        let short = simplest(
            long,
            WitType::String,
            |it| matches!(it, Val::String(text) if text.chars().count() > 3),
        );
        assert_eq!(short, Val::String("aaaa".to_owned()));
        let last = Val::String("ea\u{301}".to_owned());
        let not_ascii = |it: &Val| matches!(it, Val::String(text) if !text.is_ascii());
        assert_eq!(
            simplest(last, WitType::String, not_ascii),
            Val::String("\u{301}".to_owned())
        );
        let number = simplest(
            Val::U64(1_000_000),
            WitType::U64,
            |it| matches!(it, Val::U64(it) if *it > 900),
        );
        assert!(matches!(number, Val::U64(901..1_000)), "{number:?}");
        let few = |it: &Val| matches!(it, Val::S16(2..));
        assert_eq!(simplest(Val::S16(11), WitType::S16, few), Val::S16(2));
        let name = Val::String("x-1".to_owned());
        let plainest = Val::String("a".to_owned());
        assert_eq!(simplest(name, WitType::String, |_| true), plainest);
        let items = (0..40).map(Val::U32).collect();
        let list = WitType::List(std::sync::Arc::new(WitType::U32));
        let has_seven = |it: &Val| matches!(it, Val::List(items) if items.contains(&Val::U32(7)));
        assert_eq!(
            simplest(Val::List(items), list, has_seven),
            Val::List(vec![Val::U32(7)])
        );
        let option = WitType::Option(std::sync::Arc::new(WitType::Bool));
        let some = Val::Option(Some(Box::new(Val::Bool(true))));
        assert_eq!(simplest(some, option, |_| true), Val::Option(None));
    }
}
