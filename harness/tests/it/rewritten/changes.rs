//! Every kind of change is taken back.

use handover::Snapshot;
use handover::component::{Runtime, SnapshotNames};
use handover::fuzz::{Answer, Executor};
use handover::host::WorldSettings;
use handover::instrument::Probes;
use test_guests::{Guest, component, small_limits};

use super::{PROBES, as_if_new, probed, runtime};

/// A guest whose load does one thing to its state beside what the counter does, and traps if it was done before.
fn once(guest: Guest, done: &str, act: &str) -> Vec<u8> {
    let snippet = format!("(if {done} (then unreachable))\n{act}");
    guest.before("load", &snippet).wasm()
}

/// A function with a stack frame that begins at 0x9ff0, and stores to three places of it.
const FRAMED: &str = "(func $framed (local $frame i32)
    (local.set $frame (i32.sub (global.get $stack) (i32.const 0x500)))
    (i32.store offset=0x200 (local.get $frame) (i32.const 1))
    (i32.store (local.get $frame) (i32.const 1))
    (i32.store offset=0x400 (local.get $frame) (i32.const 1)))
  (global $stack (mut i32) (i32.const 0xa4f0))";

#[test]
fn every_kind_of_change_is_taken_back_or_gives_a_new_worker() {
    let runtime = runtime();
    let v2 = || {
        Guest::v2()
            .item("(global $g (mut i64) (i64.const 5))")
            .item("(table $t 4 funcref)")
            .item(FRAMED)
    };
    let cases = [
        // What is done, how the guest would notice, and whether one worker is enough.
        (
            "(i32.store (i32.const 0x8ffe) (i32.const -1))",
            "(i32.load (i32.const 0x9000))",
            true,
        ),
        (
            "(i64.store (i32.const 0x8fff) (i64.const -1))",
            "(i32.load (i32.const 0x9003))",
            true,
        ),
        (
            "(i32.store8 offset=0x9010 (i32.const 0) (i32.const 1))",
            "(i32.load8_u (i32.const 0x9010))",
            true,
        ),
        (
            "(f64.store (i32.const 0x9008) (f64.const 1))",
            "(i64.ne (i64.load (i32.const 0x9008)) (i64.const 0))",
            true,
        ),
        (
            "(v128.store (i32.const 0x9ff8) (v128.const i32x4 1 1 1 1))",
            "(i32.load (i32.const 0xa004))",
            true,
        ),
        ("(call $framed)", "(i32.load (i32.const 0x9ff0))", true),
        ("(call $framed)", "(i32.load (i32.const 0xa1f0))", true),
        ("(call $framed)", "(i32.load (i32.const 0xa3f0))", true),
        (
            "(memory.fill (i32.const 0x9123) (i32.const 1) (i32.const 9000))",
            "(i32.load8_u (i32.const 0xb000))",
            true,
        ),
        (
            "(memory.copy (i32.const 0x9123) (i32.const 0) (i32.const 0)) (memory.fill (i32.const 0xc000) (i32.const 7) (i32.const 1)) (memory.copy (i32.const 0xcfff) (i32.const 0xc000) (i32.const 1))",
            "(i32.load8_u (i32.const 0xcfff))",
            true,
        ),
        (
            "(global.set $g (i64.const 6))",
            "(i64.ne (global.get $g) (i64.const 5))",
            true,
        ),
        (
            "(drop (memory.grow (i32.const 3)))",
            "(i32.ne (memory.size) (i32.const 1))",
            true,
        ),
        (
            "(drop (memory.grow (i32.const 2))) (i32.store (i32.mul (i32.sub (memory.size) (i32.const 1)) (i32.const 0x10000)) (i32.const 1))",
            "(i32.gt_u (memory.size) (i32.const 1))",
            true,
        ),
        (
            "(table.set $t (i32.const 1) (ref.func $load))",
            "(i32.eqz (ref.is_null (table.get $t (i32.const 1))))",
            false,
        ),
    ];
    for (act, done, one_is_enough) in cases {
        let bytes = once(v2().item("(elem declare func $load)"), done, act);
        for probes in PROBES {
            let probed = probed(&runtime, "guest", &bytes, probes, true);
            assert_eq!(probed.warnings, Vec::<String>::new(), "{act}");
            let input = Snapshot::octets(*b"K2\0\0\0\0\0\0\0\0");
            let inputs = vec![input.clone(); 5];
            let started = as_if_new(&probed.component, &inputs);
            assert_eq!(started == 1, one_is_enough, "{act}: {started} workers");
            let mut executor = Executor::new(&probed.component, 3).expect("it exports load");
            for _ in 0..3 {
                assert_eq!(executor.run_long(&input).0, Answer::Accepted, "{act}");
            }
        }
    }
}

