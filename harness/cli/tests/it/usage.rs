//! What a terminal, a pipe and a wrong usage see.

use std::process::Stdio;

use crate::run::{ENOUGH, FAULTY, LOST, command, failure_file, folder, handover, run};

#[test]
fn a_wrong_usage_exits_with_2_and_says_what_is_wrong() {
    let folder = folder();
    let old = "embedded:cart-v1";
    for (arguments, said) in [
        (&[][..], "Usage"),
        (&["chekc"], "chekc"),
        (&["check", old], "2 values"),
        (&["check", old, old, "missing.wasm"], "missing.wasm"),
        (
            &["check", "--property", "upgrade-equivalenc"],
            "upgrade-equivalence",
        ),
        (&["check", "--nothing"], "--nothing"),
        (&["check", "--cases", "many"], "many"),
        (&["check", "--cases", "-1"], "-1"),
        (&["check", "--seed", "x"], "x"),
        (&["check", "--ops", "4000000000"], "--ops"),
        (&["check", "missing.wasm", old], "missing.wasm"),
        (&["check", old, "missing.wasm"], "missing.wasm"),
        (&["check", old, "embedded:cart-v9"], "cart-v9"),
        (&["check", ".", old], "not a file"),
        (&["check", "--config", "missing.toml"], "missing.toml"),
        (&["inspect"], "FILE"),
        (&["inspect", "missing.wasm"], "missing.wasm"),
        (&["replay"], "PATH"),
    ] {
        let ran = handover(folder.path(), arguments).exits(2);
        assert!(ran.stderr.contains(said), "{arguments:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{arguments:?}");
    }
}

#[test]
fn help_and_version_are_no_errors() {
    let folder = folder();
    let version = handover(folder.path(), &["--version"]).exits(0);
    assert_eq!(
        version.stdout,
        concat!("handover ", env!("CARGO_PKG_VERSION"), "\n")
    );
    for arguments in [
        &["--help"][..],
        &["help", "check"],
        &["check", "--help"],
        &["inspect", "--help"],
        &["replay", "--help"],
    ] {
        let help = handover(folder.path(), arguments).exits(0);
        assert!(help.stdout.contains("Usage: handover"), "{}", help.stdout);
        assert_eq!(help.stderr, "");
    }
    for arguments in [&["--help"][..], &["check", "--help"], &["replay", "--help"]] {
        let help = handover(folder.path(), arguments).exits(0).stdout;
        for code in 0..=3 {
            assert!(help.contains(&format!("\n  {code}  ")), "{help}");
        }
    }
}

#[test]
fn a_pipe_gets_no_escape_codes_unless_colours_are_forced() {
    let folder = folder();
    let check = [&["check"][..], &FAULTY, &ENOUGH, &LOST].concat();
    let file = failure_file(folder.path(), "upgrade-equivalence");
    for arguments in [&check[..], &["replay", &file], &["check", "--nothing"]] {
        let has_codes = |variables: &[(&str, &str)]| {
            let mut command = command(folder.path(), arguments);
            let ran = run(command.envs(variables.iter().copied()));
            format!("{}{}", ran.stdout, ran.stderr).contains('\u{1b}')
        };
        assert!(!has_codes(&[]), "{arguments:?}");
        assert!(!has_codes(&[("NO_COLOR", "1")]), "{arguments:?}");
        assert!(has_codes(&[("CLICOLOR_FORCE", "1")]), "{arguments:?}");
        assert!(
            !has_codes(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_reader_that_has_gone_away_is_no_panic() {
    let folder = folder();
    let file = failure_file(folder.path(), "upgrade-equivalence");
    for (arguments, code) in [
        (&["check", "--cases", "1"][..], 0),
        (&["check", "--cases", "1", "--json", "-"], 0),
        (&["check", "--cases", "0"], 3),
        (&["inspect", "embedded:cart-v1"], 0),
        (&["replay", &file], 1),
        (&["--help"], 0),
    ] {
        let mut command = command(folder.path(), arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command can be run");
        drop(child.stdout.take());
        let ended = child.wait_with_output().expect("it ends");
        let stderr = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {stderr}");
        assert_eq!(stderr, "", "{arguments:?}");
    }
}
