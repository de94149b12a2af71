//! A queue of jobs: workers take them, finish or fail them; failed ones are tried again.

pub mod v1;
pub mod v2;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};

use crate::{Loaded, ensure, one_nan};

modes! {
    UnlimitedRetriesLost = "unlimited-retries-lost",
    NanMeanIsNull = "nan-mean-is-null",
    RelaysNested = "relays-nested",
    TagsFlattened = "tags-flattened",
    FinishedById = "finished-by-id",
    SaveIsStale = "save-is-stale",
    ThriceTroubledLosesTags = "thrice-troubled-loses-tags",
    DateThroughAFloat = "date-through-a-float",
    NextIdUnchecked = "next-id-unchecked",
    WaitingUnchecked = "waiting-unchecked",

    TagsInHashOrder = "tags-in-hash-order",
    UnpackedLater = "unpacked-later",
}

/// How many finished jobs are remembered.
const KEPT: usize = 5;
/// How often a job is tried again where nothing else is said.
const RETRIES: u32 = 3;
/// A job is relayed no more often than this.
const RELAYS: u32 = 200;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    next_id: u64,
    jobs: BTreeMap<u64, Job>,
    /// In the order in which they will be taken, those of the same priority.
    waiting: VecDeque<u64>,
    /// The last [`KEPT`] and their codes, in the order in which they ended.
    finished: VecDeque<(u64, i32)>,
    /// None: the default. Some(None): for ever.
    retries: Option<Option<u32>>,
    runs: u64,
    mean: f64,
    /// What save wrote since something changed; only one mode uses it.
    saved: Option<Vec<u8>>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Job {
    pub name: String,
    pub priority: Priority,
    pub not_before: u64,
    pub payload: String,
    pub relays: u32,
    pub attempts: u32,
    pub worker: Option<String>,
    tags: BTreeMap<String, String>,
    /// Whether the payload is still in the old version's form; only one mode has such jobs.
    packed: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    Low,
    #[default]
    Normal,
    Urgent,
}

impl State {
    /// Returns the new job's id.
    pub fn submit(
        &mut self,
        name: String,
        priority: Priority,
        not_before: u64,
        payload: String,
    ) -> u64 {
        self.saved = None;
        let id = self.next_id;
        self.next_id += 1;
        let job = Job {
            name,
            priority,
            not_before,
            payload,
            ..Job::default()
        };
        assert!(self.jobs.insert(id, job).is_none(), "the id is new");
        self.waiting.push_back(id);
        id
    }

    /// Gives the most urgent job that waits to a worker.
    pub fn take(&mut self, worker: String) -> Option<u64> {
        self.saved = None;
        let priority = |id: &u64| self.jobs.get(id).expect("a job that waits").priority;
        let urgent = self.waiting.iter().map(priority).max()?;
        let place = self.waiting.iter().position(|id| priority(id) == urgent)?;
        let id = self.waiting.remove(place)?;
        self.jobs.get_mut(&id)?.worker = Some(worker);
        Some(id)
    }

    /// Whether the job was running.
    pub fn finish(&mut self, id: u64, code: i32) -> bool {
        self.saved = None;
        let is_running = self.jobs.get(&id).is_some_and(|job| job.worker.is_some());
        if is_running {
            self.end(id, code);
        }
        is_running
    }

    /// Returns how often the job has been tried, if it was running.
    pub fn fail(&mut self, id: u64) -> Option<u32> {
        self.saved = None;
        let limit = self.retries.unwrap_or(Some(RETRIES));
        let job = self.jobs.get_mut(&id)?;
        job.worker.take()?;
        job.attempts = job.attempts.saturating_add(1);
        let attempts = job.attempts;
        if limit.is_some_and(|limit| attempts > limit) {
            self.end(id, -1);
        } else {
            self.waiting.push_back(id);
        }
        Some(attempts)
    }

    fn end(&mut self, id: u64, code: i32) {
        self.jobs.remove(&id);
        self.finished.push_back((id, code));
        if self.finished.len() > KEPT {
            self.finished.pop_front();
        }
    }

    /// Hands a job on through so many others; returns through how many it has gone.
    pub fn relay(&mut self, id: u64, hops: u8) -> Option<u32> {
        self.saved = None;
        let job = self.jobs.get_mut(&id)?;
        job.relays = (job.relays + u32::from(hops)).min(RELAYS);
        Some(job.relays)
    }

    /// Returns the tag's value before.
    pub fn tag(&mut self, id: u64, key: String, value: String) -> Option<String> {
        self.jobs.get_mut(&id)?.tags.insert(key, value)
    }

    pub fn tags(&self, id: u64) -> Vec<(String, String)> {
        let tags = self.jobs.get(&id).map(|job| job.tags.clone());
        tags.into_iter().flatten().collect()
    }

    pub fn look(&mut self, id: u64) -> Option<Job> {
        let job = self.jobs.get_mut(&id)?;
        if job.packed {
            job.payload = v2::unpack(&job.payload);
            job.packed = false;
        }
        Some(job.clone())
    }

    pub fn waiting(&self) -> Vec<u64> {
        self.waiting.iter().copied().collect()
    }

    /// How a job ended, while it is remembered.
    pub fn code(&self, id: u64) -> Option<i32> {
        let mut finished = self.finished.iter();
        finished
            .find(|(ended, _)| *ended == id)
            .map(|(_, code)| *code)
    }

    /// The jobs that ended last and are remembered, by id.
    pub fn recent(&self) -> Vec<u64> {
        let mut ids: Vec<u64> = self.finished.iter().map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids
    }

    /// Returns what was set before.
    pub fn set_retries(&mut self, retries: Option<Option<u32>>) -> Option<Option<u32>> {
        self.saved = None;
        std::mem::replace(&mut self.retries, retries)
    }

    /// Notes how long a job took, and returns the mean.
    pub fn measure(&mut self, seconds: f64) -> f64 {
        self.saved = None;
        self.runs = self.runs.saturating_add(1);
        self.mean = one_nan(self.mean + (seconds - self.mean) / self.runs as f64);
        self.mean
    }

    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// What every history leaves true, and the operations rely on.
    fn check(&self, mode: Mode) -> Loaded<()> {
        if mode != Mode::NextIdUnchecked {
            let ids = self
                .jobs
                .keys()
                .chain(self.finished.iter().map(|(id, _)| id));
            ensure(
                ids.max().is_none_or(|last| *last < self.next_id),
                "the next id",
            )?;
        }
        // No history is so long.
        ensure(self.next_id < 1 << 63, "the next id")?;
        if mode != Mode::WaitingUnchecked {
            let mut waiting: Vec<u64> = self.waiting();
            waiting.sort_unstable();
            let idle = self.jobs.iter().filter(|(_, job)| job.worker.is_none());
            ensure(
                idle.map(|(id, _)| *id).eq(waiting),
                "the order of those that wait",
            )?;
        }
        ensure(self.finished.len() <= KEPT, "so many finished jobs")?;
        ensure(
            self.jobs.values().all(|job| job.relays <= RELAYS),
            "so many relays",
        )
    }
}
