//! What cannot be rewritten, and what of a component cannot be reset.

use handover_instrument::{Error, Probes, Rewrite, Warning, instrument};

const REWRITE: Rewrite = Rewrite {
    probes: Probes::Edges,
    reset: true,
};

fn rewritten(text: &str) -> Result<Vec<Warning>, Error> {
    let bytes = wat::parse_str(text).expect("WebAssembly text");
    instrument(&bytes, REWRITE).map(|it| it.warnings)
}

#[test]
fn bytes_that_are_no_webassembly_are_invalid_at_an_offset() {
    let error = instrument(b"no component", REWRITE).expect_err("it is none");
    let Error::Invalid { message, offset } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(*offset, 0);
    assert_eq!(error.to_string(), *message);
}

#[test]
fn a_core_module_is_no_component() {
    assert_eq!(rewritten("(module (func))"), Err(Error::NotAComponent));
}

#[test]
fn a_component_that_is_cut_short_is_an_error() {
    let bytes = wat::parse_str(include_str!("../examples/tick.wat")).expect("a component");
    for length in [0, 7, 9, bytes.len() / 2, bytes.len() - 1] {
        let cut = instrument(&bytes[..length], REWRITE);
        assert!(cut.is_err(), "of {length} bytes");
    }
}

/// What is added to a module comes behind what it has.
#[test]
fn a_function_that_means_what_its_module_does_not_have_makes_the_component_invalid() {
    let module = |body: &str| {
        format!(
            r#"(component
                 (core module $m (memory 1) (global i32 (i32.const 0))
                   (func (export "f") (result i32) {body}))
                 (core instance $i (instantiate $m))
                 (func (export "f") (result u32) (canon lift (core func $i "f"))))"#
        )
    };
    for body in ["(memory.size 0)", "(global.get 0)", "(call 0)"] {
        assert_eq!(rewritten(&module(body)), Ok(Vec::new()), "{body}");
    }
    for body in ["(memory.size 1)", "(global.get 1)", "(call 1)", "(nop)"] {
        let refused = rewritten(&module(body));
        assert!(
            matches!(refused, Err(Error::Invalid { .. })),
            "{body}: {refused:?}"
        );
    }
}

#[test]
fn an_imported_module_makes_the_component_start_anew() {
    let warnings = rewritten(
        r#"(component
             (import "module" (core module $module))
             (core instance (instantiate $module)))"#,
    );
    assert_eq!(warnings, Ok(vec![Warning::UnknownParts]));
}

#[test]
fn a_reference_to_an_imported_function_makes_a_module_start_anew() {
    let warnings = rewritten(
        r#"(component
             (import "f" (func $f))
             (core func $lowered (canon lower (func $f)))
             (core module $module
               (import "host" "f" (func $f))
               (memory 1)
               (table 1 funcref)
               (elem (i32.const 0) func $f)
               (func (export "run") (call_indirect (i32.const 0))))
             (core instance $host (export "f" (func $lowered)))
             (core instance (instantiate $module (with "host" (instance $host)))))"#,
    );
    let reason = "a reference to an imported function";
    let expected = Warning::NoReset { module: 0, reason };
    assert_eq!(warnings, Ok(vec![expected]));
}

/// What a module puts into the memory of another when it is instantiated, no code of its own writes.
#[test]
fn data_in_the_memory_of_another_module_is_not_noted() {
    for (data, is_noted) in [
        ("", true),
        (r#"(data "passive")"#, true),
        (r#"(data (i32.const 8) "active")"#, false),
    ] {
        let component = format!(
            r#"(component
                 (core module $owner (memory (export "memory") 1) (data (i32.const 0) "own")
                   (func (export "f") (i32.store (i32.const 4) (i32.const 1))))
                 (core module $sharer (import "owner" "memory" (memory 1)) {data}
                   (func (export "g") (i32.store (i32.const 4) (i32.const 2))))
                 (core instance $o (instantiate $owner))
                 (core instance $s (instantiate $sharer (with "owner" (instance $o))))
                 (func (export "f") (canon lift (core func $o "f")))
                 (func (export "g") (canon lift (core func $s "g"))))"#
        );
        let bytes = wat::parse_str(component).expect("WebAssembly text");
        let rewritten = instrument(&bytes, REWRITE).expect("it can be rewritten");
        let noted: Vec<bool> = rewritten.maps.iter().map(|it| it.notes_writes).collect();
        assert_eq!(noted, [true, is_noted], "{data}");
    }
}
