//! From the start of the process to its end, with one case or one run: with an empty cache, and with what the run before has
//! left there. And the most memory that it takes.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use benches::child::{self, Ran};
use benches::interpreted;
use benches::ratios::{median, ratio, shown};

fn main() -> Result<()> {
    let handover = child::handover()?;
    let (folder, corpus) = (tempfile::tempdir()?, tempfile::tempdir()?);
    std::fs::write(corpus.path().join("input"), "{}")?;
    let corpus = corpus.path().display().to_string();
    let mut components = vec![("cart", "embedded:cart-v2".to_owned())];
    components.extend(interpreted::carts());
    println!("| component | command | cold | warm | cold / warm | MB, cold | MB, warm |");
    println!("|---|---|---|---|---|---|---|");
    for (name, path) in &components {
        let path = path.as_str();
        let one_case = ["--cases", "1", "--property", "upgrade-equivalence"];
        let commands = [
            ("inspect", vec!["inspect", path]),
            ("check", [&["check", path, path], &one_case[..]].concat()),
            ("coverage", vec!["coverage", path, "--corpus", &corpus]),
            ("fuzz", vec!["fuzz", path, "--no-seeds", "--runs", "1"]),
        ];
        // Most of a quick run would be a compiler's.
        let rounds = if child::is_quick() { 1 } else { 5 };
        for (label, arguments) in commands {
            let (mut cold, mut warm) = (Sample::default(), Sample::default());
            for _ in 0..rounds {
                let cache = tempfile::tempdir_in(folder.path())?;
                cold.add(run(&handover, &arguments, cache.path())?);
                warm.add(run(&handover, &arguments, cache.path())?);
            }
            show(name, label, cold, warm);
        }
    }
    Ok(())
}

#[derive(Default)]
struct Sample {
    seconds: Vec<f64>,
    peak: u64,
}

impl Sample {
    fn add(&mut self, ran: Ran) {
        self.seconds.push(ran.seconds);
        self.peak = self.peak.max(ran.peak);
    }
}

fn run(handover: &Path, arguments: &[&str], cache: &Path) -> Result<Ran> {
    let mut command = Command::new(handover);
    command.args(arguments).env("HANDOVER_CACHE", cache);
    // A finding, or a history that says nothing, takes as long.
    child::run(&mut command, &[0, 1, 3])
}

fn show(component: &str, command: &str, mut cold: Sample, mut warm: Sample) {
    let (Some(before), Some(after)) = (median(&mut cold.seconds), median(&mut warm.seconds)) else {
        return;
    };
    println!(
        "| {component} | `{command}` | {} | {} | {} | {} | {} |",
        shown(before),
        shown(after),
        ratio(Some(before / after)),
        cold.peak >> 20,
        warm.peak >> 20
    );
}
