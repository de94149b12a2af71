//! How much memory a value takes.

use crate::value::Val;

/// What a value has outside of itself, in bytes, about: what an allocator adds is not counted.
pub(crate) fn footprint(value: &Val) -> usize {
    const NAME: usize = size_of::<String>();
    match value {
        Val::String(text) | Val::Enum(text) => text.len(),
        Val::List(items) | Val::FixedLengthList(items) => all(items),
        Val::Tuple(items) => items.iter().map(inside).sum(),
        Val::Map(entries) => {
            let entries = entries.iter();
            entries
                .map(|(key, content)| inside(key) + inside(content))
                .sum()
        }
        Val::Record(fields) => {
            let fields = fields.iter();
            fields
                .map(|(name, content)| NAME + name.len() + inside(content))
                .sum()
        }
        Val::Variant(name, payload) => name.len() + payload.as_deref().map_or(0, inside),
        Val::Option(payload) | Val::Result(Ok(payload) | Err(payload)) => {
            payload.as_deref().map_or(0, inside)
        }
        Val::Flags(names) => names.iter().map(|name| NAME + name.len()).sum(),
        _ => 0,
    }
}

fn inside(value: &Val) -> usize {
    size_of::<Val>() + footprint(value)
}

fn all(items: &[Val]) -> usize {
    match items.first() {
        // All items of a list have one type, and most long lists are bytes.
        Some(Val::U8(_)) => size_of_val(items),
        _ => items.iter().map(inside).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_larger_takes_more() {
        let bytes = |count| footprint(&Val::List(vec![Val::U8(0); count]));
        assert_eq!(bytes(1_000), 1_000 * size_of::<Val>());
        let pair = |text: &str| {
            Val::Record(vec![
                ("name".to_owned(), Val::String(text.to_owned())),
                ("number".to_owned(), Val::U32(0)),
            ])
        };
        let list = |text: &str| footprint(&Val::List(vec![pair(text); 10]));
        assert_eq!(list("abc"), list("") + 30);
        let some = Val::Option(Some(Box::new(pair("abc"))));
        assert!(footprint(&some) > footprint(&pair("abc")));
        assert_eq!(footprint(&Val::Bool(true)), 0);
    }
}
