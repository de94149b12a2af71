//! JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Job, Mode, Priority, State};
use crate::{Loaded, World, one_nan};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Snapshot {
    version: u32,
    next_id: u64,
    jobs: Vec<Value>,
    waiting: Vec<u64>,
    finished: Vec<(u64, i32)>,
    retries: Value,
    runs: u64,
    mean: Value,
}

#[derive(Serialize, Deserialize)]
enum Retries {
    Default,
    Forever,
    AtMost(u32),
}

#[derive(Serialize, Deserialize)]
struct Row {
    id: u64,
    name: String,
    priority: u8,
    not_before: u64,
    payload: Payload,
    attempts: u32,
    worker: Option<String>,
    tags: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct FlatRow {
    id: u64,
    name: String,
    priority: u8,
    not_before: u64,
    payload: Payload,
    attempts: u32,
    worker: Option<String>,
    #[serde(flatten)]
    tags: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Payload {
    Direct(String),
    Relayed(u32, String),
    Via(Box<Payload>),
}

/// The snapshot of a queue.
pub fn save(state: &mut State, mode: Mode, world: &impl World) -> Vec<u8> {
    if mode != Mode::SaveIsStale {
        return encode(state, mode, world);
    }
    let saved = state.saved.take();
    let bytes = saved.unwrap_or_else(|| encode(state, mode, world));
    state.saved = Some(bytes.clone());
    bytes
}

/// The state in a snapshot.
///
/// # Errors
/// The bytes are no snapshot of this version.
pub fn load(bytes: &[u8], mode: Mode, _world: &impl World) -> Loaded<State> {
    let state = decode(bytes, mode)?;
    state.check(Mode::Sound)?;
    Ok(state)
}

fn encode(state: &State, mode: Mode, world: &impl World) -> Vec<u8> {
    let mut finished: Vec<(u64, i32)> = state.finished.iter().copied().collect();
    if mode == Mode::FinishedById {
        finished.sort_unstable();
    }
    let snapshot = Snapshot {
        version: VERSION,
        next_id: state.next_id,
        jobs: state
            .jobs
            .iter()
            .map(|(id, job)| row(*id, job, mode, world))
            .collect(),
        waiting: state.waiting(),
        finished,
        retries: retries(state.retries, mode),
        runs: state.runs,
        mean: match mode {
            Mode::NanMeanIsNull => value(&state.mean),
            _ => value(&state.mean.to_bits()),
        },
    };
    text(&snapshot).into_bytes()
}

/// The double option as it is, or spelt out.
fn retries(retries: Option<Option<u32>>, mode: Mode) -> Value {
    if mode == Mode::UnlimitedRetriesLost {
        return value(&retries);
    }
    value(&match retries {
        None => Retries::Default,
        Some(None) => Retries::Forever,
        Some(Some(limit)) => Retries::AtMost(limit),
    })
}

fn row(id: u64, job: &Job, mode: Mode, world: &impl World) -> Value {
    let mut tags: Vec<(String, String)> = job.tags.clone().into_iter().collect();
    match mode {
        Mode::TagsInHashOrder => {
            let key = world.random();
            let hash = |text: &str| text.bytes().fold(key, mix);
            tags.sort_by_key(|(tag, _)| hash(tag));
        }
        Mode::ThriceTroubledLosesTags
            if job.priority == Priority::Urgent && job.relays > 0 && job.attempts > 0 =>
        {
            tags.clear();
        }
        _ => {}
    }
    let row = Row {
        id,
        name: job.name.clone(),
        priority: job.priority as u8,
        not_before: job.not_before,
        payload: payload(job, mode),
        attempts: job.attempts,
        worker: job.worker.clone(),
        tags,
    };
    if mode != Mode::TagsFlattened {
        return value(&row);
    }
    // A value would already merge the keys that are there twice.
    Value::String(text(&FlatRow {
        id,
        name: row.name,
        priority: row.priority,
        not_before: row.not_before,
        payload: row.payload,
        attempts: row.attempts,
        worker: row.worker,
        tags: job.tags.clone(),
    }))
}

/// What a hash with a key does to the order.
fn mix(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

fn payload(job: &Job, mode: Mode) -> Payload {
    let payload = job.payload.clone();
    match mode {
        Mode::RelaysNested => (0..job.relays).fold(Payload::Direct(payload), |inner, _| {
            Payload::Via(Box::new(inner))
        }),
        _ if job.relays == 0 => Payload::Direct(payload),
        _ => Payload::Relayed(job.relays, payload),
    }
}

pub(super) fn decode(bytes: &[u8], mode: Mode) -> Loaded<State> {
    let snapshot: Snapshot = read(bytes)?;
    if snapshot.version != VERSION {
        return Err(format!("version {} is unknown", snapshot.version));
    }
    let mut state = State {
        next_id: snapshot.next_id,
        waiting: snapshot.waiting.into(),
        finished: snapshot.finished.into(),
        runs: snapshot.runs,
        mean: match mode {
            Mode::NanMeanIsNull => parse(snapshot.mean)?,
            _ => one_nan(f64::from_bits(parse(snapshot.mean)?)),
        },
        ..State::default()
    };
    state.retries = match mode {
        Mode::UnlimitedRetriesLost => parse(snapshot.retries)?,
        _ => match parse(snapshot.retries)? {
            Retries::Default => None,
            Retries::Forever => Some(None),
            Retries::AtMost(limit) => Some(Some(limit)),
        },
    };
    for row in snapshot.jobs {
        let (id, job) = job(row, mode)?;
        if state.jobs.insert(id, job).is_some() {
            return Err(format!("job {id} is there twice"));
        }
    }
    Ok(state)
}

fn job(row: Value, mode: Mode) -> Loaded<(u64, Job)> {
    let row = match mode {
        Mode::TagsFlattened => {
            let flat: FlatRow = read(parse::<String>(row)?.as_bytes())?;
            Row {
                id: flat.id,
                name: flat.name,
                priority: flat.priority,
                not_before: flat.not_before,
                payload: flat.payload,
                attempts: flat.attempts,
                worker: flat.worker,
                tags: flat.tags.into_iter().collect(),
            }
        }
        _ => parse(row)?,
    };
    let (mut relays, mut inner) = (0, row.payload);
    let payload = loop {
        match inner {
            Payload::Direct(payload) => break payload,
            Payload::Relayed(often, payload) => {
                relays = often;
                break payload;
            }
            Payload::Via(within) => {
                relays += 1;
                inner = *within;
            }
        }
    };
    Ok((
        row.id,
        Job {
            name: row.name,
            priority: priority(row.priority)?,
            not_before: row.not_before,
            payload,
            relays,
            attempts: row.attempts,
            worker: row.worker,
            tags: row.tags.into_iter().collect(),
            packed: false,
        },
    ))
}

pub(super) fn priority(number: u8) -> Loaded<Priority> {
    let all = [Priority::Low, Priority::Normal, Priority::Urgent];
    let found = all.get(usize::from(number));
    found
        .copied()
        .ok_or_else(|| "the priority is unknown".to_owned())
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("JSON of plain data")
}

fn value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("JSON of plain data")
}

fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Loaded<T> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

fn parse<T: for<'a> Deserialize<'a>>(value: Value) -> Loaded<T> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}
