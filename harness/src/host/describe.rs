//! Arguments of host calls in printable form, and how much data they are.

use std::fmt::Write as _;

use wasmtime::component::Val;

use super::draw::hash;

/// Longer descriptions are cut.
const LONGEST: usize = 2_000;

/// The arguments in a form that is equal when they are.
pub(super) fn describe(arguments: &[Val]) -> Box<str> {
    let mut text = String::new();
    separated(&mut text, arguments, value);
    shortened(text)
}

/// Bytes in the same form.
pub(super) fn describe_bytes(bytes: &[u8]) -> Box<str> {
    shortened(format!("b\"{}\"", bytes.escape_ascii()))
}

/// Cuts a long text; a hash of the whole stands for what is missing.
pub(super) fn shortened(mut text: String) -> Box<str> {
    if text.len() > LONGEST {
        let (length, hash) = (text.len(), hash(text.as_bytes()));
        let cut = text.floor_char_boundary(LONGEST);
        text.truncate(cut);
        let _ = write!(text, "… ({length} bytes, hash {hash:016x})");
    }
    text.into_boxed_str()
}

fn value(text: &mut String, value: &Val) {
    // Writing to a string does not fail.
    let _ = match value {
        Val::Bool(it) => write!(text, "{it}"),
        Val::S8(it) => write!(text, "{it}"),
        Val::U8(it) => write!(text, "{it}"),
        Val::S16(it) => write!(text, "{it}"),
        Val::U16(it) => write!(text, "{it}"),
        Val::S32(it) => write!(text, "{it}"),
        Val::U32(it) => write!(text, "{it}"),
        Val::S64(it) => write!(text, "{it}"),
        Val::U64(it) => write!(text, "{it}"),
        Val::Float32(it) => write!(text, "{it:?}"),
        Val::Float64(it) => write!(text, "{it:?}"),
        Val::Char(it) => write!(text, "{it:?}"),
        Val::String(it) => write!(text, "{it:?}"),
        Val::List(items) | Val::FixedLengthList(items) => return list(text, items),
        Val::Map(entries) => return map(text, entries),
        Val::Record(fields) => return record(text, fields),
        Val::Tuple(items) => return within(text, '(', items, ')'),
        Val::Variant(name, payload) => return case(text, name, payload.as_deref()),
        Val::Enum(name) => write!(text, "{name}"),
        Val::Option(None) => write!(text, "none"),
        Val::Option(Some(it)) => return case(text, "some", Some(it)),
        Val::Result(Ok(it)) => return case(text, "ok", it.as_deref()),
        Val::Result(Err(it)) => return case(text, "err", it.as_deref()),
        Val::Flags(names) => write!(text, "{{{}}}", names.join(", ")),
        Val::Resource(_) => write!(text, "<handle>"),
        Val::Future(_) => write!(text, "<future>"),
        Val::Stream(_) => write!(text, "<stream>"),
        Val::ErrorContext(_) => write!(text, "<error-context>"),
    };
}

fn list(text: &mut String, items: &[Val]) {
    let bytes: Option<Vec<u8>> = items
        .iter()
        .map(|item| match item {
            Val::U8(byte) => Some(*byte),
            _ => None,
        })
        .collect();
    match bytes {
        Some(bytes) if !bytes.is_empty() => {
            let _ = write!(text, "b\"{}\"", bytes.escape_ascii());
        }
        _ => within(text, '[', items, ']'),
    }
}

fn map(text: &mut String, entries: &[(Val, Val)]) {
    text.push('{');
    separated(text, entries, |text, (key, content)| {
        value(text, key);
        text.push_str(": ");
        value(text, content);
    });
    text.push('}');
}

fn record(text: &mut String, fields: &[(String, Val)]) {
    text.push('{');
    separated(text, fields, |text, (name, content)| {
        let _ = write!(text, "{name}: ");
        value(text, content);
    });
    text.push('}');
}

fn case(text: &mut String, name: &str, payload: Option<&Val>) {
    text.push_str(name);
    if let Some(payload) = payload {
        within(text, '(', std::slice::from_ref(payload), ')');
    }
}

fn within(text: &mut String, open: char, items: &[Val], close: char) {
    text.push(open);
    separated(text, items, value);
    text.push(close);
}

fn separated<T>(text: &mut String, items: &[T], each: impl Fn(&mut String, &T)) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        each(text, item);
    }
}

/// About how many elements and bytes these values are.
pub(super) fn weight(values: &[Val]) -> u64 {
    values.iter().map(weight_of).sum()
}

fn weight_of(value: &Val) -> u64 {
    match value {
        Val::String(text) => text.len() as u64,
        // All elements have one type, so the first tells whether they are single numbers.
        Val::List(items) | Val::FixedLengthList(items) => match items.first() {
            Some(Val::U8(_) | Val::U32(_) | Val::U64(_) | Val::Resource(_)) => items.len() as u64,
            _ => items.len() as u64 + weight(items),
        },
        Val::Map(entries) => entries
            .iter()
            .map(|(key, content)| 1 + weight_of(key) + weight_of(content))
            .sum(),
        Val::Record(fields) => fields.iter().map(|(_, content)| weight_of(content)).sum(),
        Val::Tuple(items) => weight(items),
        Val::Variant(_, payload) | Val::Option(payload) => payload.as_deref().map_or(0, weight_of),
        Val::Result(Ok(payload) | Err(payload)) => payload.as_deref().map_or(0, weight_of),
        Val::Flags(names) => names.len() as u64,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_like_they_are_written() {
        let bytes = Val::List(vec![Val::U8(b'a'), Val::U8(0)]);
        let record = Val::Record(vec![("size".to_owned(), Val::U32(7))]);
        let variant = Val::Variant("other".to_owned(), Some(Box::new(Val::Char('x'))));
        let arguments = [
            bytes,
            record,
            variant,
            Val::Option(None),
            Val::List(Vec::new()),
        ];
        assert_eq!(
            &*describe(&arguments),
            r#"b"a\x00", {size: 7}, other('x'), none, []"#
        );
    }

    #[test]
    fn long_texts_that_differ_only_at_the_end_stay_different() {
        let long = |end: &str| describe(&[Val::String("ü".repeat(100_000) + end)]);
        assert!(long("a").len() < 2_100);
        assert_eq!(long("a"), long("a"));
        assert_ne!(long("a"), long("b"));
    }
}
