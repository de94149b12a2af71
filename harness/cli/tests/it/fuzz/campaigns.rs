//! How a campaign begins and ends, and what it reads and keeps.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use test_guests::{Guest, component};

use super::{Bench, FAULTY, json_files};

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
fn a_time_beyond_what_the_clock_can_tell_is_no_bound() {
    let bench = Bench::new();
    for seconds in ["18446744073709551615", "9223372036854775807"] {
        let campaign = bench.fuzz(&["embedded:cart-v1", "--runs", "500", "--seconds", seconds]);
        assert_eq!(campaign.code, 0, "{}{}", campaign.said, campaign.summary);
        assert!(
            campaign.summary.contains("NOTHING FOUND"),
            "{}",
            campaign.summary
        );
    }
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

/// How often, and how long between, a test looks for the file of a fault that is found in a second: two minutes together.
#[cfg(unix)]
const LOOKS: u32 = 1_200;
#[cfg(unix)]
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

#[cfg(unix)]
#[test]
fn a_signal_to_end_ends_the_campaign_with_its_summary() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        is_ended_by(signal);
    }
}

#[cfg(unix)]
fn is_ended_by(signal: &str) {
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
    let mut child = child.expect("the command runs");
    // Once a failure file is there, the campaign is under way.
    let is_under_way = (0..LOOKS).any(|_| {
        std::thread::sleep(BETWEEN_LOOKS);
        let ended = child.try_wait().expect("the command can be watched");
        ended.is_some() || !json_files_are_missing(&bench.path("failures"))
    });
    if !is_under_way {
        child.kill().expect("the command can be killed");
    }
    assert!(is_under_way, "no failure file is written");
    let killed = Command::new("kill")
        .args([signal, &child.id().to_string()])
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
