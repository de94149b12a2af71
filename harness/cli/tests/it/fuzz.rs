//! `handover fuzz`: what it finds, that it tells each fault once and in its shortest form, and what it does with bad input.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;
use test_guests::{Guest, component};

/// A folder, and the command in it.
struct Bench(TempDir);

/// What a campaign left.
struct Campaign {
    code: i32,
    summary: String,
    said: String,
    /// The failure files by name.
    files: BTreeMap<String, Value>,
}

const FAULTY: &str = "embedded:cart-v2-faulty";

impl Bench {
    fn new() -> Self {
        let bench = Self(tempfile::tempdir().expect("a folder"));
        let limits = "[limits]\nfuel = 30_000_000\nfuel-per-byte = 1000\nmemory = 16777216\n";
        bench.write("small.toml", limits);
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).expect("the file is written");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_handover"));
        command.env("HANDOVER_CACHE", "off");
        command.args(arguments).current_dir(self.0.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().expect("the command runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("panicked"), "{said}");
        output
    }

    /// Fuzzes, with failure files in a folder of their own.
    fn fuzz(&self, arguments: &[&str]) -> Campaign {
        let failures = self.path("failures");
        let _ = fs::remove_dir_all(&failures);
        let output = self.run(&[&["fuzz", "--failures", "failures"], arguments].concat());
        Campaign {
            code: output.status.code().expect("an exit code"),
            summary: String::from_utf8_lossy(&output.stdout).into_owned(),
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
            files: json_files(&failures),
        }
    }

    /// Fuzzes a guest of this one shape.
    fn fuzz_guest(&self, guest: &Guest, runs: &str) -> Campaign {
        self.write("guest.wasm", guest.wasm());
        let arguments = ["guest.wasm", "--runs", runs, "--config", "small.toml"];
        self.fuzz(&arguments)
    }

    /// The command cannot run, and says why in one line.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(&[&["fuzz"], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr)
            .trim_end()
            .to_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.starts_with("error: "), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        said
    }
}

fn json_files(folder: &Path) -> BTreeMap<String, Value> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("a file").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(&path).expect("a failure file");
        files.insert(name, serde_json::from_str(&text).expect("JSON"));
    }
    files
}

impl Campaign {
    /// The one fault that was found, which fails again when it is replayed.
    fn one(&self, bench: &Bench, property: &str, message: &str) {
        assert_eq!(self.code, 1, "{}{}", self.said, self.summary);
        assert_eq!(self.files.len(), 1, "{}", self.summary);
        for (name, file) in &self.files {
            assert_eq!(file["property"], property);
            let said = file["message"].as_str().expect("a message");
            assert!(said.contains(message), "{said}");
            let replayed = bench.run(&["replay", &format!("failures/{name}")]);
            assert_eq!(replayed.status.code(), Some(1), "{name}");
        }
    }

    fn input(&self) -> String {
        let file = self.files.values().next().expect("a failure file");
        file["input"]["base64"]
            .as_str()
            .expect("an input")
            .to_owned()
    }
}

#[test]
fn nothing_is_found_in_a_correct_component() {
    let bench = Bench::new();
    for new in ["embedded:cart-v1", "embedded:clock-v2"] {
        let campaign = bench.fuzz(&[new, "--runs", "3000"]);
        assert_eq!(campaign.code, 0, "{}", campaign.summary);
        assert!(
            campaign.summary.contains("NOTHING FOUND"),
            "{}",
            campaign.summary
        );
        assert!(campaign.files.is_empty());
    }
}

#[test]
fn the_trap_of_the_faulty_cart_is_told_once_in_three_bytes_and_replays() {
    let bench = Bench::new();
    let campaign = bench.fuzz(&[FAULTY, "--from", "embedded:cart-v1", "--runs", "20000"]);
    campaign.one(&bench, "load-is-total", "trap");
    assert_eq!(campaign.input(), "AAAA", "three zero bytes");
    assert!(
        campaign.summary.contains("FOUND 1 fault"),
        "{}",
        campaign.summary
    );
}

#[test]
fn the_first_finding_can_end_the_campaign() {
    let bench = Bench::new();
    let campaign = bench.fuzz(&[FAULTY, "--stop-on-finding"]);
    campaign.one(&bench, "load-is-total", "trap");
}

/// What the summary and the files say, without the time.
fn told(bench: &Bench, threads: &str) -> (Vec<String>, BTreeMap<String, Value>, usize) {
    let _ = fs::remove_dir_all(bench.path("failures"));
    let _ = fs::remove_dir_all(bench.path("corpus"));
    let arguments = "fuzz --seed 7 --runs 6000 --jobs 3 --corpus corpus --failures failures";
    let arguments: Vec<&str> = arguments.split(' ').chain([FAULTY]).collect();
    let mut command = bench.command(&arguments);
    let output = command.env("RAYON_NUM_THREADS", threads).output();
    let summary = String::from_utf8_lossy(&output.expect("the command runs").stdout).into_owned();
    let lines = summary.lines().filter(|line| !line.contains("per second"));
    let corpus = fs::read_dir(bench.path("corpus"))
        .expect("a corpus")
        .count();
    (
        lines.map(str::to_owned).collect(),
        json_files(&bench.path("failures")),
        corpus,
    )
}

