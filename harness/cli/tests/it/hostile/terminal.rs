//! Guests and files that write to the terminal of whoever looks at them.

use serde_json::{Value, json};
use test_guests::{Guest, component};

use super::{Bench, failures};

/// Clears the screen and claims a verdict, on a line of its own and in the other direction.
const HOSTILE: &str =
    "\x1b[2J\x1b[32mPASS\x07\r\nPASS: forged\u{202e}\u{2066}\u{200f}\u{61c}\u{9b}1m";
/// The same in a string of WAT.
const HOSTILE_WAT: &str =
    "\\1b[2J\\1b[32mPASS\\07\\0d\\0aPASS: forged\\u{202e}\\u{2066}\\u{200f}\\u{61c}\\u{9b}1m";

/// What a terminal would show: with every colour of the command's own, which are no foreign text's.
fn assert_harmless(what: &str, bytes: &[u8]) {
    let text = std::str::from_utf8(bytes).expect("the output is text");
    let is_harmful = |it: &char| {
        it.is_control() && *it != '\n'
            || "\u{202e}\u{2066}\u{200e}\u{200f}\u{61c}\u{2028}".contains(*it)
    };
    let harmful: Vec<char> = text.chars().filter(is_harmful).collect();
    assert!(harmful.is_empty(), "{what}: {harmful:?} in {text:?}");
    let forged = text.lines().find(|line| line.starts_with("PASS: forged"));
    assert_eq!(forged, None, "{what}: {text}");
}

/// Version 2, in which a function of this name traps where load is called.
fn traps_in_a_hostile_function() -> Guest {
    Guest::v2()
        .item(&format!(
            "(func $evil (@name \"{HOSTILE_WAT}\") unreachable)"
        ))
        .before("load", "(call $evil)")
}

#[test]
fn nothing_that_a_guest_names_reaches_the_terminal_as_it_is() {
    let bench = Bench::new();
    bench.write("old.wasm", Guest::v1().wasm());
    bench.write("new.wasm", traps_in_a_hostile_function().wasm());
    bench.write(HOSTILE_FILE, Guest::v1().wasm());
    std::fs::create_dir(bench.path("corpus")).expect("a folder");
    bench.write("corpus/one", "K1");
    let table: [(&[&str], i32); 6] = [
        (&["check", "old.wasm", "new.wasm", "--cases", "4"], 1),
        (&["fuzz", "new.wasm", "--runs", "64"], 1),
        (&["coverage", "new.wasm", "--corpus", "corpus"], 0),
        (&["coverage", "new.wasm", "--corpus", "corpus", "--all"], 0),
        (&["inspect", HOSTILE_FILE], 0),
        (&["inspect", "absent\n\x1b[2J\u{202e}"], 2),
    ];
    for (arguments, code) in table {
        let output = bench.handover(arguments);
        let what = arguments.join(" ").escape_debug().to_string();
        assert_harmless(&what, &output.stdout);
        assert_harmless(&what, &output.stderr);
        assert_eq!(output.status.code(), Some(code), "{what}");
    }
    let (_, report) = bench.check(&Guest::v1(), &traps_in_a_hostile_function());
    let backtrace = failures(&report, "load-is-total")[0].to_string();
    assert!(
        backtrace.contains("forged"),
        "the name was seen: {backtrace}"
    );
}

/// The name of a file whose label the command prints.
const HOSTILE_FILE: &str = "old\n\x1b[2J\u{202e}.wasm";

#[test]
fn nothing_that_a_failure_file_says_reaches_the_terminal_as_it_is() {
    let bench = Bench::new();
    bench.write("old.wasm", Guest::v1().wasm());
    bench.write("new.wasm", Guest::v2().wasm());
    let plain = json!({
        "handover": 1,
        "property": "load-is-total",
        "blame": "load",
        "message": "lost",
        "signature": "load",
        "old": { "path": "old.wasm", "sha256": "" },
        "new": { "path": "new.wasm", "sha256": "" },
        "seed": 3,
        "input": { "base64": "SzE=", "mime_type": "text/plain" },
        "history": [],
    });
    let table: [(&str, Value, &[i32]); 7] = [
        ("/message", json!(HOSTILE), &[0]),
        ("/message", json!("x".repeat(1 << 20)), &[0]),
        ("/input/mime_type", json!(HOSTILE), &[0, 1, 3]),
        ("/property", json!(HOSTILE), &[2]),
        ("/history", json!([HOSTILE]), &[2]),
        ("/config", json!(HOSTILE), &[2]),
        ("/old/path", json!(HOSTILE), &[2]),
    ];
    for (pointer, value, codes) in table {
        let mut file = plain.clone();
        match file.pointer_mut(pointer) {
            Some(part) => *part = value,
            None => file[&pointer[1..]] = value,
        }
        bench.write("failure.json", file.to_string());
        let output = bench.handover(&["replay", "--any-version", "failure.json"]);
        assert_harmless(pointer, &output.stdout);
        assert_harmless(pointer, &output.stderr);
        let code = output.status.code().expect("an exit code");
        assert!(codes.contains(&code), "{pointer}: {code}");
        assert!(output.stdout.len() < 20_000, "{pointer}: it is shortened");
    }
}

#[test]
fn an_error_of_many_lines_never_looks_like_a_line_of_the_command() {
    let bench = Bench::new();
    bench.write("hostile.toml", "ignore = [\nPASS: forged\n");
    bench.write("component.wasm", component("(component)"));
    let output = bench.handover(&["inspect", "component.wasm", "--config", "hostile.toml"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(
        text.lines().skip(1).all(|line| line.starts_with("  ")),
        "{text}"
    );
    assert_harmless("a config file", &output.stderr);
}
