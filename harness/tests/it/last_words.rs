//! What a guest said last before it failed is shown with the failure.

use handover::component::Component;
use handover::report::failure_file::FailureFile;
use handover::report::{console, json};
use handover::{Chain, Config, Options, check};
use test_guests::runtime;

/// A component whose load does this.
fn component(load: &str) -> Component {
    let wat = format!(
        r#"(component
          (import "wasi:logging/logging" (instance $logging
            (type $levels (enum "trace" "debug" "info" "warn" "error" "critical"))
            (export "level" (type $level (eq $levels)))
            (export "log" (func
              (param "level" $level) (param "context" string) (param "message" string)))))
          (core module $memory
            (memory (export "memory") 100)
            (data (i32.const 8) "\10\00\00\00\02\00\00\00")
            (data (i32.const 16) "K1cart\07it is full")
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
          (core instance $memory (instantiate $memory))
          (alias core export $memory "memory" (core memory $bytes))
          (alias core export $memory "realloc" (core func $realloc))
          (core func $log (canon lower (func $logging "log") (memory $bytes)))
          (core module $guest
            (import "host" "log" (func $log (param i32 i32 i32 i32 i32)))
            (func (export "get") (result i32) (i32.const 1))
            (func (export "save") (result i32) (i32.const 8))
            (func (export "load") (param i32 i32) (result i32) {load}))
          (core instance $guest (instantiate $guest
            (with "host" (instance (export "log" (func $log))))))
          (func (export "get") (result u32) (canon lift (core func $guest "get")))
          (func $save (result (list u8))
            (canon lift (core func $guest "save") (memory $bytes)))
          (func $load (param "bytes" (list u8)) (result (result (error string)))
            (canon lift (core func $guest "load") (memory $bytes) (realloc (func $realloc))))
          (instance $saves (export "save" (func $save)))
          (export "golem:api/save-snapshot@1.1.0" (instance $saves))
          (instance $loads (export "load" (func $load)))
          (export "golem:api/load-snapshot@1.1.0" (instance $loads)))"#
    );
    let bytes = wat::parse_str(wat).expect("a component in WAT");
    let opened = runtime().open_bytes("guest.wasm", &bytes);
    opened.expect("a component that opens")
}

/// The console's text, the JSON and the messages of the failure files.
fn shown(load: &str) -> [String; 3] {
    let guest = component(load);
    let chain = Chain::new(vec![guest.clone(), guest], &Config::default()).expect("a pair");
    let options = Options {
        cases: 4,
        ..Options::default()
    };
    let report = check(&chain, &options, &()).expect("a pair that can be checked");
    let mut messages = String::new();
    for property in &report.properties {
        for failure in &property.failures {
            let file = FailureFile::new_in_chain(&chain, property, failure, None);
            messages.push_str(&file.message);
            messages.push('\n');
        }
    }
    let json = json::json(&chain, &report);
    let json = serde_json::to_string(&json).expect("JSON");
    [console::report(&chain, &report), json, messages]
}

const LOG: &str =
    "(call $log (i32.const 3) (i32.const 18) (i32.const 4) (i32.const 22) (i32.const 11))";

#[test]
fn a_traps_last_words_are_on_the_console_in_the_json_and_in_the_failure_file() {
    let [console, json, messages] = shown(&format!("{LOG} unreachable"));
    let words = r"[warn] cart: \u{7}it is full";
    assert!(
        console.contains(&format!("\n  said      {words}\n")),
        "{console}"
    );
    let quoted = words.replace('\\', r"\\");
    assert!(
        json.contains(&format!(r#""last_words":["{quoted}"]"#)),
        "{json}"
    );
    let line = messages
        .lines()
        .find(|line| line.starts_with("load fails: trap: "));
    let line = line.expect("load traps");
    assert!(
        line.ends_with(&format!("; its last words: {words}")),
        "{line}"
    );
}

#[test]
fn a_trap_without_a_word_shows_none() {
    let [console, json, messages] = shown("unreachable");
    assert!(messages.contains("load fails: trap: "), "{messages}");
    assert!(!messages.contains("last words"), "{messages}");
    assert!(!console.contains("  said "), "{console}");
    assert!(!json.contains("last_words"), "{json}");
}
