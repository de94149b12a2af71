//! `handover coverage`, as a user runs it.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use test_guests::Guest;

/// A folder with a guest and a corpus of three inputs: two that load accepts, and one that it refuses.
fn folder(guest: &Guest) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let corpus = folder.path().join("corpus");
    fs::create_dir(&corpus).expect("a corpus");
    let inputs: [&[u8]; 3] = [b"K1\x01\0\0\0\0\0\0\0", b"K1\x02\0\0\0\0\0\0\0", b"K9"];
    for (number, input) in inputs.iter().enumerate() {
        fs::write(corpus.join(number.to_string()), input).expect("an input");
    }
    fs::write(folder.path().join("guest.wasm"), guest.wasm()).expect("a guest");
    folder
}

/// How a run ended: exit code, standard output, standard error.
fn coverage(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_handover"))
        .env("HANDOVER_CACHE", "off")
        .arg("coverage")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the command can be run");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    assert!(!stderr.contains("panicked"), "{stderr}");
    (output.status.code(), stdout, stderr)
}

/// Asserts that the command could not run, and says so with these words; nothing is printed.
#[track_caller]
fn refuses(folder: &Path, arguments: &[&str], words: &str) {
    let (code, stdout, stderr) = coverage(folder, arguments);
    assert_eq!((code, stdout.as_str()), (Some(2), ""), "{stderr}");
    assert!(stderr.contains(words), "{stderr}");
}

const USUAL: [&str; 3] = ["guest.wasm", "--corpus", "corpus"];

#[test]
fn the_table_tells_what_was_reached_and_sums_up_what_was_never_entered() {
    let folder = folder(&Guest::v1());
    let (code, stdout, stderr) = coverage(folder.path(), &USUAL);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let lines: Vec<&str> = stdout.lines().collect();
    assert!(
        lines[0].starts_with("new ") && lines[0].ends_with("  guest.wasm"),
        "{stdout}"
    );
    assert_eq!(
        lines[1],
        "inputs  3: load accepted 2, refused 1, failed on 0"
    );
    let row = |name: &str| {
        let found = lines
            .iter()
            .find(|line| line.ends_with(&format!("  {name}")));
        let row: Vec<&str> = found.unwrap_or(&"").split_whitespace().collect();
        row.join(" ")
    };
    // One is refused for its length; no input is refused for its first bytes or its count.
    assert_eq!(row("read-v1"), "5/7 71.4 % 3 read-v1");
    assert_eq!(row("load"), "4/4 100.0 % 3 load");
    assert_eq!(row("accept"), "1/1 100.0 % 2 accept");
    assert_eq!(row("refuse"), "1/1 100.0 % 1 refuse");
    assert_eq!(row("start"), "", "it is entered at the start only");
    let place = |name: &str| {
        lines
            .iter()
            .position(|line| line.ends_with(&format!("  {name}")))
    };
    assert!(
        place("read-v1") < place("accept"),
        "what is missing comes first: {stdout}"
    );
    assert!(
        stdout.contains("never entered: 8 functions with "),
        "{stdout}"
    );
    assert!(!stdout.contains('\u{1b}'), "a pipe sees no colours");

    let (_, all, _) = coverage(folder.path(), &[&USUAL[..], &["--all"]].concat());
    assert!(
        all.contains("  save\n") && !all.contains("never entered"),
        "{all}"
    );
}

#[test]
fn inputs_that_make_load_fail_are_told_apart() {
    let guest = Guest::v1().before(
        "load",
        "(if (i32.eq (local.get $length) (i32.const 2)) (then unreachable))",
    );
    let folder = folder(&guest);
    let (code, stdout, _) = coverage(folder.path(), &USUAL);
    assert_eq!(code, Some(0));
    assert!(
        stdout.contains("load accepted 2, refused 0, failed on 1\n        1: trap: "),
        "{stdout}"
    );
}

#[test]
fn load_sees_the_mime_type_that_the_guest_itself_saves() {
    let guest = Guest::v1().record("payload").mime("text/x-counter").before(
        "load",
        "(if (i32.ne (local.get $mime-length) (i32.const 14)) (then unreachable))",
    );
    let folder = folder(&guest);
    let (_, stdout, stderr) = coverage(folder.path(), &USUAL);
    assert!(stdout.contains("failed on 0"), "{stdout}{stderr}");
}

