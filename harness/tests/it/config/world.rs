//! What the world answers.

use std::sync::LazyLock;

use handover::Chain;
use handover::component::Runtime;
use handover::judging::verdict::Status;
use handover::value::Val;
use handover::worker::observation::FailureKind;

use super::register::{REGISTER, registers};
use super::{config, failed, notes_with, only, opened, report, returned};

#[test]
fn environment_variables_reach_the_guest() {
    let clocks = ["embedded:clock-v1", "embedded:clock-v2"];
    let pair = opened(clocks, "environment = { SHOP = \"Zürich\", EMPTY = \"\" }");
    let text = |text: &str| Val::String(text.to_owned());
    let variable = |name, value| Val::Tuple(vec![text(name), text(value)]);
    assert_eq!(
        returned(&pair, "environment", &[]),
        Val::List(vec![variable("EMPTY", ""), variable("SHOP", "Zürich")])
    );
    assert_eq!(
        returned(&pair, "remember", &[text("SHOP")]),
        Val::Option(Some(Box::new(text("Zürich"))))
    );
    assert_eq!(
        returned(&opened(clocks, ""), "environment", &[]),
        Val::List(Vec::new())
    );
}

/// Asks `http://shop.example/levels` and returns the status of the answer.
const ASKING: &str = r#"
(component $c
  (import "wasi:http/types@0.2.3" (instance $types
    (export "fields" (type $fields (sub resource)))
    (export "outgoing-request" (type $request (sub resource)))
    (export "request-options" (type (sub resource)))
    (export "future-incoming-response" (type $future (sub resource)))
    (export "incoming-response" (type $response (sub resource)))
    (type $errors (variant (case "internal-error" (option string))))
    (export "error-code" (type $error (eq $errors)))
    (export "[constructor]fields" (func (result (own $fields))))
    (export "[constructor]outgoing-request"
      (func (param "headers" (own $fields)) (result (own $request))))
    (export "[method]outgoing-request.set-authority"
      (func (param "self" (borrow $request)) (param "authority" (option string)) (result (result))))
    (export "[method]outgoing-request.set-path-with-query"
      (func (param "self" (borrow $request)) (param "path-with-query" (option string)) (result (result))))
    (export "[method]future-incoming-response.get"
      (func (param "self" (borrow $future))
        (result (option (result (result (own $response) (error $error)))))))
    (export "[method]incoming-response.status"
      (func (param "self" (borrow $response)) (result u16)))))
  (alias export $types "outgoing-request" (type $request))
  (alias export $types "request-options" (type $options))
  (alias export $types "future-incoming-response" (type $future))
  (alias export $types "error-code" (type $error))
  (import "wasi:http/outgoing-handler@0.2.3" (instance $handler
    (alias outer $c $request (type $outer-request))
    (export "outgoing-request" (type $request (eq $outer-request)))
    (alias outer $c $options (type $outer-options))
    (export "request-options" (type $options (eq $outer-options)))
    (alias outer $c $future (type $outer-future))
    (export "future-incoming-response" (type $future (eq $outer-future)))
    (alias outer $c $error (type $outer-error))
    (export "error-code" (type $error (eq $outer-error)))
    (export "handle" (func (param "request" (own $request)) (param "options" (option (own $options)))
      (result (result (own $future) (error $error)))))))
  (core module $memory
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 4096)))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $mem))
  (alias core export $memory "realloc" (core func $realloc))
  (core func $fields (canon lower (func $types "[constructor]fields")))
  (core func $request (canon lower (func $types "[constructor]outgoing-request")))
  (core func $authority (canon lower (func $types "[method]outgoing-request.set-authority")
    (memory $mem) (realloc $realloc)))
  (core func $path (canon lower (func $types "[method]outgoing-request.set-path-with-query")
    (memory $mem) (realloc $realloc)))
  (core func $get (canon lower (func $types "[method]future-incoming-response.get")
    (memory $mem) (realloc $realloc)))
  (core func $status (canon lower (func $types "[method]incoming-response.status")))
  (core func $handle (canon lower (func $handler "handle") (memory $mem) (realloc $realloc)))
  (core module $m
    (import "m" "memory" (memory 1))
    (import "h" "fields" (func $fields (result i32)))
    (import "h" "request" (func $request (param i32) (result i32)))
    (import "h" "authority" (func $authority (param i32 i32 i32 i32) (result i32)))
    (import "h" "path" (func $path (param i32 i32 i32 i32) (result i32)))
    (import "h" "handle" (func $handle (param i32 i32 i32 i32)))
    (import "h" "get" (func $get (param i32 i32)))
    (import "h" "status" (func $status (param i32) (result i32)))
    (data (i32.const 256) "shop.example/levels")
    (func (export "ask") (result i32) (local $request i32)
      (local.set $request (call $request (call $fields)))
      (drop (call $authority (local.get $request) (i32.const 1) (i32.const 256) (i32.const 12)))
      (drop (call $path (local.get $request) (i32.const 1) (i32.const 268) (i32.const 7)))
      (call $handle (local.get $request) (i32.const 0) (i32.const 0) (i32.const 0))
      ;; ok, with the future behind it
      (if (i32.load8_u (i32.const 0)) (then unreachable))
      (call $get (i32.load (i32.const 4)) (i32.const 64))
      ;; some, ok, ok, with the response behind them
      (if (i32.ne (i32.load8_u (i32.const 64)) (i32.const 1)) (then unreachable))
      (if (i32.load8_u offset=4 (i32.const 64)) (then unreachable))
      (if (i32.load8_u offset=8 (i32.const 64)) (then unreachable))
      (call $status (i32.load offset=12 (i32.const 64)))))
  (core instance $i (instantiate $m
    (with "m" (instance $memory))
    (with "h" (instance
      (export "fields" (func $fields))
      (export "request" (func $request))
      (export "authority" (func $authority))
      (export "path" (func $path))
      (export "handle" (func $handle))
      (export "get" (func $get))
      (export "status" (func $status))))))
  (func (export "ask") (result u16) (canon lift (core func $i "ask"))))
