//! The vault: its load has seven planted faults, which `cart_state::vault::faults` lists.

use std::cell::RefCell;

use cart_state::vault as state;
use exports::{
    golem::api::{load_snapshot, save_snapshot},
    shop::vault::vault::{Guest, Secret, VaultError},
};

wit_bindgen::generate!({
    path: ["../../wit/golem-api-1.1.0", "../../wit/vault-1.0.0"],
    inline: "
        package sample:guest;

        world guest {
            export shop:vault/vault@1.0.0;
            export golem:api/save-snapshot@1.1.0;
            export golem:api/load-snapshot@1.1.0;
        }
    ",
    generate_all,
});

struct Component;

export!(Component);

thread_local! {
    static VAULT: RefCell<state::Vault> = RefCell::default();
}

fn with<R>(work: impl FnOnce(&mut state::Vault) -> R) -> R {
    VAULT.with_borrow_mut(work)
}

impl save_snapshot::Guest for Component {
    fn save() -> Vec<u8> {
        with(|vault| state::encode(vault))
    }
}

impl load_snapshot::Guest for Component {
    fn load(bytes: Vec<u8>) -> Result<(), String> {
        let loaded = state::decode(&bytes).map_err(|e| e.to_string())?;
        with(|vault| *vault = loaded);
        Ok(())
    }
}

impl Guest for Component {
    fn put(name: String, text: String) -> Result<Option<Secret>, VaultError> {
        let before = with(|vault| vault.put(&name, text))?;
        Ok(before.map(Secret::from))
    }

    fn get(name: String) -> Option<Secret> {
        with(|vault| vault.secret(&name)).map(Secret::from)
    }

    fn remove(name: String) -> Option<Secret> {
        with(|vault| vault.remove(&name)).map(Secret::from)
    }

    fn names() -> Vec<String> {
        with(|vault| vault.names())
    }

    fn wrap(name: String, key: u8) -> Result<u32, VaultError> {
        Ok(with(|vault| vault.wrap(&name, key))? as u32)
    }

    fn peel(name: String, key: u8) -> Result<u32, VaultError> {
        Ok(with(|vault| vault.peel(&name, key))? as u32)
    }

    fn auto_lock() -> Option<Option<u64>> {
        with(|vault| vault.auto_lock())
    }

    fn set_auto_lock(after: Option<Option<u64>>) -> Option<Option<u64>> {
        with(|vault| vault.set_auto_lock(after))
    }

    fn use_format(version: u8) -> Result<u8, VaultError> {
        Ok(with(|vault| vault.use_format(version))?)
    }
}

impl From<state::Secret> for Secret {
    fn from(secret: state::Secret) -> Self {
        Self {
            text: secret.text,
            layers: secret.layers,
        }
    }
}

impl From<state::VaultError> for VaultError {
    fn from(error: state::VaultError) -> Self {
        match error {
            state::VaultError::TooLong => Self::TooLong,
            state::VaultError::UnknownSecret(name) => Self::UnknownSecret(name),
            state::VaultError::TooManyLayers => Self::TooManyLayers,
            state::VaultError::WrongKey(key) => Self::WrongKey(key),
            state::VaultError::UnknownFormat(version) => Self::UnknownFormat(version),
        }
    }
}
