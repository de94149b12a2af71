//! MessagePack, fields by name; it reads the old fields too.

use serde::{Deserialize, Serialize};

use super::{Mode, Sampler, Sensor, State, v1};
use crate::{Loaded, World, one_nan};

const FORMAT: u8 = 2;

#[derive(Serialize, Deserialize)]
struct Snapshot {
    format: u8,
    sensors: Vec<Row>,
    sampler: Option<(u64, u32)>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    name: String,
    unit: String,
    readings: Vec<f64>,
    sum: f64,
    calibration: f64,
    zone: i16,
    last: u64,
    alarm: Option<(f64, f64)>,
    median: Option<f64>,
}

/// The snapshot of all sensors.
pub fn save(state: &mut State, mode: Mode, _world: &impl World) -> Vec<u8> {
    let row = |(name, sensor): &(String, Sensor)| {
        let mut readings: Vec<f64> = sensor.window.iter().copied().collect();
        if mode == Mode::NewestFirst {
            readings.reverse();
        }
        Row {
            name: name.clone(),
            unit: sensor.unit.clone(),
            readings,
            sum: sensor.sum,
            calibration: sensor.calibration,
            zone: sensor.zone,
            last: sensor.last,
            alarm: sensor.alarm,
            median: match mode {
                Mode::MedianTrusted | Mode::MedianSavedToo => sensor.median,
                _ => None,
            },
        }
    };
    let snapshot = Snapshot {
        format: FORMAT,
        sensors: state.sensors.iter().map(row).collect(),
        sampler: state.sampler.map(|it| (it.seed, it.draws)),
    };
    rmp_serde::to_vec_named(&snapshot).expect("MessagePack of plain data")
}

/// The state in a snapshot of this version or the old one.
///
/// # Errors
/// The bytes are neither.
pub fn load(bytes: &[u8], mode: Mode, _world: &impl World) -> Loaded<State> {
    let mut state = match bytes.first() {
        Some(&v1::MAGIC) => v1::decode(bytes, mode)?,
        _ => decode(bytes, mode)?,
    };
    for (_, sensor) in &mut state.sensors {
        lose(sensor, mode);
    }
    state.check()?;
    Ok(state)
}

/// The slips in taking over what was read.
fn lose(sensor: &mut Sensor, mode: Mode) {
    match mode {
        Mode::MedianTrusted => sensor.is_fresh = sensor.median.is_some(),
        Mode::SumAgain => sensor.sum = one_nan(sensor.window.iter().sum()),
        Mode::LastInSeconds => sensor.last = (sensor.last.saturating_add(500)) / 1_000 * 1_000,
        _ => {}
    }
}

fn decode(bytes: &[u8], mode: Mode) -> Loaded<State> {
    let snapshot: Snapshot = rmp_serde::from_slice(bytes).map_err(|error| error.to_string())?;
    if snapshot.format != FORMAT {
        return Err(format!("format {} is unknown", snapshot.format));
    }
    let sensor = |mut row: Row| {
        if mode == Mode::NewestFirst {
            row.readings.reverse();
        }
        let alarm = row.alarm.map(|(low, high)| (one_nan(low), one_nan(high)));
        let sensor = Sensor {
            unit: row.unit,
            window: row.readings.into_iter().map(one_nan).collect(),
            sum: one_nan(row.sum),
            calibration: one_nan(row.calibration),
            alarm,
            zone: row.zone,
            last: row.last,
            median: row.median.map(one_nan),
            is_fresh: false,
        };
        (row.name, sensor)
    };
    Ok(State {
        sensors: snapshot.sensors.into_iter().map(sensor).collect(),
        sampler: snapshot
            .sampler
            .map(|(seed, draws)| Sampler { seed, draws }),
    })
}
