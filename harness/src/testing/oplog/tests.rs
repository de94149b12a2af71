//! Values of every type, as Golem 1.5 and 1.6 print them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{tree, values};
use crate::value::rules::{Discriminator, Kind};
use crate::value::{Val, WitType};

fn text(text: &str) -> Val {
    Val::String(text.to_owned())
}

fn some(value: Val) -> Option<Box<Val>> {
    Some(Box::new(value))
}

fn names(names: &[&str]) -> Arc<[String]> {
    names.iter().map(|it| (*it).to_owned()).collect()
}

/// A type, a value of it, the value in plain JSON, and in a tree.
fn samples() -> Vec<(WitType, Val, Value, Value)> {
    let result = WitType::Result(Arc::new((Some(WitType::U8), None)));
    let state = WitType::variant([("open", None), ("held", Some(WitType::String))]);
    let point = WitType::record([("x", WitType::S8), ("the-y", WitType::F64)]);
    let point_value = Val::Record(vec![
        ("x".to_owned(), Val::S8(-1)),
        ("the-y".to_owned(), Val::Float64(0.5)),
    ]);
    let node = |kind: &str, value: Value| json!({ "kind": kind, "value": value });
    let seven = node("u8", json!(7));
    vec![
        (
            WitType::Bool,
            Val::Bool(true),
            json!(true),
            node("bool", json!(true)),
        ),
        (
            WitType::U64,
            Val::U64(u64::MAX),
            json!(u64::MAX),
            node("u64", json!(u64::MAX)),
        ),
        (
            WitType::S64,
            Val::S64(i64::MIN),
            json!(i64::MIN),
            node("s64", json!(i64::MIN)),
        ),
        (
            WitType::F32,
            Val::Float32(0.25),
            json!(0.25),
            node("f32", json!(0.25)),
        ),
        (
            WitType::Char,
            Val::Char('ü'),
            json!(0xfc),
            node("char", json!("ü")),
        ),
        (
            WitType::String,
            text("a"),
            json!("a"),
            node("string", json!("a")),
        ),
        (
            WitType::list(WitType::U8),
            Val::List(vec![Val::U8(7)]),
            json!([7]),
            node("list", json!({ "elements": [seven] })),
        ),
        (
            point,
            point_value,
            json!({ "the-y": 0.5, "x": -1 }),
            node(
                "record",
                json!({ "fields": [node("s8", json!(-1)), node("f64", json!(0.5))] }),
            ),
        ),
        (
            WitType::Tuple(Arc::new([WitType::U8, WitType::String])),
            Val::Tuple(vec![Val::U8(7), text("a")]),
            json!([7, "a"]),
            node(
                "tuple",
                json!({ "elements": [seven, node("string", json!("a"))] }),
            ),
        ),
        (
            state.clone(),
            Val::Variant("open".to_owned(), None),
            json!({ "open": null }),
            node("variant", json!({ "case": 0 })),
        ),
        (
            state,
            Val::Variant("held".to_owned(), some(text("a"))),
            json!({ "held": "a" }),
            node(
                "variant",
                json!({ "case": 1, "payload": node("string", json!("a")) }),
            ),
        ),
        (
            WitType::Enum(names(&["red", "blue"])),
            Val::Enum("blue".to_owned()),
            json!("blue"),
            node("enum", json!({ "case": 1 })),
        ),
        (
            WitType::Flags(names(&["a", "b"])),
            Val::Flags(vec!["b".to_owned()]),
            json!(["b"]),
            node("flags", json!({ "bits": [false, true] })),
        ),
        (
            WitType::option(WitType::U8),
            Val::Option(None),
            json!(null),
            node("option", json!({ "inner": null })),
        ),
        (
            WitType::option(WitType::U8),
            Val::Option(some(Val::U8(7))),
            json!(7),
            node("option", json!({ "inner": seven })),
        ),
        (
            result.clone(),
            Val::Result(Ok(some(Val::U8(7)))),
            json!({ "ok": 7 }),
            node("result", json!({ "tag": "ok", "value": seven })),
        ),
        (
            result,
            Val::Result(Err(None)),
            json!({ "err": null }),
            node("result", json!({ "tag": "err", "value": null })),
        ),
    ]
}

