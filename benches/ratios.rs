//! Ways of doing the same, in one process: each timed by criterion, for its baselines, and then all of them in turns, for their
//! ratios. What else the machine does in the meantime hits all ways alike.

use std::time::{Duration, Instant};

use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;

use crate::child::is_quick;

/// Ways that are compared.
pub struct Ways<'a> {
    title: &'a str,
    ways: Vec<(String, Box<dyn FnMut() + 'a>)>,
}

/// How long a way is run before it is the next one's turn; a run that takes longer is not interrupted.
const TURN: Duration = Duration::from_millis(10);

impl<'a> Ways<'a> {
    /// None yet.
    pub fn new(title: &'a str) -> Self {
        Self {
            title,
            ways: Vec::new(),
        }
    }

    /// Adds a way.
    pub fn add(&mut self, way: impl Into<String>, run: impl FnMut() + 'a) {
        self.ways.push((way.into(), Box::new(run)));
    }

    /// Times them, and prints a table: of each way the median time, how many times faster it is than `slow`, and how many times
    /// the time of `floor` it takes; the medians of what was so in each round.
    pub fn show(mut self, mut group: BenchmarkGroup<'_, WallTime>, slow: &str, floor: &str) {
        for (way, run) in &mut self.ways {
            group.bench_function(way.as_str(), |bencher| bencher.iter(&mut *run));
        }
        group.finish();
        let rounds = if is_quick() { 5 } else { 25 };
        let mut times = vec![Vec::new(); self.ways.len()];
        for _ in 0..rounds {
            for ((_, run), times) in self.ways.iter_mut().zip(&mut times) {
                times.push(turn(run));
            }
        }
        let times_of = |way: &str| {
            let number = self.ways.iter().position(|(name, _)| name == way)?;
            Some(times[number].clone())
        };
        let (slow_times, floor_times) = (times_of(slow), times_of(floor));
        println!(
            "\n| {} | time | rate / {slow} | time / {floor} |",
            self.title
        );
        println!("|---|---|---|---|");
        for ((way, _), times) in self.ways.iter().zip(&times) {
            let faster = slow_times.as_ref().and_then(|slow| ratios(slow, times));
            let longer = floor_times.as_ref().and_then(|floor| ratios(times, floor));
            let time = median(&mut times.clone()).map(shown).unwrap_or_default();
            println!("| {way} | {time} | {} | {} |", ratio(faster), ratio(longer));
        }
        println!();
    }
}

/// Seconds of one run.
fn turn(run: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    let mut runs = 0_u32;
    loop {
        run();
        runs += 1;
        let time = start.elapsed();
        if time >= TURN {
            return time.as_secs_f64() / f64::from(runs);
        }
    }
}

fn ratios(above: &[f64], below: &[f64]) -> Option<f64> {
    let mut ratios: Vec<f64> = above.iter().zip(below).map(|(a, b)| a / b).collect();
    median(&mut ratios)
}

/// The median; none of nothing.
pub fn median(numbers: &mut [f64]) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}

/// A time as people read it.
pub fn shown(seconds: f64) -> String {
    match seconds {
        it if it < 1e-3 => format!("{:.2} µs", it * 1e6),
        it if it < 1.0 => format!("{:.2} ms", it * 1e3),
        it => format!("{it:.2} s"),
    }
}

/// A ratio, or that there is none.
pub fn ratio(ratio: Option<f64>) -> String {
    ratio.map_or_else(|| "–".to_owned(), |it| format!("{it:.2}"))
}
