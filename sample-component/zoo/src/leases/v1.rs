//! MessagePack, fields by position.

use serde::{Deserialize, Serialize};

use super::{Bucket, FULL, Lease, Mode, Session, State};
use crate::{Loaded, World};

#[derive(Serialize, Deserialize)]
struct Snapshot {
    magic: String,
    /// When it was saved, where the times are relative to that.
    saved: u64,
    fence: u64,
    leases: Vec<(String, LeaseRow)>,
    clients: Vec<(String, i64, u64)>,
    sessions: Vec<(String, SessionRow)>,
    jitter: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct LeaseRow {
    holder: String,
    token: u64,
    until: u64,
    note: Option<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
struct SessionRow {
    key: u64,
    opened: u64,
    seen: u64,
}

const MAGIC: &str = "leases/1";

/// The snapshot of all leases.
pub fn save(state: &mut State, mode: Mode, world: &impl World) -> Vec<u8> {
    let now = world.now();
    let mut snapshot = Snapshot {
        magic: MAGIC.to_owned(),
        saved: 0,
        fence: state.fence,
        leases: state.leases.iter().map(lease_row).collect(),
        clients: state.clients.iter().map(client_row).collect(),
        sessions: state.sessions.iter().map(session_row).collect(),
        jitter: state.jitter,
    };
    match mode {
        Mode::BucketsNotSaved => snapshot.clients.iter_mut().for_each(|row| row.1 = FULL),
        Mode::DebtForgiven => snapshot
            .clients
            .iter_mut()
            .for_each(|row| row.1 = row.1.max(0)),
        Mode::UntilInSeconds => {
            let leases = snapshot.leases.iter_mut();
            leases.for_each(|(_, lease)| lease.until = lease.until / 1_000 * 1_000);
        }
        Mode::ClientsByName => snapshot.clients.sort(),
        Mode::JitterReseeded => snapshot.jitter = None,
        Mode::RelativeTimes => make_relative(&mut snapshot, now),
        Mode::ExpiredDropped => {
            snapshot.leases.retain(|(_, lease)| lease.until > now);
            let open = |user: &String| state.sessions[user].is_open(now);
            snapshot.sessions.retain(|(user, _)| open(user));
        }
        _ => {}
    }
    rmp_serde::to_vec(&snapshot).expect("MessagePack of plain data")
}

/// The state in a snapshot.
///
/// # Errors
/// The bytes are no snapshot of this version.
pub fn load(bytes: &[u8], mode: Mode, _world: &impl World) -> Loaded<State> {
    let state = decode(bytes, mode)?;
    state.check()?;
    Ok(state)
}

fn lease_row((resource, lease): (&String, &Lease)) -> (String, LeaseRow) {
    let row = LeaseRow {
        holder: lease.holder.clone(),
        token: lease.token,
        until: lease.until,
        note: lease.note.clone(),
    };
    (resource.clone(), row)
}

fn client_row((client, bucket): &(String, Bucket)) -> (String, i64, u64) {
    (client.clone(), bucket.level, bucket.at)
}

fn session_row((user, session): (&String, &Session)) -> (String, SessionRow) {
    let row = SessionRow {
        key: session.key,
        opened: session.opened,
        seen: session.seen,
    };
    (user.clone(), row)
}

/// How long ago, or how far ahead, by wrapping differences, so that nothing is lost.
fn make_relative(snapshot: &mut Snapshot, now: u64) {
    snapshot.saved = now;
    for (_, lease) in &mut snapshot.leases {
        lease.until = lease.until.wrapping_sub(now);
    }
    for (_, _, at) in &mut snapshot.clients {
        *at = now.wrapping_sub(*at);
    }
    for (_, session) in &mut snapshot.sessions {
        session.opened = now.wrapping_sub(session.opened);
        session.seen = now.wrapping_sub(session.seen);
    }
}

fn make_absolute(snapshot: &mut Snapshot) {
    let saved = snapshot.saved;
    for (_, lease) in &mut snapshot.leases {
        lease.until = lease.until.wrapping_add(saved);
    }
    for (_, _, at) in &mut snapshot.clients {
        *at = saved.wrapping_sub(*at);
    }
    for (_, session) in &mut snapshot.sessions {
        session.opened = saved.wrapping_sub(session.opened);
        session.seen = saved.wrapping_sub(session.seen);
    }
}

pub(super) fn decode(bytes: &[u8], mode: Mode) -> Loaded<State> {
    let mut snapshot: Snapshot = rmp_serde::from_slice(bytes).map_err(|error| error.to_string())?;
    if snapshot.magic != MAGIC {
        return Err("it is no snapshot of leases".to_owned());
    }
    if mode == Mode::RelativeTimes {
        make_absolute(&mut snapshot);
    }
    let lease = |(resource, row): (String, LeaseRow)| {
        let lease = Lease {
            holder: row.holder,
            token: row.token,
            until: row.until,
            note: row.note,
        };
        (resource, lease)
    };
    let session = |(user, row): (String, SessionRow)| {
        let session = Session {
            key: row.key,
            opened: row.opened,
            seen: row.seen,
        };
        (user, session)
    };
    let clients = snapshot.clients.into_iter();
    Ok(State {
        fence: snapshot.fence,
        leases: snapshot.leases.into_iter().map(lease).collect(),
        clients: clients
            .map(|(client, level, at)| (client, Bucket { level, at }))
            .collect(),
        sessions: snapshot.sessions.into_iter().map(session).collect(),
        jitter: snapshot.jitter,
        handovers: Vec::new(),
    })
}
