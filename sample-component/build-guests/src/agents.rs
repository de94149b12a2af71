//! The sample agents: real ones, built with Golem's SDKs for `wasm32-wasip2`.
//!
//! An SDK takes up to ten minutes and five gigabytes to compile. So nothing is built while what was built last is as
//! new as its sources.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use crate::{
    paths, prebuilt, sample_component,
    sources::{self, AGENTS},
    toolchain,
};

const TARGET: &str = "wasm32-wasip2";

/// What came of it.
pub enum Outcome {
    /// These components were written.
    Built(Vec<PathBuf>),
    /// The sources have not changed since the components in this folder were built.
    UpToDate(PathBuf),
    /// The Rust in use has not got the target of this name.
    NoTarget(&'static str),
}

/// Where the agents are checked in, one folder for each SDK.
pub fn checked_in() -> PathBuf {
    prebuilt().join("agents")
}

/// The folders of the SDKs, named after the version of Golem that each is for.
pub fn sdks() -> Result<Vec<PathBuf>> {
    let agents = sample_component().join("agents");
    let mut folders = Vec::new();
    for entry in
        fs::read_dir(&agents).with_context(|| format!("cannot list {}", agents.display()))?
    {
        let folder = entry?.path();
        if folder.join("Cargo.toml").exists() {
            folders.push(folder);
        }
    }
    folders.sort();
    Ok(folders)
}

/// Builds the agents into `out`, if they have changed since those in `out`, or those that are checked in, were built; with
/// `always`, also if not.
pub fn build(out: &Path, always: bool) -> Result<Outcome> {
    let hash = AGENTS.hash()?;
    let is_current = |folder: &PathBuf| sources::recorded(folder).is_ok_and(|it| it == hash);
    let known = [out.to_owned(), checked_in()].into_iter().find(is_current);
    if let Some(folder) = known.filter(|_| !always) {
        return Ok(Outcome::UpToDate(folder));
    }
    if !toolchain::is_installed(TARGET)? {
        return Ok(Outcome::NoTarget(TARGET));
    }

    let mut written = Vec::new();
    for sdk in sdks()? {
        written.extend(build_with(&sdk, out)?);
    }
    AGENTS.record(out)?;
    Ok(Outcome::Built(written))
}

fn build_with(sdk: &Path, out: &Path) -> Result<Vec<PathBuf>> {
    let name = sdk.file_name().unwrap_or_default();
    let out = out.join(name);
    fs::create_dir_all(&out).with_context(|| format!("cannot create {}", out.display()))?;

    let all_sdks = paths::target_folder("agents");
    let target_folder = all_sdks.join(name);
    let sysroot = toolchain::ask_rustc(&["--print", "sysroot"])?;
    let status = toolchain::cargo()?
        .current_dir(sdk)
        .args(["build", "--release", "--locked", "--target", TARGET])
        .env("CARGO_TARGET_DIR", &target_folder)
        .env(
            "CARGO_ENCODED_RUSTFLAGS",
            paths::flags(&sysroot, &[(&all_sdks, "target")])?,
        )
        .env_remove("RUSTC")
        .status()
        .context("cannot run cargo")?;
    ensure!(
        status.success(),
        "cargo could not build the agents in {}: {status}",
        sdk.display()
    );

    let mut written = Vec::new();
    for component in toolchain::built(sdk, &target_folder.join(TARGET).join("release"))? {
        let name = component.file_name().unwrap_or_default();
        let path = out.join(name.to_string_lossy().replace('_', "-"));
        fs::copy(&component, &path).with_context(|| format!("cannot write {}", path.display()))?;
        written.push(path);
    }
    Ok(written)
}