#[test]
fn the_same_seed_finds_the_same_on_any_number_of_threads() {
    let bench = Bench::new();
    let one = told(&bench, "1");
    assert!(
        one.0.iter().any(|line| line.contains("FOUND 1 fault")),
        "{:?}",
        one.0
    );
    assert_eq!(one, told(&bench, "4"));
}

#[test]
fn a_trap_behind_a_large_number_is_found_from_nothing() {
    let bench = Bench::new();
    let guest = Guest::v2().before(
        "read-v2",
        "(if (i32.gt_u (local.get $length) (i32.const 12)) (then
           (if (i64.eq (i64.load offset=5 (local.get $at)) (i64.const 0x1234_5678_9abc_def0))
             (then unreachable))))",
    );
    bench.write("guest.wasm", guest.wasm());
    let campaign = bench.fuzz(&[
        "guest.wasm",
        "--no-seeds",
        "--runs",
        "50000",
        "--stop-on-finding",
    ]);
    campaign.one(&bench, "load-is-total", "trap");
}

#[test]
fn a_hang_is_told_once_however_many_inputs_reach_it() {
    let bench = Bench::new();
    let guest = Guest::v2().before(
        "load",
        "(if (i32.eq (local.get $length) (i32.const 5)) (then (loop $l (call $get) drop (br $l))))",
    );
    let campaign = bench.fuzz_guest(&guest, "3000");
    campaign.one(&bench, "load-is-total", "out of fuel");
    assert_eq!(campaign.input(), "AAAAAAA=", "five zero bytes");
}

#[test]
fn a_memory_bomb_is_told_as_one() {
    let bench = Bench::new();
    let guest = Guest::v2().before(
        "load",
        "(if (i32.eq (local.get $length) (i32.const 4)) (then
           (if (i32.lt_s (memory.grow (i32.load (local.get $at))) (i32.const 0)) (then unreachable))))",
    );
    let campaign = bench.fuzz_guest(&guest, "5000");
    campaign.one(&bench, "load-is-total", "out of memory");
}

#[test]
fn an_exhausted_stack_is_told_once() {
    let bench = Bench::new();
    let guest = Guest::v2()
        .item("(func $deep (param i32) (result i32) (if (result i32) (local.get 0) (then (i32.add (call $deeper (local.get 0)) (i32.const 1))) (else (i32.const 0))))")
        .item("(func $deeper (param i32) (result i32) (i32.mul (call $deep (local.get 0)) (i32.const 3)))")
        .before("load", "(drop (call $deep (i32.eq (local.get $length) (i32.const 6))))");
    let campaign = bench.fuzz_guest(&guest, "3000");
    campaign.one(&bench, "load-is-total", "stack exhausted");
}

#[test]
fn what_is_accepted_but_wrong_is_found_with_the_operation_that_shows_it() {
    let bench = Bench::new();
    let guest = Guest::v2()
        .edit(
            "read-v2",
            "(i32.gt_u (i32.load offset=6 (local.get $at)) (global.get $cap))",
            "(i32.const 0)",
        )
        .before(
            "get",
            "(if (i32.gt_u (global.get $count) (global.get $cap)) (then unreachable))",
        );
    let campaign = bench.fuzz_guest(&guest, "20000");
    campaign.one(
        &bench,
        "accepted-is-stable",
        "get() fails on a state that load accepted",
    );
    for file in campaign.files.values() {
        assert_eq!(file["history"], serde_json::json!(["get()"]));
    }
}

