use super::*;

const LATER: u64 = 0;
const CORRECT: &[Mode] = &[Mode::MedianSavedToo, Mode::NewestFirst, Mode::SeedAdvanced];

fn history() -> State {
    let mut sensors = State::default();
    for reading in 0..30_u32 {
        let name = format!("sensor {}", reading * 7 % 10);
        sensors.record(name, f64::from(reading) / 10.0, 1_234 + u64::from(reading));
    }
    for reading in 0..12 {
        sensors.record("x".repeat(200), f64::from(reading) * 0.1, 2_000);
    }
    let name = sensors.names().remove(0);
    assert!(sensors.set_unit(&name, &"°".repeat(20)) && sensors.set_zone(&name, -90));
    assert!(sensors.calibrate(&name, -0.0));
    sensors.set_alarm(&name, Some((f64::NEG_INFINITY, 0.5)));
    for _ in 0..3 {
        assert!(sensors.sample(&crate::testing::Still(9)).is_some());
    }
    sensors
}

fn observed(mut sensors: State) -> String {
    let seen: Vec<_> = sensors
        .names()
        .iter()
        .map(|it| {
            (
                sensors.mean(it),
                sensors.median(it),
                sensors.extremes(it),
                sensors.last(it),
                sensors.unit(it),
            )
        })
        .collect();
    let sample = sensors.sample(&crate::testing::Still(1));
    format!("{seen:?} {sample:?} {:?}", sensors.alarms())
}

round_trips!();

#[test]
fn the_sensor_that_was_read_longest_ago_is_forgotten() {
    let mut sensors = State::default();
    for number in 0..SENSORS {
        sensors.record(number.to_string(), 1.0, 0);
    }
    sensors.record("0".to_owned(), 1.0, 0);
    sensors.record("new".to_owned(), 1.0, 0);
    assert_eq!(sensors.mean("1"), None);
    assert_eq!(sensors.mean("0"), Some(1.0));
}
