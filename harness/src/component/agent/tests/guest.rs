use wasmtime::component::Component;
use wasmtime::{Config, Engine};

use super::super::encode::node_cases;
use super::super::guest::{Dialect, Guest};
use super::principal;
use crate::component::Function;
use crate::component::function::exported;
use crate::value::WitType;
use crate::value::rules::Kind;

/// Any function, to make others of.
fn any() -> Function {
    let engine = Engine::new(&Config::new()).unwrap();
    let text = r#"(component
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func (export "f") (canon lift (core func $i "f"))))"#;
    let component = Component::new(&engine, wat::parse_str(text).unwrap()).unwrap();
    exported(&engine, &component).remove(0).1
}

fn function(
    like: &Function,
    version: Option<&str>,
    name: &str,
    parameters: Vec<(&str, WitType)>,
    result: WitType,
) -> Function {
    let mut function = like.clone();
    function.name.interface = Some("golem:agent/guest".to_owned());
    function.name.name = name.to_owned();
    function.version = version.map(str::to_owned);
    let parameters = parameters.into_iter();
    function.parameters = parameters.map(|(name, ty)| (name.to_owned(), ty)).collect();
    function.result = Some(result);
    function
}

fn nodes(dialect: Dialect) -> WitType {
    let mut cases = node_cases(dialect);
    cases.push(("of-another-world", WitType::Opaque("resource handle")));
    let cases = cases.into_iter().map(|(name, ty)| (name, Some(ty)));
    WitType::list(WitType::variant(cases))
}

fn input(dialect: Dialect) -> WitType {
    let nodes = nodes(dialect);
    if dialect == Dialect::V2_0 {
        return WitType::record([("value-nodes", nodes), ("root", WitType::S32)]);
    }
    let plain = |kind: Kind| kind.ty().map(|it| it.shape().into_owned());
    let element = WitType::variant([
        ("component-model", Some(WitType::record([("nodes", nodes)]))),
        (
            "unstructured-text",
            plain(Kind::UnstructuredText { languages: None }),
        ),
        (
            "unstructured-binary",
            plain(Kind::UnstructuredBinary { mime_types: None }),
        ),
    ]);
    let named = WitType::Tuple([WitType::String, element.clone()].into());
    WitType::variant([
        ("tuple", Some(WitType::list(element))),
        ("multimodal", Some(WitType::list(named))),
    ])
}

fn result(ok: Option<WitType>) -> WitType {
    let error = WitType::variant([("invalid-input", Some(WitType::String))]);
    WitType::Result((ok, Some(error)).into())
}

fn guest(like: &Function, version: Option<&str>, dialect: Dialect) -> Vec<Function> {
    let agent = WitType::record([
        ("type-name", WitType::String),
        ("constructor", WitType::String),
        ("methods", WitType::list(WitType::String)),
    ]);
    let parameters = || {
        let mut parameters = vec![("name", WitType::String), ("input", input(dialect))];
        if dialect != Dialect::V1_3 {
            parameters.push(("principal", principal::ty()));
        }
        parameters
    };
    let returned = match dialect {
        Dialect::V2_0 => WitType::option(input(dialect)),
        _ => input(dialect),
    };
    vec![
        function(like, version, "initialize", parameters(), result(None)),
        function(
            like,
            version,
            "invoke",
            parameters(),
            result(Some(returned)),
        ),
        function(like, version, "get-definition", vec![], agent.clone()),
        function(
            like,
            version,
            "discover-agent-types",
            vec![],
            result(Some(WitType::list(agent))),
        ),
    ]
}

#[test]
fn the_dialect_is_told_by_the_types_and_not_by_the_version() {
    let like = any();
    for dialect in [Dialect::V1_3, Dialect::V1_5, Dialect::V2_0] {
        for version in [None, Some("1.5.0"), Some("7.0.0")] {
            let found = Guest::find(&guest(&like, version, dialect))
                .unwrap()
                .unwrap();
            assert_eq!(found.dialect, dialect);
            assert_eq!(found.invoke.name.name, "invoke");
            assert_eq!(found.initialize.name.name, "initialize");
            assert_eq!(found.discover.name.name, "discover-agent-types");
            assert!(found.get_definition.is_some());
            assert_eq!(found.principal.is_some(), dialect != Dialect::V1_3);
        }
    }
}

#[test]
fn of_several_versions_the_newest_that_is_known_is_used() {
    let like = any();
    let mut functions = guest(&like, Some("1.5.0"), Dialect::V1_5);
    functions.extend(guest(&like, Some("2.0.0"), Dialect::V2_0));
    let mut unknown = guest(&like, Some("3.0.0"), Dialect::V2_0);
    unknown[1].parameters.clear();
    functions.extend(unknown);
    assert_eq!(
        Guest::find(&functions).unwrap().unwrap().dialect,
        Dialect::V2_0
    );
}

#[test]
fn without_the_interface_there_is_no_agent_and_with_other_types_there_is_an_error() {
    let like = any();
    assert!(Guest::find(std::slice::from_ref(&like)).unwrap().is_none());
    for dialect in [Dialect::V1_3, Dialect::V1_5, Dialect::V2_0] {
        for at in [0, 1, 3] {
            let mut functions = guest(&like, None, dialect);
            functions.remove(at);
            assert!(Guest::find(&functions).is_err());
            let mut functions = guest(&like, None, dialect);
            functions[at].result = Some(WitType::String);
            let error = Guest::find(&functions).unwrap_err().to_string();
            assert!(error.contains("golem:agent/guest"), "{error}");
        }
        let mut functions = guest(&like, None, dialect);
        functions[1].parameters[1].1 = WitType::String;
        assert!(Guest::find(&functions).is_err());
    }
}
