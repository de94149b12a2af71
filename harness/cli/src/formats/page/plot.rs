//! What save or load used while the state grew, as lines in SVG.

use serde::Serialize;

use handover::judging::verdict::Point;

/// The size of a plot, in units of its view box.
const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 110.0;

/// One quantity over the number of repetitions.
#[derive(Serialize)]
pub struct Plot {
    what: &'static str,
    width: f64,
    height: f64,
    /// `x,y` of each point, as `polyline` takes them.
    line: String,
    dots: Vec<(f64, f64)>,
    /// The largest values.
    times: usize,
    most: u64,
}

/// A plot of each quantity; none of fewer than two points.
pub fn plots(points: &[Point]) -> Vec<Plot> {
    if points.len() < 2 {
        return Vec::new();
    }
    vec![
        plot("bytes of the snapshot", points, |it| it.snapshot as u64),
        plot("fuel", points, |it| it.fuel),
        plot("bytes of memory", points, |it| it.memory),
    ]
}

fn plot(what: &'static str, points: &[Point], quantity: impl Fn(&Point) -> u64) -> Plot {
    let times = points.iter().map(|it| it.times).max().unwrap_or(0);
    let most = points.iter().map(&quantity).max().unwrap_or(0);
    let place = |it: &Point| {
        let x = WIDTH * it.times as f64 / times.max(1) as f64;
        let y = HEIGHT - HEIGHT * quantity(it) as f64 / most.max(1) as f64;
        ((x * 10.0).round() / 10.0, (y * 10.0).round() / 10.0)
    };
    let dots: Vec<(f64, f64)> = points.iter().map(place).collect();
    let line: Vec<String> = dots.iter().map(|(x, y)| format!("{x},{y}")).collect();
    Plot {
        what,
        width: WIDTH,
        height: HEIGHT,
        line: line.join(" "),
        dots,
        times,
        most,
    }
}
