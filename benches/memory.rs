//! The most memory that a command takes with guests that have much to hand over, beside how much that is. The goal is eight times as
//! much and 256 MiB for each thread.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use benches::child::{self, Ran};
use benches::large;

const THREADS: u64 = 2;
const MIB: u64 = 1 << 20;
/// What each thread may take beside.
const EACH_THREAD: u64 = 256 * MIB;
/// How many times its size a thing may take.
const TIMES: u64 = 8;

fn main() -> Result<()> {
    let handover = child::handover()?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("large.wasm");
    println!(
        "| guest | size, MB | command | seconds | peak, MB | more than with a small one, / size | goal, MB |"
    );
    println!("|---|---|---|---|---|---|---|");
    for guest in &large::ALL {
        for command in guest.commands {
            let mut small = None;
            // The largest ones take minutes.
            let rounds = if child::is_quick() {
                2
            } else {
                guest.sizes.len()
            };
            for &size in &guest.sizes[..rounds] {
                std::fs::write(&path, (guest.make)(size))?;
                let ran = run(&handover, command, &path)?;
                let before = *small.get_or_insert(ran.peak);
                show(guest.name, command, size as u64, before, &ran);
            }
        }
    }
    Ok(())
}

fn run(handover: &Path, command: &str, guest: &Path) -> Result<Ran> {
    let guest = guest.display().to_string();
    let arguments = command.split(' ').map(|it| match it {
        "GUEST" => guest.as_str(),
        it => it,
    });
    let mut process = Command::new(handover);
    process
        .args(arguments)
        .env("RAYON_NUM_THREADS", THREADS.to_string())
        .env("HANDOVER_CACHE", "off");
    // What it finds does not matter here, as long as it ends.
    child::run(&mut process, &[0, 1, 3])
}

fn show(name: &str, command: &str, size: u64, small: u64, ran: &Ran) {
    let more = ran.peak.saturating_sub(small) as f64 / size as f64;
    let goal = TIMES * size + THREADS * EACH_THREAD;
    let command = command.split(' ').next().unwrap_or_default();
    let within = if ran.peak <= goal { "" } else { ", missed" };
    println!(
        "| {name} | {:.3} | `{command}` | {:.1} | {} | {more:.1} | {}{within} |",
        size as f64 / MIB as f64,
        ran.seconds,
        ran.peak / MIB,
        goal / MIB,
    );
}