"#;

#[test]
fn http_answers_reach_the_guest() {
    static BYTES: LazyLock<Vec<u8>> =
        LazyLock::new(|| wat::parse_str(ASKING).expect("the component is written correctly"));
    let status = |text: &str| {
        let config = config(text);
        let runtime = Runtime::new(config.limits(), config.world(), config.snapshot_names())
            .expect("the engine starts");
        let open = || {
            let opened = runtime.open_bytes("asking.wasm", &BYTES);
            opened.unwrap_or_else(|error| panic!("{error:#}"))
        };
        let pair = Chain::new(vec![open(), open()], &config).expect("the two make a pair");
        returned(&pair, "ask", &[])
    };
    for (text, expected) in [
        ("", 200),
        ("http = [{ status = 503 }]", 503),
        (
            "http = [{ body = \"the status is 200 where none is said\" }]",
            200,
        ),
        (
            "http = [{ method = \"POST\", status = 500 }, { status = 404 }]",
            404,
        ),
        (
            "http = [{ method = \"get\", status = 404 }, { status = 500 }]",
            404,
        ),
        (
            "http = [{ url-prefix = \"https://other.example\", status = 500 }]",
            200,
        ),
        (
            "http = [{ url-prefix = \"https://shop.example/lev\", status = 418 }]",
            418,
        ),
    ] {
        assert_eq!(status(text), Val::U16(expected), "{text}");
    }
}

#[test]
fn an_import_that_nobody_answers_ends_the_operation_and_is_named() {
    let pair = registers(&REGISTER, &REGISTER, "");
    let FailureKind::UnsupportedHostCall { function } = failed(&pair, "stock", &[Val::U32(1)])
    else {
        panic!("the call is unsupported");
    };
    assert!(function.contains("shop:stock/levels"), "{function}");
    assert!(function.contains("level"), "{function}");
    let report = report(&pair);
    assert_eq!(
        only(&report).status,
        Status::Pass,
        "it is no fault of the component's"
    );
    assert!(!only(&report).covered.contains(&"stock".to_owned()));
    let notes = notes_with(&report, "nobody answers");
    assert_eq!(notes.len(), 1, "once, for both versions: {notes:?}");
    assert!(notes[0].contains("shop:stock/levels"), "{notes:?}");
}

#[test]
fn an_unknown_import_is_answered_with_a_value_if_the_config_says_so() {
    for text in ["", "unknown-imports = \"trap\""] {
        failed(
            &registers(&REGISTER, &REGISTER, text),
            "stock",
            &[Val::U32(1)],
        );
    }
    let pair = registers(&REGISTER, &REGISTER, "unknown-imports = \"synthesize\"");
    let Val::U32(_) = returned(&pair, "stock", &[Val::U32(1)]) else {
        panic!("the answer has the type of the import");
    };
    let report = report(&pair);
    assert_eq!(only(&report).status, Status::Pass, "{report:?}");
    assert!(only(&report).covered.contains(&"stock".to_owned()));
    assert!(
        notes_with(&report, "nobody answers").is_empty(),
        "{report:?}"
    );
}
