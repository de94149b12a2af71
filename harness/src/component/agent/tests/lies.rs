use super::super::guest::Dialect;
use super::super::metadata::Metadata;
use super::super::wire::{record, string, variant};
use super::metadata::read;
use super::written::{self, discovered, method_of, no_metadata, parameter, schema_node};
use crate::value::Val;

/// Why the only method, which takes and returns node 0, is left out.
fn reason(nodes: Vec<Val>, definitions: Vec<(&str, i32)>) -> String {
    let method = method_of("lie", vec![parameter("it", Val::S32(0))], Some(Val::S32(0)));
    let metadata = read(vec![method], nodes, definitions);
    let agent = &metadata.agents[0];
    assert!(agent.methods.is_empty(), "{:?}", agent.methods);
    assert_eq!(agent.left_out.len(), 1);
    agent.left_out[0].1.clone()
}

fn tuple(nodes: &[i32]) -> Val {
    let nodes = nodes.iter().map(|it| Val::S32(*it)).collect();
    schema_node(variant("tuple-type", Val::List(nodes)))
}

fn list(node: i32) -> Val {
    schema_node(variant("list-type", Val::S32(node)))
}

fn field(name: &str, node: i32) -> Val {
    record([
        ("name", string(name)),
        ("body", Val::S32(node)),
        ("metadata", no_metadata()),
    ])
}

#[test]
fn indices_out_of_range_are_a_reason() {
    for (nodes, problem) in [
        (vec![], "node 0 of 0"),
        (vec![list(5)], "node 5 of 1"),
        (vec![list(-1)], "node -1"),
        (vec![list(i32::MAX)], "node 2147483647 of 1"),
        (
            vec![schema_node(variant("ref-type", Val::S32(3)))],
            "definition 3",
        ),
    ] {
        let reason = reason(nodes, vec![]);
        assert!(reason.contains(problem), "{reason}");
    }
}

#[test]
fn types_without_an_end_are_a_reason() {
    let alias = schema_node(variant("ref-type", Val::S32(0)));
    for (nodes, definitions) in [
        (vec![tuple(&[0])], vec![]),
        (vec![tuple(&[1]), tuple(&[0])], vec![]),
        (vec![alias.clone()], vec![("a", 0)]),
        (vec![list(1), alias], vec![("a", 1)]),
        (
            vec![schema_node(variant(
                "record-type",
                Val::List(vec![field("me", 0)]),
            ))],
            vec![],
        ),
        (
            vec![schema_node(variant("variant-type", Val::List(vec![])))],
            vec![],
        ),
        (
            vec![schema_node(variant("enum-type", Val::List(vec![])))],
            vec![],
        ),
    ] {
        let reason = reason(nodes, definitions);
        assert!(reason.contains("no value that ends"), "{reason}");
    }
}

#[test]
fn huge_types_are_a_reason() {
    let doubling = (1..=40)
        .map(|next| tuple(&[next, next]))
        .chain([tuple(&[])]);
    let deep = (1..=20_000).map(list).chain([tuple(&[])]);
    let wide = (0..6_000).map(|_| 1).collect::<Vec<i32>>();
    let spec = |node, length| {
        let spec = record([("element", Val::S32(node)), ("length", Val::U32(length))]);
        schema_node(variant("fixed-list-type", spec))
    };
    let many = spec(1, u32::MAX);
    let circle = (1..=5_000).map(|next| {
        let both = [next % 5_000, (next * 7) % 5_000].map(list_field);
        schema_node(variant("record-type", Val::List(both.into())))
    });
    for (nodes, problem) in [
        (doubling.collect(), "more than 5000 parts"),
        (deep.collect(), "nested more than"),
        (vec![tuple(&wide), tuple(&[])], "more than 5000 parts"),
        (vec![many, tuple(&[])], "smallest value"),
        (
            vec![spec(1, 60_000), spec(2, 60_000), tuple(&[])],
            "smallest value",
        ),
        (circle.collect::<Vec<_>>(), ""),
    ] {
        let reason = reason(nodes, vec![]);
        assert!(reason.contains(problem), "{reason}");
    }
}

fn list_field(node: i32) -> Val {
    field(&format!("f{node}"), node)
}

