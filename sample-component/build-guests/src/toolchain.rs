//! Which compiler builds the guests.
//!
//! A Rust from rustup builds them by itself once it has the target. Where it has not, and cannot get it, Debian's
//! `rustc-web` does: its compiler knows the target and its source package holds the standard library, which cargo
//! then builds too.

use std::{
    env,
    ffi::OsString,
    fmt, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};

use crate::{paths, sample_component};

const TARGET: &str = "wasm32-unknown-unknown";

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_LINKER: &str = "/usr/bin/rust-lld";
const DEBIAN_LIBRARY: &str = "/usr/lib/rustlib/src/rust/library";

/// A compiler that can build the guests.
pub enum Toolchain {
    /// The `rustc` in use has the target.
    InUse,
    /// Debian's `rustc`, with a linker for WebAssembly.
    Debian { linker: PathBuf },
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse => f.write_str("the Rust in use"),
            Self::Debian { linker } => write!(f, "{DEBIAN_RUSTC} and {}", linker.display()),
        }
    }
}

impl Toolchain {
    /// The first that works here.
    pub fn find() -> Result<Self> {
        if is_installed(TARGET)? {
            return Ok(Self::InUse);
        }
        if Path::new(DEBIAN_RUSTC).exists() && Path::new(DEBIAN_LIBRARY).exists() {
            return Ok(Self::Debian { linker: linker()? });
        }
        bail!(
            "no compiler for {TARGET}: run `rustup target add {TARGET}`, or install Debian's packages rustc-web, \
             rust-web-src and rust-web-llvm"
        )
    }

    /// Builds all guests and returns their core modules.
    pub fn build(&self) -> Result<Vec<PathBuf>> {
        let guests = sample_component().join("guests");
        let target_folder = paths::target_folder("guests");
        let mut cargo = cargo()?;
        cargo
            .current_dir(&guests)
            .args(["build", "--release", "--locked", "--target", TARGET])
            .env("CARGO_TARGET_DIR", &target_folder)
            .env(
                "CARGO_ENCODED_RUSTFLAGS",
                paths::flags(&self.sysroot()?, &[])?,
            );
        match self {
            Self::InUse => cargo.env_remove("RUSTC"),
            Self::Debian { linker } => cargo
                .arg("-Zbuild-std=std,panic_abort")
                .env("RUSTC", DEBIAN_RUSTC)
                .env("RUSTC_BOOTSTRAP", "1")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker),
        };
        let status = cargo.status().context("cannot run cargo")?;
        ensure!(
            status.success(),
            "cargo could not build the guests: {status}"
        );

        built(&guests, &target_folder.join(TARGET).join("release"))
    }

    fn sysroot(&self) -> Result<String> {
        match self {
            Self::InUse => ask_rustc(&["--print", "sysroot"]),
            Self::Debian { .. } => Ok("/usr".to_owned()),
        }
    }
}

/// The cargo of the Rust in use. Else `rust-toolchain.toml` in the guests' folder would ask for another one than the
/// one that was looked at.
pub fn cargo() -> Result<Command> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    if let Some(toolchain) = toolchain_in_use()? {
        cargo.env("RUSTUP_TOOLCHAIN", toolchain);
    }
    Ok(cargo)
}

/// Whether the `rustc` in use can build for `target`.
pub fn is_installed(target: &str) -> Result<bool> {
    let libraries = ask_rustc(&["--print", "target-libdir", "--target", target])?;
    Ok(Path::new(&libraries).exists())
}

/// What cargo made, in the folder `built`, of each package in the folder `workspace`.
pub fn built(workspace: &Path, built: &Path) -> Result<Vec<PathBuf>> {
    let mut modules = Vec::new();
    for guest in fs::read_dir(workspace)? {
        let guest = guest?;
        if guest.path().join("Cargo.toml").exists() {
            let file = guest.file_name().to_string_lossy().replace('-', "_") + ".wasm";
            modules.push(built.join(file));
        }
    }
    modules.sort();
    Ok(modules)
}

/// Debian's, or else the one inside the Rust in use.
fn linker() -> Result<PathBuf> {
    let debian = PathBuf::from(DEBIAN_LINKER);
    if debian.exists() {
        return Ok(debian);
    }
    let libraries = PathBuf::from(ask_rustc(&["--print", "target-libdir"])?);
    let inside = libraries.with_file_name("bin").join("rust-lld");
    ensure!(
        inside.exists(),
        "no linker for {TARGET}: install Debian's lld in the version that {DEBIAN_LINKER} points to"
    );
    Ok(inside)
}

/// The name that rustup knows the Rust in use by, if it is one of rustup's.
fn toolchain_in_use() -> Result<Option<OsString>> {
    if let Some(name) = env::var_os("RUSTUP_TOOLCHAIN") {
        return Ok(Some(name));
    }
    let sysroot = PathBuf::from(ask_rustc(&["--print", "sysroot"])?);
    let is_rustups = sysroot
        .parent()
        .is_some_and(|parent| parent.ends_with("toolchains"));
    Ok(sysroot
        .file_name()
        .filter(|_| is_rustups)
        .map(OsString::from))
}

pub fn ask_rustc(arguments: &[&str]) -> Result<String> {
    let output = Command::new("rustc")
        .args(arguments)
        .output()
        .context("cannot run rustc")?;
    ensure!(
        output.status.success(),
        "rustc {} failed: {}",
        arguments.join(" "),
        output.status
    );
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}
