//! The config file: each key does what it says.

use std::sync::LazyLock;

use handover::case::{Step, text};
use handover::component::Runtime;
use handover::judging::verdict::{PropertyReport, Report, Status};
use handover::properties;
use handover::value::Val;
use handover::worker::Worker;
use handover::worker::observation::{FailureKind, Observation};
use handover::{Config, Options, Pair, check, histories};
use proptest::prelude::Strategy;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

const CARTS: [&str; 2] = ["embedded:cart-v1", "embedded:cart-v2"];
const FAULTY: [&str; 2] = ["embedded:cart-v1", "embedded:cart-v2-faulty"];

fn config(text: &str) -> Config {
    Config::parse(text).unwrap_or_else(|error| panic!("{text}: {error:#}"))
}

fn opened([old, new]: [&str; 2], text: &str) -> Pair {
    Pair::open(old, new, &config(text)).unwrap_or_else(|error| panic!("{text}: {error:#}"))
}

/// The report of `upgrade-equivalence` alone.
fn report(pair: &Pair) -> Report {
    let property = properties::named("upgrade-equivalence").expect("there is such a property");
    let options = Options {
        cases: 64,
        properties: vec![property],
        ..Options::default()
    };
    check(pair, &options, &()).expect("both versions start")
}

fn only(report: &Report) -> &PropertyReport {
    let [property] = report.properties.as_slice() else {
        panic!("one property is checked: {report:?}");
    };
    property
}

fn notes_with<'a>(report: &'a Report, text: &str) -> Vec<&'a String> {
    let notes = report.notes.iter();
    notes.filter(|note| note.contains(text)).collect()
}

/// The names of the operations that many histories of the pair call, with how often.
fn called(pair: &Pair) -> Vec<(&str, usize)> {
    let mut counts: Vec<(&str, usize)> = pair
        .operations
        .iter()
        .map(|operation| (operation.name.as_str(), 0))
        .collect();
    let mut runner = TestRunner::deterministic();
    let histories = histories(pair);
    for _ in 0..100 {
        let tree = histories.new_tree(&mut runner).expect("a case");
        for step in tree.current().steps {
            if let Step::Operation(call) = step {
                counts[call.operation].1 += 1;
            }
        }
    }
    counts
}

fn count(pair: &Pair, operation: &str) -> usize {
    let counts = called(pair);
    let found = counts.iter().find(|(name, _)| *name == operation);
    found.expect("the pair has the operation").1
}

/// What a fresh worker of the old version observes.
fn observed(pair: &Pair, operation: &str, arguments: &[Val]) -> Observation {
    let operation = pair.operation_named(operation).expect("it is an operation");
    let mut worker = Worker::start(&pair.old, 0).expect("the worker starts");
    worker.invoke(&pair.operations[operation].old, arguments, 0)
}

fn returned(pair: &Pair, operation: &str, arguments: &[Val]) -> Val {
    match observed(pair, operation, arguments) {
        Observation::Returned(Some(value)) => value,
        other => panic!("{operation} should return a value: {other}"),
    }
}

fn failed(pair: &Pair, operation: &str, arguments: &[Val]) -> FailureKind {
    match observed(pair, operation, arguments) {
        Observation::Failed(failure) => failure.kind,
        Observation::Returned(value) => panic!("{operation} should fail: {value:?}"),
    }
}

/// What tells the versions of the register apart. It holds two numbers and takes them over by hand.
struct Register {
    /// Name of the function that sets both.
    put: &'static str,
    /// Whether load takes over the right number.
    keeps_right: bool,
    /// Names of save and load: interfaces of Golem's, or functions of its own.
    golem: bool,
}

const REGISTER: Register = Register {
    put: "put",
    keeps_right: true,
    golem: true,
};

