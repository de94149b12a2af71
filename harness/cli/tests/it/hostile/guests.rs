//! Guests that hang, hoard or lie.

use test_guests::{CAP, Guest};

use super::{Bench, failures, message};

#[test]
fn a_start_that_traps_or_never_returns_is_refused() {
    let bench = Bench::new();
    let (v1, v2) = (Guest::v1(), Guest::v2());
    for (start, hint) in [("unreachable", "trap"), ("(loop (br 0))", "out of fuel")] {
        bench.write("new.wasm", v2.clone().with("start", start).wasm());
        bench.write("old.wasm", v1.wasm());
        let text = bench.refused(&["check", "old.wasm", "new.wasm"]);
        assert!(
            text.contains("does not start") && text.contains(hint),
            "{text}"
        );
    }
}

#[test]
fn what_never_returns_is_a_verdict() {
    let bench = Bench::new();
    let endless = "(loop (br 0))";
    let (code, report) = bench.check(&Guest::v1(), &Guest::v2().before("load", endless));
    assert_eq!(code, 1);
    assert!(message(&report, "accepts-saved").contains("out of fuel"));
    assert!(message(&report, "load-is-total").contains("out of fuel"));
    let (code, report) = bench.check(&Guest::v1().before("save", endless), &Guest::v2());
    assert_eq!(code, 1);
    assert!(message(&report, "accepts-saved").contains("out of fuel"));
    let (code, report) = bench.check(&Guest::v1(), &Guest::v2().before("get", endless));
    assert_eq!(code, 1);
    assert!(
        failures(&report, "upgrade-equivalence")[0]["observed"]
            .as_str()
            .expect("text")
            .contains("out of fuel")
    );
}

