//! Whether what is used grows faster than the snapshot. Each point has twice the growth of the one before.
//!
//! From one point to the next, the exponent is log(how many times as much is used) / log(how many times as large the snapshot
//! is). It must not be 1.5 or more over three doublings in a row: n² comes to 2; from 32 items on, n·log n comes to 1.26 and
//! then less, n·(log n)² to 1.53, 1.44 and then less. The whole use is taken, with all that save and load use for the smallest state: a constant part
//! makes the exponent smaller, as does a linear one, so that a trend shows late, but never where there is none. Memory grows
//! in steps; the step of a list that doubles its room is a doubling. Two doublings in a row are enough there.
//!
//! The trend is clear where the use above that of the smallest state grows with an exponent of 1.2 or less.

use crate::judging::cause::Half;
use crate::judging::verdict::Point;

/// How many doublings in a row must grow too fast, and how many say that nothing does.
const DOUBLINGS: usize = 3;
/// … of memory, of which a worker has a megabyte and more to start with: the limit would come before a third.
const MEMORY_DOUBLINGS: usize = 2;
/// Memory comes in pages of 64 KiB; less than some of them, in bytes, is no trend.
const MEMORY_STEP: u64 = 256 << 10;

/// What is used of processors.
pub(super) const FUEL: &str = "fuel";
/// About a minute of it.
const MINUTE: u128 = 100_000_000_000;
/// A large snapshot, in bytes.
const LARGE: u128 = 1 << 20;

/// What one call of save or load used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    /// Bytes that it wrote or read; 0 where it broke off.
    pub(super) snapshot: usize,
    pub(super) fuel: u64,
    /// Bytes of the worker's memory at its end: memory never shrinks, so that it is the peak.
    pub(super) memory: u64,
    /// Bytes by which memory grew in it.
    pub(super) grown: u64,
}

/// What one half used while the state grew; the first point is before any growth.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) half: Half,
    points: Vec<Point>,
    /// Bytes by which memory grew, for each point.
    grown: Vec<u64>,
}

