//! Guests that answer with texts as long as the limits allow.

use serde_json::Value;
use test_guests::Guest;

use super::{Bench, failures};

/// Length of the texts, and what a file that tells of one may have. Each byte of them but one is zero, which JSON writes as six.
const LONG: usize = 3 << 20;
const SHORT: u64 = 64 << 10;

/// Version 2, whose load refuses with a text of [`LONG`] characters: the last of them is `last`.
fn refuses_at_length(last: u8) -> Guest {
    Guest::v2().with(
        "load",
        format!(
            "(drop (memory.grow (i32.const 64)))
             (i32.store8 (i32.const {}) (i32.const {last}))
             (call $err (i32.const 65536) (i32.const {LONG}))",
            65_535 + LONG
        ),
    )
}

fn read(bench: &Bench, path: &Value) -> Value {
    let path = bench.path(path.as_str().expect("a failure file was written"));
    let length = path.metadata().expect("it is there").len();
    assert!(length < SHORT, "{length} bytes");
    let text = std::fs::read(path).expect("it can be read");
    serde_json::from_slice(&text).expect("JSON")
}

#[test]
fn a_long_refusal_makes_a_short_failure_file_that_replays() {
    let bench = Bench::new();
    let mut messages = Vec::new();
    for last in [b'a', b'b'] {
        let (code, report) = bench.check(&Guest::v1(), &refuses_at_length(last));
        assert_eq!(code, 1);
        let bytes = report.to_string().len();
        assert!(bytes < 1 << 20, "the report has {bytes} bytes");
        let failure = &failures(&report, "accepts-saved")[0];
        let kept = read(&bench, &failure["replay"]);
        let message = kept["message"].as_str().expect("text");
        assert!(message.contains("bytes, SHA-256 "), "{message}");
        let replay = failure["replay"].as_str().expect("a path");
        let replayed = bench.handover(&["replay", replay]);
        let shown = String::from_utf8(replayed.stdout).expect("text");
        assert_eq!(replayed.status.code(), Some(1), "{shown}");
        assert!(shown.len() < 20_000, "{} bytes", shown.len());
        // It is the very failure, as a text that differs in one character is not.
        let fails = shown.lines().filter(|it| it.contains("SHA-256"));
        assert!(fails.count() >= 2, "{shown}");
        messages.push(message.to_owned());
    }
    assert_eq!(messages[0].len(), messages[1].len());
    assert_ne!(messages[0], messages[1]);
}
