//! Targets: what a fuzzer runs, as a function of bytes. libFuzzer drives them with the feature `libfuzzer`; without it,
//! their `main` runs inputs that are there already, so that no fuzzer is needed to try a target or to look at a crash.
//!
//! ```text
//!                        ┌─► the component as it is: property ─► report
//!   bytes ─► case ───────┤
//!                        └─► the component with probes ─► edges, comparisons ─► the next bytes
//! ```

mod hostile;
#[cfg(not(feature = "libfuzzer"))]
mod inputs;
mod load;
#[cfg(any(feature = "libfuzzer", test))]
mod parents;
mod state;
mod update;
mod watched;

use std::process::ExitCode;

use proptest::test_runner::TestCaseError;

use super::substitution::Substitution;
use crate::error::Error;
pub use hostile::{Hostile, SMALL};
pub use load::Load;
#[cfg(feature = "libfuzzer")]
pub(super) use parents::{Parents, mutated, random};
pub use state::State;
pub use update::Update;

/// What a fuzzer asks of a target.
pub trait Target {
    /// Runs one input.
    ///
    /// # Errors
    /// The report of what failed; or, as a rejection, why the input says nothing.
    fn run(&mut self, input: &[u8]) -> Result<(), TestCaseError>;

    /// How often the last run took each edge of the guest, modulo 256. There are always as many.
    fn counters(&self) -> &[u8];

    /// What the input could be changed to, by what the guest compares while it runs.
    fn substitutions(&mut self, input: &[u8]) -> Vec<Substitution>;

    /// Changes an input after each mutation, so that it stays well-formed.
    fn mend(&self, _input: &mut Vec<u8>) {}
}

/// The `main` of a fuzz target. With the feature `libfuzzer` it is libFuzzer's; otherwise it runs each input that the
/// arguments name, files or folders of them.
pub fn drive(target: Result<impl Target + 'static, Error>) -> ExitCode {
    let ended = target.map_err(anyhow::Error::from).and_then(|target| {
        #[cfg(feature = "libfuzzer")]
        return super::libfuzzer::drive(target);
        #[cfg(not(feature = "libfuzzer"))]
        inputs::drive(target)
    });
    ended.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}
