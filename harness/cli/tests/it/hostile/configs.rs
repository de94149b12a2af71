//! A failure file names a config: it is read where a project keeps it, and no failure file makes the command tell what is in
//! another file.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::Bench;
use crate::run::{self, failure_file};

/// What must not be seen; no config, and if it is quoted, this is in the quotation.
const SECRET: &str = "root:$6$hunter2:19000:0:99999:7:::\n";
/// A config that changes nothing.
const PLAIN: &str = "[environment]\nSHOP = \"1\"\n";

/// A failure of the embedded pair in the bench's folder, found with a config of this path; its path.
fn failure(bench: &Bench, config: &Path) -> String {
    let file = failure_file(bench.0.path(), "upgrade-equivalence");
    let path = bench.path(&file);
    let text = std::fs::read(&path).expect("the failure file");
    let mut failure: Value = serde_json::from_slice(&text).expect("JSON");
    failure["config"] = json!(config);
    std::fs::write(&path, failure.to_string()).expect("it can be written");
    file
}

fn elsewhere(text: &str) -> (TempDir, std::path::PathBuf) {
    let folder = run::folder();
    let path = folder.path().join("handover.toml");
    std::fs::write(&path, text).expect("it can be written");
    (folder, path)
}

/// Replays, and asserts that nothing of the secret is told; the exit code and what is said.
fn replayed(bench: &Bench, arguments: &[&str]) -> (Option<i32>, String) {
    let output = bench.handover(&[&["replay"], arguments].concat());
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).expect("the output is text");
    assert!(!said.contains("hunter2"), "{said}");
    (output.status.code(), said)
}

#[cfg(unix)]
#[test]
fn no_failure_file_makes_the_command_tell_what_is_in_another_file() {
    let bench = Bench::new();
    let (folder, secret) = elsewhere(SECRET);
    let name = folder.path().file_name().expect("a name");
    std::os::unix::fs::symlink(&secret, bench.path("linked.toml")).expect("a link");
    bench.write(".env", SECRET);
    let outside = "outside the current folder";
    for (config, hint) in [
        (secret.clone(), outside),
        (Path::new("..").join(name).join("handover.toml"), outside),
        (Path::new("linked.toml").to_owned(), outside),
        (
            bench.path("./../").join(name).join("handover.toml"),
            outside,
        ),
        (Path::new(".env").to_owned(), "is no config file"),
        (bench.path(".env"), "is no config file"),
    ] {
        let file = failure(&bench, &config);
        let (code, said) = replayed(&bench, &[&file]);
        assert_eq!(code, Some(2), "{}: {said}", config.display());
        assert!(
            said.contains(hint) && said.contains("--trust-config"),
            "{}: {said}",
            config.display()
        );
        // In a table too.
        let (code, said) = replayed(&bench, &[&file, "handover-failures/../handover-failures"]);
        assert_eq!(code, Some(2), "{said}");
    }
    // Whoever asks for it is told what is wrong: the test above would notice.
    let file = failure(&bench, &secret);
    let output = bench.handover(&["replay", &file, "--trust-config"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("hunter2"), "{said}");
}

#[test]
fn a_config_is_read_where_a_project_keeps_it() {
    let bench = Bench::new();
    bench.write("handover.toml", PLAIN);
    for config in [Path::new("handover.toml"), &bench.path("handover.toml")] {
        let file = failure(&bench, config);
        assert_eq!(
            replayed(&bench, &[&file]).0,
            Some(1),
            "{}",
            config.display()
        );
    }
    // Beside the failure file, which is replayed from another folder.
    let beside = bench.path("handover-failures/beside.toml");
    std::fs::write(&beside, PLAIN).expect("it can be written");
    let file = bench.path(&failure(&bench, &beside));
    let other = run::folder();
    let arguments = ["replay", &file.to_string_lossy()];
    run::handover(other.path(), &arguments).exits(1);
}

#[test]
fn a_config_elsewhere_is_read_if_it_is_the_one_that_the_check_had_or_if_asked_for() {
    let bench = Bench::new();
    let (_folder, config) = elsewhere(PLAIN);
    let shown = config.to_string_lossy();
    let arguments = [
        &["check"][..],
        &run::FAULTY,
        &run::ENOUGH,
        &run::LOST,
        &["--config", &shown],
    ];
    let checked = run::handover(bench.0.path(), &arguments.concat()).exits(1);
    let line = *checked.replay_lines().first().expect("a replay line");
    let file = line.strip_prefix("replay ").expect("a replay");
    assert_eq!(replayed(&bench, &[file]).0, Some(1));
    std::fs::write(&config, format!("{PLAIN}# another\n")).expect("it can be written");
    let (code, said) = replayed(&bench, &[file]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("not the one that the check had"), "{said}");
    assert_eq!(replayed(&bench, &[file, "--trust-config"]).0, Some(1));
}
