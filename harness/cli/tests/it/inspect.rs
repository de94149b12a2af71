//! `handover inspect`

use crate::run::{folder, handover};

#[test]
fn inspect_shows_save_and_load_and_the_operations_with_their_types() {
    let folder = folder();
    let shown = handover(folder.path(), &["inspect", "embedded:cart-v3"])
        .exits(0)
        .stdout;
    for lines in [
        "save: golem:api/save-snapshot@1.5.0.save: func() -> record { payload: list<u8>,\n    mime-type: string }\n",
        "load: golem:api/load-snapshot@1.5.0.load: func(snapshot: record { payload:\n    list<u8>, mime-type: string }) -> result<_, string>\n",
        "\noperations: 16\n  shop:cart/cart@1.1.0\n    add-line(",
        "\n    note() -> string\n",
        "\n    apply-coupon(coupon: option<coupon>) -> result<option<coupon>, cart-error>\n",
        "\ntypes: ",
        "\n  status: variant { open, on-hold(string), ordered(order-id) }\n",
        "\nimported functions: 0\n",
    ] {
        assert!(shown.contains(lines), "{lines}\n{shown}");
    }
}

#[test]
fn inspect_shortens_definitions_unless_all_is_asked_for() {
    let folder = folder();
    let shown = |switches: &[&str]| {
        let arguments = [&["inspect", "embedded:cart-v3"], switches].concat();
        handover(folder.path(), &arguments).exits(0).stdout
    };
    let (short, full) = (shown(&[]), shown(&["--full"]));
    let last_case = "ids-exhausted";
    assert!(
        !short.contains(last_case) && short.contains("…\n"),
        "{short}"
    );
    assert!(full.contains(last_case) && !full.contains('…'), "{full}");
    let widest = full.lines().max_by_key(|it| it.len());
    assert!(widest.is_some_and(|it| it.len() <= 80), "{widest:?}");
}

#[test]
fn inspect_shows_who_answers_the_imports() {
    let folder = folder();
    let clock = |switches: &[&str]| {
        let arguments = [&["inspect", "embedded:clock-v1"], switches].concat();
        handover(folder.path(), &arguments).exits(0).stdout
    };
    let short = clock(&[]);
    assert!(
        short.ends_with("\nimported functions: 5, all answered by the simulated world\n"),
        "{short}"
    );
    let shown = clock(&["--full"]);
    for (interface, function) in [
        ("golem:api/host@1.1.0", "get-oplog-index"),
        ("wasi:cli/environment@0.2.3", "get-environment"),
        ("wasi:random/random@0.2.3", "get-random-u64"),
    ] {
        let lines = format!("  {interface}: answered by the simulated world\n    {function}\n");
        assert!(shown.contains(&lines), "{lines}\n{shown}");
    }
}
