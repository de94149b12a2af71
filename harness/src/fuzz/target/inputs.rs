//! A target without a fuzzer: runs inputs that are there already.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use proptest::test_runner::TestCaseError;

use super::Target;
use crate::files::read_regular;
use crate::fuzz::Folder;

/// The largest file that is read as an input: no load is given more.
const MAX_INPUT: u64 = 1 << 30;

/// Runs each input that the process's arguments name.
pub(super) fn drive(mut target: impl Target) -> Result<ExitCode> {
    let mut inputs = Vec::new();
    for argument in std::env::args_os().skip(1) {
        let path = Path::new(&argument);
        match path.is_dir() {
            true => inputs.extend(Folder::open(path)?.read(usize::MAX)?.0),
            false => inputs.push(
                read_regular(path, MAX_INPUT)
                    .with_context(|| format!("cannot read {}", path.display()))?,
            ),
        }
    }
    ensure!(
        !inputs.is_empty(),
        "there are no inputs: name files or folders of them, or build with the feature `libfuzzer` to look for some"
    );
    let mut rejected = 0;
    for input in &inputs {
        match target.run(input) {
            Ok(()) => {}
            Err(TestCaseError::Reject(_)) => rejected += 1,
            Err(TestCaseError::Fail(report)) => {
                eprintln!("{report}");
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    println!("{} inputs, {rejected} of them discarded", inputs.len());
    Ok(ExitCode::SUCCESS)
}
