use super::*;
use crate::testing::{Accepted, Shown};

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
        assert!(sensors.sample(&Still(9)).is_some());
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
    let sample = sensors.sample(&Still(1));
    format!("{seen:?} {sample:?} {:?}", sensors.alarms())
}

fn one_sensor() -> State {
    let mut sensors = State::default();
    sensors.record("s".to_owned(), 1.5, 1_234);
    sensors
}

const FAULTS: &[Shown<Mode, State>] = &[
    (
        Mode::ZoneDropped,
        || {
            let mut it = one_sensor();
            it.set_zone("s", 60);
            it
        },
        |it| format!("{:?}", it.last("s")),
    ),
    (
        Mode::LongNameInOneByte,
        || {
            let mut it = State::default();
            it.record("x".repeat(130), 1.0, 0);
            it
        },
        |it| format!("{:?}", it.names()),
    ),
    (
        Mode::NanAlarmIsNone,
        || {
            let mut it = one_sensor();
            it.set_alarm("s", Some((f64::NAN, 1.0)));
            it
        },
        |it| format!("{:?}", it.alarms()),
    ),
    (
        Mode::StalestByName,
        || {
            let mut it = State::default();
            for name in ["z", "a", "b", "c", "d", "e", "f", "g"] {
                it.record(name.to_owned(), 1.0, 0);
            }
            it
        },
        |it| {
            it.record("new".to_owned(), 1.0, 0);
            format!("{:?}", it.names())
        },
    ),
    (
        Mode::SamplerRewound,
        || {
            let mut it = history();
            it.sample(&Still(3));
            it
        },
        |it| format!("{:?}", [(); 9].map(|()| it.sample(&Still(4)))),
    ),
    (
        Mode::UnitCutInside,
        || {
            let mut it = one_sensor();
            it.set_unit("s", &"€".repeat(6));
            it
        },
        |it| format!("{:?}", it.unit("s")),
    ),
    (
        Mode::MedianTrusted,
        || {
            let mut it = one_sensor();
            it.median("s");
            it.record("s".to_owned(), 9.0, 0);
            it
        },
        |it| format!("{:?}", it.median("s")),
    ),
    (
        Mode::SumAgain,
        || {
            let mut it = State::default();
            for reading in 0..20_u32 {
                it.record("s".to_owned(), f64::from(reading) * 0.1, 0);
            }
            it
        },
        |it| format!("{:?}", it.mean("s")),
    ),
    (Mode::LastInSeconds, one_sensor, |it| {
        format!("{:?}", it.last("s"))
    }),
];

const UNCHECKED: &[Accepted<Mode, State>] = &[];

const ELSEWHERE: &[Mode] = &[Mode::CountIgnored];

round_trips!();

#[test]
fn only_with_the_fault_load_accepts_fewer_sensors_than_it_was_told() {
    let world = Still(LATER);
    let mut bytes = v1::save(&mut one_sensor(), Mode::Sound, &world);
    // Magic, tag and length, then the eight bytes of the count.
    bytes[10] += 1;
    assert!(v2::load(&bytes, Mode::CountIgnored, &world).is_ok());
    assert!(v2::load(&bytes, Mode::Sound, &world).is_err());
}

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
