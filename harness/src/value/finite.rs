//! Numbers that JSON has no word for.

use crate::value::Val;

/// Whether no floating-point number in a value is an infinity or no number.
pub(crate) fn is_finite(value: &Val) -> bool {
    let inside = |it: &Option<Box<Val>>| it.as_deref().is_none_or(is_finite);
    match value {
        Val::Float32(it) => it.is_finite(),
        Val::Float64(it) => it.is_finite(),
        Val::List(items) | Val::FixedLengthList(items) | Val::Tuple(items) => {
            items.iter().all(is_finite)
        }
        Val::Map(entries) => entries
            .iter()
            .all(|(key, content)| is_finite(key) && is_finite(content)),
        Val::Record(fields) => fields.iter().all(|(_, content)| is_finite(content)),
        Val::Variant(_, payload) => inside(payload),
        Val::Option(payload) | Val::Result(Ok(payload) | Err(payload)) => inside(payload),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_finite_is_found_wherever_it_is() {
        let number = |it: f64| Val::Option(Some(Val::Float64(it).into()));
        let list = |it: f64| Val::List(vec![Val::Tuple(vec![Val::U8(1), number(it)])]);
        for (value, expected) in [(0.5, true), (f64::NAN, false), (f64::INFINITY, false)] {
            assert_eq!(is_finite(&list(value)), expected, "{value}");
        }
        assert!(is_finite(&Val::String("nan".to_owned())));
        assert!(!is_finite(&Val::Float32(f32::NEG_INFINITY)));
    }
}
