//! The config file: what is wrong with a key is said with its name.

use std::process::Command;

use test_guests::{Guest, STOCK};

const CARTS: [&str; 2] = ["embedded:cart-v1", "embedded:cart-v2"];

/// Runs `handover check` with this config, and returns what it complains about.
#[track_caller]
fn refused(pair: [&str; 2], text: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("handover.toml");
    std::fs::write(&file, text).expect("the config can be written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_handover"));
    command.env("HANDOVER_CACHE", "off");
    command.current_dir(folder.path()).arg("check").args(pair);
    command.args(["--cases", "1", "--config", "handover.toml"]);
    let output = command.output().expect("the command can be run");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}: {stderr}");
    assert!(stderr.starts_with("error: "), "{text}: {stderr}");
    assert!(!stderr.contains("panicked"), "{text}: {stderr}");
    stderr
}

#[test]
fn a_key_that_does_not_exist_is_named() {
    for (text, key) in [
        ("ignor = []", "ignor"),
        ("limits = { feul = 1 }", "feul"),
        ("snapshot = { safe = \"x\" }", "safe"),
        ("http = [{ url = \"x\" }]", "url"),
        (
            "same = [{ old = \"note\", new = \"note\", why = \"x\" }]",
            "why",
        ),
        (
            "differs = [{ function = \"note\", because = \"x\", reason = \"x\" }]",
            "because",
        ),
    ] {
        let said = refused(CARTS, text);
        assert!(said.contains(&format!("`{key}`")), "{said}");
        assert!(said.contains("handover.toml"), "{said}");
    }
}

#[test]
fn a_key_that_is_missing_or_has_a_wrong_value_is_named() {
    for (text, part) in [
        ("differs = [{ function = \"note\" }]", "`reason`"),
        ("differs = [{ reason = \"x\" }]", "`function`"),
        ("same = [{ old = \"note\" }]", "`new`"),
        ("same = [{ new = \"note\" }]", "`old`"),
        ("unknown-imports = \"maybe\"", "`maybe`"),
        ("limits = { fuel = -1 }", "fuel = -1"),
        ("limits = { fuel = \"much\" }", "fuel = \"much\""),
        ("weights = { note = -1 }", "note = -1"),
        ("environment = { SHOP = 1 }", "SHOP = 1"),
        ("http = [{ status = 70000 }]", "status = 70000"),
        ("ignore = \"note\"", "ignore = \"note\""),
        ("ignore = [", "ignore = ["),
        ("not TOML", "not TOML"),
    ] {
        let said = refused(CARTS, text);
        assert!(said.contains(part), "{text}: {said}");
        assert!(said.contains("handover.toml"), "{said}");
    }
}

#[test]
fn a_function_that_does_not_exist_is_named() {
    for text in [
        "ignore = [\"notes\"]",
        "weights = { notes = 2 }",
        "weights = { \"shop:cart/cart.notes\" = 2 }",
        "differs = [{ function = \"notes\", reason = \"x\" }]",
        "same = [{ old = \"notes\", new = \"note\" }]",
        "same = [{ old = \"note\", new = \"notes\" }]",
        // Only the new version has it.
        "ignore = [\"reorder\"]",
        "differs = [{ function = \"reorder\", reason = \"x\" }]",
        "same = [{ old = \"reorder\", new = \"note\" }]",
        // No operation.
        "ignore = [\"save\"]",
        // What is ignored cannot differ.
        "ignore = [\"note\"]\ndiffers = [{ function = \"note\", reason = \"x\" }]",
    ] {
        let said = refused(CARTS, text);
        let named = ["notes", "reorder", "\"save\"", "\"note\""];
        assert!(named.iter().any(|name| said.contains(name)), "{said}");
        assert!(said.contains("add-line"), "what there is: {said}");
    }
}

#[test]
fn functions_of_different_types_cannot_be_the_same() {
    let said = refused(CARTS, "same = [{ old = \"note\", new = \"lines\" }]");
    for part in [
        "note: func() -> string",
        "lines: func() -> list<",
        "types differ",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn limits_that_no_engine_grants_are_refused_with_the_name_of_the_key() {
    for stack in ["0", "1000000000000000", "9223372036854775807"] {
        let said = refused(CARTS, &format!("limits = {{ stack = {stack} }}"));
        assert!(said.contains("limits"), "{said}");
        assert!(said.contains("stack"), "{said}");
    }
}

#[test]
fn an_http_status_that_does_not_exist_is_refused() {
    for status in ["0", "99", "1000"] {
        let said = refused(CARTS, &format!("http = [{{ status = {status} }}]"));
        assert!(said.contains("http"), "{said}");
        assert!(said.contains("status"), "{said}");
        assert!(said.contains(status), "{said}");
    }
}

#[test]
fn names_of_save_and_load_that_neither_version_has_are_refused() {
    for (text, name) in [
        (
            "snapshot = { save = \"golem:api/save-snapshot.safe\" }",
            "golem:api/save-snapshot.safe",
        ),
        ("snapshot = { load = \"nothing\" }", "nothing"),
    ] {
        let said = refused(CARTS, text);
        assert!(said.contains(name), "{said}");
    }
}

#[test]
fn save_and_load_of_another_type_are_refused_with_the_type() {
    let said = refused(CARTS, "snapshot = { save = \"shop:cart/cart.note\" }");
    assert!(said.contains("shop:cart/cart.note"), "{said}");
    assert!(said.contains("func() -> string"), "{said}");
}

#[test]
fn inspect_knows_the_config_too() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let written = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).expect("the file can be written");
    };
    written("stock.wasm", &Guest::v1().import(STOCK).wasm());
    written("trap.toml", b"");
    written("synthesize.toml", b"unknown-imports = \"synthesize\"");
    for (config, answerer) in [
        ("trap.toml", "answered by nobody"),
        ("synthesize.toml", "answered with a value of its type"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_handover"));
        command.env("HANDOVER_CACHE", "off");
        command.current_dir(folder.path());
        command.args(["inspect", "stock.wasm", "--config", config]);
        let output = command.output().expect("the command can be run");
        assert_eq!(output.status.code(), Some(0));
        let shown = String::from_utf8_lossy(&output.stdout);
        let line = format!("  shop:stock/levels@1.0.0: {answerer}");
        assert!(shown.contains(&line), "{shown}");
    }
}
