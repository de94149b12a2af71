//! What a vault does.

use std::mem;

use super::{AutoLock, Format, MAX_LAYERS, MAX_NAME, MAX_TEXT, Secret, Vault};

/// Why an operation was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VaultError {
    /// The name or the text.
    TooLong,
    UnknownSecret(String),
    TooManyLayers,
    /// The outermost layer has another key, or there is none.
    WrongKey(Option<u8>),
    UnknownFormat(u8),
}

impl Vault {
    /// Keeps a secret without layers, and returns the one before it.
    pub fn put(&mut self, name: &str, text: String) -> Result<Option<Secret>, VaultError> {
        if name.len() > MAX_NAME || text.len() > MAX_TEXT {
            return Err(VaultError::TooLong);
        }
        let layers = Vec::new();
        let secrets = &mut self.contents.secrets;
        Ok(secrets.insert(name.to_owned(), Secret { text, layers }))
    }

    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.contents.secrets.get(name).cloned()
    }

    pub fn remove(&mut self, name: &str) -> Option<Secret> {
        self.contents.secrets.remove(name)
    }

    /// Sorted.
    pub fn names(&self) -> Vec<String> {
        self.contents.secrets.keys().cloned().collect()
    }

    /// Adds a layer around a secret. Returns how many there are now.
    pub fn wrap(&mut self, name: &str, key: u8) -> Result<usize, VaultError> {
        let layers = self.layers(name)?;
        if layers.len() >= MAX_LAYERS {
            return Err(VaultError::TooManyLayers);
        }
        layers.push(key);
        Ok(layers.len())
    }

    /// Takes the outermost layer off again. Returns how many are left.
    pub fn peel(&mut self, name: &str, key: u8) -> Result<usize, VaultError> {
        let layers = self.layers(name)?;
        if layers.last() != Some(&key) {
            return Err(VaultError::WrongKey(layers.last().copied()));
        }
        layers.pop();
        Ok(layers.len())
    }

    pub fn auto_lock(&self) -> AutoLock {
        self.contents.auto_lock
    }

    /// Returns the setting before.
    pub fn set_auto_lock(&mut self, auto_lock: AutoLock) -> AutoLock {
        mem::replace(&mut self.contents.auto_lock, auto_lock)
    }

    /// Determines the format of the next snapshot, and returns the one before.
    pub fn use_format(&mut self, version: u8) -> Result<u8, VaultError> {
        let format = Format::of(version).ok_or(VaultError::UnknownFormat(version))?;
        Ok(mem::replace(&mut self.format, format) as u8)
    }

    fn layers(&mut self, name: &str) -> Result<&mut Vec<u8>, VaultError> {
        match self.contents.secrets.get_mut(name) {
            Some(secret) => Ok(&mut secret.layers),
            None => Err(VaultError::UnknownSecret(name.to_owned())),
        }
    }
}
