use super::super::definition::{Mode, Snapshotting};
use super::super::guest::Dialect;
use super::super::metadata::Metadata;
use super::super::wire::{record, some, string, variant};
use super::written::{
    self, agent_of, method_of, no_metadata, parameter, parameters, schema, schema_node,
};
use crate::value::{Val, WitType, definitions, strategy};

fn unit(name: &str) -> Val {
    Val::Variant(name.to_owned(), None)
}

fn number(ty: &str) -> Val {
    schema_node(variant(ty, Val::Option(None)))
}

/// A tree whose nodes have a label and children.
pub(super) fn tree_nodes() -> Vec<Val> {
    let field = |name: &str, node| {
        record([
            ("name", string(name)),
            ("body", Val::S32(node)),
            ("metadata", no_metadata()),
        ])
    };
    let fields = vec![field("label", 1), field("children", 2)];
    vec![
        schema_node(variant("record-type", Val::List(fields))),
        schema_node(unit("string-type")),
        schema_node(variant("list-type", Val::S32(3))),
        schema_node(variant("ref-type", Val::S32(0))),
    ]
}

pub(super) fn read(methods: Vec<Val>, nodes: Vec<Val>, definitions: Vec<(&str, i32)>) -> Metadata {
    let constructor = record([
        ("input-schema", parameters(vec![])),
        ("name", some(string("new"))),
    ]);
    let agent = agent_of(
        "TreeAgent",
        constructor,
        methods,
        schema(nodes, definitions),
    );
    Metadata::read(Dialect::V2_0, &written::discovered(vec![agent])).unwrap()
}

#[test]
fn a_type_that_mentions_itself_has_a_name_and_values() {
    let methods = vec![method_of(
        "grow",
        vec![parameter("tree", Val::S32(3))],
        Some(Val::S32(0)),
    )];
    let metadata = read(methods, tree_nodes(), vec![("shop.tree", 0)]);
    let agent = &metadata.agents[0];
    assert_eq!(agent.left_out, []);
    let method = &agent.methods[0];
    let ty = &method.parameters[0].1;
    assert_eq!(ty, method.result.as_ref().unwrap());
    assert_eq!(format!("{ty:#}"), "shop.tree");
    let found = definitions(ty);
    let body = found["shop.tree"].to_string();
    assert_eq!(body, "record { label: string, children: list<shop.tree> }");
    proptest::proptest!(|(value in strategy::values(ty).unwrap())| {
        proptest::prop_assert!(ty.admits(&value));
    });
}

#[test]
fn agents_are_sorted_by_name_and_say_what_they_are() {
    let agent = |name: &str, mode: &str, snapshotting: Val| {
        let constructor = record([
            ("input-schema", parameters(vec![])),
            ("name", Val::Option(None)),
        ]);
        let Val::Record(mut fields) = agent_of(name, constructor, vec![], schema(vec![], vec![]))
        else {
            panic!("an agent is a record");
        };
        for (field, value) in &mut fields {
            match field.as_str() {
                "mode" => *value = Val::Enum(mode.to_owned()),
                "snapshotting" => *value = snapshotting.clone(),
                _ => {}
            }
        }
        Val::Record(fields)
    };
    let every = variant("enabled", variant("every-n-invocation", Val::U16(5)));
    let agents = vec![
        agent("B", "ephemeral", unit("disabled")),
        agent("C", "durable", every),
        agent(
            "A",
            "durable",
            variant("enabled", variant("periodic", Val::U64(9))),
        ),
        agent("A", "durable", unit("disabled")),
    ];
    let metadata = Metadata::read(Dialect::V2_0, &written::discovered(agents)).unwrap();
    let said: Vec<_> = metadata
        .agents
        .iter()
        .map(|it| (it.name.as_str(), it.mode, it.snapshotting))
        .collect();
    assert_eq!(
        said,
        [
            ("A", Mode::Durable, Snapshotting::Periodic(9)),
            ("B", Mode::Ephemeral, Snapshotting::Disabled),
            ("C", Mode::Durable, Snapshotting::EveryNth(5)),
        ]
    );
    assert_eq!(metadata.left_out.len(), 1);
}

#[test]
fn injected_parameters_are_not_asked_for_and_read_only_methods_say_so() {
    let Val::Record(mut injected) = parameter("who", Val::S32(0)) else {
        panic!("a parameter is a record");
    };
    injected[1].1 = variant("auto-injected", Val::Enum("principal".to_owned()));
    let method = method_of(
        "count",
        vec![Val::Record(injected), parameter("n", Val::S32(0))],
        None,
    );
    let Val::Record(mut method) = method else {
        panic!("a method is a record");
    };
    method.last_mut().unwrap().1 = some(record([("uses-principal", Val::Bool(true))]));
    let metadata = read(vec![Val::Record(method)], vec![number("u8-type")], vec![]);
    let method = &metadata.agents[0].methods[0];
    assert!(method.is_read_only);
    assert_eq!(method.parameters, [("n".to_owned(), WitType::U8)]);
}

#[test]
fn a_method_that_needs_what_cannot_be_made_is_left_out_with_the_reason() {
    let secret = record([("inner", Val::S32(0)), ("category", Val::Option(None))]);
    let token = record([("resource-name", Val::Option(None))]);
    let nodes = vec![
        number("u8-type"),
        schema_node(variant("secret-type", secret)),
        schema_node(variant("quota-token-type", token)),
        schema_node(variant("stream-type", Val::Option(None))),
        schema_node(variant("list-type", Val::S32(1))),
    ];
    let methods = vec![
        method_of("good", vec![parameter("n", Val::S32(0))], None),
        method_of("hidden", vec![parameter("s", Val::S32(4))], None),
        method_of("paid", vec![parameter("t", Val::S32(2))], None),
        method_of("flowing", vec![], Some(Val::S32(3))),
    ];
    let metadata = read(methods, nodes, vec![]);
    let agent = &metadata.agents[0];
    let names: Vec<&str> = agent.methods.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["good"]);
    let reason = |at: usize| format!("{}: {}", agent.left_out[at].0, agent.left_out[at].1);
    assert_eq!(
        reason(0),
        "hidden: parameter s: its type holds a secret, which cannot be made here"
    );
    assert!(reason(1).contains("quota token"), "{}", reason(1));
    assert!(
        reason(2).starts_with("flowing: result: its type holds a stream"),
        "{}",
        reason(2)
    );
}

#[test]
fn rules_and_examples_of_2_0_come_along() {
    let range = record([
        ("min", some(variant("signed", Val::S64(2)))),
        ("max", some(variant("unsigned", Val::U64(9)))),
        ("unit", Val::Option(None)),
    ]);
    let small = variant("u32-type", some(range));
    let small = record([
        ("body", small),
        (
            "metadata",
            written::metadata(None, &["7", "70", "\"x\"", "{"]),
        ),
    ]);
    let methods = vec![method_of("put", vec![parameter("n", Val::S32(0))], None)];
    let metadata = read(methods, vec![small], vec![]);
    let ty = &metadata.agents[0].methods[0].parameters[0].1;
    assert_eq!(ty.to_string(), "u32 2..=9");
    assert!(ty.admits(&Val::U32(9)) && !ty.admits(&Val::U32(10)));
    let mut seen = std::collections::BTreeSet::new();
    for value in super::codec::some_values(ty) {
        let Val::U32(number) = value else {
            panic!("a number")
        };
        seen.insert(number);
    }
    assert!(
        seen.contains(&7) && seen.iter().all(|it| (2..=9).contains(it)),
        "{seen:?}"
    );
}
