//! Which half is blamed.

use handover::judging::verdict::Blame;
use test_guests::{Guest, pair};

use super::{of, run};

/// Only `upgrade-equivalence` fails, and it blames this half.
fn blames(old: &Guest, new: &Guest, blame: Blame) {
    let report = run(&pair(old, new), 2, false);
    let failures = &of(&report, "upgrade-equivalence").failures;
    assert!(!failures.is_empty(), "{report:#?}");
    for failure in failures {
        assert_eq!(failure.blame, blame, "{failure:#?}");
    }
}

#[test]
fn a_field_that_save_does_not_write_is_blamed_on_save() {
    let old = Guest::v1().edit("save", "(global.get $mark)", "(i32.const 0)");
    blames(&old, &Guest::v2(), Blame::Save);
}

#[test]
fn a_field_that_load_does_not_read_is_blamed_on_load() {
    let new = Guest::v2().edit("read-v1", "(global.set $mark", "(drop");
    blames(&Guest::v1(), &new, Blame::Load);
}

#[test]
fn two_byte_orders_are_blamed_on_the_mapping() {
    let swap = "(func $swap (param i32) (result i32)
        (i32.or
          (i32.rotl (i32.and (local.get 0) (i32.const 0xff00ff00)) (i32.const 8))
          (i32.rotr (i32.and (local.get 0) (i32.const 0x00ff00ff)) (i32.const 8))))";
    // Reads and writes version 1's format, with the mark in network byte order.
    let new = Guest::v1()
        .item(swap)
        .edit(
            "save",
            "(global.get $mark)",
            "(call $swap (global.get $mark))",
        )
        .edit(
            "read-v1",
            "(i32.load offset=6 (local.get $at))",
            "(call $swap (i32.load offset=6 (local.get $at)))",
        );
    blames(&Guest::v1(), &new, Blame::Mapping);
}
