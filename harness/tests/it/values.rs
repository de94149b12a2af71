//! Values of WIT types: every type has a strategy, every value a text that is read back as the same value, keys collide,
//! boundaries appear; and shrinking ends with the fewest operations and the simplest arguments.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use handover::case::{Call, Case, Step, text};
use handover::component::{Component, Function, Runtime, SnapshotNames};
use handover::host::WorldSettings;
use handover::host::limits::Limits;
use handover::judging::verdict::Outcome;
use handover::value::{Val, WitType};
use handover::value::{parse_arguments, strategy, wave, wave_call};
use handover::{Config, Options, Pair, check, histories, properties};
use proptest::prelude::Strategy;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config as ProptestConfig, TestCaseError, TestError, TestRunner};
use wit_parser::{ManglingAndAbi, Resolve};

/// One function for each type, which takes a value of it and returns one. Some names are words of WAVE.
const TYPES: &str = "
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

/// Functions that histories can call, and some that they cannot, because a resource is in their types.
const RESOURCES: &str = "
    package test:resources;

    interface shelves {
        resource shelf {
            constructor(size: u32);
            count: func() -> u32;
            widest: static func() -> u32;
        }
        open: func() -> shelf;
        close: func(it: shelf);
        look: func(it: borrow<shelf>) -> u32;
        all: func() -> list<option<shelf>>;
        number: func() -> u32;
    }

    world resources-only { export shelves; }
";

/// A component with the exports of the last world of the WIT text. Its functions are never called.
fn component(wit: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve
        .push_str("test.wit", wit)
        .expect("the WIT is correct");
    let world = resolve
        .select_world(&[package], None)
        .expect("there is one world");
    let mut module = wit_component::dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    wit_component::embed_component_metadata(
        &mut module,
        &resolve,
        world,
        wit_component::StringEncoding::UTF8,
    )
    .expect("the module takes the WIT");
    wit_component::ComponentEncoder::default()
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .expect("the module becomes a component")
}

fn runtime() -> Runtime {
    let settings = WorldSettings::default();
    Runtime::new(Limits::default(), settings, SnapshotNames::default()).expect("the engine starts")
}

fn opened(wit: &str) -> Component {
    runtime()
        .open_bytes("types", &component(wit))
        .expect("the component opens")
}

static OPENED: LazyLock<Component> = LazyLock::new(|| opened(TYPES));

fn function(name: &str) -> &'static Function {
    let mut operations = OPENED.operations().iter();
    operations
        .find(|function| function.name.name == name)
        .unwrap_or_else(|| panic!("{name} is an operation"))
}

fn option(ty: WitType) -> WitType {
    WitType::Option(Arc::new(ty))
}

fn list(ty: WitType) -> WitType {
    WitType::List(Arc::new(ty))
}

fn result(ok: Option<WitType>, err: Option<WitType>) -> WitType {
    WitType::Result(Arc::new((ok, err)))
}

fn record(fields: &[(&str, WitType)]) -> WitType {
    let fields = fields.iter();
    WitType::Record(
        fields
            .map(|(name, ty)| ((*name).to_owned(), ty.clone()))
            .collect(),
    )
}

fn variant(cases: &[(&str, Option<WitType>)]) -> WitType {
    let cases = cases.iter();
    WitType::Variant(
        cases
            .map(|(name, ty)| ((*name).to_owned(), ty.clone()))
            .collect(),
    )
}

