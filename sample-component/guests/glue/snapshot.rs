//! Save and load of golem:api 1.1.0, for every cart whose crate's root has `encode` and `decode`.

use crate::{
    Component,
    cart::with,
    decode, encode,
    exports::golem::api::{load_snapshot, save_snapshot},
};

impl save_snapshot::Guest for Component {
    fn save() -> Vec<u8> {
        with(|cart| encode(cart))
    }
}

impl load_snapshot::Guest for Component {
    fn load(bytes: Vec<u8>) -> Result<(), String> {
        let loaded = decode(&bytes).map_err(|e| e.to_string())?;
        with(|cart| *cart = loaded);
        Ok(())
    }
}
