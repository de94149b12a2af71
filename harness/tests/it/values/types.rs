//! One function for each kind of type, and these types built by hand.

use std::sync::{Arc, LazyLock};

use handover::component::{Component, Function};
use handover::value::WitType;

use super::{component, runtime};

/// One function for each type, which takes a value of it and returns one. Some names are words of WAVE.
pub const TYPES: &str = "
    package test:types;

    interface types {
        flags permissions { read, write, %true, nan }
        flags lone { only }
        enum colour { red, %none, %true, %inf }
        record point { x: s32, y: s32 }
        record nothing { %none: option<u8>, %some: option<string> }
        record deep { points: list<point>, best: option<tuple<string, point>>, %result: result<colour> }
        variant shape {
            dot,
            circle(f64),
            polygon(list<point>),
            %some(option<u8>),
            %ok,
            %err(result<_, string>),
        }

        of-bool: func(it: bool) -> bool;
        of-s8: func(it: s8) -> s8;
        of-u8: func(it: u8) -> u8;
        of-s16: func(it: s16) -> s16;
        of-u16: func(it: u16) -> u16;
        of-s32: func(it: s32) -> s32;
        of-u32: func(it: u32) -> u32;
        of-s64: func(it: s64) -> s64;
        of-u64: func(it: u64) -> u64;
        of-f32: func(it: f32) -> f32;
        of-f64: func(it: f64) -> f64;
        of-char: func(it: char) -> char;
        of-string: func(it: string) -> string;
        of-list: func(it: list<u8>) -> list<u8>;
        of-lists: func(it: list<list<list<string>>>) -> list<list<list<string>>>;
        of-permissions: func(it: permissions) -> permissions;
        of-lone: func(it: lone) -> lone;
        of-colour: func(it: colour) -> colour;
        of-point: func(it: point) -> point;
        of-nothing: func(it: nothing) -> nothing;
        of-deep: func(it: deep) -> deep;
        of-shape: func(it: shape) -> shape;
        of-tuple: func(it: tuple<u8, string, tuple<f32>>) -> tuple<u8, string, tuple<f32>>;
        of-option: func(it: option<char>) -> option<char>;
        of-options: func(it: option<option<option<bool>>>) -> option<option<option<bool>>>;
        of-result: func(it: result) -> result;
        of-result-ok: func(it: result<u64>) -> result<u64>;
        of-result-err: func(it: result<_, string>) -> result<_, string>;
        of-result-both: func(it: result<option<u8>, result<u8>>) -> result<option<u8>, result<u8>>;
        of-options-in-list: func(it: list<option<result<string, f64>>>) -> list<option<result<string, f64>>>;
    }

    world types-only { export types; }
";

pub fn opened(wit: &str) -> Component {
    runtime()
        .open_bytes("types", &component(wit))
        .expect("the component opens")
}

pub static OPENED: LazyLock<Component> = LazyLock::new(|| opened(TYPES));

pub fn function(name: &str) -> &'static Function {
    let mut operations = OPENED.operations().iter();
    operations
        .find(|function| function.name.name == name)
        .unwrap_or_else(|| panic!("{name} is an operation"))
}

pub fn option(ty: WitType) -> WitType {
    WitType::Option(Arc::new(ty))
}

pub fn list(ty: WitType) -> WitType {
    WitType::List(Arc::new(ty))
}

pub fn result(ok: Option<WitType>, err: Option<WitType>) -> WitType {
    WitType::Result(Arc::new((ok, err)))
}

pub fn record(fields: &[(&str, WitType)]) -> WitType {
    let fields = fields.iter();
    WitType::Record(
        fields
            .map(|(name, ty)| ((*name).to_owned(), ty.clone()))
            .collect(),
    )
}

pub fn variant(cases: &[(&str, Option<WitType>)]) -> WitType {
    let cases = cases.iter();
    WitType::Variant(
        cases
            .map(|(name, ty)| ((*name).to_owned(), ty.clone()))
            .collect(),
    )
}

pub fn names(names: &[&str]) -> Arc<[String]> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The types of `TYPES`, built by hand.
pub fn types() -> Vec<(&'static str, WitType)> {
    use WitType::{Bool, Char, F32, F64, S8, S16, S32, S64, String, U8, U16, U32, U64};
    let point = record(&[("x", S32), ("y", S32)]);
    let colour = WitType::Enum(names(&["red", "none", "true", "inf"]));
    let best = WitType::Tuple([String, point.clone()].into());
    vec![
        ("of-bool", Bool),
        ("of-s8", S8),
        ("of-u8", U8),
        ("of-s16", S16),
        ("of-u16", U16),
        ("of-s32", S32),
        ("of-u32", U32),
        ("of-s64", S64),
        ("of-u64", U64),
        ("of-f32", F32),
        ("of-f64", F64),
        ("of-char", Char),
        ("of-string", String),
        ("of-list", list(U8)),
        ("of-lists", list(list(list(String)))),
        (
            "of-permissions",
            WitType::Flags(names(&["read", "write", "true", "nan"])),
        ),
        ("of-lone", WitType::Flags(names(&["only"]))),
        ("of-colour", colour.clone()),
        ("of-point", point.clone()),
        (
            "of-nothing",
            record(&[("none", option(U8)), ("some", option(String))]),
        ),
        (
            "of-deep",
            record(&[
                ("points", list(point.clone())),
                ("best", option(best)),
                ("result", result(Some(colour), None)),
            ]),
        ),
        (
            "of-shape",
            variant(&[
                ("dot", None),
                ("circle", Some(F64)),
                ("polygon", Some(list(point))),
                ("some", Some(option(U8))),
                ("ok", None),
                ("err", Some(result(None, Some(String)))),
            ]),
        ),
        (
            "of-tuple",
            WitType::Tuple([U8, String, WitType::Tuple([F32].into())].into()),
        ),
        ("of-option", option(Char)),
        ("of-options", option(option(option(Bool)))),
        ("of-result", result(None, None)),
        ("of-result-ok", result(Some(U64), None)),
        ("of-result-err", result(None, Some(String))),
        (
            "of-result-both",
            result(Some(option(U8)), Some(result(Some(U8), None))),
        ),
        (
            "of-options-in-list",
            list(option(result(Some(String), Some(F64)))),
        ),
    ]
}
