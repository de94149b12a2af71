//! `handover inspect`

use crate::run::{folder, handover};

#[test]
fn inspect_shows_save_and_load_and_the_operations_with_their_types() {
    let folder = folder();
    let shown = handover(folder.path(), &["inspect", "embedded:cart-v3"])
        .exits(0)
        .stdout;
    for line in [
        "save: golem:api/save-snapshot.save (1.5.0): func() -> record { payload: list<u8>, mime-type: string }",
        "load: golem:api/load-snapshot.load (1.5.0): func(snapshot: record { payload: list<u8>, mime-type: string }) -> result<_, string>",
        "operations: 16",
        "  shop:cart/cart@1.1.0.note: func() -> string",
        "  shop:cart/cart@1.1.0.hold: func(reason: option<string>) -> variant { open, on-hold(string), ordered(u64) }",
        "  shop:cart/cart@1.1.0.set-delivery: func(delivery: flags { express, gift-wrap, leave-with-neighbour }) -> flags { express, gift-wrap, leave-with-neighbour }",
        "imported functions: 0",
    ] {
        assert!(shown.lines().any(|it| it == line), "{line}\n{shown}");
    }
}

#[test]
fn inspect_shows_who_answers_the_imports() {
    let folder = folder();
    let shown = handover(folder.path(), &["inspect", "embedded:clock-v1"])
        .exits(0)
        .stdout;
    assert!(shown.contains("save: golem:api/save-snapshot.save (1.1.0): func() -> list<u8>\n"));
    assert!(shown.contains("\noperations: 12\n"), "{shown}");
    assert!(shown.contains("\nimported functions: 5\n"), "{shown}");
    for (interface, function) in [
        ("golem:api/host@1.1.0", "get-oplog-index"),
        ("wasi:cli/environment@0.2.3", "get-environment"),
        ("wasi:random/random@0.2.3", "get-random-u64"),
    ] {
        let lines = format!("  {interface}: answered by the simulated world\n    {function}\n");
        assert!(shown.contains(&lines), "{lines}\n{shown}");
    }
}