impl Register {
    fn component(&self) -> Vec<u8> {
        let Self {
            put,
            keeps_right,
            golem,
        } = self;
        let exports = match golem {
            true => {
                r#"(instance $save (export "save" (func $save)))
                (instance $load (export "load" (func $load)))
                (export "golem:api/save-snapshot@1.1.0" (instance $save))
                (export "golem:api/load-snapshot@1.1.0" (instance $load))"#
            }
            false => {
                r#"(export "give-state" (func $save))
                (export "take-state" (func $load))"#
            }
        };
        let right = match keeps_right {
            true => "(i32.load offset=4 (local.get $from))",
            false => "(i32.const 0)",
        };
        let text = format!(
            r#"
(component
  (import "shop:stock/levels@1.0.0" (instance $levels
    (export "level" (func (param "shelf" u32) (result u32)))))
  (core func $level (canon lower (func $levels "level")))
  (core module $m
    (import "shop" "level" (func $level (param i32) (result i32)))
    ;; 0: left and right; 16: what save returns; 32: what load returns; 1024: what load is given
    (memory (export "memory") 32)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "put") (param $left i32) (param $right i32)
      (i32.store (i32.const 0) (local.get $left))
      (i32.store (i32.const 4) (local.get $right)))
    (func (export "both") (result i32) (i32.const 0))
    (func (export "spin") (loop (br 0)))
    (func (export "stock") (param i32) (result i32) (call $level (local.get 0)))
    (func (export "save") (result i32)
      (i32.store (i32.const 16) (i32.const 0))
      (i32.store (i32.const 20) (i32.const 8))
      (i32.const 16))
    (func (export "load") (param $from i32) (param $length i32) (result i32)
      (if (i32.ne (local.get $length) (i32.const 8))
        (then
          (i32.store8 (i32.const 32) (i32.const 1))
          (return (i32.const 32))))
      (i32.store (i32.const 0) (i32.load (local.get $from)))
      (i32.store (i32.const 4) {right})
      (i32.const 32)))
  (core instance $i (instantiate $m (with "shop" (instance (export "level" (func $level))))))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (type $numbers-type (record (field "left" u32) (field "right" u32)))
  (export $numbers "numbers" (type $numbers-type))
  (func (export "{put}") (param "left" u32) (param "right" u32)
    (canon lift (core func $i "put")))
  (func (export "both") (result $numbers) (canon lift (core func $i "both") (memory $memory)))
  (func (export "stock") (param "shelf" u32) (result u32) (canon lift (core func $i "stock")))
  (func $save (result (list u8)) (canon lift (core func $i "save") (memory $memory)))
  (func $load (param "bytes" (list u8)) (result (result (error string)))
    (canon lift (core func $i "load") (memory $memory) (realloc $realloc)))
  {exports})
"#
        );
        wat::parse_str(text).expect("the component is written correctly")
    }
}

fn registers(old: &Register, new: &Register, text: &str) -> Pair {
    let config = config(text);
    let runtime = Runtime::new(config.limits(), config.world(), config.snapshot_names())
        .expect("the engine starts");
    let open = |label, register: &Register| {
        let opened = runtime.open_bytes(label, &register.component());
        opened.unwrap_or_else(|error| panic!("{error:#}"))
    };
    Pair::new(open("old.wasm", old), open("new.wasm", new), &config)
        .unwrap_or_else(|error| panic!("{text}: {error:#}"))
}

/// The new version loses the right number.
const FORGETFUL: Register = Register {
    keeps_right: false,
    ..REGISTER
};

#[test]
fn a_declared_difference_is_no_failure() {
    let declared = "differs = [{ function = \"note\", reason = \"notes are gone\" }]";
    let without = report(&opened(FAULTY, ""));
    assert_eq!(only(&without).status, Status::Fail);
    let with = report(&opened(FAULTY, declared));
    assert_eq!(only(&with).status, Status::Pass, "{with:?}");
    assert_eq!(
        notes_with(&with, "was needed by no case"),
        Vec::<&String>::new()
    );
}