/// What language runtimes are made of: a module has the memory of another and calls it, directly and through a table. Either
/// may write to the memory and make it larger.
#[test]
fn a_memory_that_modules_share_is_put_back_whichever_wrote_to_it() {
    let names = SnapshotNames {
        load: "load-snapshot".to_owned(),
        ..SnapshotNames::default()
    };
    let runtime = Runtime::new(small_limits(), WorldSettings::default(), names).expect("an engine");
    for (act, done) in [
        (
            "(i32.store (i32.const 0x9000) (i32.const 1))",
            "(i32.load (i32.const 0x9000))",
        ),
        (
            "(call $write (i32.const 0x9000))",
            "(i32.load (i32.const 0x9000))",
        ),
        (
            "(call_indirect (param i32) (i32.const 0x9000) (i32.const 0))",
            "(i32.load (i32.const 0x9000))",
        ),
        (
            "(memory.fill (i32.const 0x9ff0) (i32.const 1) (i32.const 32))",
            "(i32.or (i32.load (i32.const 0x9ff0)) (i32.load (i32.const 0xa00c)))",
        ),
        (
            "(drop (call $realloc (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))",
            "(i32.ne (call $next) (i32.const 1024))",
        ),
        ("(global.set $own (i32.const 1))", "(global.get $own)"),
        (
            "(drop (memory.grow (i32.const 2))) (i32.store (i32.const 0x2fff0) (i32.const 1))",
            "(i32.or (i32.ne (memory.size) (i32.const 1)) (i32.ne (call $size) (i32.const 1)))",
        ),
        (
            "(drop (call $grow (i32.const 2))) (i32.store (i32.const 0x2fff0) (i32.const 1))
             (if (i32.ne (memory.size) (i32.const 3)) (then unreachable))
             (if (i32.ne (memory.grow (i32.const 1)) (i32.const 3)) (then unreachable))
             (if (i32.ne (call $size) (i32.const 4)) (then unreachable))
             (if (i32.load (i32.const 0x3fff0)) (then unreachable))
             (i32.store (i32.const 0x3fff0) (i32.const 1))",
            "(i32.or (i32.ne (memory.size) (i32.const 1)) (i32.ne (call $size) (i32.const 1)))",
        ),
    ] {
        let wat = format!(
            r#"(component
              (core module $owner
                (memory (export "memory") 1)
                (global $next (mut i32) (i32.const 1024))
                (func (export "next") (result i32) (global.get $next))
                (func (export "size") (result i32) (memory.size))
                (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
                (func (export "write") (param i32) (i32.store (local.get 0) (i32.const 1)))
                (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                  (global.get $next)
                  (global.set $next (i32.add (global.get $next) (local.get 3)))))
              (core module $sharer
                (import "owner" "next" (func $next (result i32)))
                (import "env" "memory" (memory 0))
                (import "owner" "size" (func $size (result i32)))
                (import "owner" "grow" (func $grow (param i32) (result i32)))
                (import "owner" "write" (func $write (param i32)))
                (import "owner" "realloc" (func $realloc (param i32 i32 i32 i32) (result i32)))
                (table funcref (elem $write))
                (global $own (mut i32) (i32.const 0))
                (func (export "load") (param i32 i32) (result i32)
                  (if {done} (then unreachable))
                  {act}
                  (i32.const 16))
                (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                  (if (result i32) {done}
                    (then unreachable)
                    (else (i32.const 512)))))
              (core instance $o (instantiate $owner))
              (alias core export $o "memory" (core memory $m))
              (core instance $env (export "memory" (memory $m)))
              (core instance $s (instantiate $sharer (with "env" (instance $env)) (with "owner" (instance $o))))
              (func (export "load-snapshot") (param "bytes" (list u8)) (result (result (error string)))
                (canon lift (core func $s "load") (memory $m) (realloc (func $s "realloc")))))"#
        );
        let bytes = component(&wat);
        for probes in PROBES {
            let probed = probed(&runtime, "shared", &bytes, probes, true);
            assert_eq!(probed.warnings, Vec::<String>::new(), "{act}");
            let inputs = vec![Snapshot::octets([7; 40]); 5];
            assert_eq!(as_if_new(&probed.component, &inputs), 1, "{act}");
            let mut executor = Executor::new(&probed.component, 3).expect("it exports load");
            for _ in 0..3 {
                assert_eq!(executor.run_long(&inputs[0]).0, Answer::Accepted, "{act}");
            }
        }
    }
}

#[test]
fn what_the_host_answered_is_taken_back_with_the_world() {
    let guest = Guest::v2()
        .import(test_guests::NOW)
        .before("load", "(drop (call $now))");
    let runtime = runtime();
    let probed = probed(&runtime, "guest", &guest.wasm(), Probes::Edges, true);
    let inputs = vec![Snapshot::octets(*b"K2\0\0\0\0\0\0\0\0"); 5];
    assert_eq!(as_if_new(&probed.component, &inputs), 1);
}
