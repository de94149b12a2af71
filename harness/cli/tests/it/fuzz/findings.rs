//! What is found, each fault once and in its shortest form.

use test_guests::Guest;

use super::{Bench, FAULTY};

#[test]
fn nothing_is_found_in_a_correct_component() {
    let bench = Bench::new();
    for new in ["embedded:cart-v1", "embedded:clock-v2"] {
        let campaign = bench.fuzz(&[new, "--runs", "3000"]);
        assert_eq!(campaign.code, 0, "{}", campaign.summary);
        assert!(
            campaign.summary.contains("NOTHING FOUND"),
            "{}",
            campaign.summary
        );
        assert!(campaign.files.is_empty());
    }
}

#[test]
fn the_trap_of_the_faulty_cart_is_told_once_in_three_bytes_and_replays() {
    let bench = Bench::new();
    let campaign = bench.fuzz(&[FAULTY, "--from", "embedded:cart-v1", "--runs", "20000"]);
    campaign.one(&bench, "load-is-total", "trap");
    assert_eq!(campaign.input(), "AAAA", "three zero bytes");
    assert!(
        campaign.summary.contains("FOUND 1 fault"),
        "{}",
        campaign.summary
    );
}

#[test]
fn a_trap_behind_a_large_number_is_found_from_nothing() {
    let bench = Bench::new();
    let guest = Guest::v2().before(
        "read-v2",
        "(if (i32.gt_u (local.get $length) (i32.const 12)) (then
           (if (i64.eq (i64.load offset=5 (local.get $at)) (i64.const 0x1234_5678_9abc_def0))
             (then unreachable))))",
    );
    bench.write("guest.wasm", guest.wasm());
    let campaign = bench.fuzz(&[
        "guest.wasm",
        "--no-seeds",
        "--runs",
        "50000",
        "--stop-on-finding",
    ]);
    campaign.one(&bench, "load-is-total", "trap");
}

#[test]
fn a_hang_is_told_once_however_many_inputs_reach_it() {
    let bench = Bench::new();
    let guest = Guest::v2().before(
        "load",
        "(if (i32.eq (local.get $length) (i32.const 5)) (then (loop $l (call $get) drop (br $l))))",
    );
    let campaign = bench.fuzz_guest(&guest, "3000");
    campaign.one(&bench, "load-is-total", "out of fuel");
    assert_eq!(campaign.input(), "AAAAAAA=", "five zero bytes");
}

#[test]
fn a_memory_bomb_is_told_as_one() {
    let bench = Bench::new();
    let guest = Guest::v2().before(
        "load",
        "(if (i32.eq (local.get $length) (i32.const 4)) (then
           (if (i32.lt_s (memory.grow (i32.load (local.get $at))) (i32.const 0)) (then unreachable))))",
    );
    let campaign = bench.fuzz_guest(&guest, "5000");
    campaign.one(&bench, "load-is-total", "out of memory");
}

#[test]
fn an_exhausted_stack_is_told_once() {
    let bench = Bench::new();
    let guest = Guest::v2()
        .item("(func $deep (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.add (call $deeper (local.get 0)) (i32.const 1))) (else (i32.const 0))))")
        .item("(func $deeper (param i32) (result i32) (i32.mul (call $deep (local.get 0)) (i32.const 3)))")
        .before("load", "(drop (call $deep (i32.eq (local.get $length) (i32.const 6))))");
    let campaign = bench.fuzz_guest(&guest, "3000");
    campaign.one(&bench, "load-is-total", "stack exhausted");
}

#[test]
fn what_is_accepted_but_wrong_is_found_with_the_operation_that_shows_it() {
    let bench = Bench::new();
    let guest = Guest::v2()
        .edit(
            "read-v2",
            "(i32.gt_u (i32.load offset=6 (local.get $at)) (global.get $cap))",
            "(i32.const 0)",
        )
        .before(
            "get",
            "(if (i32.gt_u (global.get $count) (global.get $cap)) (then unreachable))",
        );
    let campaign = bench.fuzz_guest(&guest, "20000");
    campaign.one(
        &bench,
        "accepted-is-stable",
        "get() fails on a state that load accepted",
    );
    for file in campaign.files.values() {
        assert_eq!(file["history"], serde_json::json!(["get()"]));
    }
}

#[test]
fn a_dictionary_is_used() {
    let bench = Bench::new();
    // No comparison tells this word: it is hashed.
    let guest = Guest::v2().before(
        "load",
        "(local $i i32) (local $h i32)
         (loop $l (if (i32.lt_u (local.get $i) (local.get $length)) (then
           (local.set $h (i32.add (i32.mul (local.get $h) (i32.const 31)) (i32.load8_u (i32.add (local.get $at) (local.get $i)))))
           (local.set $i (i32.add (local.get $i) (i32.const 1)))
           (br $l))))
         (if (i32.eqz (i32.sub (i32.mul (local.get $h) (i32.const 3)) (i32.mul (i32.const 1_237_117_447) (i32.const 3)))) (then unreachable))",
    );
    let hash = b"handover".iter().fold(0u32, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add((*byte).into())
    });
    let guest = guest.edit("load", "1_237_117_447", &hash.to_string());
    bench.write("guest.wasm", guest.wasm());
    bench.write("words.dict", "# one word\nword=\"hand\\x6fver\"\n");
    let arguments = ["guest.wasm", "--no-seeds", "--runs", "20000"];
    assert_eq!(bench.fuzz(&arguments).code, 0);
    let found = bench.fuzz(&[&arguments[..], &["--dict", "words.dict"]].concat());
    found.one(&bench, "load-is-total", "trap");
}

/// A guest that the rewriter cannot make record anything is fuzzed all the same, blindly, and that is said.
#[test]
fn a_component_that_cannot_be_rewritten_is_fuzzed_blindly() {
    let bench = Bench::new();
    let guest = Guest::v2()
        .before(
            "load",
            "(if (i32.eq (local.get $length) (i32.const 3)) (then unreachable))",
        )
        .component_item(r#"(export "handover-record-m0" (func $get))"#);
    let campaign = bench.fuzz_guest(&guest, "3000");
    assert!(
        campaign
            .said
            .contains("nothing is known of what happens inside"),
        "{}",
        campaign.said
    );
    campaign.one(&bench, "load-is-total", "trap");
}