#[test]
fn a_corpus_is_kept_and_read_again() {
    let bench = Bench::new();
    let arguments = ["embedded:cart-v2", "--corpus", "corpus", "--runs"];
    bench.fuzz(&[&arguments[..], &["4000"]].concat());
    let kept = || {
        fs::read_dir(bench.path("corpus"))
            .expect("a corpus")
            .count()
    };
    let first = kept();
    assert!(first > 50, "{first} inputs");

    // All of it shows something new in its turn, without any mutation.
    fs::create_dir(bench.path("corpus/inner")).expect("a folder");
    bench.write("corpus/enormous", vec![0; 5_000]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", bench.path("corpus/dangling")).expect("a link");
    let again = bench.fuzz(&[&arguments[..], &["1", "--no-seeds", "--max-len", "4096"]].concat());
    assert_eq!(again.code, 0);
    assert!(
        again.said.contains("enormous is left out"),
        "{}",
        again.said
    );
    assert!(kept() >= first, "nothing is thrown away");
    let unfinished = fs::read_dir(bench.path("corpus")).expect("a corpus");
    let unfinished = unfinished.filter(|it| {
        let name = it.as_ref().expect("a file").file_name();
        name.to_string_lossy().starts_with('.')
    });
    assert_eq!(unfinished.count(), 0);
}

#[test]
fn a_dictionary_is_used() {
    let bench = Bench::new();
    // No comparison tells this word: it is hashed.
    let guest = Guest::v2().before(
        "load",
        "(local $i i32) (local $h i32)
         (loop $l (if (i32.lt_u (local.get $i) (local.get $length)) (then
           (local.set $h (i32.add (i32.mul (local.get $h) (i32.const 31)) (i32.load8_u (i32.add (local.get $at) (local.get $i)))))
           (local.set $i (i32.add (local.get $i) (i32.const 1)))
           (br $l))))
         (if (i32.eqz (i32.sub (i32.mul (local.get $h) (i32.const 3)) (i32.mul (i32.const 1_237_117_447) (i32.const 3)))) (then unreachable))",
    );
    let hash = b"handover".iter().fold(0u32, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add((*byte).into())
    });
    let guest = guest.edit("load", "1_237_117_447", &hash.to_string());
    bench.write("guest.wasm", guest.wasm());
    bench.write("words.dict", "# one word\nword=\"hand\\x6fver\"\n");
    let arguments = ["guest.wasm", "--no-seeds", "--runs", "20000"];
    assert_eq!(bench.fuzz(&arguments).code, 0);
    let found = bench.fuzz(&[&arguments[..], &["--dict", "words.dict"]].concat());
    found.one(&bench, "load-is-total", "trap");
}

#[test]
fn what_cannot_be_fuzzed_is_refused_in_one_line() {
    let bench = Bench::new();
    bench.write("text.wasm", "hello");
    bench.write("words.dict", "no quotes");
    bench.write("no-load.wasm", component("(component)"));
    bench.write(
        "traps.wasm",
        Guest::v2().with("start", "unreachable").wasm(),
    );
    let reasons: [(&[&str], &str); 7] = [
        (&["missing.wasm"], "missing.wasm"),
        (&["text.wasm"], "no WebAssembly"),
        (&["no-load.wasm"], "does not export load"),
        (&["traps.wasm"], "does not start"),
        (
            &["embedded:cart-v1", "--dict", "words.dict"],
            "line 1 of the dictionary",
        ),
        (
            &["embedded:cart-v1", "--dict", "missing.dict"],
            "missing.dict",
        ),
        (&["embedded:cart-v1", "--corpus", "text.wasm"], "text.wasm"),
    ];
    for (arguments, reason) in reasons {
        let said = bench.refused(arguments);
        assert!(said.contains(reason), "{arguments:?}: {said}");
    }
}

#[test]
fn what_cannot_be_written_costs_the_file_and_not_the_verdict() {
    let bench = Bench::new();
    bench.write("file", "in the way");
    let arguments = [
        "fuzz",
        FAULTY,
        "--stop-on-finding",
        "--failures",
        "file/folder",
    ];
    let output = bench.run(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("warning: cannot write the failure file"),
        "{said}"
    );
}

/// A guest that the rewriter cannot make record anything is fuzzed all the same, blindly, and that is said.
#[test]
fn a_component_that_cannot_be_rewritten_is_fuzzed_blindly() {
    let bench = Bench::new();
    let guest = Guest::v2()
        .before(
            "load",
            "(if (i32.eq (local.get $length) (i32.const 3)) (then unreachable))",
        )
        .component_item(r#"(export "handover-record-m0" (func $get))"#);
    let campaign = bench.fuzz_guest(&guest, "3000");
    assert!(
        campaign
            .said
            .contains("nothing is known of what happens inside"),
        "{}",
        campaign.said
    );
    campaign.one(&bench, "load-is-total", "trap");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_the_campaign_with_its_summary() {
    let bench = Bench::new();
    let mut command = bench.command(&[
        "fuzz",
        FAULTY,
        "--corpus",
        "corpus",
        "--failures",
        "failures",
    ]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let child = child.expect("the command runs");
    // Once a failure file is there, the campaign is under way.
    while json_files_are_missing(&bench.path("failures")) {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.expect("kill runs").success());
    let output = child.wait_with_output().expect("the command ends");
    assert_eq!(output.status.code(), Some(1));
    let summary = String::from_utf8_lossy(&output.stdout);
    assert!(summary.contains("FOUND 1 fault"), "{summary}");
    assert_eq!(json_files(&bench.path("failures")).len(), 1);
}

#[cfg(unix)]
fn json_files_are_missing(folder: &Path) -> bool {
    let mut files = fs::read_dir(folder).into_iter().flatten();
    files.next().is_none()
}
