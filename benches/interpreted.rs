//! The carts with a language runtime inside, which are built by hand and not checked in.

use std::path::Path;

/// Name and path of the next version of each that `sample-component/build-interpreted.sh` has built.
pub fn carts() -> Vec<(&'static str, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/interpreted");
    let path = |name: &str| folder.join(format!("{name}-v2.wasm"));
    ["javascript", "python"]
        .into_iter()
        .filter(|name| path(name).is_file())
        .map(|name| (name, path(name).display().to_string()))
        .collect()
}
