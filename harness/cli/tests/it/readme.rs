//! The README is true: what could rot in it is compared with the code. `HANDOVER_BLESS=1` writes what is generated.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use handover::Config;
use handover::properties::{self, state_round_trip};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("the README is there")
}

/// Compares `current` with `wanted`, or writes it where that is asked for.
fn compare(current: &str, wanted: &str) {
    if current == wanted {
        return;
    }
    if std::env::var_os("HANDOVER_BLESS").is_some() {
        let readme = readme().replacen(current, wanted, 1);
        fs::write(root().join("README.md"), readme).expect("the README can be written");
        return;
    }
    assert_eq!(
        current, wanted,
        "the README is not what the code says; HANDOVER_BLESS=1 writes it"
    );
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text
        .split_once(start)
        .unwrap_or_else(|| panic!("{start:?} is in the text"));
    let (found, _) = rest
        .split_once(end)
        .unwrap_or_else(|| panic!("{end:?} follows {start:?}"));
    found
}

#[test]
fn what_is_installed_has_the_names_that_the_readme_gives() {
    let readme = readme();
    let install = between(&readme, "## Install\n", "\n## ");
    let manifest = |folder: &str| {
        let path = root().join(folder).join("Cargo.toml");
        fs::read_to_string(path).expect("the manifest is there")
    };
    let (command, library) = (manifest("harness/cli"), manifest("harness"));
    for (line, name, manifest) in [
        (
            "--git <repository> handover-cli --locked`",
            "handover-cli",
            &command,
        ),
        ("--path harness/cli --locked`", "handover-cli", &command),
        (
            "add --dev --git <repository> handover`",
            "handover",
            &library,
        ),
    ] {
        assert!(install.contains(line), "{line}");
        let package = between(manifest, "[package]\n", "\n\n");
        assert!(package.contains(&format!("name = \"{name}\"\n")), "{name}");
    }
    let binary = between(&command, "[[bin]]\n", "\n\n");
    assert!(binary.contains("name = \"handover\"\n"), "{binary}");
}

// One test, because blessing rewrites the file that every part reads.
#[test]
fn what_could_rot_is_what_the_code_says() {
    the_table_of_properties();
    the_examples_in_rust();
    the_failure();
    the_divergence();
    the_finding();
    the_config();
    the_options(
        "check",
        "- `handover check OLD NEW …`",
        "`--help` explains them",
    );
    the_options("fuzz", "- `handover fuzz NEW`", "see below");
    the_fuzz_target();
}

fn the_table_of_properties() {
    let mut wanted = String::new();
    let own = (
        state_round_trip::ID,
        state_round_trip::STATEMENT,
        state_round_trip::EXERCISED,
    );
    let rows = properties::ALL
        .iter()
        .map(|it| (it.id, it.statement, it.exercised));
    for (id, statement, exercised) in std::iter::once(own).chain(rows) {
        wanted += &format!("| `{id}` | {statement} | {exercised} |\n");
    }
    let readme = readme();
    let current = between(
        &readme,
        "| property | statement | how it is exercised |\n|---|---|---|\n",
        "\n*Not exercised*",
    );
    let head = "| property | statement | how it is exercised |\n|---|---|---|\n";
    compare(&format!("{head}{current}"), &format!("{head}{wanted}"));
}

fn the_examples_in_rust() {
    let tests =
        fs::read_to_string(root().join("harness/tests/it/cart.rs")).expect("the tests are there");
    for (name, before) in [
        (
            "state",
            "with your strategy, encoder, decoder and migration:\n\n```rust\n",
        ),
        (
            "histories",
            "with your own choice and weights of operations:\n\n```rust\n",
        ),
    ] {
        let code = between(&tests, &format!("// README: {name}\n"), "// README: end");
        let readme = readme();
        let current = between(&readme, before, "```\n");
        compare(
            &format!("{before}{current}```\n"),
            &format!("{before}{code}```\n"),
        );
    }
}

