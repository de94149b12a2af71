//! Components that are odd as such: each is refused or judged, whatever is done with it.

use test_guests::{Guest, component};

use super::{Bench, failures};

/// The guest's version 2, whose load traps.
fn traps() -> Guest {
    Guest::v2().before("load", "unreachable")
}

/// The same bytes without the names of functions: their section has another name.
fn nameless(mut bytes: Vec<u8>) -> Vec<u8> {
    let mut found = 0;
    for at in 0..bytes.len().saturating_sub(5) {
        if bytes[at..].starts_with(b"\x04name") {
            bytes[at + 1..at + 5].copy_from_slice(b"nope");
            found += 1;
        }
    }
    assert!(found > 0, "it has names");
    bytes
}

/// A custom section of so many zero bytes behind a component.
fn padded(mut bytes: Vec<u8>, length: usize) -> Vec<u8> {
    let mut size = length + 2;
    bytes.push(0);
    while size >= 0x80 {
        bytes.push((size & 0x7f) as u8 | 0x80);
        size >>= 7;
    }
    bytes.extend([size as u8, 1, b'x']);
    bytes.resize(bytes.len() + length, 0);
    bytes
}

fn lying_dwarf() -> Vec<u8> {
    let sections = [".debug_info", ".debug_abbrev", ".debug_line", ".debug_str"];
    let lies =
        sections.map(|name| format!(r#"(@custom "{name}" "{}")"#, r"\ff\ff\ff\7f".repeat(40)));
    traps().item(&lies.concat()).wasm()
}

/// Each of two instances is made of the other.
fn cycle() -> Vec<u8> {
    component(
        r#"(component
            (component (import "x" (instance)))
            (instance (instantiate 0 (with "x" (instance 1))))
            (instance (instantiate 0 (with "x" (instance 0)))))"#,
    )
}

fn many_exports() -> Vec<u8> {
    let exports: String = (0..10_000)
        .map(|number| format!("(export \"f{number}\" (func $f))\n"))
        .collect();
    component(&format!(
        r#"(component
            (core module $m (func (export "f") (result i32) (i32.const 1)))
            (core instance $i (instantiate $m))
            (func $f (result u32) (canon lift (core func $i "f")))
            {exports})"#
    ))
}

fn many_modules() -> Vec<u8> {
    let modules: String = (0..1_000)
        .map(|number| format!("(core module (func)) (core instance (instantiate {number}))\n"))
        .collect();
    component(&format!("(component {modules})"))
}

/// Its one operation asks for handles as long as it has fuel, and drops none.
fn leak() -> Vec<u8> {
    component(
        r#"(component
            (import "wasi:io/poll@0.2.0" (instance $poll (export "pollable" (type (sub resource)))))
            (alias export $poll "pollable" (type $pollable))
            (import "wasi:clocks/monotonic-clock@0.2.0" (instance $clock
              (alias outer 1 $pollable (type $outer))
              (export "pollable" (type $own (eq $outer)))
              (export "subscribe-duration" (func (param "when" u64) (result (own $own))))))
            (core func $subscribe (canon lower (func $clock "subscribe-duration")))
            (core module $m
              (import "clock" "subscribe" (func $subscribe (param i64) (result i32)))
              (func (export "leak") (loop (drop (call $subscribe (i64.const 1))) (br 0))))
            (core instance $i (instantiate $m
              (with "clock" (instance (export "subscribe" (func $subscribe))))))
            (func $leak (canon lift (core func $i "leak")))
            (export "leak" (func $leak)))"#,
    )
}

#[test]
fn every_odd_component_is_refused_or_judged() {
    let bench = Bench::new();
    bench.write("old.wasm", Guest::v1().wasm());
    bench.write("small.toml", "[limits]\nfuel = 1000000\nmemory = 8388608\n");
    let load = "check old.wasm odd.wasm --cases 1 --property load-is-total";
    let replay = "check odd.wasm odd.wasm --cases 1 --ops 4 --mode automatic";
    let table = [
        ("a trap without names", nameless(traps().wasm()), load, 0, 1),
        ("a trap with DWARF that lies", lying_dwarf(), load, 0, 1),
        (
            "100 MB that say nothing",
            padded(traps().wasm(), 100 << 20),
            load,
            0,
            1,
        ),
        ("a cycle of instances", cycle(), replay, 2, 2),
        ("10,000 exports", many_exports(), replay, 0, 0),
        ("1,000 modules", many_modules(), replay, 0, 3),
        ("handles that are never dropped", leak(), replay, 0, 3),
    ];
    for (what, bytes, check, inspected, checked) in table {
        bench.write("odd.wasm", bytes);
        let config = ["--config", "small.toml"];
        let output = bench.handover(&[&["inspect", "odd.wasm"][..], &config].concat());
        assert_eq!(
            output.status.code(),
            Some(inspected),
            "inspect {what}: {output:?}"
        );
        let arguments: Vec<&str> = check.split(' ').chain(config).collect();
        let output = bench.handover(&arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(checked), "check {what}: {said}");
        assert!(output.stdout.len() < 2 << 20, "{what}");
    }
}

#[test]
fn a_trap_without_names_is_still_told_with_what_it_is() {
    let bench = Bench::new();
    let (_, with_names) = bench.check(&Guest::v1(), &traps());
    bench.write("new.wasm", nameless(traps().wasm()));
    let check = "check old.wasm new.wasm --cases 16 --config small.toml --json -";
    let output = bench.handover(&check.split(' ').collect::<Vec<_>>());
    let without: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
    let of = |report| failures(report, "load-is-total")[0]["message"].clone();
    assert_eq!(of(&with_names), of(&without));
}

#[test]
fn more_jobs_than_there_are_workers_for_are_refused() {
    let bench = Bench::new();
    for jobs in ["0", "33", "64", "65536"] {
        let output = bench.handover(&["fuzz", "embedded:cart-v2", "--runs", "1", "--jobs", jobs]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{jobs}: {said}");
        assert!(said.contains("1..=32") || said.contains("--jobs"), "{said}");
    }
    let most = "fuzz embedded:cart-v2 --runs 64 --jobs 32";
    let output = bench.handover(&most.split(' ').collect::<Vec<_>>());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}