#[test]
fn with_the_default_limits_a_load_that_never_returns_is_a_verdict_too() {
    let bench = Bench::new();
    bench.write("old.wasm", Guest::v1().wasm());
    bench.write(
        "new.wasm",
        Guest::v2().before("load", "(loop (br 0))").wasm(),
    );
    let arguments = [
        "check",
        "old.wasm",
        "new.wasm",
        "--cases",
        "1",
        "--property",
        "load-is-total",
    ];
    let output = bench.handover(&arguments);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_property_whose_cases_hang_one_after_the_other_stops_and_says_so() {
    let bench = Bench::new();
    bench.write("old.wasm", Guest::v1().wasm());
    let hangs = Guest::v2().before("load", "(loop (br 0))");
    bench.write("new.wasm", hangs.wasm());
    let output = bench.handover(&[
        "check",
        "old.wasm",
        "new.wasm",
        "--cases",
        "2000",
        "--property",
        "load-is-total",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("stopped after 16 of 32000 cases, because the guest hangs, or"),
        "{text}"
    );
}

#[test]
fn an_operation_that_always_fails_is_left_out_and_named() {
    let bench = Bench::new();
    for body in ["unreachable", "(loop (br 0)) (i32.const 0)"] {
        let (old, new) = (Guest::v1().with("get", body), Guest::v2().with("get", body));
        let (code, report) = bench.check(&old, &new);
        assert_eq!(code, 0, "{report:#}");
        let notes = report["notes"].as_array().expect("notes");
        let named = notes
            .iter()
            .any(|it| it.as_str().expect("text").starts_with("get is left out"));
        assert!(named, "{notes:?}");
    }
}

#[test]
fn a_snapshot_of_a_gibibyte_or_beyond_memory_is_a_verdict() {
    let bench = Bench::new();
    for length in ["0x40000000", "0xffffffff", "0x600000"] {
        let save = format!(
            "(drop (memory.grow (i32.const 100))) (call $snapshot (i32.const 64) (i32.const {length}))"
        );
        let (code, report) = bench.check(&Guest::v1().with("save", save), &Guest::v2());
        assert_eq!(code, 1);
        assert!(
            message(&report, "accepts-saved").contains("save fails: broken off"),
            "{report:#}"
        );
    }
}

#[test]
fn memory_and_stack_without_end_are_verdicts() {
    let bench = Bench::new();
    let bomb = "(loop (if (i32.eq (memory.grow (i32.const 64)) (i32.const -1)) (then unreachable)) (br 0))";
    let (code, report) = bench.check(&Guest::v1(), &Guest::v2().before("load", bomb));
    assert_eq!(code, 1);
    assert!(
        message(&report, "load-is-total").contains("out of memory"),
        "{report:#}"
    );
    let recursion = Guest::v2()
        .item("(func $deep (param i32) (result i32) (i32.add (call $deep (local.get 0)) (local.get 0)))")
        .before("load", "(drop (call $deep (local.get $length)))");
    let (code, report) = bench.check(&Guest::v1(), &recursion);
    assert_eq!(code, 1);
    let text = message(&report, "load-is-total");
    assert!(text.contains("stack exhausted"), "{text}");
}

#[test]
fn exit_in_an_operation_is_an_observation() {
    let bench = Bench::new();
    let exits = |guest: Guest| {
        guest
            .import(test_guests::EXIT)
            .before("mark", "(call $exit (i32.const 1))")
    };
    let (code, report) = bench.check(&exits(Guest::v1()), &exits(Guest::v2()));
    assert_eq!(code, 0, "{report:#}");
    let (code, report) = bench.check(&Guest::v1(), &exits(Guest::v2()));
    assert_eq!(code, 1);
    assert!(!failures(&report, "upgrade-equivalence").is_empty());
}

#[test]
fn results_that_lie_about_their_size_are_verdicts() {
    // A list of lists, each of which is the whole memory: 64 KiB that would be lifted 8,192 times.
    let liar = |length: &str| {
        let lists = r#"(func $lists (result (list (list u8)))
                (canon lift (core func $guest "lists") (memory $memory)))
            (export "lists" (func $lists))"#;
        let body = format!(
            r#"(func (export "lists") (result i32) (local $at i32)
                (loop
                  (i32.store (local.get $at) (i32.const 0))
                  (i32.store offset=4 (local.get $at) (i32.const {length}))
                  (local.set $at (i32.add (local.get $at) (i32.const 8)))
                  (br_if 0 (i32.lt_u (local.get $at) (i32.const 65536))))
                (i32.store (i32.const 48) (i32.const 0))
                (i32.store (i32.const 52) (i32.const 8192))
                (i32.const 48))"#
        );
        move |guest: Guest| guest.item(&body).component_item(lists)
    };
    for length in ["65536", "-1"] {
        let lies = liar(length);
        let bench = Bench::new();
        let (code, report) = bench.check(&lies(Guest::v1()), &lies(Guest::v2()));
        assert_eq!(code, 0, "{report:#}");
        let notes = report["notes"].as_array().expect("notes");
        let named = notes
            .iter()
            .any(|it| it.as_str().expect("text").contains("lists is left out"));
        assert!(named, "{notes:?}");
        let (code, _) = bench.check(&Guest::v1(), &lies(Guest::v2()));
        assert_eq!(code, 0, "only the new version has the operation");
    }
}

#[test]
fn text_that_is_no_utf_8_is_a_verdict() {
    let bench = Bench::new();
    let garbled = Guest::v2()
        .item(r#"(data (i32.const 3000) "\ff\fe\fd")"#)
        .before(
            "load",
            "(return (call $err (i32.const 3000) (i32.const 3)))",
        );
    let (code, report) = bench.check(&Guest::v1(), &garbled);
    assert_eq!(code, 1);
    assert!(
        message(&report, "accepts-saved").contains("broken off"),
        "{report:#}"
    );
}

#[test]
fn the_counter_of_these_tests_counts_up_to_its_cap() {
    let bench = Bench::new();
    let broken = Guest::v2().edit(
        "add",
        "(global.get $cap)",
        &format!("(i32.const {})", CAP + 1),
    );
    let (code, report) = bench.check(&Guest::v1(), &broken);
    assert_eq!(code, 1, "{report:#}");
}
