//! What the strategies make.

use std::collections::BTreeSet;
use std::sync::Arc;

use handover::value::strategy;
use handover::value::{Val, WitType};

use super::types::*;
use super::{generated, texts};

#[test]
fn values_have_their_type() {
    for (name, ty) in types() {
        for value in generated(&ty, 100) {
            assert!(fits(&value, &ty), "{name}: {value:?}");
        }
    }
    let fixed = WitType::FixedLengthList(Arc::new(WitType::U8), 5);
    for value in generated(&fixed, 100) {
        assert!(fits(&value, &fixed), "{value:?}");
    }
}

fn fits(value: &Val, ty: &WitType) -> bool {
    let payload = |value: &Option<Box<Val>>, ty: &Option<WitType>| match (value, ty) {
        (Some(value), Some(ty)) => fits(value, ty),
        (None, None) => true,
        _ => false,
    };
    match (value, ty) {
        (Val::Bool(_), WitType::Bool)
        | (Val::S8(_), WitType::S8)
        | (Val::U8(_), WitType::U8)
        | (Val::S16(_), WitType::S16)
        | (Val::U16(_), WitType::U16)
        | (Val::S32(_), WitType::S32)
        | (Val::U32(_), WitType::U32)
        | (Val::S64(_), WitType::S64)
        | (Val::U64(_), WitType::U64)
        | (Val::Float32(_), WitType::F32)
        | (Val::Float64(_), WitType::F64)
        | (Val::Char(_), WitType::Char)
        | (Val::String(_), WitType::String) => true,
        (Val::List(items), WitType::List(ty)) => items.iter().all(|item| fits(item, ty)),
        (Val::FixedLengthList(items), WitType::FixedLengthList(ty, length)) => {
            items.len() == *length as usize && items.iter().all(|item| fits(item, ty))
        }
        (Val::Record(fields), WitType::Record(types)) => {
            fields.len() == types.len()
                && fields
                    .iter()
                    .zip(types.iter())
                    .all(|((name, value), (expected, ty))| name == expected && fits(value, ty))
        }
        (Val::Tuple(values), WitType::Tuple(types)) => {
            values.len() == types.len()
                && values
                    .iter()
                    .zip(types.iter())
                    .all(|(value, ty)| fits(value, ty))
        }
        (Val::Variant(name, value), WitType::Variant(cases)) => cases
            .iter()
            .any(|(case, ty)| case == name && payload(value, ty)),
        (Val::Enum(name), WitType::Enum(names)) => names.contains(name),
        (Val::Flags(set), WitType::Flags(names)) => {
            // In the order of the type, none twice.
            let kept = names.iter().filter(|name| set.contains(name));
            kept.eq(set.iter())
        }
        (Val::Option(value), WitType::Option(ty)) => {
            value.as_ref().is_none_or(|value| fits(value, ty))
        }
        (Val::Result(Ok(value)), WitType::Result(types)) => payload(value, &types.0),
        (Val::Result(Err(value)), WitType::Result(types)) => payload(value, &types.1),
        _ => false,
    }
}

#[test]
fn keys_collide() {
    let strings = texts(&WitType::String, 200);
    assert!(strings.len() < 120, "{} of 200", strings.len());
    for ty in [
        WitType::U8,
        WitType::U32,
        WitType::U64,
        WitType::S64,
        WitType::F64,
        WitType::Char,
    ] {
        let distinct = texts(&ty, 200).len();
        assert!((5..60).contains(&distinct), "{ty}: {distinct} of 200");
    }
}

#[test]
fn boundaries_appear() {
    for (ty, expected) in [
        (WitType::Bool, &["false", "true"][..]),
        (WitType::S8, &["0", "1", "-1", "-128", "127"]),
        (WitType::U8, &["0", "1", "254", "255"]),
        (WitType::S16, &["0", "-1", "-32768", "32767", "256"]),
        (WitType::U16, &["0", "65534", "65535", "256"]),
        (WitType::S32, &["0", "-1", "-2147483648", "2147483647"]),
        (
            WitType::U32,
            &["0", "1", "4294967294", "4294967295", "65536"],
        ),
        (
            WitType::S64,
            &[
                "0",
                "-1",
                "4294967296",
                "-9223372036854775808",
                "9223372036854775807",
            ],
        ),
        (
            // u32::MAX + 1, and what no f64 holds.
            WitType::U64,
            &[
                "0",
                "1",
                "4294967296",
                "9007199254740993",
                "18446744073709551614",
                "18446744073709551615",
            ],
        ),
        (WitType::F32, &["0", "-0", "nan", "inf", "0.1"]),
        (WitType::F64, &["0", "-0", "nan", "-inf", "0.1"]),
        (WitType::Char, &["'\\u{0}'", "'日'", "'\\u{10ffff}'"]),
        (WitType::String, &["\"\"", "\"a\"", "\"é\"", "\"日本語\""]),
        (list(WitType::Bool), &["[]"]),
        (option(WitType::Bool), &["none", "some(true)"]),
        (
            option(option(WitType::Bool)),
            &["none", "some(none)", "some(some(false))"],
        ),
        (result(None, None), &["ok", "err"]),
        (WitType::Flags(names(&["a", "b"])), &["{}", "{a, b}", "{b}"]),
        (WitType::Enum(names(&["a", "b"])), &["a", "b"]),
    ] {
        let texts = texts(&ty, 500);
        for text in expected {
            assert!(texts.contains(*text), "{ty}: {text}");
        }
    }
}

#[test]
fn long_values_appear() {
    let strings = generated(&WitType::String, 500);
    let passes_a_byte =
        |value: &Val| matches!(value, Val::String(text) if text.len() > usize::from(u8::MAX));
    assert!(strings.iter().any(passes_a_byte));
    let lists = generated(&list(WitType::U8), 500);
    let passes_a_byte =
        |value: &Val| matches!(value, Val::List(items) if items.len() > usize::from(u8::MAX));
    assert!(lists.iter().any(passes_a_byte));
}

#[test]
fn every_case_of_a_variant_appears() {
    let (_, shape) = types()
        .into_iter()
        .find(|(name, _)| *name == "of-shape")
        .expect("it is among the types");
    let names: BTreeSet<String> = generated(&shape, 200)
        .into_iter()
        .filter_map(|value| match value {
            Val::Variant(name, _) => Some(name),
            _ => None,
        })
        .collect();
    assert_eq!(names.len(), 6, "{names:?}");
}

#[test]
fn a_type_with_an_opaque_part_has_no_values() {
    let stream = || WitType::Opaque("stream");
    for ty in [
        stream(),
        list(stream()),
        WitType::FixedLengthList(Arc::new(stream()), 2),
        option(stream()),
        result(Some(stream()), None),
        result(None, Some(stream())),
        record(&[("a", WitType::U8), ("b", stream())]),
        WitType::Tuple([WitType::U8, stream()].into()),
        variant(&[("a", None), ("b", Some(stream()))]),
        option(list(record(&[("a", result(Some(stream()), None))]))),
    ] {
        assert!(strategy::values(&ty).is_none(), "{ty}");
        assert_eq!(ty.opaque_part(), Some("stream"), "{ty}");
    }
    for (name, ty) in types() {
        assert!(strategy::values(&ty).is_some(), "{name}");
        assert_eq!(ty.opaque_part(), None, "{name}");
    }
}
