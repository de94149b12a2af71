//! Production's own histories, in each of Golem's formats.

mod input;
mod play;
mod redaction;
mod write;

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use test_guests::Guest;

use crate::run::{Ran, folder, handover, property};
use write::{Golem, Is, Oplog};

/// Hardly anything beside the oplog.
const LITTLE: [&str; 4] = ["--cases", "1", "--property", "revert"];

/// A mark that nobody draws …
const MAGIC: u32 = 0x1234_5678;
/// … and that no code says: marks are told by their product with this.
const FACTOR: u32 = 2_654_435_761;

/// A folder with `old.wasm` and `new.wasm`: a counter with a mark, and a version that forgets one mark.
fn forgetful() -> TempDir {
    let forget = format!(
        "(if (i32.eq (i32.mul (global.get $mark) (i32.const {FACTOR})) (i32.const {}))
            (then (global.set $mark (i32.const 0))))",
        MAGIC.wrapping_mul(FACTOR)
    );
    with_versions(&Guest::v1(), &Guest::v2().after("read-v1", &forget))
}

fn with_versions(old: &Guest, new: &Guest) -> TempDir {
    let folder = folder();
    for (name, guest) in [("old.wasm", old), ("new.wasm", new)] {
        fs::write(folder.path().join(name), guest.wasm()).expect("it can be written");
    }
    folder
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    fs::write(folder.join(name), text).expect("it can be written");
}

/// Checks the versions in the folder with `prod.json`.
fn check(folder: &Path, more: &[&str]) -> Ran {
    let pair = ["check", "old.wasm", "new.wasm", "--oplog", "prod.json"];
    handover(folder, &[&pair[..], &LITTLE, more].concat())
}

/// The row of the report.
fn row(ran: &Ran) -> Value {
    property(&ran.json(), handover::oplog::ID).clone()
}

/// The notes on oplogs, each on a line.
fn notes(ran: &Ran) -> String {
    let report = ran.json();
    let notes = report["notes"].as_array().expect("an array").iter();
    let notes = notes.filter_map(Value::as_str);
    let notes = notes.filter(|it| it.starts_with("oplog: "));
    notes.map(|it| format!("{it}\n")).collect()
}

/// So many calls of a counter, none of which is special.
fn counting(calls: u32) -> Oplog {
    (1..=calls).fold(Oplog::of_worker(), |oplog, number| {
        oplog.call("{add}", &[Is::U32(1)], Some(&Is::U32(number)))
    })
}
