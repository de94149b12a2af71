//! Whether a value that comes from outside of a component is one that the component can be given.

use wasmtime::component::{Type, Val};

/// Whether a value holds nothing that belongs to one instance.
pub(super) fn is_plain(value: &Val) -> bool {
    match value {
        Val::Resource(_) | Val::Future(_) | Val::Stream(_) | Val::ErrorContext(_) => false,
        Val::List(items) | Val::FixedLengthList(items) | Val::Tuple(items) => {
            items.iter().all(is_plain)
        }
        Val::Map(entries) => entries
            .iter()
            .all(|(key, value)| is_plain(key) && is_plain(value)),
        Val::Record(fields) => fields.iter().all(|(_, field)| is_plain(field)),
        Val::Variant(_, Some(payload))
        | Val::Option(Some(payload))
        | Val::Result(Ok(Some(payload)) | Err(Some(payload))) => is_plain(payload),
        _ => true,
    }
}

/// Whether a value is of a type. One that an earlier version of a component left, or that the user gave, may not be.
pub(super) fn fits(value: &Val, ty: &Type) -> bool {
    match (value, ty) {
        (Val::Bool(_), Type::Bool)
        | (Val::U8(_), Type::U8)
        | (Val::S8(_), Type::S8)
        | (Val::U16(_), Type::U16)
        | (Val::S16(_), Type::S16)
        | (Val::U32(_), Type::U32)
        | (Val::S32(_), Type::S32)
        | (Val::U64(_), Type::U64)
        | (Val::S64(_), Type::S64)
        | (Val::Float32(_), Type::Float32)
        | (Val::Float64(_), Type::Float64)
        | (Val::Char(_), Type::Char)
        | (Val::String(_), Type::String)
        | (Val::Option(None), Type::Option(_))
        // The engine knows of what type these are.
        | (Val::Resource(_), Type::Own(_))
        | (Val::Future(_), Type::Future(_))
        | (Val::Stream(_), Type::Stream(_)) => true,
        (Val::List(items), Type::List(ty)) => {
            let ty = ty.ty();
            match items.first() {
                // All elements are of one type, so that of long lists of bytes one is enough.
                Some(first @ Val::U8(_)) => fits(first, &ty),
                _ => items.iter().all(|item| fits(item, &ty)),
            }
        }
        (Val::FixedLengthList(items), Type::FixedLengthList(ty)) => {
            let item = ty.ty();
            items.len() == ty.len() as usize && items.iter().all(|it| fits(it, &item))
        }
        (Val::Map(entries), Type::Map(ty)) => {
            let (key, value) = (ty.key(), ty.value());
            let mut entries = entries.iter();
            entries.all(|entry| fits(&entry.0, &key) && fits(&entry.1, &value))
        }
        (Val::Tuple(items), Type::Tuple(ty)) => {
            items.len() == ty.types().len()
                && items.iter().zip(ty.types()).all(|(it, ty)| fits(it, &ty))
        }
        (Val::Record(fields), Type::Record(ty)) => {
            fields.len() == ty.fields().len()
                && fields
                    .iter()
                    .zip(ty.fields())
                    .all(|((name, value), field)| name == field.name && fits(value, &field.ty))
        }
        (Val::Enum(name), Type::Enum(ty)) => ty.names().any(|known| known == name),
        (Val::Flags(set), Type::Flags(ty)) => {
            set.iter().all(|name| ty.names().any(|known| known == name))
        }
        (Val::Variant(name, payload), Type::Variant(ty)) => ty
            .cases()
            .find(|case| case.name == name)
            .is_some_and(|case| payload_fits(payload.as_deref(), case.ty)),
        (Val::Option(Some(value)), Type::Option(ty)) => fits(value, &ty.ty()),
        (Val::Result(Ok(payload)), Type::Result(ty)) => payload_fits(payload.as_deref(), ty.ok()),
        (Val::Result(Err(payload)), Type::Result(ty)) => payload_fits(payload.as_deref(), ty.err()),
        _ => false,
    }
}

fn payload_fits(payload: Option<&Val>, ty: Option<Type>) -> bool {
    match (payload, ty) {
        (None, None) => true,
        (Some(value), Some(ty)) => fits(value, &ty),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::result_type;
    use super::*;

    fn boxed(value: Val) -> Option<Box<Val>> {
        Some(Box::new(value))
    }

    #[test]
    fn a_value_fits_the_type_that_it_is_of_and_no_other() {
        let values = [
            ("(option (tuple u8))", Val::Option(None)),
            ("(list s8)", Val::List(vec![Val::S8(-1)])),
            (
                "(tuple u8 char)",
                Val::Tuple(vec![Val::U8(1), Val::Char('a')]),
            ),
            (
                "(result string)",
                Val::Result(Ok(boxed(Val::String(String::new())))),
            ),
            ("(result (error s64))", Val::Result(Err(boxed(Val::S64(1))))),
            ("(option float32)", Val::Option(boxed(Val::Float32(0.5)))),
            ("bool", Val::Bool(true)),
        ];
        let types: Vec<Type> = values.iter().map(|(ty, _)| result_type(ty)).collect();
        for (index, (text, value)) in values.iter().enumerate() {
            let fitting = (0..types.len()).filter(|it| fits(value, &types[*it]));
            let fitting: Vec<usize> = fitting.collect();
            let expected = match index {
                // Nothing at all is of either option.
                0 => vec![0, 5],
                _ => vec![index],
            };
            assert_eq!(fitting, expected, "{text}");
        }
        assert!(!fits(&Val::Option(boxed(Val::U8(1))), &types[0]));
        assert!(!fits(&Val::Tuple(vec![Val::U8(1)]), &types[2]));
    }
}
