//! The proof that it helps to see into the guest: the planted faults of the vault, looked for from an empty corpus on one core,
//! by the target that one writes first (`fuzz/targets/blind.rs`) and by `handover fuzz`.
//!
//! `cargo run --release -p benches --bin proof -- SECONDS SEEDS`; needs `cargo fuzz`, a nightly tool chain and `taskset`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use cart_state::vault::faults::{self, Fault};
use handover::report::failure_file::FailureFile;

/// How long the plain target runs, in seconds.
const SECONDS: u64 = 600;
/// `handover fuzz` with one seed runs no longer than this.
const ENOUGH: u64 = 60;
/// Runs of `handover fuzz`, each with a seed of its own.
const SEEDS: u64 = 5;
/// An input that the plain target works on for so many seconds is a hang.
const HANG: u64 = 10;
const VAULT: &str = "embedded:vault";

/// After how many executions and seconds each fault was found.
#[derive(Default)]
struct Side {
    executions: u64,
    seconds: f64,
    found: BTreeMap<&'static str, (u64, f64)>,
}

fn main() -> Result<()> {
    let mut numbers = std::env::args().skip(1).map(|it| it.parse::<u64>());
    let seconds = numbers.next().transpose()?.unwrap_or(SECONDS);
    let seeds = numbers.next().transpose()?.unwrap_or(SEEDS);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = root.join("target/proof");
    let built = |command: &mut Command| -> Result<()> {
        let status = command
            .current_dir(&root)
            .status()
            .context("cargo does not start")?;
        ensure!(status.success(), "the build failed: {command:?}");
        Ok(())
    };
    built(Command::new("cargo").args(["build", "--locked", "--release", "-p", "handover"]))?;
    // The fastest flags, so that it is not the sanitizer that is compared.
    let blind = ["+nightly", "fuzz", "build", "-O", "-s", "none", "blind"];
    built(Command::new("cargo").args(blind))?;

    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let plain = plain(
        &root.join("target").join(triple).join("release/blind"),
        &folder,
        seconds,
    )?;
    let handover = root.join("target/release/handover");
    let ours = (0..seeds)
        .map(|seed| ours(&handover, &folder, seconds.min(ENOUGH), seed))
        .collect::<Result<Vec<Side>>>()?;
    show(&plain, &ours);
    Ok(())
}

/// A command on one core, always the same.
fn on_one_core(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.arg("--cpu-list").arg("0").arg(program);
    command
}

/// Runs the plain target until the time is over; after a crash again, without the fault that it found.
fn plain(blind: &Path, folder: &Path, seconds: u64) -> Result<Side> {
    let corpus = folder.join("corpus");
    fs::create_dir_all(&corpus)?;
    let mut side = Side::default();
    let start = Instant::now();
    while start.elapsed().as_secs() < seconds {
        let left = seconds - start.elapsed().as_secs();
        let crash = folder.join("crash");
        let known: Vec<&str> = side.found.keys().copied().collect();
        let output = on_one_core(blind)
            .env(handover_fuzz::KNOWN, known.join(","))
            .arg(format!("-max_total_time={left}"))
            .arg(format!("-timeout={HANG}"))
            .arg("-print_final_stats=1")
            .arg(format!("-exact_artifact_path={}", crash.display()))
            .arg(&corpus)
            .output()
            .context("taskset does not start")?;
        let log = String::from_utf8_lossy(&output.stderr);
        let executions = after(&log, "stat::number_of_executed_units:");
        side.executions += executions.with_context(|| format!("libFuzzer says nothing: {log}"))?;
        if output.status.success() {
            break;
        }
        let input = fs::read(&crash).with_context(|| format!("there is no crash: {log}"))?;
        fs::remove_file(&crash)?;
        let fault = faults::reached_by(&input).context("it crashed at no planted fault")?;
        side.found
            .insert(fault.name, (side.executions, start.elapsed().as_secs_f64()));
    }
    side.seconds = start.elapsed().as_secs_f64();
    Ok(side)
}