#[test]
fn names_that_cannot_be_shown_or_written_are_a_reason() {
    let one = || vec![tuple(&[])];
    let named = |fields: Vec<Val>| {
        vec![
            schema_node(variant("record-type", Val::List(fields))),
            tuple(&[]),
        ]
    };
    let twice = reason(named(vec![field("a", 1), field("a", 1)]), vec![]);
    assert!(
        twice.contains("two fields of its type are called a"),
        "{twice}"
    );
    let red = reason(named(vec![field("\u{1b}[31m", 1)]), vec![]);
    assert!(
        !red.contains('\u{1b}') && red.contains("cannot be shown"),
        "{red}"
    );
    let long = reason(named(vec![field(&"x".repeat(300), 1)]), vec![]);
    assert!(long.contains("longer than 256"), "{long}");
    for name in ["\u{1b}[2J", "", "a(b", "a b", "a\nb"] {
        let metadata = read(vec![method_of(name, vec![], None)], one(), vec![]);
        let agent = &metadata.agents[0];
        assert!(agent.methods.is_empty());
        let (shown, reason) = &agent.left_out[0];
        assert!(
            !format!("{shown}{reason}").contains('\u{1b}'),
            "{shown}: {reason}"
        );
    }
    let camel = read(vec![method_of("addItem", vec![], None)], one(), vec![]);
    assert_eq!(camel.agents[0].methods.len(), 1);
}

#[test]
fn of_ten_thousand_methods_a_thousand_are_looked_at() {
    let methods = (0..10_000).map(|number| method_of(&format!("m{number}"), vec![], None));
    let metadata = read(methods.collect(), vec![], vec![]);
    let agent = &metadata.agents[0];
    assert_eq!(agent.methods.len(), 1_000);
    let [(what, reason)] = agent.left_out.as_slice() else {
        panic!("{:?}", agent.left_out);
    };
    assert_eq!(what, "9000 more methods");
    assert!(reason.contains("1000"), "{reason}");
}

#[test]
fn what_is_no_list_of_agents_is_an_error() {
    for (returned, problem) in [
        (Val::Bool(true), "does not tell its agents"),
        (Val::Result(Ok(None)), "does not tell its agents"),
        (Val::Result(Ok(Some(Box::new(Val::Bool(true))))), "no list"),
        (
            Val::Result(Err(Some(Box::new(variant(
                "custom-error",
                Val::Bool(true),
            ))))),
            "does not tell its agents",
        ),
        (
            Val::Result(Err(Some(Box::new(variant("invalid-type", string("no")))))),
            "invalid-type: no",
        ),
    ] {
        for dialect in [Dialect::V1_3, Dialect::V1_5, Dialect::V2_0] {
            let error = Metadata::read(dialect, &returned).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
    }
    let agents = vec![Val::Bool(true), record([("type-name", string("A"))])];
    let metadata = Metadata::read(Dialect::V2_0, &discovered(agents)).unwrap();
    assert_eq!((metadata.agents.len(), metadata.left_out.len()), (0, 2));
}

#[test]
fn a_dialect_that_is_not_the_agents_is_no_panic() {
    let agent = |dialect| {
        written::agent(
            dialect,
            &crate::value::WitType::U8,
            &crate::value::WitType::U8,
        )
    };
    for (one, other) in [
        (Dialect::V1_5, Dialect::V2_0),
        (Dialect::V2_0, Dialect::V1_5),
    ] {
        let metadata = Metadata::read(one, &discovered(vec![agent(other)])).unwrap();
        assert_eq!((metadata.agents.len(), metadata.left_out.len()), (0, 1));
    }
}

#[test]
fn bounds_that_allow_nothing_are_a_reason() {
    let bound = |name: &str, number| {
        (
            name.to_owned(),
            Val::Option(Some(Box::new(variant("unsigned", Val::U64(number))))),
        )
    };
    let range = Val::Record(vec![bound("min", 9), bound("max", 3)]);
    let nodes = vec![schema_node(variant(
        "u8-type",
        Val::Option(Some(Box::new(range))),
    ))];
    assert!(reason(nodes, vec![]).contains("allows no number"));
}
