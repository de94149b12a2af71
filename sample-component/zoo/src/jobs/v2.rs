//! CBOR; it reads the old JSON too.

use serde::{Deserialize, Serialize};

use super::{Job, Mode, State, v1};
use crate::{Loaded, World, one_nan};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Snapshot {
    format: u32,
    next: u64,
    jobs: Vec<Row>,
    order: Vec<u64>,
    ended: Vec<(u64, i32)>,
    /// Nothing, for ever, or a number.
    retries: (bool, Option<u32>),
    runs: u64,
    mean: f64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: u64,
    title: String,
    priority: u8,
    not_before: u64,
    payload: String,
    packed: bool,
    relays: u32,
    attempts: u32,
    worker: Option<String>,
    tags: Vec<(String, String)>,
}

const FORMAT: u32 = 2;

/// The snapshot of a queue.
pub fn save(state: &mut State, _mode: Mode, _world: &impl World) -> Vec<u8> {
    let row = |(id, job): (&u64, &Job)| Row {
        id: *id,
        title: job.name.clone(),
        priority: job.priority as u8,
        not_before: job.not_before,
        payload: job.payload.clone(),
        packed: job.packed,
        relays: job.relays,
        attempts: job.attempts,
        worker: job.worker.clone(),
        tags: job.tags.clone().into_iter().collect(),
    };
    let snapshot = Snapshot {
        format: FORMAT,
        next: state.next_id,
        jobs: state.jobs.iter().map(row).collect(),
        order: state.waiting(),
        ended: state.finished.iter().copied().collect(),
        retries: (state.retries.is_some(), state.retries.flatten()),
        runs: state.runs,
        mean: state.mean,
    };
    let mut bytes = Vec::new();
    ciborium::into_writer(&snapshot, &mut bytes).expect("CBOR of plain data");
    bytes
}

/// The state in a snapshot of this version or the old one.
///
/// # Errors
/// The bytes are neither.
pub fn load(bytes: &[u8], mode: Mode, _world: &impl World) -> Loaded<State> {
    let state = match bytes.first() {
        Some(b'{') => {
            let mut state = v1::decode(bytes, mode)?;
            state.jobs.values_mut().for_each(|job| migrate(job, mode));
            state
        }
        _ => decode(bytes)?,
    };
    state.check(mode)?;
    Ok(state)
}

fn migrate(job: &mut Job, mode: Mode) {
    match mode {
        Mode::DateThroughAFloat => job.not_before = job.not_before as f64 as u64,
        Mode::UnpackedLater => {
            job.payload = job.payload.chars().rev().collect();
            job.packed = true;
        }
        _ => {}
    }
}

/// The payload of a job whose migration was left for later.
pub(super) fn unpack(payload: &str) -> String {
    payload.chars().rev().collect()
}

fn decode(bytes: &[u8]) -> Loaded<State> {
    let snapshot: Snapshot = ciborium::from_reader(bytes).map_err(|error| error.to_string())?;
    if snapshot.format != FORMAT {
        return Err(format!("format {} is unknown", snapshot.format));
    }
    let mut state = State {
        next_id: snapshot.next,
        waiting: snapshot.order.into(),
        finished: snapshot.ended.into(),
        retries: match snapshot.retries {
            (false, None) => None,
            (false, Some(_)) => return Err("the retries cannot be".to_owned()),
            (true, limit) => Some(limit),
        },
        runs: snapshot.runs,
        mean: one_nan(snapshot.mean),
        ..State::default()
    };
    for row in snapshot.jobs {
        let job = Job {
            name: row.title,
            priority: v1::priority(row.priority)?,
            not_before: row.not_before,
            payload: row.payload,
            relays: row.relays,
            attempts: row.attempts,
            worker: row.worker,
            tags: row.tags.into_iter().collect(),
            packed: row.packed,
        };
        if state.jobs.insert(row.id, job).is_some() {
            return Err(format!("job {} is there twice", row.id));
        }
    }
    Ok(state)
}
