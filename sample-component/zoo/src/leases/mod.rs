//! Leases with fencing tokens, rate limits and sessions: all of them live for seconds or minutes.

pub mod v1;
pub mod v2;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::{Loaded, World, ensure};

modes! {
    BucketsNotSaved = "buckets-not-saved",
    DebtForgiven = "debt-forgiven",
    UntilInSeconds = "until-in-seconds",
    ClientsByName = "clients-by-name",
    JitterReseeded = "jitter-reseeded",
    KeysDrawnAgain = "keys-drawn-again",
    SessionsStartOver = "sessions-start-over",
    FieldsByPosition = "fields-by-position",
    NoNoteIsEmpty = "no-note-is-empty",
    FenceAfterLeases = "fence-after-leases",
    HandoversPileUp = "handovers-pile-up",

    RelativeTimes = "relative-times",
    ExpiredDropped = "expired-dropped",
    FullBucketsDropped = "full-buckets-dropped",
}

/// No lease is longer, in milliseconds.
const LONGEST: u64 = 60_000;
/// A session ends so many milliseconds after its last use.
const IDLE: u64 = 300_000;
/// How many clients have a bucket; one more, and the one that came longest ago has none.
const CLIENTS: usize = 6;
/// A full bucket, in thousandths of a request; one of them flows in each millisecond.
const FULL: i64 = 5_000;
/// What may be reserved ahead, in thousandths of a request.
const DEBT: i64 = 60_000;
/// How many handovers one state remembers.
const HANDOVERS: usize = 4;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The next lease's token.
    fence: u64,
    leases: BTreeMap<String, Lease>,
    /// The one that came longest ago first.
    clients: Vec<(String, Bucket)>,
    sessions: BTreeMap<String, Session>,
    /// The state of the generator that spreads retries, once it was asked.
    jitter: Option<u64>,
    /// When it was loaded; only one mode notes it.
    handovers: Vec<u64>,
}

