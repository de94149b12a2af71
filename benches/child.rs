//! The command as a process of its own: how long it takes and how much memory.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// How a run of the command went.
pub struct Ran {
    /// From before its start to after its end, in seconds.
    pub seconds: f64,
    /// The most memory that it held, in bytes, as far as it was seen: the kernel is asked every few milliseconds.
    pub peak: u64,
    /// What it printed to standard output.
    pub stdout: String,
}

/// How often the kernel is asked.
const INTERVAL: Duration = Duration::from_millis(2);

/// Builds the command as it is released, beside this benchmark.
///
/// # Errors
/// It does not build.
pub fn handover() -> Result<PathBuf> {
    let built = Command::new("cargo")
        .args(["build", "--locked", "--release", "-p", "handover-cli"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .context("cargo does not start")?;
    ensure!(built.success(), "the command does not build");
    let here = std::env::current_exe()?;
    let folder = here.ancestors().nth(2).context("it lies in no folder")?;
    Ok(folder.join("handover"))
}

/// Runs a command that must end with one of these exit codes.
///
/// # Errors
/// It does not start, or ends otherwise.
pub fn run(command: &mut Command, codes: &[i32]) -> Result<Ran> {
    let folder = tempfile::tempdir()?;
    let printed = folder.path().join("stdout");
    let start = Instant::now();
    let mut child = command
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(fs::File::create(&printed)?)
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("{command:?} does not start"))?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let code = loop {
        peak = peak.max(high_water(&status).unwrap_or(0));
        if let Some(ended) = child.try_wait()? {
            break ended.code();
        }
        std::thread::sleep(INTERVAL);
    };
    let seconds = start.elapsed().as_secs_f64();
    ensure!(
        code.is_some_and(|code| codes.contains(&code)),
        "{command:?} ends with {code:?}"
    );
    Ok(Ran {
        seconds,
        peak,
        stdout: fs::read_to_string(printed)?,
    })
}

/// `VmHWM`, in bytes.
fn high_water(status: &str) -> Option<u64> {
    let status = fs::read_to_string(status).ok()?;
    let line = status.lines().find(|it| it.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// Whether `--quick` was asked for, which is criterion's word.
pub fn is_quick() -> bool {
    std::env::args().any(|it| it == "--quick")
}
