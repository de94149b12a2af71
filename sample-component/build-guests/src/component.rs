//! From a core module to a component.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use wit_component::ComponentEncoder;

/// Makes a component of `a_guest.wasm` and writes it as `a-guest.wasm` into `out`.
pub fn write(core_module: &Path, out: &Path) -> Result<PathBuf> {
    let component = encode(core_module)
        .with_context(|| format!("cannot make a component of {}", core_module.display()))?;
    let name = core_module
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .replace('_', "-");
    let path = out.join(name);
    fs::write(&path, component).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

fn encode(core_module: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(core_module)?;
    ComponentEncoder::default()
        .validate(true)
        .module(&bytes)?
        .encode()
}
