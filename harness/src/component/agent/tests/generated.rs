//! Types of every kind.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::guest::Dialect;
use crate::value::WitType;
use crate::value::rules::{
    BinaryRules, Decimal, Discriminator, Kind, Pattern, QuantityRules, TextRules, UrlRules,
};

/// Types of parameters; in the older dialects also those that stand only there.
pub(super) fn parameter(dialect: Dialect) -> BoxedStrategy<WitType> {
    if dialect == Dialect::V2_0 {
        return ty(dialect);
    }
    let element = prop_oneof![
        8 => ty(dialect),
        1 => option::of(Just(vec!["de".to_owned(), "en".to_owned()]))
            .prop_map(|languages| Kind::UnstructuredText { languages }.ty().unwrap()),
        1 => option::of(Just(vec!["image/png".to_owned()]))
            .prop_map(|mime_types| Kind::UnstructuredBinary { mime_types }.ty().unwrap()),
    ];
    let element = element.boxed();
    let multimodal = (element.clone(), element.clone()).prop_map(|(one, other)| {
        let cases = WitType::variant([("one", Some(one)), ("other", Some(other))]);
        WitType::list(cases).of_kind(Kind::Multimodal)
    });
    prop_oneof![6 => element, 1 => multimodal].boxed()
}

pub(super) fn ty(dialect: Dialect) -> BoxedStrategy<WitType> {
    let is_new = dialect == Dialect::V2_0;
    let plain = select(vec![
        WitType::Bool,
        WitType::S8,
        WitType::U8,
        WitType::S16,
        WitType::U16,
        WitType::S32,
        WitType::U32,
        WitType::S64,
        WitType::U64,
        WitType::F32,
        WitType::F64,
        WitType::Char,
        WitType::String,
        WitType::Enum(Arc::new(["red".to_owned(), "true".to_owned()])),
        WitType::Flags(Arc::new([
            "a".to_owned(),
            "b-c".to_owned(),
            "none".to_owned(),
        ])),
    ]);
    let leaf = match is_new {
        true => prop_oneof![3 => plain, 2 => select(kinds())].boxed(),
        false => plain.boxed(),
    };
    let composite = move |inner: BoxedStrategy<WitType>| {
        let optional = || option::of(inner.clone());
        let mut all = vec![
            inner.clone().prop_map(WitType::list).boxed(),
            inner.clone().prop_map(WitType::option).boxed(),
            vec(inner.clone(), 1..4)
                .prop_map(|it| WitType::Tuple(it.into()))
                .boxed(),
            vec(inner.clone(), 1..4)
                .prop_map(|types| WitType::Record(names().into_iter().zip(types).collect()))
                .boxed(),
            vec(optional(), 1..4)
                .prop_map(|types| WitType::Variant(names().into_iter().zip(types).collect()))
                .boxed(),
            (optional(), optional())
                .prop_map(|it| WitType::Result(Arc::new(it)))
                .boxed(),
        ];
        if is_new {
            all.push(
                (inner.clone(), 0..4_u32)
                    .prop_map(|(it, length)| WitType::FixedLengthList(Arc::new(it), length))
                    .boxed(),
            );
            let map = |value| {
                let entry = WitType::Tuple(Arc::new([WitType::String, value]));
                WitType::list(entry).of_kind(Kind::Map)
            };
            all.push(inner.clone().prop_map(map).boxed());
        }
        proptest::strategy::Union::new(all)
    };
    leaf.prop_recursive(3, 24, 4, composite).boxed()
}

/// Names as languages have them, and worse.
fn names() -> Vec<String> {
    ["camelCase", "snake_case", "some", "ein Wort"]
        .map(str::to_owned)
        .into()
}

pub(super) fn kinds() -> Vec<WitType> {
    let them = |texts: &[&str]| Some(texts.iter().map(|&it| it.to_owned()).collect());
    let text = |rules| Kind::Text(rules).ty().unwrap();
    let pattern = |pattern: &str| TextRules {
        pattern: Pattern::new(pattern),
        ..TextRules::default()
    };
    let kelvin = QuantityRules {
        units: vec!["K".to_owned()],
        min: Some(Decimal {
            mantissa: 5,
            scale: 1,
        }),
        max: Some(Decimal {
            mantissa: 9,
            scale: 0,
        }),
    };
    let branch = |name: &str, rule| (name.to_owned(), rule);
    let ssh = Discriminator::Prefix("ssh://".to_owned());
    let kind = Discriminator::FieldEquals("kind".to_owned(), Some("circle".to_owned()));
    let circle = WitType::record([("kind", WitType::String), ("radius", WitType::U8)]);
    let union = WitType::variant([("remote", Some(WitType::String)), ("circle", Some(circle))]);
    vec![
        WitType::U8.of_kind(Kind::Integers { min: 3, max: 200 }),
        WitType::S64.of_kind(Kind::Integers { min: -5, max: -2 }),
        WitType::F32.of_kind(Kind::Floats { min: 0.1, max: 0.7 }),
        WitType::F64.of_kind(Kind::Floats {
            min: -1e300,
            max: 1e300,
        }),
        text(TextRules::default()),
        text(TextRules {
            min_length: Some(3),
            max_length: Some(5),
            ..TextRules::default()
        }),
        text(TextRules {
            languages: them(&["de"]),
            ..TextRules::default()
        }),
        text(pattern("^[A-Z]{3}-[0-9]+$")),
        text(TextRules {
            min_length: Some(20),
            ..pattern(r"\bcat\b|dog")
        }),
        Kind::Binary(BinaryRules {
            mime_types: them(&["image/png"]),
            min_bytes: Some(2),
            max_bytes: Some(9),
        })
        .ty()
        .unwrap(),
        Kind::Path {
            extensions: them(&["md"]),
        }
        .ty()
        .unwrap(),
        Kind::Url(UrlRules {
            schemes: them(&["ftp"]),
            hosts: them(&["a.example"]),
        })
        .ty()
        .unwrap(),
        Kind::Url(UrlRules::default()).ty().unwrap(),
        Kind::Uuid.ty().unwrap(),
        Kind::Datetime.ty().unwrap(),
        Kind::Duration.ty().unwrap(),
        Kind::Quantity(kelvin).ty().unwrap(),
        union.of_kind(Kind::Union(vec![
            branch("remote", ssh),
            branch("circle", kind),
        ])),
    ]
}
