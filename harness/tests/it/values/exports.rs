//! The types that a component's exports have.

use std::collections::BTreeSet;

use handover::{Chain, Config, Options, check, properties};

use super::types::*;
use super::{component, runtime};

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

    let pair = Chain::new(vec![open(), open()], &Config::default()).expect("the two make a pair");
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
