//! Between the exported `sensors` interface and `zoo_state::sensors`.

use zoo_state::World;

use crate::{
    Component,
    exports::zoo::services::sensors::Guest,
    zoo_glue::{Host, with},
};

impl Guest for Component {
    fn note(sensor: String, value: f64) -> f64 {
        with(|sensors| sensors.record(sensor, value, Host.now()))
    }

    fn mean(sensor: String) -> Option<f64> {
        with(|sensors| sensors.mean(&sensor))
    }

    fn median(sensor: String) -> Option<f64> {
        with(|sensors| sensors.median(&sensor))
    }

    fn extremes(sensor: String) -> Option<(f64, f64)> {
        with(|sensors| sensors.extremes(&sensor))
    }

    fn calibrate(sensor: String, offset: f64) -> bool {
        with(|sensors| sensors.calibrate(&sensor, offset))
    }

    fn set_unit(sensor: String, unit: String) -> bool {
        with(|sensors| sensors.set_unit(&sensor, &unit))
    }

    fn unit(sensor: String) -> Option<String> {
        with(|sensors| sensors.unit(&sensor))
    }

    fn set_alarm(sensor: String, bounds: Option<(f64, f64)>) -> Option<(f64, f64)> {
        with(|sensors| sensors.set_alarm(&sensor, bounds))
    }

    fn alarms() -> Vec<String> {
        with(|sensors| sensors.alarms())
    }

    fn set_zone(sensor: String, minutes: i16) -> bool {
        with(|sensors| sensors.set_zone(&sensor, minutes))
    }

    fn last(sensor: String) -> Option<(i64, i16)> {
        with(|sensors| sensors.last(&sensor))
    }

    fn sample() -> Option<String> {
        with(|sensors| sensors.sample(&Host))
    }

    fn forget(sensor: String) -> bool {
        with(|sensors| sensors.forget(&sensor))
    }

    fn names() -> Vec<String> {
        with(|sensors| sensors.names())
    }
}
