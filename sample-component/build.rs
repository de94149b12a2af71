//! Lists the components to embed: those in `HANDOVER_SAMPLES`, or else the checked-in ones.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let folder = match env::var_os("HANDOVER_SAMPLES") {
        Some(folder) => here.with_file_name("").join(folder),
        None => here.join("prebuilt"),
    };
    println!("cargo::rerun-if-env-changed=HANDOVER_SAMPLES");
    println!("cargo::rerun-if-changed={}", folder.display());

    let components =
        components(&folder).map_err(|e| format!("cannot list {}: {e}", folder.display()))?;
    if components.is_empty() {
        return Err(format!(
            "no components in {}: run `cargo run -p build-guests`",
            folder.display()
        )
        .into());
    }
    let names = components
        .iter()
        .map(|(name, _)| format!("    {name:?},\n"))
        .collect::<String>();
    let pairs = components
        .iter()
        .map(|(name, path)| format!("    ({name:?}, include_bytes!({path:?})),\n"));
    let code = format!(
        "/// The names of the components, sorted.\npub const NAMES: &[&str] = &[\n{names}];\n\n\
         /// The components by name, sorted.\npub static COMPONENTS: &[(&str, &[u8])] = &[\n{}];\n",
        pairs.collect::<String>()
    );
    fs::write(
        PathBuf::from(env::var("OUT_DIR")?).join("components.rs"),
        code,
    )?;
    Ok(())
}

fn components(folder: &Path) -> Result<Vec<(String, PathBuf)>, Box<dyn Error>> {
    let mut components = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "wasm")
        {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            components.push((name, path));
        }
    }
    components.sort();
    Ok(components)
}
