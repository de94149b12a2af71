//! Tag, length, value; it reads the old MessagePack too.

use super::{Bucket, FULL, Lease, Mode, Session, State, v1};
use crate::tlv::{Reader, Writer};
use crate::{Loaded, World};

/// The first byte; no MessagePack begins with it.
const MAGIC: u8 = 0xc1;

const FENCE: u8 = 1;
const LEASE: u8 = 2;
const CLIENT: u8 = 3;
const SESSION: u8 = 4;
const JITTER: u8 = 5;
const HANDOVER: u8 = 6;

/// The snapshot of all leases.
pub fn save(state: &mut State, mode: Mode, world: &impl World) -> Vec<u8> {
    let now = world.now();
    let mut out = Writer::default();
    out.u64(FENCE, state.fence);
    for (resource, lease) in &state.leases {
        out.field(LEASE, |out| {
            out.data(1, resource.as_bytes());
            out.data(2, lease.holder.as_bytes());
            out.u64(3, lease.token);
            out.u64(4, lease.until);
            if let Some(note) = &lease.note {
                out.data(5, note);
            }
        });
    }
    let is_full = |(_, bucket): &&(String, Bucket)| bucket.level(now) == FULL;
    // Whoever has no bucket has a full one. Only the first may go, or another client would be the next to lose its bucket.
    let dropped = match mode {
        Mode::FullBucketsDropped => state.clients.iter().take_while(is_full).count(),
        _ => 0,
    };
    for (client, bucket) in state.clients.iter().skip(dropped) {
        out.field(CLIENT, |out| {
            out.data(1, client.as_bytes());
            out.u64(2, bucket.level as u64);
            out.u64(3, bucket.at);
        });
    }
    for (user, session) in &state.sessions {
        out.field(SESSION, |out| {
            out.data(1, user.as_bytes());
            out.u64(2, session.key);
            out.u64(3, session.opened);
            out.u64(4, session.seen);
        });
    }
    if let Some(jitter) = state.jitter {
        out.u64(JITTER, jitter);
    }
    for handover in &state.handovers {
        out.u64(HANDOVER, *handover);
    }
    [&[MAGIC], out.bytes.as_slice()].concat()
}

/// The state in a snapshot of this version or the old one.
///
/// # Errors
/// The bytes are neither.
pub fn load(bytes: &[u8], mode: Mode, world: &impl World) -> Loaded<State> {
    let mut state = match bytes.split_first() {
        Some((&MAGIC, fields)) => decode(Reader::new(fields))?,
        _ => {
            let mut state = v1::decode(bytes, mode)?;
            migrate(&mut state, mode);
            state
        }
    };
    lose(&mut state, mode, world);
    state.check()?;
    Ok(state)
}

/// The slips on the way from the old format.
fn migrate(state: &mut State, mode: Mode) {
    match mode {
        Mode::FieldsByPosition => {
            for session in state.sessions.values_mut() {
                std::mem::swap(&mut session.opened, &mut session.seen);
            }
        }
        Mode::NoNoteIsEmpty => {
            for lease in state.leases.values_mut() {
                lease.note.get_or_insert_default();
            }
        }
        _ => {}
    }
}

/// The slips in taking over what was read.
fn lose(state: &mut State, mode: Mode, world: &impl World) {
    match mode {
        Mode::KeysDrawnAgain => {
            for session in state.sessions.values_mut() {
                session.key = world.random();
            }
        }
        Mode::SessionsStartOver => {
            let now = world.now();
            for session in state.sessions.values_mut() {
                session.seen = now;
            }
        }
        Mode::FenceAfterLeases => {
            let tokens = state.leases.values().map(|lease| lease.token);
            state.fence = tokens.max().map_or(0, |last| last + 1);
        }
        Mode::HandoversPileUp => state.handovers.push(world.now()),
        _ => {}
    }
}

fn decode(mut from: Reader<'_>) -> Loaded<State> {
    let mut state = State {
        fence: from.u64(FENCE)?,
        ..State::default()
    };
    let leases = from.each(LEASE, |from| {
        let resource = from.text(1)?;
        let lease = Lease {
            holder: from.text(2)?,
            token: from.u64(3)?,
            until: from.u64(4)?,
            note: match from.is_at_end() {
                true => None,
                false => Some(from.data(5)?.to_vec()),
            },
        };
        Ok((resource, lease))
    })?;
    state.leases = leases.into_iter().collect();
    state.clients = from.each(CLIENT, |from| {
        let client = from.text(1)?;
        let level = from.u64(2)? as i64;
        let at = from.u64(3)?;
        Ok((client, Bucket { level, at }))
    })?;
    let sessions = from.each(SESSION, |from| {
        let user = from.text(1)?;
        let session = Session {
            key: from.u64(2)?,
            opened: from.u64(3)?,
            seen: from.u64(4)?,
        };
        Ok((user, session))
    })?;
    state.sessions = sessions.into_iter().collect();
    if from.tag() == Some(JITTER) {
        state.jitter = Some(from.u64(JITTER)?);
    }
    while from.tag() == Some(HANDOVER) {
        state.handovers.push(from.u64(HANDOVER)?);
    }
    from.end()?;
    Ok(state)
}