#[test]
fn a_declaration_that_no_case_needed_is_reported_with_its_reason() {
    for (declared, place) in [
        ("function = \"note\"", "note"),
        ("function = \"shop:cart/cart.note\"", "shop:cart/cart.note"),
        (
            "function = \"summary\", field = \".total\"",
            "summary.total",
        ),
    ] {
        let declared = format!("differs = [{{ {declared}, reason = \"notes are gone\" }}]");
        let report = report(&opened(CARTS, &declared));
        assert_eq!(only(&report).status, Status::Pass);
        let notes = notes_with(&report, "was needed by no case");
        let [note] = notes.as_slice() else {
            panic!("one note: {:?}", report.notes);
        };
        assert!(note.contains(place), "{note}");
        assert!(note.contains("notes are gone"), "{note}");
    }
}

#[test]
fn a_declared_field_excuses_that_field_only() {
    let both = |field: &str| {
        let declared =
            format!("differs = [{{ function = \"both\", field = \"{field}\", reason = \"r\" }}]");
        report(&registers(&REGISTER, &FORGETFUL, &declared))
    };
    let undeclared = report(&registers(&REGISTER, &FORGETFUL, ""));
    let failures = &only(&undeclared).failures;
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert!(failures[0].finding.message.contains(".right"));

    let excused = both(".right");
    assert_eq!(only(&excused).status, Status::Pass, "{excused:?}");
    assert!(notes_with(&excused, "was needed by no case").is_empty());

    // A name is no prefix of another.
    for field in [".left", ".righ", ".right.more"] {
        let blamed = both(field);
        assert_eq!(only(&blamed).status, Status::Fail, "{field}");
        assert_eq!(notes_with(&blamed, "was needed by no case").len(), 1);
    }
}

#[test]
fn an_ignored_function_is_called_by_no_history_and_listed() {
    let pair = opened(FAULTY, "ignore = [\"note\", \"shop:cart/cart.history\"]");
    assert!(pair.operation_named("note").is_err());
    assert!(pair.operation_named("history").is_err());
    assert!(pair.operation_named("set-note").is_ok());
    let report = report(&pair);
    assert_eq!(
        only(&report).status,
        Status::Pass,
        "nothing else shows the loss"
    );
    let [note] = notes_with(&report, "shop:cart/cart.note")[..] else {
        panic!("{:?}", report.notes);
    };
    for part in ["shop:cart/cart.history", "not exercised", "ignore"] {
        assert!(note.contains(part), "{note}");
    }
}

#[test]
fn weights_say_how_often_a_function_is_called() {
    let plain = opened(CARTS, "");
    let weighted = opened(
        CARTS,
        "weights = { checkout = 50, \"shop:cart/cart.note\" = 0 }",
    );
    assert!(count(&plain, "note") > 0);
    assert_eq!(count(&weighted, "note"), 0);
    assert!(count(&weighted, "checkout") > 3 * count(&plain, "checkout"));
    // Whoever switches a function off is told so.
    let report = report(&weighted);
    assert!(
        !notes_with(&report, "shop:cart/cart.note ").is_empty(),
        "{:?}",
        report.notes
    );
}

#[test]
fn without_weights_every_function_is_called() {
    let pair = opened(CARTS, "");
    let counts = called(&pair);
    assert_eq!(counts.len(), 15);
    assert!(counts.iter().all(|(_, count)| *count > 20), "{counts:?}");
}

#[test]
fn a_renamed_function_is_left_out_until_it_is_declared() {
    let renamed = Register {
        put: "set-both",
        ..REGISTER
    };
    let declared = "same = [{ old = \"put\", new = \"set-both\" }]";
    let without = registers(&REGISTER, &renamed, "");
    assert!(without.operation_named("put").is_err());
    let left_out = report(&without);
    assert_eq!(notes_with(&left_out, "put is not exercised").len(), 1);
    assert_eq!(notes_with(&left_out, "set-both is not exercised").len(), 1);

    let with = registers(&REGISTER, &renamed, declared);
    assert!(with.operation_named("put").is_ok());
    let passed = report(&with);
    assert_eq!(only(&passed).status, Status::Pass, "{passed:?}");
    assert!(only(&passed).covered.contains(&"put".to_owned()));
    assert!(notes_with(&passed, "set-both").is_empty(), "{passed:?}");

    // Only with the declaration can the loss be seen.
    let forgetful = Register {
        keeps_right: false,
        ..renamed
    };
    let blind = report(&registers(&REGISTER, &forgetful, ""));
    assert_eq!(only(&blind).status, Status::Pass);
    let seeing = report(&registers(&REGISTER, &forgetful, declared));
    assert_eq!(only(&seeing).status, Status::Fail);
}

