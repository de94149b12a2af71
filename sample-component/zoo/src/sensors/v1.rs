//! Tag, length, value.

use super::{Mode, Sampler, Sensor, State, UNIT};
use crate::tlv::{Reader, Writer};
use crate::{Loaded, World, one_nan};

/// The first byte; no MessagePack map begins with it.
pub(super) const MAGIC: u8 = 0x53;

const COUNT: u8 = 1;
const SENSOR: u8 = 2;
const SAMPLER: u8 = 3;

/// The snapshot of all sensors.
pub fn save(state: &mut State, mode: Mode, _world: &impl World) -> Vec<u8> {
    let mut sensors: Vec<&(String, Sensor)> = state.sensors.iter().collect();
    if mode == Mode::StalestByName {
        sensors.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    let mut out = Writer::default();
    out.u64(COUNT, sensors.len() as u64);
    for (name, sensor) in sensors {
        out.field(SENSOR, |out| write_sensor(out, name, sensor, mode));
    }
    if let Some(sampler) = state.sampler {
        let sampler = match mode {
            Mode::SamplerRewound => Sampler {
                draws: 0,
                ..sampler
            },
            Mode::SeedAdvanced => sampler.advanced(),
            _ => sampler,
        };
        out.field(SAMPLER, |out| {
            out.u64(1, sampler.seed);
            out.u64(2, u64::from(sampler.draws));
        });
    }
    [&[MAGIC], out.bytes.as_slice()].concat()
}

fn write_sensor(out: &mut Writer, name: &str, sensor: &Sensor, mode: Mode) {
    match mode {
        Mode::LongNameInOneByte => {
            out.bytes.extend([1, name.len() as u8]);
            out.bytes.extend(name.as_bytes());
        }
        _ => out.data(1, name.as_bytes()),
    }
    let unit = match mode {
        Mode::UnitCutInside if sensor.unit.len() > UNIT => &sensor.unit[..UNIT],
        _ => &sensor.unit,
    };
    out.data(2, unit.as_bytes());
    let values = sensor
        .window
        .iter()
        .map(|value| value.to_bits().to_be_bytes());
    out.data(3, &values.collect::<Vec<_>>().concat());
    out.u64(4, sensor.sum.to_bits());
    out.u64(5, sensor.calibration.to_bits());
    let (zone, last) = match mode {
        Mode::ZoneDropped => (0, sensor.last),
        _ => (sensor.zone, sensor.last),
    };
    out.data(6, &zone.to_be_bytes());
    out.u64(7, last);
    let alarm = match mode {
        Mode::NanAlarmIsNone => Some(sensor.alarm.unwrap_or((f64::NAN, f64::NAN))),
        _ => sensor.alarm,
    };
    if let Some((low, high)) = alarm {
        out.field(8, |out| {
            out.u64(1, low.to_bits());
            out.u64(2, high.to_bits());
        });
    }
    if matches!(mode, Mode::MedianTrusted | Mode::MedianSavedToo)
        && let Some(median) = sensor.median
    {
        out.u64(9, median.to_bits());
    }
}

/// The state in a snapshot.
///
/// # Errors
/// The bytes are no snapshot of this version.
pub fn load(bytes: &[u8], mode: Mode, _world: &impl World) -> Loaded<State> {
    let mode = match mode {
        Mode::CountIgnored => Mode::Sound,
        _ => mode,
    };
    let state = decode(bytes, mode)?;
    state.check()?;
    Ok(state)
}

pub(super) fn decode(bytes: &[u8], mode: Mode) -> Loaded<State> {
    let Some((&MAGIC, fields)) = bytes.split_first() else {
        return Err("it is no snapshot of sensors".to_owned());
    };
    let mut from = Reader::new(fields);
    let count = from.u64(COUNT)?;
    let sensors = from.each(SENSOR, |from| read_sensor(from, mode))?;
    if mode != Mode::CountIgnored && sensors.len() as u64 != count {
        return Err(format!("there are not {count} sensors"));
    }
    let sampler = match from.tag() {
        Some(SAMPLER) => {
            let mut from = from.field(SAMPLER)?;
            let seed = from.u64(1)?;
            let draws = u32::try_from(from.u64(2)?);
            let draws = draws.map_err(|_| "so many draws cannot be".to_owned())?;
            from.end()?;
            Some(Sampler { seed, draws })
        }
        _ => None,
    };
    from.end()?;
    Ok(State { sensors, sampler })
}

fn read_sensor(from: &mut Reader<'_>, mode: Mode) -> Loaded<(String, Sensor)> {
    let name = from.text(1)?;
    let mut sensor = Sensor {
        unit: from.text(2)?,
        ..Sensor::default()
    };
    let (values, rest) = from.data(3)?.as_chunks::<8>();
    if !rest.is_empty() {
        return Err("a reading is cut off".to_owned());
    }
    let values = values.iter().map(|bytes| u64::from_be_bytes(*bytes));
    sensor.window = values.map(|bits| one_nan(f64::from_bits(bits))).collect();
    let float = |from: &mut Reader<'_>, tag| Loaded::Ok(one_nan(f64::from_bits(from.u64(tag)?)));
    sensor.sum = float(from, 4)?;
    sensor.calibration = float(from, 5)?;
    let zone = from.data(6)?.try_into();
    sensor.zone = i16::from_be_bytes(zone.map_err(|_| "the zone cannot be".to_owned())?);
    sensor.last = from.u64(7)?;
    if from.tag() == Some(8) {
        let mut from = from.field(8)?;
        let (low, high) = (float(&mut from, 1)?, float(&mut from, 2)?);
        from.end()?;
        sensor.alarm = match mode {
            Mode::NanAlarmIsNone if low.is_nan() => None,
            _ => Some((low, high)),
        };
    }
    if from.tag() == Some(9) {
        sensor.median = Some(float(from, 9)?);
    }
    Ok((name, sensor))
}