fn names(names: &[&str]) -> Arc<[String]> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The types of `TYPES`, built by hand.
fn types() -> Vec<(&'static str, WitType)> {
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

fn runner() -> TestRunner {
    TestRunner::deterministic()
}

/// So many generated values of a type.
fn generated(ty: &WitType, count: usize) -> Vec<Val> {
    let values = strategy::values(ty).expect("the type has values");
    let mut runner = runner();
    (0..count)
        .map(|_| {
            let tree = values
                .new_tree(&mut runner)
                .expect("a value can be generated");
            tree.current()
        })
        .collect()
}

fn texts(ty: &WitType, count: usize) -> BTreeSet<String> {
    generated(ty, count).iter().map(wave).collect()
}

#[test]
fn a_component_says_of_every_type_what_it_is() {
    let types = types();
    assert_eq!(OPENED.operations().len(), types.len());
    for (name, ty) in types {
        let function = function(name);
        assert_eq!(function.parameters, [("it".to_owned(), ty.clone())]);
        assert_eq!(function.result, Some(ty), "{name}");
    }
}

#[test]
fn every_value_is_read_back_from_its_text() {
    for (name, ty) in types() {
        let function = function(name);
        for value in generated(&ty, 200) {
            let text = format!("({})", wave(&value));
            let read = parse_arguments(function, &text)
                .unwrap_or_else(|error| panic!("{name}{text}: {error:#}"));
            let [read] = read.as_slice() else {
                panic!("{name}{text} has one argument, not {read:?}");
            };
            assert_eq!(in_order(read), in_order(&value), "{name}{text}");
        }
    }
}

#[test]
fn a_call_is_written_as_it_is_read() {
    let (of_tuple, tuple) = types()
        .into_iter()
        .find(|(name, _)| *name == "of-tuple")
        .expect("it is among the types");
    let function = function(of_tuple);
    for value in generated(&tuple, 20) {
        let call = wave_call(function, &[value]);
        let text = call.strip_prefix(of_tuple).expect("the name comes first");
        let read = parse_arguments(function, text).expect("the call is read");
        assert_eq!(wave_call(function, &read), call);
    }
}

/// The order in which flags are set is no part of the value.
fn in_order(value: &Val) -> Val {
    match value {
        Val::Flags(set) => {
            let mut set = set.clone();
            set.sort();
            Val::Flags(set)
        }
        other => other.clone(),
    }
}

#[test]
fn a_text_of_another_type_is_refused() {
    for (name, text) in [
        ("of-bool", "(1)"),
        ("of-u8", "(256)"),
        ("of-u8", "(-1)"),
        ("of-u8", "()"),
        ("of-u8", "(1, 2)"),
        ("of-u8", "(1"),
        ("of-u8", ""),
        ("of-string", "(1)"),
        ("of-char", "('ab')"),
        ("of-colour", "(blue)"),
        ("of-lone", "({other})"),
        ("of-point", "({x: 1})"),
        ("of-shape", "(dot(1))"),
        ("of-result-err", "(ok(1))"),
    ] {
        let refused = parse_arguments(function(name), text);
        let error = refused.expect_err(&format!("{name}{text} should not be read"));
        assert!(format!("{error:#}").contains(text), "{error:#}");
    }
}

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

#[test]
fn functions_with_resources_in_their_types_are_listed_as_not_exercised() {
    let bytes = component(RESOURCES);
    let runtime = runtime();
    let open = || {
        runtime
            .open_bytes("shelves", &bytes)
            .expect("the component opens")
    };
    let operations: BTreeSet<String> = open()
        .operations()
        .iter()
        .map(|function| function.name.name.clone())
        .collect();
    let expected = ["number", "[static]shelf.widest"].map(str::to_owned);
    assert_eq!(operations, BTreeSet::from(expected));

    let pair = Pair::new(open(), open(), &Config::default()).expect("the two make a pair");
    let property = properties::named("load-is-total").expect("there is such a property");
    let options = Options {
        cases: 1,
        properties: vec![property],
        ..Options::default()
    };
    let report = check(&pair, &options, &()).expect("the component starts");
    let with_handles = report
        .notes
        .iter()
        .find(|note| note.contains("not exercised") && note.contains("resource handle"))
        .unwrap_or_else(|| panic!("{:?}", report.notes));
    for name in [
        "[constructor]shelf",
        "[method]shelf.count",
        "open",
        "close",
        "look",
        "all",
    ] {
        for version in ["old", "new"] {
            let function = format!("test:resources/shelves.{name} ({version})");
            assert!(with_handles.contains(&function), "{with_handles}");
        }
    }
}

static CARTS: LazyLock<Pair> = LazyLock::new(|| {
    Pair::open("embedded:cart-v1", "embedded:cart-v2", &Config::default())
        .expect("the embedded components open")
});

#[test]
fn every_line_of_a_history_is_read_back_as_its_step() {
    let mut runner = runner();
    for _ in 0..50 {
        let tree = histories(&CARTS)
            .new_tree(&mut runner)
            .expect("a case can be generated");
        let case = tree.current();
        let lines = text::history(&CARTS, &case);
        assert_eq!(lines.len(), case.steps.len());
        for (line, step) in lines.iter().zip(case.steps) {
            let read = text::step(&CARTS, line).unwrap_or_else(|error| panic!("{line}: {error:#}"));
            let expected = match step {
                Step::Operation(call) => Step::Operation(Call::new(call.operation, call.arguments)),
                event => event,
            };
            assert_eq!(read, expected, "{line}");
        }
    }
}

/// The simplest case for which `fails` holds, as its history.
fn simplest(fails: impl Fn(&Case) -> bool) -> Vec<String> {
    let config = ProptestConfig {
        max_shrink_iters: 100_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let rng = runner().new_rng();
    let mut runner = TestRunner::new_with_rng(config, rng);
    let failed = runner.run(&histories(&CARTS), |case| match fails(&case) {
        true => Err(TestCaseError::fail("it is one of those")),
        false => Ok(()),
    });
    match failed {
        Err(TestError::Fail(_, case)) => text::history(&CARTS, &case),
        other => panic!("a case should have failed: {other:?}"),
    }
}

fn calls<'a>(case: &'a Case, name: &str) -> Vec<&'a [Val]> {
    let operation = CARTS.operation_named(name).expect("the cart has it");
    let calls = case.steps.iter().filter_map(|step| match step {
        Step::Operation(call) if call.operation == operation => Some(call.arguments.as_slice()),
        _ => None,
    });
    calls.collect()
}

