use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::pool::{Graft, Pool, places};
use super::rules::{Kind, Pattern, TextRules};
use super::types::{Definition, Definitions, Named};
use super::vary::{Manner, vary};
use super::{Val, WitType, arguments, parse, strategy, wave};

fn definition(name: &str, body: WitType) -> Definition {
    Definition {
        name: name.to_owned(),
        body,
        smallest: 2,
    }
}

fn named(definitions: Vec<Definition>) -> WitType {
    WitType::Named(Named {
        definitions: Arc::new(Definitions(definitions.into())),
        index: 0,
    })
}

/// A list of itself, said in three ways.
fn lists() -> [WitType; 3] {
    let mention = |number| WitType::list(WitType::option(WitType::Bound(number)));
    let short = named(vec![definition("short", mention(0))]);
    let long = named(vec![
        definition("one", mention(1)),
        definition("two", mention(0)),
    ]);
    let unfolded = WitType::list(WitType::option(short.clone()));
    [short, long, unfolded]
}

fn hash(ty: &WitType) -> u64 {
    let mut hasher = DefaultHasher::new();
    ty.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn types_that_mention_themselves_are_the_same_however_they_say_it() {
    let [short, long, unfolded] = lists();
    assert_eq!(short, long);
    assert_eq!(short, unfolded);
    assert_eq!(unfolded, long);
    assert_eq!(hash(&short), hash(&long));
    assert_eq!(hash(&short), hash(&unfolded));
    let other = named(vec![definition(
        "short",
        WitType::list(WitType::list(WitType::Bound(0))),
    )]);
    assert_ne!(short, other);
    let shifted = named(vec![
        definition("outer", WitType::list(WitType::option(WitType::Bound(1)))),
        definition("inner", WitType::list(WitType::option(WitType::Bound(1)))),
    ]);
    assert_eq!(short, shifted);
}

#[test]
fn mentions_that_never_meet_are_compared_to_an_end() {
    let one = named(vec![definition(
        "one",
        WitType::option(WitType::list(WitType::Bound(0))),
    )]);
    let body = WitType::list(WitType::option(WitType::Bound(0)));
    let other = WitType::option(named(vec![definition("other", body)]));
    assert_eq!(one, other);
    assert_eq!(hash(&one), hash(&other));
    assert_ne!(one, WitType::option(other));
}

#[test]
fn rules_do_not_make_another_type_but_kinds_do() {
    let small = WitType::U8.of_kind(Kind::Integers { min: 1, max: 2 });
    assert_eq!(small, WitType::U8);
    assert_eq!(hash(&small), hash(&WitType::U8));
    let url = Kind::Url(Default::default()).ty().unwrap();
    assert_ne!(url, WitType::String);
    let uuid = Kind::Uuid.ty().unwrap();
    assert_eq!(uuid, uuid.shape().into_owned());
}

fn code() -> WitType {
    let rules = TextRules {
        pattern: Pattern::new("^[a-z]-[0-9]{2}$"),
        ..TextRules::default()
    };
    Kind::Text(rules).ty().unwrap()
}

#[test]
fn texts_match_their_pattern() {
    let mut runner = TestRunner::deterministic();
    let strategy = strategy::values(&code()).unwrap();
    for _ in 0..200 {
        let value = strategy.new_tree(&mut runner).unwrap().current();
        assert!(code().admits(&value), "{}", wave(&value));
    }
}

#[test]
fn what_no_pattern_can_make_has_no_values() {
    for pattern in ["[^\\s\\S]", "a^b", "(a{300}){300}", "\\b\\B"] {
        let rules = TextRules {
            pattern: Pattern::new(pattern),
            ..TextRules::default()
        };
        assert!(
            strategy::values(&Kind::Text(rules).ty().unwrap()).is_none(),
            "{pattern}"
        );
    }
    let long = TextRules {
        min_length: Some(u32::MAX),
        ..TextRules::default()
    };
    assert!(strategy::values(&Kind::Text(long).ty().unwrap()).is_none());
    let crossed = TextRules {
        min_length: Some(3),
        max_length: Some(2),
        ..TextRules::default()
    };
    let option = WitType::option(Kind::Text(crossed).ty().unwrap());
    let mut runner = TestRunner::deterministic();
    let tree = strategy::values(&option)
        .unwrap()
        .new_tree(&mut runner)
        .unwrap();
    assert_eq!(tree.current(), Val::Option(None));
}

#[test]
fn values_of_a_type_that_mentions_itself_end() {
    let children = WitType::record([
        ("label", WitType::U8),
        ("left", WitType::option(WitType::Bound(0))),
        ("right", WitType::option(WitType::Bound(0))),
        ("more", WitType::list(WitType::Bound(0))),
    ]);
    let tree = named(vec![definition("tree", children)]);
    let mut runner = TestRunner::deterministic();
    let strategy = strategy::values(&tree).unwrap();
    let (mut deepest, mut largest) = (0, 0);
    for _ in 0..300 {
        let value = strategy.new_tree(&mut runner).unwrap().current();
        assert!(tree.admits(&value));
        let text = wave(&value);
        deepest = deepest.max(text.matches("some").count());
        largest = largest.max(text.len());
        assert_eq!(parse(&text, &tree).unwrap(), value);
    }
    assert!(deepest > 1, "definitions are unfolded");
    assert!(largest < 20_000, "{largest}");
    assert_eq!(places(&tree), places(&tree));
}

#[test]
fn a_graft_keeps_the_rules() {
    let small = WitType::U32.of_kind(Kind::Integers { min: 1, max: 9 });
    let mut pool = Pool::default();
    pool.remember(&Val::U32(5), &WitType::U32);
    pool.remember(&Val::U32(500), &WitType::U32);
    let graft = |choice| [Graft { place: 0, choice }];
    assert_eq!(pool.graft("", &Val::U32(2), &small, &graft(0)), Val::U32(2));
    assert_eq!(pool.graft("", &Val::U32(2), &small, &graft(1)), Val::U32(5));
    assert_eq!(
        pool.graft("", &Val::U32(2), &WitType::U32, &graft(0)),
        Val::U32(500)
    );
    pool.remember(&Val::String("anything".to_owned()), &WitType::String);
    let value = parse(r#"{text: "a-12"}"#, &code()).unwrap();
    let inside = [Graft {
        place: 1,
        choice: 0,
    }];
    assert_eq!(pool.graft("", &value, &code(), &inside), value);
}

#[test]
fn varied_values_keep_the_rules() {
    let small = WitType::U32.of_kind(Kind::Integers { min: 1, max: 9 });
    for manner in [Manner::Distinct, Manner::Texts, Manner::Longer] {
        let mut value = Val::Record(vec![
            ("a".to_owned(), Val::U32(5)),
            ("b".to_owned(), parse(r#"{text: "a-12"}"#, &code()).unwrap()),
        ]);
        let ty = WitType::record([("a", small.clone()), ("b", code())]);
        for number in 0..30 {
            vary(&mut value, &ty, manner, number);
            assert!(ty.admits(&value), "{}", wave(&value));
        }
    }
}

/// Component types, which wasmtime's WAVE can write.
fn component_types() -> Vec<WitType> {
    let line = WitType::record([
        ("sku", WitType::String),
        ("note", WitType::option(WitType::Char)),
        ("some", WitType::option(WitType::option(WitType::F32))),
    ]);
    let fate = WitType::variant([
        ("none", None),
        ("lost", Some(line.clone())),
        ("x", Some(WitType::Bool)),
    ]);
    vec![
        WitType::list(line.clone()),
        fate.clone(),
        WitType::Result(Arc::new((Some(WitType::F64), Some(fate)))),
        WitType::Result(Arc::new((None, None))),
        WitType::Flags(["a".to_owned(), "true".to_owned(), "b".to_owned()].into()),
        WitType::Enum(["ok".to_owned(), "b".to_owned()].into()),
        WitType::Tuple([WitType::S8, WitType::U64, WitType::list(WitType::U8)].into()),
        WitType::record([("only", WitType::option(WitType::Bool))]),
        WitType::option(WitType::Result(Arc::new((Some(WitType::Bool), None)))),
    ]
}

#[test]
fn what_wasmtime_writes_as_wave_is_written_alike_and_read_back() {
    let mut runner = TestRunner::deterministic();
    for ty in component_types() {
        let strategy = strategy::values(&ty).unwrap();
        for _ in 0..200 {
            let value = strategy.new_tree(&mut runner).unwrap().current();
            assert_eq!(wave(&value), value.to_wave().unwrap());
            assert_eq!(parse(&wave(&value), &ty).unwrap(), value);
        }
    }
}

#[test]
fn what_people_write_is_read() {
    let read = |text: &str, ty: &WitType| parse(text, ty).map(|it| wave(&it));
    let line = &component_types()[0];
    let text = "[ // one\n {note: 'x', %sku: \"a\\u{e9}\", }, {sku: \"\"}, ]";
    assert_eq!(
        read(text, line).unwrap(),
        "[{sku: \"aé\", note: some('x')}, {sku: \"\"}]"
    );
    let lines = "\"\"\"\n  one\n   \"two\"\\n\n  \"\"\"";
    assert_eq!(
        read(lines, &WitType::String).unwrap(),
        r#""one\n \"two\"\n""#
    );
    assert_eq!(read("\"\"\"\n\"\"\"", &WitType::String).unwrap(), "\"\"");
    assert_eq!(read("3", &WitType::option(WitType::U8)).unwrap(), "some(3)");
    assert_eq!(read("-inf", &WitType::F32).unwrap(), "-inf");
    assert_eq!(read("'\"'", &WitType::Char).unwrap(), "'\\\"'");
    let fixed = WitType::FixedLengthList(Arc::new(WitType::U8), 2);
    assert_eq!(read("[1, 2]", &fixed).unwrap(), "[1, 2]");
    let parameters = [
        ("a".to_owned(), WitType::U8),
        ("b".to_owned(), WitType::option(WitType::U8)),
    ];
    assert_eq!(arguments("(1)", &parameters).unwrap().len(), 2);
    for (text, ty) in [
        ("", &WitType::U8),
        ("256", &WitType::U8),
        ("1 2", &WitType::U8),
        ("[1]", &fixed),
        ("\"a", &WitType::String),
        ("\"\\q\"", &WitType::String),
        ("{sku: 1}", line),
        ("[{sku: \"a\", sku: \"b\"}]", line),
        ("[{nothing: 1}]", line),
    ] {
        assert!(parse(text, ty).is_err(), "{text}");
    }
    for text in ["", "(", "()", "(1, 2, 3)", "(1) 2", "1"] {
        assert!(arguments(text, &parameters).is_err(), "{text}");
    }
    let deep = "[".repeat(100_000);
    let [list, ..] = lists();
    assert!(parse(&deep, &list).is_err());
}

proptest! {
    #[test]
    fn every_text_and_name_is_read_back(name in ".{1,8}", text in any::<String>(), case in any::<String>()) {
        let ty = WitType::Record([(name.clone(), WitType::Variant([(case.clone(), Some(WitType::String))].into()))].into());
        let value = Val::Record(vec![(name, Val::Variant(case, Some(Box::new(Val::String(text)))))]);
        prop_assert_eq!(parse(&wave(&value), &ty).unwrap(), value);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".*", at in 0..9_usize) {
        let _ = parse(&text, &component_types()[at]);
    }
}

/// Arguments that belong together come from one call: by name where there is such a one, and of the latest call that has any.
#[test]
fn what_one_call_took_and_returned_stays_together() {
    let (text, number) = (|it: &str| Val::String(it.to_owned()), Val::U64);
    let option = WitType::option(WitType::U64);
    let mut pool = Pool::default();
    for (thing, holder, token) in [("door", "ann", 1), ("safe", "bob", 2)] {
        let (thing, holder) = (text(thing), text(holder));
        let taken = [
            ("thing", &thing, &WitType::String),
            ("holder", &holder, &WitType::String),
        ];
        pool.remember_call(
            (0, false),
            taken.into_iter(),
            Some((&number(token), &WitType::U64)),
        );
    }
    let noted = Val::U8(9);
    pool.remember_call(
        (1, false),
        [("level", &noted, &WitType::U8)].into_iter(),
        None,
    );
    let graft = |name: &str, value: Val, ty: &WitType, before: u32| {
        let choice = Graft::OF_CALL + before;
        pool.graft(name, &value, ty, &[Graft { place: 0, choice }])
    };
    for (before, thing, holder, token) in [
        (0, "safe", "bob", 2),
        (1, "safe", "bob", 2),
        (2, "door", "ann", 1),
        (3, "safe", "bob", 2),
    ] {
        for (name, known) in [("thing", thing), ("holder", holder), ("other", thing)] {
            let grafted = graft(name, text(""), &WitType::String, before);
            assert_eq!(grafted, text(known), "{name}, {before} calls before");
        }
        assert_eq!(
            graft("token", number(0), &WitType::U64, before),
            number(token)
        );
        let some = Val::Option(Some(Box::new(number(token))));
        assert_eq!(graft("token", Val::Option(None), &option, before), some);
    }
    assert_eq!(graft("token", Val::S8(0), &WitType::S8, 0), Val::S8(0));
}

/// A text is worth most where it is called the same, whether as a parameter, a field or a case; and little, where it found nothing.
#[test]
fn what_has_the_same_name_comes_again_and_what_found_nothing_comes_last() {
    let text = |it: &str| Val::String(it.to_owned());
    let cases = ["label", "sender"].map(|case| (case, Some(WitType::String)));
    let filter = WitType::variant(cases);
    let of = |case: &str, of: &str| Val::Variant(case.to_owned(), Some(Box::new(text(of))));
    let mut pool = Pool::default();
    let mut call = |is_empty, name, value: &Val, ty: &WitType| {
        pool.remember_call((0, is_empty), [(name, value, ty)].into_iter(), None);
    };
    call(false, "action", &of("label", "urgent"), &filter);
    call(false, "label", &text("private"), &WitType::String);
    call(false, "sender", &text("ann"), &WitType::String);
    call(true, "filter", &of("label", "nowhere"), &filter);
    let graft = |choice: u32, case: &str| {
        let grafts = [Graft { place: 1, choice }];
        pool.graft("filter", &of(case, ""), &filter, &grafts)
    };
    let labels = [
        (0, "private"),
        (1, "urgent"),
        (2, "nowhere"),
        (9, "nowhere"),
    ];
    for (before, label) in labels {
        let choice = Graft::OF_NAME + before;
        assert_eq!(
            graft(choice, "label"),
            of("label", label),
            "{before} before"
        );
        assert_eq!(
            graft(choice, "sender"),
            of("sender", "ann"),
            "{before} before"
        );
    }
    for (before, label) in [(0, "ann"), (1, "private"), (2, "urgent"), (3, "nowhere")] {
        assert_eq!(graft(Graft::OF_CALL + before, "label"), of("label", label));
    }
    // A name that nobody bore: whatever is of the type.
    let other = pool.graft(
        "other",
        &text(""),
        &WitType::String,
        &[Graft {
            place: 0,
            choice: Graft::OF_NAME,
        }],
    );
    assert_eq!(other, text("nowhere"));
}
