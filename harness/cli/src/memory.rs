//! How much of the machine's memory workers may have together.

use bytesize::ByteSize;
use clap::Args;

use handover::Config;

/// Half of the machine's unless this says otherwise.
#[derive(Args)]
pub struct Budget {
    /// What workers may have of memory together, such as 2GiB; past it, fewer run at once. Half of the machine's where it is
    /// missing. What comes out does not depend on it.
    #[arg(long, value_name = "BYTES")]
    memory: Option<ByteSize>,
}

impl Budget {
    /// The config with this budget.
    pub fn of(&self, config: Config) -> Config {
        let bytes = |it: ByteSize| usize::try_from(it.as_u64()).unwrap_or(usize::MAX);
        Config {
            memory: self.memory.map(bytes),
            ..config
        }
    }
}