/// The failure on the first screen is what the command prints, without the lines about files and the verdict.
fn the_failure() {
    let readme = readme();
    let current = between(&readme, "```console\n", "```\n");
    let (line, _) = current.split_once('\n').expect("a command and its output");
    let arguments = line
        .strip_prefix("$ handover ")
        .expect("a call of handover");
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_handover"))
        .env("HANDOVER_CACHE", "off")
        .env_remove("GITHUB_ACTIONS")
        .args(arguments.split(' '))
        .current_dir(folder.path())
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stdout).expect("text");
    let shown = printed
        .split_once("\n\n")
        .map(|(_, rest)| rest)
        .expect("a table");
    let shown = between(shown, "", "\n\nnotes");
    compare(
        &format!("```console\n{current}```\n"),
        &format!("```console\n{line}\n{shown}\n```\n"),
    );
}

/// The lines that the example of an automatic update shows are among those that the command prints.
fn the_divergence() {
    let readme = readme();
    let current = between(&readme, "$ handover check embedded:clock-v1", "```\n");
    let (arguments, lines) = current.split_once('\n').expect("a command and its output");
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_handover"))
        .env("HANDOVER_CACHE", "off")
        .env_remove("GITHUB_ACTIONS")
        .args(["check", "embedded:clock-v1"])
        .args(arguments.split_whitespace())
        .current_dir(folder.path())
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(0));
    let printed = String::from_utf8(output.stdout).expect("text");
    for line in lines.lines() {
        assert!(
            printed.lines().any(|it| it == line),
            "{line:?} in {printed}"
        );
    }
}

/// What a campaign finds is what it says at its end, without the figures. After how many runs is another number
/// with each change of the mutations, and with guests that were built in another folder.
fn the_finding() {
    let readme = readme();
    let start = "```console\n$ handover fuzz ";
    let current = between(&readme, start, "```\n");
    let (arguments, _) = current.split_once('\n').expect("a command and its output");
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(env!("CARGO_BIN_EXE_handover"))
        .env("HANDOVER_CACHE", "off")
        .env_remove("GITHUB_ACTIONS")
        .arg("fuzz")
        .args(arguments.split(' '))
        .current_dir(folder.path())
        .output()
        .expect("the command runs");
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stdout).expect("text");
    let (_, shown) = printed.split_once("\nfindings\n").expect("a finding");
    let shown = shown.replacen(
        between(shown, "after ", " runs"),
        between(current, "after ", " runs"),
        1,
    );
    compare(
        &format!("{start}{current}```\n"),
        &format!("{start}{arguments}\nfindings\n{shown}```\n"),
    );
}

fn the_config() {
    let readme = readme();
    let example = between(&readme, "```toml\n", "```\n");
    let config = Config::parse(example).expect("the example is a config file");
    let defaults = Config::default();
    assert_eq!(
        config.limits(),
        defaults.limits(),
        "the limits shown are the defaults"
    );
    assert_ne!(config, defaults);
}

fn the_options(command: &str, start: &str, end: &str) {
    let help = Command::new(env!("CARGO_BIN_EXE_handover"))
        .env("HANDOVER_CACHE", "off")
        .env_remove("GITHUB_ACTIONS")
        .args([command, "--help"])
        .output()
        .expect("the command runs");
    let help = String::from_utf8(help.stdout).expect("text");
    let readme = readme();
    let listed = between(&readme, start, end);
    for word in help
        .split_whitespace()
        .filter(|word| word.starts_with("--") && word.len() > 2)
    {
        let option = word.trim_end_matches(['.', ',', ';']);
        assert!(
            option == "--help" || listed.contains(&format!("`{option}`")),
            "the README does not list {option}"
        );
    }
}

fn the_fuzz_target() {
    let readme = readme();
    let target =
        fs::read_to_string(root().join("fuzz/targets/load.rs")).expect("the target is there");
    let (_, code) = target.split_once("\n\n").expect("a header and the code");
    let before =
        "`handover = { features = [\"libfuzzer\"], .. }` in its `Cargo.toml`:\n\n```rust\n";
    let current = between(&readme, before, "```\n");
    compare(
        &format!("{before}{current}```\n"),
        &format!("{before}{code}```\n"),
    );
}