#[derive(Clone, Debug, PartialEq)]
struct Lease {
    holder: String,
    token: u64,
    until: u64,
    note: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Bucket {
    /// Thousandths of a request; negative where some are reserved ahead.
    level: i64,
    at: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Session {
    key: u64,
    opened: u64,
    seen: u64,
}

impl Bucket {
    fn full(now: u64) -> Self {
        Self {
            level: FULL,
            at: now,
        }
    }

    fn level(&self, now: u64) -> i64 {
        let passed = i64::try_from(now.saturating_sub(self.at)).unwrap_or(i64::MAX);
        self.level.saturating_add(passed).min(FULL)
    }
}

impl State {
    /// Returns the lease's token, unless somebody else has it.
    pub fn acquire(
        &mut self,
        resource: String,
        holder: String,
        milliseconds: u32,
        note: Option<Vec<u8>>,
        now: u64,
    ) -> Option<u64> {
        if let Some(lease) = self.lease(&resource, now)
            && lease.holder != holder
        {
            return None;
        }
        let token = self.fence;
        self.fence += 1;
        let lease = Lease {
            holder,
            token,
            until: now.saturating_add(u64::from(milliseconds).min(LONGEST)),
            note,
        };
        self.leases.insert(resource, lease);
        Some(token)
    }

    fn lease(&self, resource: &str, now: u64) -> Option<&Lease> {
        self.leases.get(resource).filter(|lease| lease.until > now)
    }

    /// Whether the token is that of the lease, which then lasts a minute more.
    pub fn renew(&mut self, resource: &str, token: u64, now: u64) -> bool {
        let lease = self.leases.get_mut(resource);
        let lease = lease.filter(|lease| lease.until > now && lease.token == token);
        let is_there = lease.is_some();
        if let Some(lease) = lease {
            lease.until = now.saturating_add(LONGEST);
        }
        is_there
    }

    /// Whether the token was that of the lease.
    pub fn release(&mut self, resource: &str, token: u64, now: u64) -> bool {
        let lease = self.lease(resource, now);
        let is_there = lease.is_some_and(|lease| lease.token == token);
        if is_there {
            self.leases.remove(resource);
        }
        is_there
    }

    /// Who has it, and for how many milliseconds.
    pub fn holder(&self, resource: &str, now: u64) -> Option<(String, u64)> {
        let lease = self.lease(resource, now)?;
        Some((lease.holder.clone(), lease.until - now))
    }

    pub fn note(&self, resource: &str, now: u64) -> Option<Option<Vec<u8>>> {
        self.lease(resource, now).map(|lease| lease.note.clone())
    }

    /// Whether one more request is within the client's limit.
    pub fn allow(&mut self, client: String, now: u64) -> bool {
        let bucket = self.bucket(client, now);
        let is_allowed = bucket.level >= 1_000;
        if is_allowed {
            bucket.level -= 1_000;
        }
        is_allowed
    }

    /// Takes so many requests ahead of time, and returns how many milliseconds they must wait.
    pub fn reserve(&mut self, client: String, requests: u8, now: u64) -> Option<u64> {
        let bucket = self.bucket(client, now);
        let level = bucket.level - i64::from(requests) * 1_000;
        if level < -DEBT {
            return None;
        }
        bucket.level = level;
        Some(level.min(0).unsigned_abs())
    }

    /// The client's bucket, filled up to now; it is the one that came last.
    fn bucket(&mut self, client: String, now: u64) -> &mut Bucket {
        let known = self.clients.iter().position(|(name, _)| *name == client);
        let bucket = match known {
            Some(place) => self.clients.remove(place).1,
            None => Bucket::full(now),
        };
        if self.clients.len() == CLIENTS {
            self.clients.remove(0);
        }
        let bucket = Bucket {
            level: bucket.level(now),
            at: now,
        };
        self.clients.push((client, bucket));
        let last = self.clients.len() - 1;
        &mut self.clients[last].1
    }

    /// How many requests the client has now.
    pub fn balance(&self, client: &str, now: u64) -> i64 {
        let bucket = self.clients.iter().find(|(name, _)| name == client);
        let level = bucket.map_or(FULL, |(_, bucket)| bucket.level(now));
        level.div_euclid(1_000)
    }

    /// Returns the key of a new session.
    pub fn open(&mut self, user: String, now: u64, world: &impl World) -> u64 {
        let session = Session {
            key: world.random(),
            opened: now,
            seen: now,
        };
        self.sessions.insert(user, session);
        session.key
    }

    /// Whether it is the key of the user's session, which then goes on.
    pub fn verify(&mut self, user: &str, key: u64, now: u64) -> bool {
        let session = self.sessions.get_mut(user);
        let session = session.filter(|it| it.key == key && it.is_open(now));
        let is_open = session.is_some();
        if let Some(session) = session {
            session.seen = now;
        }
        is_open
    }

    /// For how many milliseconds the user's session has been open.
    pub fn age(&self, user: &str, now: u64) -> Option<u64> {
        let session = self.sessions.get(user).filter(|it| it.is_open(now))?;
        Some(now.saturating_sub(session.opened))
    }

    /// How long to wait before another try, in milliseconds.
    pub fn back_off(&mut self, world: &impl World) -> u32 {
        let mut x = self.jitter.unwrap_or_else(|| world.random() | 1);
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.jitter = Some(x);
        (x >> 32) as u32 % 1_000
    }

    /// What every history leaves true, and the operations rely on.
    fn check(&self) -> Loaded<()> {
        // No history is so long.
        ensure(self.fence < 1 << 63, "the next token")?;
        let mut tokens = self.leases.values().map(|lease| lease.token);
        ensure(tokens.all(|token| token < self.fence), "a token")?;
        ensure(self.clients.len() <= CLIENTS, "so many clients")?;
        let mut names: Vec<&String> = self.clients.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        ensure(
            names.is_sorted_by(|a, b| a < b),
            "a client that is there twice",
        )?;
        let mut buckets = self.clients.iter().map(|(_, bucket)| bucket.level);
        ensure(
            buckets.all(|level| (-DEBT..=FULL).contains(&level)),
            "a bucket's level",
        )?;
        ensure(self.handovers.len() <= HANDOVERS, "so many handovers")
    }
}

impl Session {
    fn is_open(&self, now: u64) -> bool {
        now < self.seen.saturating_add(IDLE)
    }
}
