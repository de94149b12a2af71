use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::super::codec::Invocation;
use super::super::guest::Dialect;
use super::super::metadata::Metadata;
use super::super::wire::{record, string, variant};
use super::{generated, written};
use crate::value::{Val, WitType, parse, strategy, wave};

fn parameter() -> impl Strategy<Value = (Dialect, WitType)> {
    let dialects = [Dialect::V1_3, Dialect::V1_5, Dialect::V2_0];
    proptest::sample::select(dialects.to_vec())
        .prop_flat_map(|dialect| (Just(dialect), generated::parameter(dialect)))
}

/// A number of values of a type, always the same.
pub(super) fn some_values(ty: &WitType) -> Vec<Val> {
    let strategy = strategy::values(ty).expect("values of every generated type can be made");
    let mut runner = TestRunner::deterministic();
    let values = (0..20).map(|_| strategy.new_tree(&mut runner).unwrap().current());
    values.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_an_agent_says_and_is_given_and_returns_survives_the_journey((dialect, ty) in parameter()) {
        let described = written::discovered(vec![written::agent(dialect, &ty, &ty)]);
        let metadata = Metadata::read(dialect, &described).unwrap();
        prop_assert_eq!(&metadata.left_out, &vec![]);
        let agent = &metadata.agents[0];
        prop_assert_eq!(&agent.left_out, &vec![]);
        let method = &agent.methods[0];
        prop_assert_eq!(method.parameters.len(), 1);
        prop_assert_eq!(&method.parameters[0].1, &ty);
        prop_assert_eq!(method.result.as_ref(), Some(&ty));
        let read = &method.parameters[0].1;
        for value in some_values(read) {
            prop_assert!(ty.admits(&value), "{} is no {ty}", wave(&value));
            let arguments = std::slice::from_ref(&value);
            let input = dialect.input(&method.parameters, arguments).unwrap();
            let back = dialect.arguments(&method.parameters, &input).unwrap();
            prop_assert_eq!(back.as_slice(), arguments);
            let output = dialect.output(method.result.as_ref(), Some(&value)).unwrap();
            let returned = Val::Result(Ok(Some(Box::new(output))));
            let outcome = dialect.outcome(method.result.as_ref(), &returned);
            prop_assert_eq!(outcome, Invocation::Returned(Some(value.clone())));
            prop_assert_eq!(&parse(&wave(&value), read).unwrap(), &value);
            match agent.as_identified(arguments) {
                // A negative zero has no sign in an id.
                Ok(back) => prop_assert_eq!(
                    wave(&back[0]).replace("-0", "0"),
                    wave(&value).replace("-0", "0")
                ),
                Err(reason) => prop_assert!(
                    reason.contains("finite") || reason.contains("nested") || reason.contains("year"),
                    "{reason}"
                ),
            }
        }
    }
}

#[test]
fn a_method_without_a_result_returns_nothing() {
    for (dialect, returned) in [
        (Dialect::V1_5, variant("tuple", Val::List(vec![]))),
        (Dialect::V2_0, Val::Option(None)),
    ] {
        assert_eq!(dialect.output(None, None).unwrap(), returned);
        let returned = Val::Result(Ok(Some(Box::new(returned))));
        assert_eq!(dialect.outcome(None, &returned), Invocation::Returned(None));
        let outcome = dialect.outcome(Some(&WitType::U8), &returned);
        assert!(matches!(outcome, Invocation::Misfit(_)), "{outcome:?}");
    }
}

#[test]
fn an_error_of_the_agent_is_shown_by_its_kind_and_its_text() {
    let failed = |error: Val| {
        let returned = Val::Result(Err(Some(Box::new(error))));
        match Dialect::V1_5.outcome(None, &returned) {
            Invocation::Failed(error) => error.to_string(),
            other => panic!("{other:?}"),
        }
    };
    let plain = failed(variant("invalid-input", string("no \u{1b}[2J sku")));
    assert_eq!(plain, "invalid-input: no \\u{1b}[2J sku");
    let ty = WitType::record([("code", WitType::U8)]);
    let value = Val::Record(vec![("code".to_owned(), Val::U8(7))]);
    let element = written::element(Dialect::V1_5, &ty);
    let input = Dialect::V1_5.output(Some(&ty), Some(&value)).unwrap();
    let (Val::Variant(_, Some(ty)), Val::Variant(_, Some(elements))) = (element, input) else {
        panic!("both are variants");
    };
    let Val::List(elements) = *elements else {
        panic!("a tuple has elements");
    };
    let Val::Variant(_, Some(value)) = &elements[0] else {
        panic!("an element is a variant");
    };
    let custom = record([("value", (**value).clone()), ("typ", *ty)]);
    assert_eq!(
        failed(variant("custom-error", custom)),
        "custom-error: {code: 7}"
    );
    let lie = record([("value", Val::Bool(true)), ("typ", Val::Bool(true))]);
    let lie = failed(variant("custom-error", lie));
    assert!(lie.contains("cannot be shown"), "{lie}");
}

#[test]
fn results_that_do_not_fit_are_misfits_with_a_sentence() {
    let nodes = |nodes: Vec<Val>| {
        let tree = record([("value-nodes", Val::List(nodes)), ("root", Val::S32(0))]);
        Val::Result(Ok(Some(Box::new(Val::Option(Some(Box::new(tree)))))))
    };
    let list = |indices: &[i32]| {
        variant(
            "list-value",
            Val::List(indices.iter().map(|it| Val::S32(*it)).collect()),
        )
    };
    let deep = (1..=600)
        .map(|next| list(&[next]))
        .chain([list(&[])])
        .collect();
    let wide = (1..=40)
        .map(|next| list(&[next, next]))
        .chain([list(&[])])
        .collect();
    let mut nested = WitType::list(WitType::U8);
    for _ in 0..45 {
        nested = WitType::list(nested);
    }
    for (nodes, ty, problem) in [
        (nodes(vec![]), WitType::U8, "node 0 of 0"),
        (nodes(vec![list(&[0])]), nested.clone(), "is a list-value"),
        (nodes(vec![list(&[7])]), nested.clone(), "node 7 of 1"),
        (nodes(vec![list(&[-1])]), nested.clone(), "node -1"),
        (nodes(deep), nested.clone(), "is a list-value"),
        (nodes(wide), nested, "too often"),
        (
            nodes(vec![variant("u8-value", Val::U16(1))]),
            WitType::U8,
            "is a u8-value",
        ),
        (
            nodes(vec![variant("enum-value", Val::U32(9))]),
            WitType::Enum(["a".to_owned()].into()),
            "case 9 of 1",
        ),
        (
            nodes(vec![variant("flags-value", Val::List(vec![]))]),
            WitType::Flags(["a".to_owned()].into()),
            "0 flags of 1",
        ),
    ] {
        match Dialect::V2_0.outcome(Some(&ty), &nodes) {
            Invocation::Misfit(sentence) => assert!(sentence.contains(problem), "{sentence}"),
            other => panic!("{other:?} where {problem:?} was expected"),
        }
    }
}

#[test]
fn arguments_that_do_not_fit_are_an_error() {
    for dialect in [Dialect::V1_3, Dialect::V1_5, Dialect::V2_0] {
        let parameters = [("it".to_owned(), WitType::option(WitType::U8))];
        assert!(dialect.input(&parameters, &[]).is_err());
        assert!(dialect.input(&parameters, &[Val::U8(1)]).is_err());
        assert!(dialect.arguments(&parameters, &Val::Bool(true)).is_err());
    }
}
