//! What a guided run takes its time for: the same inputs with more and more of it around them.

use std::hint::black_box;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use handover::component::{Runtime, read};
use handover::fuzz::{CampaignOptions, Executor, Guide, Watch, campaign};
use handover::instrument::{Probes, Rewrite};
use handover::worker::Worker;
use handover::{Config, Pair, Snapshot};

use crate::ratios::median;

/// Runs of a campaign that is timed.
const RUNS: u64 = 200_000;
/// Bytes of an input at most.
const LONGEST: usize = 64;
/// Loads that are timed at once.
const LOADS: u32 = 20_000;

#[derive(Default)]
struct Kept(Mutex<Vec<Snapshot>>);

impl Watch for Kept {
    fn kept(&self, input: &Snapshot) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(input.clone());
    }
}

/// Prints what a run of a campaign on one lane takes its time for, with small inputs, in the median of so many rounds.
///
/// # Errors
/// The component has no load, or does not start.
pub fn show(component: &str, rounds: usize) -> Result<()> {
    let config = Config::default();
    let runtime = Runtime::new(config.limits(), config.world(), config.snapshot_names())?;
    let bytes = read(component)?;
    let pair = Pair::open(component, component, &config)?;
    let guide = Guide::new(&runtime, component, &bytes)?;
    let options = CampaignOptions {
        runs: Some(RUNS),
        seeds: false,
        longest: LONGEST,
        ..CampaignOptions::default()
    };
    let rewrite = Rewrite {
        probes: Probes::Edges,
        reset: true,
    };
    let probed = runtime.open_probed(component, &bytes, rewrite)?.component;
    let mut seconds = [const { Vec::new() }; 4];
    for _ in 0..rounds {
        let kept = Kept::default();
        let start = Instant::now();
        let done = campaign(&pair, &guide, &options, Vec::new(), None, &kept)?;
        seconds[3].push(start.elapsed().as_secs_f64() / done.status.runs as f64);

        let inputs = kept.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        let timed = |run: &mut dyn FnMut(&Snapshot)| {
            let start = Instant::now();
            inputs.iter().cycle().take(LOADS as usize).for_each(run);
            start.elapsed().as_secs_f64() / f64::from(LOADS)
        };
        for (component, seconds) in [&pair.new, &probed].into_iter().zip(&mut seconds) {
            let load = component.load().context("it does not export load")?;
            let mut worker = Worker::start(component, 0)
                .map_err(|failure| anyhow!("it does not start: {failure}"))?;
            seconds.push(timed(&mut |input| {
                // The cart answers every input.
                let _ = black_box(worker.load(load, input, 0, 0));
            }));
        }
        let mut executor = Executor::new(&probed, 0).context("it does not export load")?;
        seconds[2].push(timed(&mut |input| {
            black_box(executor.run_long(input));
        }));
    }
    let [floor, counted, put_back, all] =
        seconds.map(|mut seconds| median(&mut seconds).map_or(0.0, |it| it * 1e6));
    println!(
        "\n| a guided run of {component}, one lane, at most {LONGEST} bytes | µs | share |\n|---|---|---|"
    );
    for (what, time) in [
        ("load, of a worker as it is", floor),
        ("its edges counted, its writes noted", counted - floor),
        ("its state put back", put_back - counted),
        (
            "mutation, looking for what is new, comparisons",
            all - put_back,
        ),
        ("all", all),
    ] {
        println!("| {what} | {time:.2} | {:.0} % |", 100.0 * time / all);
    }
    println!("\n{:.0} runs per second", 1e6 / all);
    Ok(())
}
