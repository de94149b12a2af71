//! Whether compiled components are kept, for every command that compiles components of the user's.

use std::path::Path;

use anyhow::Result;
use clap::Args;
use etcetera::BaseStrategy;

use handover::Config;
use handover::component::Cache;

use crate::output;

/// Names the folder, or says that there is none.
const VARIABLE: &str = "HANDOVER_CACHE";
const OFF: &str = "off";

/// It is on unless this says otherwise.
#[derive(Args)]
pub struct Switch {
    /// Compile anew, and keep nothing. Compiled components are kept in the user's cache folder, or in the one that
    /// HANDOVER_CACHE names; `off` there is this switch.
    #[arg(long)]
    no_cache: bool,
}

impl Switch {
    /// The config of a file, or the default, with the cache that was asked for.
    pub fn config(&self, file: Option<&Path>) -> Result<Config> {
        let config = match file {
            Some(path) => Config::read(path)?,
            None => Config::default(),
        };
        Ok(self.caching(config))
    }

    /// The config with the cache that was asked for.
    pub fn caching(&self, config: Config) -> Config {
        let cache = match self.no_cache {
            true => Cache::default(),
            false => of_user(),
        };
        Config { cache, ..config }
    }
}

/// In the folder that the environment variable `HANDOVER_CACHE` names, or else in the user's cache folder; nowhere where the
/// variable is `off` or empty, or the user has no such folder.
fn of_user() -> Cache {
    match std::env::var_os(VARIABLE) {
        Some(folder) if folder.is_empty() || folder == OFF => Cache::default(),
        Some(folder) => Cache::in_folder(folder),
        None => etcetera::choose_base_strategy()
            .map(|it| Cache::in_folder(it.cache_dir().join("handover")))
            .unwrap_or_default(),
    }
}

/// Warns if the cache could not be used.
pub fn complain(cache: &Cache) {
    if let Some(complaint) = cache.complaint() {
        output::warn(complaint);
    }
}
