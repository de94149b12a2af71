//! The checked-in components are what their sources say.

use std::{collections::BTreeSet, fs, path::Path};

use build_guests::{prebuilt, sample_component, sources};
use common::set;

mod common;

fn file_stems(folder: &Path, keep: impl Fn(&Path) -> bool) -> BTreeSet<String> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| keep(path))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

fn prebuilt_names() -> BTreeSet<String> {
    file_stems(&prebuilt(), |path| {
        path.extension()
            .is_some_and(|extension| extension == "wasm")
    })
}

fn interfaces(name: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    common::interfaces(&prebuilt().join(name).with_extension("wasm"))
}

#[test]
fn the_components_are_not_older_than_their_sources() {
    assert_eq!(
        sources::recorded(&prebuilt()).unwrap(),
        sources::GUESTS.hash().unwrap(),
        "the guests' sources have changed since the components were built: run `cargo run -p build-guests`"
    );
}

#[test]
fn every_guest_has_a_component() {
    assert_eq!(
        prebuilt_names(),
        file_stems(&sample_component().join("guests"), |path| path
            .join("Cargo.toml")
            .exists())
    );
}

#[test]
fn the_carts_import_nothing_and_export_save_and_load() {
    for (name, cart, api) in [
        ("cart-v1", "1.0.0", "1.1.0"),
        ("cart-v2", "1.1.0", "1.1.0"),
        ("cart-v2-faulty", "1.1.0", "1.1.0"),
        ("cart-v3", "1.1.0", "1.5.0"),
    ] {
        let (imports, exports) = interfaces(name);
        // The later save and load take their record from an interface that the host provides.
        let types_only = if api == "1.5.0" {
            set(["golem:api/host@1.5.0"])
        } else {
            set([])
        };
        assert_eq!(imports, types_only, "{name}");
        let expected = [
            format!("golem:api/load-snapshot@{api}"),
            format!("golem:api/save-snapshot@{api}"),
            format!("shop:cart/cart@{cart}"),
        ];
        assert_eq!(exports, expected.into(), "{name}");
    }
}

#[test]
fn the_clocks_import_what_their_answers_depend_on() {
    for name in ["clock-v1", "clock-v2"] {
        let (imports, exports) = interfaces(name);
        let expected = set([
            "golem:api/host@1.1.0",
            "wasi:cli/environment@0.2.3",
            "wasi:clocks/monotonic-clock@0.2.3",
            "wasi:clocks/wall-clock@0.2.3",
            "wasi:random/random@0.2.3",
        ]);
        assert_eq!(imports, expected, "{name}");
        let expected = set([
            "golem:api/load-snapshot@1.1.0",
            "golem:api/save-snapshot@1.1.0",
            "shop:clock/clock@1.0.0",
        ]);
        assert_eq!(exports, expected, "{name}");
    }
}

#[test]
fn the_stalls_import_what_their_modes_need() {
    for name in ["stall-v1", "stall-v3"] {
        let (imports, exports) = interfaces(name);
        let expected = set([
            "golem:api/host@1.1.0",
            "wasi:cli/environment@0.2.3",
            "wasi:cli/exit@0.2.3",
            "wasi:clocks/wall-clock@0.2.3",
            "wasi:random/random@0.2.3",
        ]);
        assert!(imports.is_subset(&expected), "{name}: {imports:?}");
        let expected = set([
            "golem:api/load-snapshot@1.1.0",
            "golem:api/save-snapshot@1.1.0",
            "shop:stall/stall@1.0.0",
        ]);
        assert_eq!(exports, expected, "{name}");
    }
}

#[test]
fn the_services_of_the_zoo_import_what_their_modes_need_and_are_small() {
    for domain in ["auction", "jobs", "leases", "ledger", "rooms", "sensors"] {
        for version in ["v1", "v2"] {
            let name = format!("{domain}-{version}");
            let (imports, exports) = interfaces(&name);
            let expected = set([
                "wasi:cli/environment@0.2.3",
                "wasi:clocks/wall-clock@0.2.3",
                "wasi:random/random@0.2.3",
            ]);
            assert!(imports.is_subset(&expected), "{name}: {imports:?}");
            let expected = [
                "golem:api/load-snapshot@1.1.0".to_owned(),
                "golem:api/save-snapshot@1.1.0".to_owned(),
                format!("zoo:services/{domain}@1.0.0"),
            ];
            assert_eq!(exports, expected.into(), "{name}");
            let file = prebuilt().join(&name).with_extension("wasm");
            let size = fs::metadata(file).unwrap().len();
            assert!(size < 230_000, "{name}: {size} bytes");
        }
    }
}

#[test]
fn the_vault_imports_nothing_and_names_its_faults() {
    let (imports, exports) = interfaces("vault");
    assert_eq!(imports, set([]));
    let expected = set([
        "golem:api/load-snapshot@1.1.0",
        "golem:api/save-snapshot@1.1.0",
        "shop:vault/vault@1.0.0",
    ]);
    assert_eq!(exports, expected);

    let bytes = fs::read(prebuilt().join("vault.wasm")).unwrap();
    for fault in cart_state::vault::faults::ALL {
        let name = fault.function.as_bytes();
        assert!(
            bytes.windows(name.len()).any(|window| window == name),
            "{} is no function of the component",
            fault.function
        );
    }
    assert!(bytes.len() < 90_000, "{} bytes", bytes.len());
}

#[test]
fn the_readme_names_every_guest() {
    let readme = fs::read_to_string(sample_component().join("README.md")).unwrap();
    for name in prebuilt_names() {
        assert!(
            readme.contains(&format!("| `{name}` |")),
            "{name} is missing in sample-component/README.md"
        );
    }
}
