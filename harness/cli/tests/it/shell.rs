//! `handover completions` and `handover man`.

use crate::run::{folder, handover};

const COMMANDS: [&str; 6] = ["check", "explain", "fuzz", "inspect", "replay", "snapshot"];

#[test]
fn the_completions_of_each_shell_know_every_command() {
    let folder = folder();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = handover(folder.path(), &["completions", shell])
            .exits(0)
            .stdout;
        for command in COMMANDS {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn there_is_a_manual_page_for_each_command() {
    let folder = folder();
    handover(folder.path(), &["man", "pages"]).exits(0);
    for command in COMMANDS {
        let page = folder.path().join(format!("pages/handover-{command}.1"));
        let page = std::fs::read_to_string(page).expect("a page");
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
    }
}
