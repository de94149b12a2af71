//! Ctrl-C, SIGTERM and SIGHUP: what was found until then is told, and the command ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

use crate::exit_code::Exit;

/// Whether the user wants the command to end.
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on a signal is a wish, and the second one an end.
    pub fn watched() -> Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        let wish = Arc::clone(&asked);
        ctrlc::set_handler(move || {
            // Who asks twice does not want to wait.
            if wish.swap(true, Ordering::Relaxed) {
                std::process::exit(Exit::Interrupted as i32);
            }
        })
        .context("Ctrl-C cannot be watched")?;
        Ok(Self(asked))
    }

    /// Whether a signal came.
    pub fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
