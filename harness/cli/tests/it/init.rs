//! `handover init`: what it writes is what it shows, works, and replaces nothing.

use std::collections::BTreeMap;
use std::path::Path;

use crate::run::{folder, handover};

/// The test that is written, as it is but for its constants: it compiles, and passes on the sample pair.
#[path = "../../src/init/files/update.rs"]
mod update;

/// Every file of a folder by its path.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("a text");
            let name = path.strip_prefix(folder).expect("it is in the folder");
            files.insert(name.display().to_string(), text);
        }
    }
    files
}

fn package(folder: &Path) {
    std::fs::create_dir(folder.join("src")).expect("a folder");
    std::fs::write(folder.join("Cargo.toml"), "[package]\n").expect("a file");
}

const WRITTEN: [&str; 4] = [
    ".github/workflows/handover.yml",
    "handover.toml",
    "regressions/README.md",
    "tests/update.rs",
];

#[test]
fn what_is_missing_is_shown_first_and_then_written() {
    let folder = folder();
    package(folder.path());
    let before = files(folder.path());
    let dry = handover(folder.path(), &["init", "--dry-run"])
        .exits(0)
        .stdout;
    assert_eq!(files(folder.path()), before, "nothing is written");
    let names = ["init", "--old", "v1.wasm", "--new", "v2.wasm"];
    let said = handover(folder.path(), &names).exits(0).stdout;
    assert!(said.contains("\nNext:\n  1. cargo add --dev"), "{said}");
    let mut after = files(folder.path());
    assert_eq!(
        after.remove("Cargo.toml"),
        before.get("Cargo.toml").cloned()
    );
    assert_eq!(after.keys().collect::<Vec<_>>(), WRITTEN);
    assert!(after["tests/update.rs"].contains("const OLD: &str = \"v1.wasm\";"));
    for (path, text) in &after {
        assert!(
            dry.contains(&format!("{path} would be written:\n")),
            "{dry}"
        );
        let first = text.lines().next().expect("a line");
        assert!(dry.contains(&format!("\n  {first}\n")), "{dry}");
    }
}

#[test]
fn what_is_there_stays() {
    let folder = folder();
    package(folder.path());
    std::fs::write(folder.path().join("handover.toml"), "mine").expect("a file");
    #[cfg(unix)]
    {
        std::fs::create_dir(folder.path().join("tests")).expect("a folder");
        let link = folder.path().join("tests/update.rs");
        std::os::unix::fs::symlink("../elsewhere.rs", link).expect("a link");
    }
    let said = handover(folder.path(), &["init"]).exits(0).stdout;
    assert!(said.contains("handover.toml is there, and stays"), "{said}");
    let config = std::fs::read_to_string(folder.path().join("handover.toml"));
    assert_eq!(config.expect("a file"), "mine");
    assert!(!folder.path().join("elsewhere.rs").exists());
    assert!(!said.contains("declare in handover.toml"), "{said}");
    let again = handover(folder.path(), &["init"]).exits(0).stdout;
    assert!(!again.contains("Next:"), "{again}");
}

#[test]
fn an_app_of_golem_gets_no_rust_and_another_folder_is_refused() {
    let folder = folder();
    let refused = handover(folder.path(), &["init"]).exits(2).stderr;
    assert!(
        refused.contains("neither a Rust package nor a Golem app"),
        "{refused}"
    );
    let missing = handover(folder.path(), &["init", "missing"])
        .exits(2)
        .stderr;
    assert!(missing.contains("missing is no folder"), "{missing}");
    std::fs::write(folder.path().join("golem.yaml"), "").expect("a file");
    handover(folder.path(), &["init"]).exits(0);
    let mut written = files(folder.path());
    written.remove("golem.yaml");
    assert_eq!(written.keys().collect::<Vec<_>>(), &WRITTEN[..3]);
    assert!(written[WRITTEN[0]].contains("run: golem build\n"));
}