#[test]
fn the_new_name_is_the_one_that_is_called_after_the_update() {
    // The stop watch: `restart` sets it to zero, `elapsed` does not.
    let declared = "same = [{ old = \"elapsed\", new = \"restart\" }]";
    let pair = opened(["embedded:clock-v1", "embedded:clock-v2"], declared);
    let operation = pair.operation_named("elapsed").expect("the clock has it");
    assert_eq!(pair.operations[operation].old.name.name, "elapsed");
    assert_eq!(pair.operations[operation].new.name.name, "restart");
    let failed = report(&pair);
    let failures = &only(&failed).failures;
    let history = text::history(&pair, &failures[0].finding.case);
    // The second may be any of the two that shows it.
    assert_eq!(history.len(), 3, "{history:?}");
    assert_eq!(history[..2], ["update", "elapsed()"]);
}

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
        let pair = Pair::new(open(), open(), &config).expect("the two make a pair");
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
    assert!(!notes_with(&report, "shop:stock/levels").is_empty());
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

#[test]
fn save_and_load_may_have_other_names() {
    let own = Register {
        golem: false,
        ..REGISTER
    };
    let forgetful = Register {
        golem: false,
        ..FORGETFUL
    };
    let names = "snapshot = { save = \"give-state\", load = \"take-state\" }";
    let unknown = report(&registers(&own, &own, ""));
    assert_eq!(only(&unknown).status, Status::NotExercised);
    let pair = registers(&own, &own, names);
    assert!(pair.old.save().is_some() && pair.new.load().is_some());
    assert!(pair.operation_named("give-state").is_err());
    assert_eq!(only(&report(&pair)).status, Status::Pass);
    let lost = report(&registers(&own, &forgetful, names));
    assert_eq!(only(&lost).status, Status::Fail);
}

#[test]
fn each_limit_is_reached_with_a_failure_of_its_own() {
    let line = [Val::String("a".to_owned()), Val::U32(1), Val::U64(1)];
    let failed = |limit: &str| {
        let pair = opened(CARTS, &format!("limits = {{ {limit} }}"));
        failed(&pair, "add-line", &line)
    };
    assert_eq!(failed("fuel = 100"), FailureKind::OutOfFuel);
    assert_eq!(failed("stack = 64"), FailureKind::StackExhausted);
    assert!(matches!(failed("transfer = 1"), FailureKind::Broken(_)));
    let pair = opened(CARTS, "limits = { memory = 65536 }");
    let failure = Worker::start(&pair.old, 0).err().map(|it| it.kind);
    assert_eq!(failure, Some(FailureKind::OutOfMemory));
}

#[test]
fn fuel_that_is_too_little_fails_the_check_in_the_guests_name() {
    let pair = opened(CARTS, "limits = { fuel = 100 }");
    let report = report(&pair);
    let notes = notes_with(&report, "add-line ");
    assert_eq!(notes.len(), 1, "{:?}", report.notes);
    assert!(notes[0].contains("out of fuel"), "{notes:?}");
}

#[test]
fn more_fuel_memory_and_stack_than_the_default_can_be_allowed() {
    let limits = "limits = { fuel = 10_000_000_000, memory = 1073741824, stack = 16777216 }";
    let pair = opened(CARTS, limits);
    assert_eq!(only(&report(&pair)).status, Status::Pass);
}

#[test]
fn a_config_file_that_cannot_be_read_is_named() {
    let missing = std::path::Path::new("no/such/handover.toml");
    let error = Config::read(missing).expect_err("there is no such file");
    assert!(format!("{error:#}").contains("no/such/handover.toml"));
}
