//! Bad input, through the command: each gives one clear sentence and exit code 2, or a verdict; never a panic, and never
//! a run without end.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;
use test_guests::{CAP, Guest, component};

/// A folder with components, and the command in it.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).expect("the file is written");
        path
    }

    fn handover(&self, arguments: &[&str]) -> Output {
        let output = Command::new(env!("CARGO_BIN_EXE_handover"))
            .env("HANDOVER_CACHE", "off")
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .expect("the command runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!text.contains("panicked"), "{text}");
        output
    }

    /// The command cannot run, and says why in one line; returns it.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.handover(arguments);
        let text = String::from_utf8_lossy(&output.stderr)
            .trim_end()
            .to_owned();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.starts_with("error: "), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        text
    }

    /// Checks a pair with small limits; the exit code and the report.
    fn check(&self, old: &Guest, new: &Guest) -> (i32, Value) {
        self.write("old.wasm", old.wasm());
        self.write("new.wasm", new.wasm());
        self.write(
            "small.toml",
            "[limits]\nfuel = 1000000\nfuel-per-byte = 100\nmemory = 8388608\ntransfer = 4194304\n",
        );
        let arguments = [
            "check",
            "old.wasm",
            "new.wasm",
            "--cases",
            "16",
            "--config",
            "small.toml",
            "--json",
            "-",
        ];
        let output = self.handover(&arguments);
        let code = output.status.code().expect("an exit code");
        let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        (code, report)
    }
}

/// The failures of a property in a report.
fn failures<'r>(report: &'r Value, id: &str) -> &'r [Value] {
    let properties = report["properties"].as_array().expect("properties");
    let property = properties
        .iter()
        .find(|it| it["id"] == id)
        .expect("the property");
    property["failures"].as_array().expect("failures")
}

fn message<'r>(report: &'r Value, id: &str) -> &'r str {
    failures(report, id)
        .first()
        .and_then(|failure| failure["message"].as_str())
        .unwrap_or_else(|| panic!("{id} should have failed: {report:#}"))
}

fn sample(name: &str) -> &'static [u8] {
    sample_component::component(name).expect("the embedded component")
}

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
        text.contains("stopped after 16 of 32000 cases, because the guest hangs"),
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
    assert!(
        text.contains("stack exhausted") || text.contains("out of fuel"),
        "{text}"
    );
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
        ("history", json!(["note(((((((((("]), "not written as WAVE"),
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
