//! Ways of doing the same, timed one after the other in one process, and how they compare.

use std::time::Instant;

use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;

/// What was timed so far, in one group.
pub struct Ratios<'a, 'c> {
    group: BenchmarkGroup<'c, WallTime>,
    title: &'a str,
    rows: Vec<(String, f64)>,
}

impl<'a, 'c> Ratios<'a, 'c> {
    /// Ways that belong to one group of criterion's.
    pub fn new(title: &'a str, group: BenchmarkGroup<'c, WallTime>) -> Self {
        Self {
            group,
            title,
            rows: Vec::new(),
        }
    }

    /// Times a way. What criterion's filter leaves out has no row.
    pub fn time(&mut self, way: &str, mut run: impl FnMut()) {
        let mut samples = Vec::new();
        self.group.bench_function(way, |bencher| {
            bencher.iter_custom(|iterations| {
                let start = Instant::now();
                for _ in 0..iterations {
                    run();
                }
                let time = start.elapsed();
                samples.push(time.as_secs_f64() / iterations.max(1) as f64);
                time
            });
        });
        if let Some(seconds) = median(&mut samples) {
            self.rows.push((way.to_owned(), seconds));
        }
    }

    /// Prints a table: of each way the time, how many times faster it is than `slow`, and how many times the time of `floor` it
    /// takes.
    pub fn show(self, slow: &str, floor: &str) {
        self.group.finish();
        let time_of = |way: &str| self.rows.iter().find(|row| row.0 == way).map(|row| row.1);
        let (slow_time, floor_time) = (time_of(slow), time_of(floor));
        println!(
            "\n| {} | time | × {slow}'s rate | × {floor}'s time |",
            self.title
        );
        println!("|---|---|---|---|");
        for (way, seconds) in &self.rows {
            println!(
                "| {way} | {} | {} | {} |",
                shown(*seconds),
                ratio(slow_time.map(|slow| slow / seconds)),
                ratio(floor_time.map(|floor| seconds / floor)),
            );
        }
        println!();
    }
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
