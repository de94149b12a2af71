use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;

use super::super::guest::Dialect;
use super::super::id::Uuid;
use super::super::metadata::Metadata;
use super::super::wire::{field, list};
use super::{generated, written};
use crate::value::{Val, WitType, parse};

fn metadata(dialect: Dialect, constructor: &WitType) -> Metadata {
    let agent = written::agent(dialect, constructor, &WitType::U8);
    Metadata::read(dialect, &written::discovered(vec![agent])).unwrap()
}

fn id(dialect: Dialect, ty: &WitType, argument: &str) -> String {
    let argument = parse(argument, ty).unwrap();
    metadata(dialect, ty).agents[0]
        .id(&[argument], None)
        .unwrap()
}

#[test]
fn ids_are_written_as_golem_writes_them() {
    let text = WitType::String;
    assert_eq!(id(Dialect::V1_5, &text, r#""ann""#), r#"CartAgent("ann")"#);
    assert_eq!(
        id(Dialect::V2_0, &text, r#""a\"\n\u{1}""#),
        r#"CartAgent("a\"\n\u0001")"#
    );
    assert_eq!(id(Dialect::V1_3, &text, r#""ann""#), r#"cart-agent("ann")"#);
    let line = WitType::record([
        ("itemCount", WitType::U32),
        ("note", WitType::option(WitType::Char)),
        ("tags", WitType::list(WitType::Bool)),
        ("price", WitType::F64),
        (
            "set",
            WitType::Flags(["a".to_owned(), "b".to_owned(), "c".to_owned()].into()),
        ),
    ]);
    let argument = "{itemCount: 3, note: 'x', tags: [true, false], price: 2, set: {a, c}}";
    assert_eq!(
        id(Dialect::V1_5, &line, argument),
        r#"CartAgent((3,s(c"x"),[true,false],2.0,f(0,2)))"#
    );
    assert_eq!(
        id(Dialect::V1_3, &line, argument),
        "cart-agent({item-count:3,note:some('x'),tags:[true,false],price:2,set:{a,c}})"
    );
}

#[test]
fn kinds_stand_in_ids_in_their_own_forms() {
    let shown = |name: &str, argument: &str| {
        let kinds = generated::kinds();
        let ty = kinds.iter().find(|ty| ty.to_string() == name).unwrap();
        id(Dialect::V2_0, ty, argument)
    };
    for (name, argument, text) in [
        (
            "uuid",
            "{high-bits: 1, low-bits: 2}",
            r#"@uuid"00000000-0000-0001-0000-000000000002""#,
        ),
        (
            "datetime",
            "{seconds: 1744463655, nanoseconds: 5}",
            r#"@dt"2025-04-12T13:14:15.000000005Z""#,
        ),
        (
            "duration",
            "{nanoseconds: 93784500000000}",
            r#"@dur"P1DT2H3M4.5S""#,
        ),
        (
            "quantity",
            r#"{mantissa: 150, scale: 2, unit: "K"}"#,
            r#"@qty"1.5K""#,
        ),
        ("text", r#"{text: "a", language: "en"}"#, r#"@t[en]"a""#),
        ("path", r#""a.md""#, r#"@p"a.md""#),
        ("url", r#""ftp://a.example/a""#, r#"@u"ftp://a.example/a""#),
        ("binary", "{bytes: [1, 2]}", r#"@b[]"AQI=""#),
    ] {
        assert_eq!(shown(name, argument), format!("CartAgent({text})"));
    }
}

#[test]
fn an_id_is_parsed_into_what_the_dialect_answers() {
    let metadata = metadata(Dialect::V1_5, &WitType::String);
    let uuid = "00000000-0000-0001-0000-0000000000ff";
    let parsed = metadata
        .parse_id(&format!("CartAgent(\"a)[b\")[{uuid}]"))
        .unwrap();
    assert_eq!(parsed.arguments, [Val::String("a)[b".to_owned())]);
    assert_eq!(parsed.phantom, Some(Uuid { high: 1, low: 255 }));
    assert_eq!(parsed.phantom.unwrap().to_string(), uuid);
    for unknown in [
        "",
        "CartAgent",
        "OtherAgent(1)",
        "CartAgent(1)",
        "CartAgent(\"a\"",
        "CartAgent(\"a\")[x]",
    ] {
        match metadata.answer_parse_agent_id(unknown) {
            Val::Result(Err(Some(error))) => {
                assert!(matches!(&*error, Val::Variant(kind, _) if kind == "invalid-agent-id"));
            }
            other => panic!("{unknown}: {other:?}"),
        }
    }
}

#[test]
fn in_2_0_the_answer_holds_the_types_of_the_parameters() {
    let ty = WitType::list(WitType::U16);
    let metadata = metadata(Dialect::V2_0, &ty);
    let Val::Result(Ok(Some(answer))) = metadata.answer_parse_agent_id("CartAgent([1,2])") else {
        panic!("the id is known");
    };
    let Val::Tuple(answer) = *answer else {
        panic!("it is a tuple");
    };
    let graph = field(&answer[1], "graph").unwrap();
    let nodes = list(field(graph, "type-nodes").unwrap()).unwrap();
    let Some(Val::S32(root)) = field(graph, "root") else {
        panic!("a graph has a root");
    };
    let mut read = super::super::graph::Graph::new(super::super::schema::nodes(graph).unwrap());
    let open = read.open(usize::try_from(*root).unwrap()).unwrap();
    let root_type = read.close().whole(&open).unwrap();
    assert_eq!(root_type, WitType::record([("value", ty)]));
    assert_eq!(usize::try_from(*root).unwrap(), nodes.len() - 1);
    let arguments = Dialect::V2_0
        .arguments(
            &metadata.agents[0].constructor.parameters,
            field(&answer[1], "value").unwrap(),
        )
        .unwrap();
    assert_eq!(arguments, [Val::List(vec![Val::U16(1), Val::U16(2)])]);
}

#[test]
fn make_agent_id_is_the_other_way() {
    for dialect in [Dialect::V1_3, Dialect::V1_5, Dialect::V2_0] {
        let metadata = metadata(dialect, &WitType::String);
        let parameters = &metadata.agents[0].constructor.parameters;
        let arguments = [Val::String("ann".to_owned())];
        let input = dialect.input(parameters, &arguments).unwrap();
        let made = metadata.answer_make_agent_id("CartAgent", &input, None);
        let expected = metadata.agents[0].id(&arguments, None).unwrap();
        assert_eq!(made, Val::Result(Ok(Some(Box::new(Val::String(expected))))));
        let unknown = metadata.answer_make_agent_id("Nobody", &input, None);
        assert!(matches!(unknown, Val::Result(Err(_))));
    }
}

#[test]
fn constructor_arguments_are_those_that_an_id_can_hold() {
    let metadata = metadata(Dialect::V1_5, &WitType::F64);
    let strategy = metadata.agents[0].constructor_arguments().unwrap();
    proptest::proptest!(|(arguments in strategy)| {
        let [Val::Float64(number)] = arguments[..] else { panic!("one number") };
        proptest::prop_assert!(number.is_finite() && number.to_bits() != (-0.0_f64).to_bits());
    });
}

#[test]
fn constructor_arguments_make_an_id_that_golem_takes() {
    for dialect in [Dialect::V1_3, Dialect::V1_5, Dialect::V2_0] {
        let metadata = metadata(dialect, &WitType::String);
        let agent = &metadata.agents[0];
        let mut runner = TestRunner::deterministic();
        let mut longest = 0;
        let strategy = agent.constructor_arguments().unwrap();
        for _ in 0..2_000 {
            let arguments = strategy.new_tree(&mut runner).unwrap().current();
            longest = longest.max(agent.id(&arguments, None).unwrap().len());
        }
        // There are long ones, and without a bound there would be longer ones.
        assert!((100..=512).contains(&longest), "{longest}");
        let long = [Val::String("a".repeat(512))];
        assert!(agent.as_identified(&long).is_ok() && agent.as_made(&long).is_err());
    }
}
