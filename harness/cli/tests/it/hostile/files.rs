//! Files that are not what they should be.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use test_guests::{Guest, component};

use super::{Bench, sample};

#[test]
fn a_file_that_is_no_component_is_named_with_what_it_is() {
    let bench = Bench::new();
    bench.write("empty.wasm", "");
    bench.write("text.wasm", "hello");
    bench.write("core.wasm", b"\0asm\x01\0\0\0");
    bench.write("odd.wasm", b"\0asm\x0d\0\x07\0");
    bench.write("cut.wasm", &sample("cart-v1")[..5_000]);
    std::fs::create_dir(bench.path("folder.wasm")).expect("a folder");
    for (file, hint) in [
        ("empty.wasm", "empty"),
        ("text.wasm", "no WebAssembly"),
        ("core.wasm", "core WebAssembly module"),
        ("odd.wasm", "unknown version"),
        ("cut.wasm", "not a component that this engine can run"),
        ("folder.wasm", "not a file"),
        ("absent.wasm", "No such file"),
        ("embedded:cart-v9", "cart-v1"),
    ] {
        let text = bench.refused(&["check", file, file]);
        assert!(
            text.contains(hint) && text.contains(file.trim_start_matches("embedded:")),
            "{file}: {text}"
        );
        bench.refused(&["inspect", file]);
    }
}

#[test]
fn a_huge_file_is_refused_before_it_is_read() {
    let bench = Bench::new();
    let huge = File::create(bench.path("huge.wasm")).expect("a file");
    huge.set_len(2 << 30).expect("a sparse file");
    let text = bench.refused(&["inspect", "huge.wasm"]);
    assert!(text.contains("2147483648 bytes"), "{text}");
    huge.set_len(900 << 20).expect("a sparse file");
    let text = bench.refused(&["inspect", "huge.wasm"]);
    assert!(text.contains("no WebAssembly"), "{text}");
}

/// Each would be read without end, or waited for.
#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused_before_it_is_opened() {
    let bench = Bench::new();
    let made = Command::new("mkfifo").arg(bench.path("pipe")).status();
    assert!(made.expect("mkfifo runs").success());
    for path in ["pipe", "/dev/zero", "."] {
        failure_file(&bench, "config", json!(path));
        let table: [&[&str]; 7] = [
            &["inspect", path],
            &["check", "embedded:cart-v1", path],
            &["inspect", "embedded:cart-v1", "--config", path],
            &["fuzz", "embedded:cart-v1", "--dict", path],
            &["replay", "failure.json"],
            &["check", "--cases", "1", "--snapshot", path],
            &["check", "--cases", "1", "--oplog", path],
        ];
        for arguments in table {
            let text = bench.refused(arguments);
            // A golden snapshot is refused by its name before it is looked at, and a folder is searched.
            let is_named = arguments.contains(&"--snapshot");
            assert!(
                text.contains("not a file") || is_named,
                "{arguments:?}: {text}"
            );
        }
    }
    let long = File::create(bench.path("long")).expect("a file");
    long.set_len(1 << 33).expect("a sparse file");
    for option in ["--config", "--dict"] {
        let text = bench.refused(&["fuzz", "embedded:cart-v1", option, "long"]);
        assert!(text.contains("8589934592 bytes"), "{text}");
    }
    let text = bench.refused(&["check", "--oplog", "long"]);
    assert!(text.contains("8589934592 bytes"), "{text}");
}

#[test]
fn a_component_without_save_or_load_is_named_with_what_it_lacks() {
    let bench = Bench::new();
    bench.write(
        "without.wasm",
        Guest::v1().save_as(None).load_as(None).wasm(),
    );
    let text = bench.refused(&["check", "without.wasm", "embedded:cart-v1"]);
    assert!(text.contains("does not export save"), "{text}");
    let text = bench.refused(&["check", "embedded:cart-v1", "without.wasm"]);
    assert!(text.contains("does not export load"), "{text}");
}

#[test]
fn thousands_of_operations_and_deep_types_are_only_many() {
    let mut wat = String::from(
        "(component\n(core module $m (func (export \"f\") (result i32) (i32.const 1)))\n(core instance $i (instantiate $m))\n(func $f (result u32) (canon lift (core func $i \"f\")))\n",
    );
    for number in 0..3_000 {
        wat += &format!("(export \"f{number}\" (func $f))\n");
    }
    let many = component(&(wat + ")"));
    let mut ty = "u8".to_owned();
    let mut types = String::new();
    for depth in 0..60 {
        types += &format!("(type $t{depth} (option {ty}))\n");
        ty = format!("$t{depth}");
    }
    let deep = format!(
        r#"(component {types}
        (core module $m (memory (export "m") 1) (func (export "f") (result i32) (i32.const 0)))
        (core instance $i (instantiate $m))
        (func $f (result $t59) (canon lift (core func $i "f") (memory $i "m")))
        (export "f" (func $f)))"#
    );
    let bench = Bench::new();
    bench.write("many.wasm", many);
    bench.write("deep.wasm", component(&deep));
    for file in ["many.wasm", "deep.wasm"] {
        let inspected = bench.handover(&["inspect", file]);
        assert_eq!(inspected.status.code(), Some(0), "{file}");
        bench.refused(&["check", file, file]);
    }
}

