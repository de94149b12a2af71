//! The interface of golem:api since July 2026: save, load and operations are `async func`s, lifted synchronously or
//! asynchronously.

use handover::judging::verdict::Status;
use handover::{Chain, Config, Options, check};

/// A counter. `ADD` lifts its operation, and `HOW` says how the core function returns its sum.
const COUNTER: &str = r#"
(component
  (core func $return (canon task.return (result u32)))
  (core instance $host (export "return" (func $return)))
  (core module $m
    (import "host" "return" (func $return (param i32)))
    (memory (export "memory") 20)
    (global $sum (mut i32) (i32.const 0))
    ;; Every argument in the same place: nothing is kept beyond a call.
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
    (func (export "add") (param i32) (result i32)
      (global.set $sum (i32.add (global.get $sum) (local.get 0)))
      HOW)
    (func (export "callback") (param i32 i32 i32) (result i32) unreachable)
    (func (export "save") (result i32)
      (i32.store (i32.const 64) (global.get $sum))
      (i32.store (i32.const 32) (i32.const 64))
      (i32.store (i32.const 36) (i32.const 4))
      (i32.const 32))
    (func (export "load") (param i32 i32) (result i32)
      (i32.store8 (i32.const 16) (i32.ne (local.get 1) (i32.const 4)))
      (i64.store (i32.const 20) (i64.const 0))
      (if (i32.eq (local.get 1) (i32.const 4))
        (then (global.set $sum (i32.load (local.get 0)))))
      (i32.const 16)))
  (core instance $i (instantiate $m (with "host" (instance $host))))
  (func $add async (param "by" u32) (result u32) ADD)
  (func $save async (result (list u8)) (canon lift (core func $i "save") (memory $i "memory")))
  (func $load async (param "bytes" (list u8)) (result (result (error string)))
    (canon lift (core func $i "load") (memory $i "memory") (realloc (func $i "realloc"))))
  (instance $counter (export "add" (func $add)))
  (instance $s (export "save" (func $save)))
  (instance $l (export "load" (func $load)))
  (export "test:counter/counter@1.0.0" (instance $counter))
  (export "golem:api/save-snapshot@1.5.0" (instance $s))
  (export "golem:api/load-snapshot@1.5.0" (instance $l)))
"#;

const SYNC: [&str; 2] = [r#"(canon lift (core func $i "add"))"#, "(global.get $sum)"];
const ASYNC: [&str; 2] = [
    r#"(canon lift (core func $i "add") async (callback (func $i "callback")))"#,
    // The task returns the sum and is done at once.
    "(call $return (global.get $sum)) (i32.const 0)",
];

fn verdicts([add, how]: [&str; 2], load: &str) -> Vec<(&'static str, Status)> {
    let text = COUNTER
        .replace("ADD", add)
        .replace("HOW", how)
        .replace("(i32.load (local.get 0))", load);
    let bytes = wat::parse_str(text).expect("the text is a component");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("counter.wasm");
    std::fs::write(&path, bytes).expect("the component is written");
    let path = path.to_str().expect("a path that is text");
    let pair = Chain::open(&[path, path], &Config::default()).expect("the component opens");
    let options = Options {
        cases: 32,
        ..Options::default()
    };
    let report = check(&pair, &options, &()).expect("the component starts");
    let properties = report.properties.iter();
    properties.map(|it| (it.id, it.status)).collect()
}

#[test]
fn async_functions_are_exercised_however_they_are_lifted() {
    for lifted in [SYNC, ASYNC] {
        for (id, status) in verdicts(lifted, "(i32.load (local.get 0))") {
            let wanted = match id {
                // The snapshot is one number.
                "resources" | "state-kept" => Status::NotExercised,
                _ => Status::Pass,
            };
            assert_eq!(status, wanted, "{id}, lifted by {}", lifted[0]);
        }
    }
}

#[test]
fn an_async_load_that_loses_the_state_fails() {
    for lifted in [SYNC, ASYNC] {
        let verdicts = verdicts(lifted, "(i32.const 0)");
        assert!(
            verdicts.contains(&("upgrade-equivalence", Status::Fail)),
            "{verdicts:?}"
        );
    }
}
