//! The last readings of a few sensors, with alarms, time zones and a sampler that picks one of them.

pub mod v1;
pub mod v2;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use crate::{Loaded, World, ensure, one_nan};

modes! {
    ZoneDropped = "zone-dropped",
    LongNameInOneByte = "long-name-in-one-byte",
    NanAlarmIsNone = "nan-alarm-is-none",
    StalestByName = "stalest-by-name",
    SamplerRewound = "sampler-rewound",
    UnitCutInside = "unit-cut-inside",
    MedianTrusted = "median-trusted",
    SumAgain = "sum-again",
    LastInSeconds = "last-in-seconds",
    CountIgnored = "count-ignored",

    MedianSavedToo = "median-saved-too",
    NewestFirst = "newest-first",
    SeedAdvanced = "seed-advanced",
}

/// How many readings of a sensor are kept.
const WINDOW: usize = 8;
/// How many sensors are kept; one more, and the one that was read longest ago is forgotten.
const SENSORS: usize = 8;
/// The longest unit, in characters.
const UNIT: usize = 16;
/// The step of the sampler's generator.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The one that was read longest ago first.
    sensors: Vec<(String, Sensor)>,
    /// Once it was asked.
    sampler: Option<Sampler>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Sensor {
    unit: String,
    window: VecDeque<f64>,
    /// What came in less what went out, in the order in which it did.
    sum: f64,
    calibration: f64,
    alarm: Option<(f64, f64)>,
    /// Minutes east of Greenwich.
    zone: i16,
    /// Milliseconds since 1970.
    last: u64,
    /// The median when somebody asked for it.
    median: Option<f64>,
    /// Whether it still is.
    is_fresh: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Sampler {
    seed: u64,
    draws: u32,
}

impl State {
    /// Notes a reading, of a sensor that may be new; returns the mean of those that are kept.
    pub fn record(&mut self, name: String, value: f64, now: u64) -> f64 {
        let known = self.sensors.iter().position(|(it, _)| *it == name);
        let mut sensor = match known {
            Some(place) => self.sensors.remove(place).1,
            None => Sensor::default(),
        };
        if self.sensors.len() == SENSORS {
            self.sensors.remove(0);
        }
        let value = one_nan(value + sensor.calibration);
        sensor.window.push_back(value);
        sensor.sum = one_nan(sensor.sum + value);
        if sensor.window.len() > WINDOW
            && let Some(oldest) = sensor.window.pop_front()
        {
            sensor.sum = one_nan(sensor.sum - oldest);
        }
        sensor.last = now;
        sensor.is_fresh = false;
        let mean = sensor.mean();
        self.sensors.push((name, sensor));
        mean
    }

    fn sensor(&self, name: &str) -> Option<&Sensor> {
        let found = self.sensors.iter().find(|(it, _)| it == name);
        found.map(|(_, sensor)| sensor)
    }

    fn sensor_mut(&mut self, name: &str) -> Option<&mut Sensor> {
        let found = self.sensors.iter_mut().find(|(it, _)| it == name);
        found.map(|(_, sensor)| sensor)
    }

    pub fn mean(&self, name: &str) -> Option<f64> {
        self.sensor(name).map(Sensor::mean)
    }

    pub fn median(&mut self, name: &str) -> Option<f64> {
        let sensor = self.sensor_mut(name)?;
        if !sensor.is_fresh {
            let mut values: Vec<f64> = sensor.window.iter().copied().collect();
            values.sort_by(f64::total_cmp);
            sensor.median = values.get(values.len() / 2).copied();
            sensor.is_fresh = true;
        }
        sensor.median
    }

    /// The lowest and the highest reading that is kept.
    pub fn extremes(&self, name: &str) -> Option<(f64, f64)> {
        let mut values: Vec<f64> = self.sensor(name)?.window.iter().copied().collect();
        values.sort_by(f64::total_cmp);
        Some((*values.first()?, *values.last()?))
    }

    /// What is added to each reading from now on.
    pub fn calibrate(&mut self, name: &str, offset: f64) -> bool {
        let sensor = self.sensor_mut(name);
        sensor.map(|it| it.calibration = one_nan(offset)).is_some()
    }

    pub fn set_unit(&mut self, name: &str, unit: &str) -> bool {
        let unit = unit.chars().take(UNIT).collect();
        self.sensor_mut(name).map(|it| it.unit = unit).is_some()
    }

    pub fn unit(&self, name: &str) -> Option<String> {
        self.sensor(name).map(|it| it.unit.clone())
    }

    /// Returns the bounds before.
    pub fn set_alarm(&mut self, name: &str, alarm: Option<(f64, f64)>) -> Option<(f64, f64)> {
        let alarm = alarm.map(|(low, high)| (one_nan(low), one_nan(high)));
        let sensor = self.sensor_mut(name)?;
        std::mem::replace(&mut sensor.alarm, alarm)
    }

    /// The sensors whose newest reading is not within their bounds, by name.
    pub fn alarms(&self) -> Vec<String> {
        let is_outside = |sensor: &Sensor| {
            let newest = sensor.window.back();
            let bounds = newest.zip(sensor.alarm);
            bounds.is_some_and(|(value, (low, high))| !(low..=high).contains(value))
        };
        let outside = self.sensors.iter().filter(|(_, sensor)| is_outside(sensor));
        let mut names: Vec<String> = outside.map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        names
    }

    pub fn set_zone(&mut self, name: &str, minutes: i16) -> bool {
        self.sensor_mut(name).map(|it| it.zone = minutes).is_some()
    }

    /// The local time of the last reading, in milliseconds, and its zone.
    pub fn last(&self, name: &str) -> Option<(i64, i16)> {
        let sensor = self.sensor(name)?;
        let last = i64::try_from(sensor.last).unwrap_or(i64::MAX);
        Some((
            last.saturating_add(i64::from(sensor.zone) * 60_000),
            sensor.zone,
        ))
    }

    /// One of the sensors, by chance.
    pub fn sample(&mut self, world: &impl World) -> Option<String> {
        let names = self.names();
        let sampler = self.sampler.get_or_insert_with(|| Sampler {
            seed: world.random(),
            draws: 0,
        });
        let draw = sampler.draw();
        let place = (draw >> 32) as usize % names.len().max(1);
        names.get(place).cloned()
    }

    pub fn forget(&mut self, name: &str) -> bool {
        let before = self.sensors.len();
        self.sensors.retain(|(it, _)| it != name);
        self.sensors.len() < before
    }

    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.sensors.iter().map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        names
    }

    /// What every history leaves true, and the operations rely on.
    fn check(&self) -> Loaded<()> {
        ensure(self.sensors.len() <= SENSORS, "so many sensors")?;
        let names = self.names();
        ensure(
            names.is_sorted_by(|a, b| a < b),
            "a sensor that is there twice",
        )?;
        let mut sensors = self.sensors.iter().map(|(_, sensor)| sensor);
        ensure(
            sensors.all(|it| (1..=WINDOW).contains(&it.window.len())),
            "so many readings",
        )?;
        let mut units = self.sensors.iter().map(|(_, sensor)| &sensor.unit);
        ensure(
            units.all(|unit| unit.chars().count() <= UNIT),
            "so long a unit",
        )
    }
}

impl Sensor {
    fn mean(&self) -> f64 {
        one_nan(self.sum / self.window.len() as f64)
    }
}

impl Sampler {
    fn draw(&mut self) -> u64 {
        let draws = u64::from(self.draws).wrapping_add(1);
        let mut z = self.seed.wrapping_add(STEP.wrapping_mul(draws));
        self.draws = self.draws.wrapping_add(1);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The seed from which no draw has been made, and that goes on like this one.
    fn advanced(&self) -> Self {
        let steps = STEP.wrapping_mul(u64::from(self.draws));
        Self {
            seed: self.seed.wrapping_add(steps),
            draws: 0,
        }
    }
}