#[test]
fn lines_are_written_for_lcov_if_the_component_knows_them() {
    let folder = folder(&Guest::v1());
    let lcov = [&USUAL[..], &["--lcov", "-"]].concat();
    refuses(folder.path(), &lcov, "it has no DWARF");
    let sources = [&USUAL[..], &["--source", "/"]].concat();
    refuses(folder.path(), &sources, "it has no DWARF");

    let wasm = Guest::v1().wasm_with_dwarf("/shop/counter.wat");
    fs::write(folder.path().join("guest.wasm"), wasm).expect("a guest");
    let (code, stdout, stderr) = coverage(folder.path(), &lcov);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(
        stdout.starts_with("TN:load\nSF:/shop/counter.wat\nFN:"),
        "{stdout}"
    );
    assert!(
        stdout.contains("\nFNDA:3,read-v1\n") && stdout.contains("\nFNDA:0,save\n"),
        "{stdout}"
    );
    assert!(
        stdout
            .lines()
            .any(|it| it.starts_with("DA:") && it.ends_with(",0"))
    );
    assert!(
        stdout
            .lines()
            .any(|it| it.starts_with("DA:") && it.ends_with(",3"))
    );
    assert!(stdout.ends_with("\nend_of_record\n"), "{stdout}");

    let to_file = [&USUAL[..], &["--lcov", "out.info", "--source", "/shop/"]].concat();
    let (code, table, _) = coverage(folder.path(), &to_file);
    assert_eq!(code, Some(0));
    assert!(
        table.contains("/shop/counter.wat:") && table.contains("\n        lines "),
        "{table}"
    );
    let written = fs::read_to_string(folder.path().join("out.info")).expect("the file");
    assert_eq!(written, stdout);
    let elsewhere = [&USUAL[..], &["--source", "/elsewhere"]].concat();
    refuses(
        folder.path(),
        &elsewhere,
        "no source file of guest.wasm has a path that starts with /elsewhere",
    );
    let unwritable = [&USUAL[..], &["--lcov", "corpus"]].concat();
    let (code, _, stderr) = coverage(folder.path(), &unwritable);
    assert_eq!(code, Some(2));
    assert!(
        stderr.contains("cannot write the lines to corpus"),
        "{stderr}"
    );
}

#[test]
fn what_cannot_run_is_said() {
    let folder = folder(&Guest::v1());
    let path = folder.path();
    refuses(
        path,
        &["guest.wasm", "--corpus", "nowhere"],
        "the corpus nowhere is no folder",
    );
    assert!(!path.join("nowhere").exists(), "nothing is made");
    refuses(
        path,
        &["guest.wasm", "--corpus", "guest.wasm"],
        "is no folder",
    );
    fs::create_dir(path.join("empty")).expect("a folder");
    refuses(
        path,
        &["guest.wasm", "--corpus", "empty"],
        "the corpus empty has no input",
    );
    let short = [&USUAL[..], &["--max-len", "1"]].concat();
    refuses(path, &short, "has no input of at most 1 bytes");
    refuses(
        path,
        &["corpus/0", "--corpus", "corpus"],
        "it is no WebAssembly",
    );
    refuses(path, &["guest.wasm"], "--corpus");
    let (code, stdout, stderr) = coverage(path, &[&USUAL[..], &["--max-len", "9"]].concat());
    assert_eq!(code, Some(0));
    assert!(stdout.contains("\ninputs  1: "), "{stdout}");
    assert_eq!(
        stderr.matches("is left out: it has 10 bytes").count(),
        2,
        "{stderr}"
    );

    for (guest, words) in [
        (Guest::v1().load_as(None), "guest.wasm does not export load"),
        (
            Guest::v1().with("start", "unreachable"),
            "guest.wasm does not start: trap",
        ),
    ] {
        fs::write(path.join("guest.wasm"), guest.wasm()).expect("a guest");
        refuses(path, &USUAL, words);
    }
}
