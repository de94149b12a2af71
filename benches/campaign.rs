//! Executions per second: of `handover fuzz`, which sees into the guest, and of the target that one writes first, which does
//! not. The second runs the inputs that the first has found, without a fuzzer around it: what libFuzzer costs comes on top.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use benches::child;
use benches::ratios::median;
use benches::shares;

const VAULT: &str = "embedded:vault";
const CART: &str = "embedded:cart-v1";
const JOBS: [&str; 3] = ["1", "2", "4"];

fn main() -> Result<()> {
    let handover = child::handover()?;
    let (rounds, seconds) = if child::is_quick() { (1, 3) } else { (5, 20) };
    let folder = tempfile::tempdir()?;
    println!("| target | runs per second | × blind | MB |\n|---|---|---|---|");
    let mut rows = Vec::new();
    let mut inputs = Vec::new();
    let mut blind = Vec::new();
    for round in 0..rounds {
        for (number, jobs) in JOBS.iter().enumerate() {
            let corpus = folder.path().join(format!("{round}-{jobs}"));
            let (rate, peak) = guided(&handover, jobs, seconds, &corpus)?;
            if rows.len() <= number {
                rows.push((Vec::new(), 0));
            }
            rows[number].0.push(rate);
            rows[number].1 = peak.max(rows[number].1);
            if inputs.is_empty() {
                inputs = answered(&corpus)?;
            }
        }
        blind.push(blindly(&inputs)?);
    }
    let blind = median(&mut blind).context("there are rounds")?;
    println!("| blind, in a loop | {blind:.0} | 1.00 | – |");
    for (jobs, (mut rates, peak)) in JOBS.iter().zip(rows) {
        let rate = median(&mut rates).context("there are rounds")?;
        println!(
            "| `handover fuzz --jobs {jobs}` | {rate:.0} | {:.2} | {} |",
            rate / blind,
            peak >> 20
        );
    }
    shares::show(CART, if child::is_quick() { 1 } else { 5 })
}

/// Runs per second of a campaign and the most memory that it took.
fn guided(handover: &Path, jobs: &str, seconds: u64, corpus: &Path) -> Result<(f64, u64)> {
    let mut command = Command::new(handover);
    command
        .args(["fuzz", VAULT, "--no-seeds", "--jobs", jobs, "--corpus"])
        .arg(corpus)
        .args(["--seconds", &seconds.to_string()]);
    let ran = child::run(&mut command, &[0, 1])?;
    let line = ran.stdout.lines().find(|it| it.starts_with("runs "));
    let mut words = line.context("it says how many runs")?.split_whitespace();
    let runs: f64 = words.nth(1).context("a number")?.parse()?;
    // From start to end: what compiles and what is confirmed is part of a campaign.
    Ok((runs / ran.seconds, ran.peak))
}

/// The inputs of a corpus that the vault answers.
fn answered(corpus: &Path) -> Result<Vec<Vec<u8>>> {
    let mut inputs = Vec::new();
    for entry in fs::read_dir(corpus)? {
        let bytes = fs::read(entry?.path())?;
        if cart_state::vault::faults::reached_by(&bytes).is_none() {
            inputs.push(bytes);
        }
    }
    Ok(inputs)
}

/// Runs per second of the plain target in a loop.
fn blindly(inputs: &[Vec<u8>]) -> Result<f64> {
    const RUNS: u32 = 50_000;
    ensure!(!inputs.is_empty(), "the corpus is empty");
    let start = Instant::now();
    for bytes in inputs.iter().cycle().take(RUNS as usize) {
        handover_fuzz::blind(black_box(bytes));
    }
    Ok(f64::from(RUNS) / start.elapsed().as_secs_f64())
}
