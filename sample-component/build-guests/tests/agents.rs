//! The checked-in agents are what their sources say, and what Golem takes for an agent.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use build_guests::{agents, prebuilt, sample_component, sources};
use common::{interfaces, set};

mod common;

/// The folders of the SDKs, with the packages in each.
fn packages() -> Vec<(String, BTreeSet<String>)> {
    let sdk = |folder: &PathBuf| {
        let packages = names(folder, |path| path.join("Cargo.toml").exists());
        (name(folder), packages)
    };
    agents::sdks().unwrap().iter().map(sdk).collect()
}

fn components(sdk: &str) -> BTreeSet<String> {
    names(&agents::checked_in().join(sdk), is_component)
}

fn file(sdk: &str, component: &str) -> PathBuf {
    let folder = agents::checked_in().join(sdk);
    folder.join(component).with_extension("wasm")
}

fn names(folder: &Path, keep: fn(&Path) -> bool) -> BTreeSet<String> {
    let paths = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path());
    paths
        .filter(|path| keep(path))
        .map(|path| name(&path.with_extension("")))
        .collect()
}

fn is_component(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "wasm")
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|it| it == text.as_bytes())
}

#[test]
fn the_agents_are_not_older_than_their_sources() {
    assert_eq!(
        sources::recorded(&agents::checked_in()).unwrap(),
        sources::AGENTS.hash().unwrap(),
        "the agents' sources have changed since they were built: run `cargo run -p build-guests -- --agents`"
    );
}

#[test]
fn every_agent_has_a_component() {
    for (sdk, packages) in packages() {
        assert_eq!(components(&sdk), packages, "{sdk}");
        assert!(packages.len() >= 4, "{sdk}: {packages:?}");
    }
}

#[test]
fn the_agents_export_what_golem_calls() {
    for (sdk, agent_interface) in [
        ("golem-1.5", "golem:agent/guest@1.5.0"),
        ("golem-1.6", "golem:agent/guest@2.0.0"),
    ] {
        for name in components(sdk) {
            let (_, exports) = interfaces(&file(sdk, &name));
            let expected = set([
                agent_interface,
                "golem:api/load-snapshot@1.5.0",
                "golem:api/save-snapshot@1.5.0",
            ]);
            assert!(exports.is_superset(&expected), "{sdk}/{name}: {exports:?}");
        }
    }
}

#[test]
fn the_journal_imports_the_file_system() {
    let (imports, _) = interfaces(&file("golem-1.5", "journal"));
    for interface in ["types", "preopens"] {
        let prefix = format!("wasi:filesystem/{interface}@0.2");
        let found = imports.iter().any(|it| it.starts_with(&prefix));
        assert!(found, "{prefix}: {imports:?}");
    }
}

#[test]
fn backtraces_of_the_agents_have_names() {
    for (sdk, packages) in packages() {
        for package in packages {
            let bytes = fs::read(file(&sdk, &package)).unwrap();
            assert!(contains(&bytes, "golem_rust"), "{sdk}/{package}");
            let own = package.replace('-', "_");
            assert!(contains(&bytes, &own), "{sdk}/{package}");
        }
    }
}

#[test]
fn no_component_knows_the_machine_that_built_it() {
    let here = sample_component().display().to_string();
    let mut folders = vec![prebuilt()];
    folders.extend(packages().iter().map(|it| agents::checked_in().join(&it.0)));
    for folder in folders {
        for component in names(&folder, is_component) {
            let bytes = fs::read(folder.join(&component).with_extension("wasm")).unwrap();
            for path in [&here, "/.cargo/", "/.rustup/", "registry/src/", "/home/"] {
                assert!(!contains(&bytes, path), "{component} has {path} in it");
            }
        }
    }
}

#[test]
fn the_agents_are_few_and_small() {
    let mut files = 0;
    let mut total = 0;
    for (sdk, packages) in packages() {
        for package in packages {
            let size = fs::metadata(file(&sdk, &package)).unwrap().len();
            assert!(size < 1_200_000, "{sdk}/{package}: {size} bytes");
            files += 1;
            total += size;
        }
    }
    assert!(files <= 12, "{files} files");
    assert!(total < 10_000_000, "{total} bytes");
}

#[test]
fn the_readme_names_every_agent() {
    let readme = fs::read_to_string(sample_component().join("README.md")).unwrap();
    for (sdk, packages) in packages() {
        for package in packages {
            let row = format!("| `{sdk}/{package}` |");
            assert!(
                readme.contains(&row),
                "{row} is missing in sample-component/README.md"
            );
        }
    }
}