impl Series {
    pub(super) fn new(half: Half) -> Self {
        Self {
            half,
            points: Vec::new(),
            grown: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, times: usize, cost: Cost) {
        let last = self.points.last();
        self.points.push(Point {
            times,
            // What broke off had more to write than the last time.
            snapshot: match (cost.snapshot, last) {
                (0, Some(last)) => last.snapshot * 2,
                (snapshot, _) => snapshot,
            },
            fuel: cost.fuel,
            memory: cost.memory,
        });
        self.grown.push(cost.grown);
    }

    /// What grows too fast, and the points that show it.
    pub(super) fn super_linear(&self) -> Option<(&'static str, &[Point])> {
        let tail = self.tail()?;
        let last = tail.last()?;
        // Most of it must come from this call: a worker may have used its memory for other things.
        let is_of_call = self.grown.last()?.saturating_mul(2) >= last.memory;
        if steep(tail, |point| point.fuel) {
            return Some((FUEL, tail));
        }
        let memory = &tail[tail.len() - 1 - MEMORY_DOUBLINGS..];
        (is_of_call && steep(memory, |point| point.memory)).then_some(("memory", tail))
    }

    /// Whether more points would say nothing else.
    pub(super) fn is_clear(&self) -> bool {
        let ([first, ..], [.., before, last]) = (self.points.as_slice(), self.points.as_slice())
        else {
            return true;
        };
        let size = size_ratio(before, last);
        let fuel = |point: &Point| point.fuel.saturating_sub(first.fuel);
        let memory = match self.grown.as_slice() {
            [.., before, last] if *last > MEMORY_STEP => is_flat(ratio(*before, *last), size),
            _ => true,
        };
        memory && is_flat(ratio(fuel(before), fuel(last)), size)
    }

    /// Whether the snapshot was doubled often enough to say anything.
    pub(super) fn has_doubled(&self) -> bool {
        self.tail().is_some()
    }

    /// The last points, where the snapshot was doubled between them.
    fn tail(&self) -> Option<&[Point]> {
        // The first is before any growth.
        let grown = self.points.get(1..)?;
        let tail = grown.len().checked_sub(DOUBLINGS + 1)?;
        let tail = &grown[tail..];
        let doubles = |pair: &[Point]| {
            let (before, last) = (pair[0].snapshot as u64, pair[1].snapshot as u64);
            last.saturating_mul(2) >= before.saturating_mul(3)
        };
        tail.windows(2).all(doubles).then_some(tail)
    }
}

/// Whether all steps have an exponent of 1.5 and more.
fn steep(points: &[Point], used: impl Fn(&Point) -> u64) -> bool {
    points.windows(2).all(|pair| {
        let size = size_ratio(&pair[0], &pair[1]);
        let used = ratio(used(&pair[0]), used(&pair[1]));
        used * used >= size * size * size
    })
}

/// Whether fuel that grows with the square of the snapshot, and not faster, is little for a large one.
pub(super) fn is_slight(points: &[Point]) -> bool {
    let ([.., before, last], Some(snapshot)) = (points, points.last().map(|it| it.snapshot)) else {
        return false;
    };
    let (used, size) = (ratio(before.fuel, last.fuel), size_ratio(before, last));
    let is_a_square = used * used < size * size * size * size * size;
    let snapshot = (snapshot as u128).max(1);
    let of_a_large_one =
        u128::from(last.fuel).saturating_mul(LARGE * LARGE) / (snapshot * snapshot);
    is_a_square && of_a_large_one < MINUTE
}

/// Whether the exponent is 1.2 or less.
fn is_flat(used: f64, size: f64) -> bool {
    used * used * used * used * used <= size * size * size * size * size * size
}

/// How many times as large the snapshot is, and no less than the state: a format may compress.
fn size_ratio(before: &Point, after: &Point) -> f64 {
    let state = ratio(before.times as u64, after.times as u64);
    ratio(before.snapshot as u64, after.snapshot as u64).max(state)
}

fn ratio(before: u64, after: u64) -> f64 {
    after as f64 / before.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: usize = 32;

    /// A half of which `fuel` is a function of the number of items, and `memory` one of its own.
    fn series(fuel: impl Fn(f64) -> f64, memory: impl Fn(f64) -> f64, to: usize) -> Series {
        let mut series = Series::new(Half::Load);
        let mut times = 0;
        while times <= to {
            let grown = memory(times as f64) as u64;
            series.push(
                times,
                Cost {
                    snapshot: 100 + 20 * times,
                    fuel: fuel(times as f64) as u64,
                    memory: (1 << 20) + grown,
                    grown,
                },
            );
            times = (times * 2).max(FIRST);
        }
        series
    }

    fn nothing(_: f64) -> f64 {
        0.0
    }

    #[test]
    fn a_square_fails_under_a_constant_and_a_linear_part() {
        for (constant, linear) in [(0.0, 0.0), (50_000.0, 0.0), (50_000.0, 500.0)] {
            let fuel = |n: f64| constant + linear * n + 10.0 * n * n;
            let found = series(fuel, nothing, 8_192);
            let (resource, points) = found.super_linear().expect("a trend");
            assert_eq!((resource, points.len()), ("fuel", DOUBLINGS + 1));
            assert!(!series(fuel, nothing, 256).is_clear());
        }
        assert!(series(|n| n * n * n, nothing, 256).super_linear().is_some());
    }

    #[test]
    fn a_square_that_is_little_for_a_large_snapshot_is_slight_and_a_cube_is_not() {
        let points = |fuel: &dyn Fn(f64) -> f64| {
            let found = series(fuel, nothing, 4_096);
            found.super_linear().expect("a trend").1.to_vec()
        };
        // Each of twenty bytes' worth of items with each other one, and each byte with each other one.
        assert!(is_slight(&points(&|n| 10.0 * n * n)));
        assert!(!is_slight(&points(&|n| 10.0 * 400.0 * n * n)));
        assert!(!is_slight(&points(&|n| 0.001 * n * n * n)));
    }

    #[test]
    fn a_square_of_memory_fails_and_is_not_clear_before() {
        let memory = |n: f64| 8.0 * n * n;
        let found = series(|n| n, memory, 8_192);
        assert_eq!(found.super_linear().map(|it| it.0), Some("memory"));
        assert!(!series(|n| n, memory, 256).is_clear());
    }

    #[test]
    fn what_is_nearly_linear_passes_at_every_size() {
        let log = |n: f64| n.max(2.0).log2();
        let shapes: [&dyn Fn(f64) -> f64; 6] = [
            &|_| 70_000.0,
            &|n| 300.0 * n,
            &|n| 70_000.0 + 300.0 * n,
            &|n| 300.0 * n * log(n),
            &|n| 300.0 * n * log(n) * log(n),
            // A collector that runs from a size on.
            &|n| 300.0 * n + if n >= 256.0 { 3_000.0 * n } else { 0.0 },
        ];
        for (index, shape) in shapes.into_iter().enumerate() {
            // Room that doubles, in pages, above what was there.
            let room = |n: f64| ((64.0 * n).log2().ceil().exp2() - 30_000.0).max(0.0);
            let pages = |n: f64| (room(n) / 65_536.0).ceil() * 65_536.0;
            for to in [256, 512, 1_024, 2_048, 4_096, 8_192] {
                let found = series(shape, pages, to);
                assert!(found.has_doubled());
                assert!(found.super_linear().is_none(), "shape {index} to {to}");
            }
        }
        assert!(series(|n| 300.0 * n * log(n), nothing, 256).is_clear());
    }

    #[test]
    fn a_snapshot_that_hardly_grows_says_nothing() {
        let mut found = Series::new(Half::Save);
        for times in [0, 32, 64, 128, 256] {
            let cost = Cost {
                snapshot: 1_000 + times,
                fuel: (times * times) as u64,
                memory: 65_536,
                grown: 0,
            };
            found.push(times, cost);
        }
        assert!(!found.has_doubled() && found.super_linear().is_none());
    }
}
