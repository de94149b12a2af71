//! Values as text.

use handover::value::Val;
use handover::value::{parse_arguments, wave, wave_call};

use super::generated;
use super::types::*;

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