/// Runs `handover fuzz`, which goes on after a finding.
fn ours(handover: &Path, folder: &Path, seconds: u64, seed: u64) -> Result<Side> {
    let start = Instant::now();
    let mut child = on_one_core(handover)
        .args(["fuzz", VAULT, "--no-seeds"])
        .args([
            "--seconds",
            &seconds.to_string(),
            "--seed",
            &seed.to_string(),
        ])
        .args([
            OsStr::new("--failures"),
            folder.join(format!("seed-{seed}")).as_os_str(),
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("taskset does not start")?;
    // Findings are told as they come, and again at the end, in the same order.
    let told = BufReader::new(child.stderr.take().context("it has no standard error")?);
    let times: Vec<f64> = told
        .lines()
        .map_while(Result::ok)
        .filter(|line| line.starts_with("FAIL "))
        .map(|_| start.elapsed().as_secs_f64())
        .collect();
    let output = child.wait_with_output()?;
    let summary = String::from_utf8(output.stdout)?;
    let runs = after(&summary, "runs  ").with_context(|| format!("no summary: {summary}"))?;
    let mut side = Side {
        executions: runs,
        seconds: start.elapsed().as_secs_f64(),
        ..Side::default()
    };
    let findings = summary
        .lines()
        .filter(|line| line.starts_with("  - load-is-total"));
    for (line, time) in findings.zip(times) {
        let runs = after(line, ", after ").context("it does not say after how many runs")?;
        let file = line.rsplit("; ").next().and_then(|it| it.strip_suffix(')'));
        let file = FailureFile::read(&PathBuf::from(file.context("there is no failure file")?))?;
        let is_it = |fault: &Fault| file.signature.contains(fault.function);
        let fault = faults::ALL.into_iter().find(is_it);
        let fault = fault.context("it fails at no planted fault")?;
        side.found.entry(fault.name).or_insert((runs, time));
    }
    Ok(side)
}

/// The number that follows a word.
fn after(text: &str, word: &str) -> Option<u64> {
    let (_, rest) = text.split_once(word)?;
    let digits: String = rest
        .trim_start()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

fn show(plain: &Side, ours: &[Side]) {
    let runs: u64 = ours.iter().map(|it| it.executions).sum();
    let seconds: f64 = ours.iter().map(|it| it.seconds).sum();
    println!(
        "blind: {} executions in {:.0} s",
        plain.executions, plain.seconds
    );
    println!(
        "handover fuzz: {runs} executions in {seconds:.0} s, {} seeds\n",
        ours.len()
    );
    println!(
        "| fault | blind: executions, s | handover fuzz: found | executions, median (range) | s, median (range) |"
    );
    println!("|---|---|---|---|---|");
    for fault in faults::ALL {
        let blind = match plain.found.get(fault.name) {
            Some((executions, seconds)) => format!("{executions}, {seconds:.1}"),
            None => "not found".to_owned(),
        };
        let found: Vec<&(u64, f64)> = ours
            .iter()
            .filter_map(|it| it.found.get(fault.name))
            .collect();
        let executions = spread(found.iter().map(|it| it.0 as f64), 0);
        let seconds = spread(found.iter().map(|it| it.1), 1);
        println!(
            "| `{}` | {blind} | {} of {} | {executions} | {seconds} |",
            fault.name,
            found.len(),
            ours.len()
        );
    }
}

/// Median and range.
fn spread(numbers: impl Iterator<Item = f64>, digits: usize) -> String {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    match numbers.as_slice() {
        [] => "–".to_owned(),
        [first, .., last] => {
            let median = numbers[numbers.len() / 2];
            format!("{median:.digits$} ({first:.digits$}–{last:.digits$})")
        }
        [only] => format!("{only:.digits$}"),
    }
}