#[test]
fn shrinking_ends_with_the_fewest_operations() {
    assert_eq!(
        simplest(|case| calls(case, "add-line").len() >= 2),
        ["add-line(\"a\", 0, 0)", "add-line(\"a\", 0, 0)"]
    );
    assert_eq!(simplest(|case| case.operations() >= 5).len(), 5);
}

#[test]
fn shrinking_keeps_what_the_failure_needs_in_its_order() {
    let update = |case: &Case| case.steps.iter().position(|step| *step == Step::Update);
    let history = simplest(|case| {
        let after = update(case).map_or(&[][..], |at| &case.steps[at + 1..]);
        after
            .iter()
            .any(|step| matches!(step, Step::Operation(call) if call.arguments.is_empty()))
    });
    assert_eq!(history.len(), 2, "{history:?}");
    assert_eq!(history[0], "update");

    // Two operations before the update, and somewhere a checkout.
    let fails = |history: &[String]| {
        let checkouts = history.iter().filter(|line| line.starts_with("checkout("));
        let update = history.iter().position(|line| line == "update");
        checkouts.count() > 0 && update.is_some_and(|at| at >= 2)
    };
    let history = simplest(|case| fails(&text::history(&CARTS, case)));
    assert!(fails(&history), "{history:?}");
    for dropped in 0..history.len() {
        let mut shorter = history.clone();
        shorter.remove(dropped);
        assert!(!fails(&shorter), "{history:?} without its step {dropped}");
    }
}

#[test]
fn shrinking_ends_with_the_simplest_arguments() {
    let quantity = |arguments: &[Val]| match arguments {
        [_, Val::U32(quantity), _] => *quantity,
        other => panic!("add-line does not take {other:?}"),
    };
    assert_eq!(
        simplest(|case| calls(case, "add-line")
            .into_iter()
            .any(|arguments| quantity(arguments) >= 2)),
        ["add-line(\"a\", 2, 0)"]
    );
    let note_of = |arguments: &[Val]| match arguments {
        [Val::String(note)] => note.clone(),
        other => panic!("set-note does not take {other:?}"),
    };
    assert_eq!(
        simplest(|case| calls(case, "set-note")
            .into_iter()
            .any(|arguments| !note_of(arguments).is_ascii())),
        ["set-note(\"é\")"]
    );
    assert_eq!(
        simplest(|case| !calls(case, "apply-coupon").is_empty()),
        ["apply-coupon(none)"]
    );
}

#[test]
fn what_shrinking_leaves_is_a_case_that_the_properties_can_judge() {
    let property = properties::named("upgrade-equivalence").expect("there is such a property");
    let mut runner = runner();
    for _ in 0..8 {
        let mut tree = histories(&CARTS)
            .new_tree(&mut runner)
            .expect("a case can be generated");
        let mut simpler = true;
        while simpler {
            let case = tree.current();
            let outcome = property.judge(&CARTS, &case);
            assert!(!matches!(outcome, Outcome::Fail(_)), "{outcome:?}");
            simpler = tree.simplify();
        }
        assert_eq!(tree.current().steps, []);
    }
}
