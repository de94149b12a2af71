//! Which of its few kinds a value is: the cases of its variants, enums and options, and its booleans. What a call answers often depends
//! on these more than on anything else it is given.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::value::{Val, WitType};

/// How many kinds a value of this type has: those of the part that has most of them. What is in a list is not looked at.
pub(crate) fn kinds(ty: &WitType) -> usize {
    match ty {
        WitType::Annotated(annotated) => kinds(&annotated.shape),
        WitType::Named(named) => kinds(named.open_body()),
        WitType::Bool | WitType::Result(_) => 2,
        WitType::Option(item) => kinds(item).saturating_add(1),
        WitType::Enum(cases) => cases.len(),
        WitType::Variant(cases) => cases.len(),
        WitType::Record(fields) => most(fields.iter().map(|(_, ty)| ty)),
        WitType::Tuple(types) => most(types.iter()),
        _ => 1,
    }
}

fn most<'t>(types: impl Iterator<Item = &'t WitType>) -> usize {
    types.map(kinds).max().unwrap_or(1)
}

/// A sum of the kinds that these values are: the same for values that differ in nothing but numbers, texts and lists.
pub(crate) fn discriminants(values: &[Val]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for value in values {
        note(value, &mut hasher);
    }
    hasher.finish()
}

fn note(value: &Val, hasher: &mut DefaultHasher) {
    match value {
        Val::Bool(it) => it.hash(hasher),
        Val::Enum(case) => case.hash(hasher),
        Val::Variant(case, payload) => {
            case.hash(hasher);
            payload.iter().for_each(|it| note(it, hasher));
        }
        Val::Option(payload) => {
            payload.is_some().hash(hasher);
            payload.iter().for_each(|it| note(it, hasher));
        }
        Val::Result(payload) => {
            payload.is_ok().hash(hasher);
            let payload = payload.as_ref().unwrap_or_else(|it| it);
            payload.iter().for_each(|it| note(it, hasher));
        }
        Val::Record(fields) => fields.iter().for_each(|(_, it)| note(it, hasher)),
        Val::Tuple(items) => items.iter().for_each(|it| note(it, hasher)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter() -> WitType {
        let cases = [
            ("all".to_owned(), None),
            ("label".to_owned(), Some(WitType::String)),
            ("open".to_owned(), Some(WitType::Bool)),
        ];
        WitType::Variant(cases.into())
    }

    #[test]
    fn the_part_with_most_kinds_counts() {
        assert_eq!(kinds(&WitType::String), 1);
        assert_eq!(kinds(&WitType::list(filter())), 1);
        let fields = [
            ("mine".to_owned(), WitType::Bool),
            ("filter".to_owned(), WitType::option(filter())),
        ];
        assert_eq!(kinds(&WitType::Record(fields.into())), 4);
    }

    #[test]
    fn numbers_texts_and_lists_make_no_difference() {
        let label =
            |text: &str| Val::Variant("label".into(), Some(Box::new(Val::String(text.into()))));
        let all = || Val::Variant("all".into(), None);
        let of = |value: Val| discriminants(&[value]);
        assert_eq!(of(label("a")), of(label("b")));
        assert_eq!(of(Val::U8(1)), of(Val::List(vec![Val::Bool(true)])));
        assert_ne!(of(label("a")), of(all()));
        assert_ne!(
            of(Val::Option(None)),
            of(Val::Option(Some(Box::new(all()))))
        );
    }
}
