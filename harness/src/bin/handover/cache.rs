//! Whether compiled components are kept, for every command that compiles components of the user's.

use std::path::Path;

use anyhow::Result;
use clap::Args;

use handover::Config;
use handover::component::Cache;

use crate::output;

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
        let cache = match self.no_cache {
            true => Cache::default(),
            false => Cache::of_user(),
        };
        Ok(Config { cache, ..config })
    }
}

/// Warns if the cache could not be used.
pub fn complain(cache: &Cache) {
    if let Some(complaint) = cache.complaint() {
        output::complain(&format!("warning: {complaint}"));
    }
}
