//! The folders that cargo builds in, and how their names are kept out of the components.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::sample_component;

/// What the compiler must be told, as `CARGO_ENCODED_RUSTFLAGS`, so that no panic message names a folder of this
/// machine. `more` are further folders, with what they are called instead.
pub fn flags(sysroot: &str, more: &[(&Path, &str)]) -> Result<String> {
    let library = PathBuf::from(format!("{sysroot}/lib/rustlib/src/rust"));
    let here = sample_component().canonicalize()?;
    let registries = registries()?;

    let mut renamed = vec![
        (here.as_path(), "sample-component"),
        (library.as_path(), "rust"),
    ];
    renamed.extend(registries.iter().map(|it| (it.as_path(), "crates")));
    renamed.extend(more);
    let flags = renamed
        .iter()
        .map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()));
    Ok(flags.collect::<Vec<_>>().join("\x1f"))
}

/// Beside the other things that cargo built.
pub fn target_folder(name: &str) -> PathBuf {
    let root = sample_component().with_file_name("");
    match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root.join(folder).join(name),
        None => root.join("target").join(name),
    }
}

/// Where cargo unpacks what it downloads, one folder for each registry.
fn registries() -> Result<Vec<PathBuf>> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let sources = home
        .context("cargo has no home")?
        .join("registry")
        .join("src");
    let mut registries = Vec::new();
    for entry in
        fs::read_dir(&sources).with_context(|| format!("cannot list {}", sources.display()))?
    {
        registries.push(entry?.path());
    }
    registries.sort();
    Ok(registries)
}