#[test]
fn a_value_of_every_type_is_read_in_both_ways() {
    let samples = samples();
    for (ty, value, plain, nodes) in &samples {
        let parameters = [("it".to_owned(), ty.clone())];
        let typed = json!({ "typ": {}, "value": plain });
        let given = values::arguments(std::slice::from_ref(&typed), &parameters);
        assert_eq!(given, Some(vec![value.clone()]), "{ty}");
        let element = json!({ "type": "ComponentModel", "value": typed });
        let data = json!({ "type": "Tuple", "elements": [element] });
        assert_eq!(values::output(&data, ty).as_ref(), Some(value), "{ty}");
        let tree = json!({ "graph": {}, "value": nodes });
        assert_eq!(values::output(&tree, ty).as_ref(), Some(value), "{ty}");
    }
    // What is a value of the one type is none of most others, and never a panic.
    for (ty, value, ..) in &samples {
        for (_, _, plain, nodes) in &samples {
            let tree = json!({ "value": nodes });
            for read in [
                values::output(&tree, ty),
                values::result(&json!({ "value": plain }), ty),
            ] {
                assert!(read.is_none_or(|it| ty.admits(&it)), "{value:?}");
            }
        }
    }
}

#[test]
fn a_result_of_golem_1_2_stands_in_a_tuple() {
    let wrapped = json!({ "typ": { "type": "Tuple", "items": [] }, "value": [7] });
    assert_eq!(values::result(&wrapped, &WitType::U8), Some(Val::U8(7)));
    let bare = json!({ "typ": { "type": "U8" }, "value": 7 });
    assert_eq!(values::result(&bare, &WitType::U8), Some(Val::U8(7)));
    assert_eq!(values::result(&wrapped, &WitType::String), None);
}

#[test]
fn a_text_and_bytes_are_read_inline_and_by_url() {
    let ty = |kind: Kind| kind.ty().expect("a type");
    let languages = ty(Kind::UnstructuredText { languages: None });
    let element = |kind: &str, value: Value| {
        let element = json!({ "type": kind, "value": value });
        json!({ "type": "Tuple", "elements": [element] })
    };
    let inline = json!({ "type": "Inline", "data": "hi", "textType": { "languageCode": "en" } });
    for (json, shown) in [
        (
            inline,
            "inline({data: \"hi\", text-type: some({language-code: \"en\"})})",
        ),
        (
            json!({ "type": "Inline", "data": "hi", "textType": null }),
            "inline({data: \"hi\"})",
        ),
        (
            json!({ "type": "Url", "value": "http://a/" }),
            "url(\"http://a/\")",
        ),
    ] {
        let read = values::output(&element("UnstructuredText", json), &languages);
        let read = read.map(|it| crate::value::wave(&it)).expect("a text");
        let expected = crate::value::parse(shown, &languages).expect("a value");
        assert_eq!(read, crate::value::wave(&expected));
    }
    let bytes = ty(Kind::UnstructuredBinary { mime_types: None });
    let inline = json!({ "type": "Inline", "data": [1, 2], "binaryType": { "mimeType": "a/b" } });
    assert!(values::output(&element("UnstructuredBinary", inline.clone()), &bytes).is_some());
    assert_eq!(
        values::output(&element("UnstructuredText", inline), &bytes),
        None
    );
}

#[test]
fn what_only_golem_1_6_has_is_read() {
    let kind = |kind: Kind| kind.ty().expect("a type");
    let entry = WitType::Tuple(Arc::new([WitType::String, WitType::U8]));
    let map = WitType::list(entry).of_kind(Kind::Map);
    let text = kind(Kind::Text(crate::value::rules::TextRules::default()));
    let union = WitType::variant([("name", Some(WitType::String))]);
    let rule = Discriminator::Prefix("n".to_owned());
    let union = union.of_kind(Kind::Union(vec![("name".to_owned(), rule)]));
    let (a, seven) = (
        json!({ "kind": "string", "value": "n" }),
        json!({ "kind": "u8", "value": 7 }),
    );
    for (ty, name, value, shown) in [
        (
            map,
            "map",
            json!({ "entries": [[a, seven]] }),
            "[(\"n\", 7)]",
        ),
        (
            text,
            "text",
            json!({ "text": "hi", "language": "en" }),
            "{text: \"hi\", language: some(\"en\")}",
        ),
        (
            kind(Kind::Datetime),
            "datetime",
            json!({ "value": "1970-01-01T00:00:01.5Z" }),
            "{seconds: 1, nanoseconds: 500000000}",
        ),
        (
            kind(Kind::Duration),
            "duration",
            json!({ "nanoseconds": -5 }),
            "{nanoseconds: -5}",
        ),
        (
            union,
            "union",
            json!({ "tag": "name", "body": a }),
            "name(\"n\")",
        ),
    ] {
        let json = json!({ "kind": name, "value": value });
        let read = tree::value(&json, &ty).map(|it| crate::value::wave(&it));
        let expected = crate::value::parse(shown, &ty).expect("a value");
        assert_eq!(read, Some(crate::value::wave(&expected)), "{name}");
        assert_eq!(
            tree::value(&json!({ "kind": "u8", "value": 7 }), &ty),
            None,
            "{name}"
        );
    }
}