#[test]
fn a_config_file_that_cannot_be_used_is_refused_by_the_key() {
    let bench = Bench::new();
    for (text, hint) in [
        ("ignor = []", "ignor"),
        ("limits = { fule = 1 }", "fule"),
        ("ignore = [", "small.toml"),
        ("ignore = [\"no-such\"]", "no-such"),
        (
            "differs = [{ function = \"no-such\", reason = \"\" }]",
            "no-such",
        ),
        ("same = [{ old = \"note\", new = \"no-such\" }]", "no-such"),
        (
            "same = [{ old = \"note\", new = \"lines\" }]",
            "types differ",
        ),
        ("unknown-imports = \"maybe\"", "unknown-imports"),
        ("[limits]\nstack = 0", "stack"),
        (
            "[environment]\n\"\" = \"x\"",
            "environment has the name \"\"",
        ),
        ("[environment]\n\"A=B\" = \"x\"", "A=B"),
    ] {
        bench.write("small.toml", text);
        let output = bench.handover(&["check", "--config", "small.toml"]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{hint}: {text}");
        assert!(
            text.starts_with("error: ") && text.contains(hint),
            "{hint}: {text}"
        );
    }
    bench.refused(&["check", "--config", "absent.toml"]);
}

/// A failure file of the embedded pair, with one part replaced.
fn failure_file(bench: &Bench, part: &str, value: Value) -> PathBuf {
    let sha256 = |name| {
        use sha2::Digest;
        let digest = sha2::Sha256::digest(sample(name));
        digest
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let mut file = json!({
        "handover": 1,
        "property": "upgrade-equivalence",
        "blame": "load",
        "message": "lost",
        "signature": "note",
        "old": { "path": "embedded:cart-v1", "sha256": sha256("cart-v1") },
        "new": { "path": "embedded:cart-v2-faulty", "sha256": sha256("cart-v2-faulty") },
        "seed": 3,
        "history": ["set-note(\"a\")", "update", "note()"],
    });
    if !part.is_empty() {
        file[part] = value;
    }
    bench.write("failure.json", file.to_string())
}

#[test]
fn a_failure_file_that_does_not_fit_is_refused() {
    let bench = Bench::new();
    failure_file(&bench, "", Value::Null);
    let replayed = bench.handover(&["replay", "failure.json"]);
    assert_eq!(replayed.status.code(), Some(1), "the file as it is replays");
    let other = json!({ "path": "embedded:cart-v2", "sha256": "00" });
    for (part, value, hint) in [
        ("new", other, "--any-version"),
        ("handover", json!(2), "format"),
        ("property", json!("no-such"), "no-such"),
        ("history", json!(["no-such()"]), "no-such"),
        ("history", json!(["set-note"]), "set-note"),
        ("history", json!(["set-note(1)"]), "set-note(1)"),
        ("history", json!(["set-note(\"a\", \"b\")"]), "do not fit"),
        (
            "history",
            json!(["look-up(99999999999999999999)"]),
            "do not fit",
        ),
        ("history", json!(["note(((((((((("]), "do not fit note"),
        ("history", json!("update"), "no failure file"),
        ("input", json!({ "base64": "?", "mime_type": "" }), "base64"),
        ("seed", json!(-1), "no failure file"),
        ("extra", json!(1), "extra"),
    ] {
        failure_file(&bench, part, value);
        let output = bench.handover(&["replay", "failure.json"]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{part}: {text}");
        assert!(
            text.starts_with("error: ") && text.contains(hint),
            "{part}, {hint}: {text}"
        );
    }
    let whole = std::fs::read(failure_file(&bench, "", Value::Null)).expect("the file");
    bench.write("cut.json", &whole[..whole.len() / 2]);
    bench.refused(&["replay", "cut.json"]);
    bench.refused(&["replay", "absent.json"]);
    bench.refused(&["replay", "."]);
}

#[test]
fn a_failure_folder_that_cannot_be_written_costs_the_files_and_not_the_verdict() {
    let bench = Bench::new();
    bench.write("taken", "a file, no folder");
    let output = bench.handover(&[
        "check",
        "embedded:cart-v1",
        "embedded:cart-v2-faulty",
        "--cases",
        "16",
        "--failures",
        "taken",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        text.contains("warning: cannot write the failure file"),
        "{text}"
    );
    assert!(Path::new(&bench.path("taken")).is_file());
}
