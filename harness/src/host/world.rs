//! The world of one worker: what its host calls see and leave behind.

use std::collections::BTreeMap;
use std::sync::Arc;

use wasmtime::component::Val;

use super::WorldSettings;
use super::agent::AgentIdentity;
use super::draw::Draw;
use super::files::Files;
use super::handles::Handles;
use super::journal::{Answered, Departure, Journal, Matching, Recording};
use super::record::{HostCall, Record, recorded_as};
use super::seeds::Seeds;
use super::stores::Stores;
use super::time::{Clock, Moment};
use super::words::Words;
use crate::host::limits::MemoryLimiter;

/// The world of one worker; the data of its store.
#[derive(Debug)]
pub struct World {
    /// Counts the worker's memory.
    pub(crate) memory: MemoryLimiter,
    pub(super) settings: Arc<WorldSettings>,
    pub(super) clock: Clock,
    pub(super) handles: Handles,
    pub(super) record: Record,
    pub(super) outside: Outside,
    pub(super) words: Words,
    journal: Journal,
    seeds: Seeds,
    counts: CallCounts,
}

/// What outlives a worker's instance: an update carries it over to the next one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outside {
    /// Which agent the worker is, if it is one.
    agent: Option<Arc<AgentIdentity>>,
    /// What the worker set through Golem's API, by the name of the setting.
    settings: BTreeMap<Box<str>, Val>,
    /// The parts of the agent ids that the worker made.
    ids: BTreeMap<Box<str>, Val>,
    /// The worker's files, which only outlive its instance if the user says so.
    pub(super) files: Files,
    pub(super) stores: Stores,
    /// What the promises were completed with, by their ids in printable form.
    promises: BTreeMap<Box<str>, Arc<[u8]>>,
}

impl World {
    /// A world at the start of a history.
    pub(crate) fn new(
        settings: Arc<WorldSettings>,
        seeds: impl Into<Seeds>,
        memory_limit: usize,
    ) -> Self {
        let seeds = seeds.into();
        let start = Moment::Instantiate {
            operation: 0,
            attempt: 0,
        };
        Self {
            memory: MemoryLimiter::new(memory_limit),
            settings,
            clock: Clock::new(seeds, start),
            handles: Handles::default(),
            record: Record::default(),
            outside: Outside::default(),
            words: Words::default(),
            journal: Journal::default(),
            seeds,
            counts: CallCounts::default(),
        }
    }

    /// The same world, with what an earlier instance of the worker left outside of itself.
    pub(crate) fn with_outside(mut self, outside: Outside) -> Self {
        self.outside = outside;
        if !self.settings.files_are_carried {
            self.outside.files = Files::default();
        }
        self
    }

    /// The same world for a worker that is this agent. Updates and recoveries keep it; what a version writes otherwise has to be
    /// set again for that version.
    pub fn with_agent(mut self, agent: Arc<AgentIdentity>) -> Self {
        self.outside.agent = Some(agent);
        self
    }

    /// Which agent the worker is, if it is one.
    pub fn agent(&self) -> Option<&Arc<AgentIdentity>> {
        self.outside.agent.as_ref()
    }

    /// What the worker left outside of its instance so far.
    pub(crate) fn outside(&self) -> &Outside {
        &self.outside
    }

    /// Whether the worker slept for longer than the pace of its history leaves room for.
    pub(crate) fn was_woken(&self) -> bool {
        self.clock.was_woken()
    }

    /// Moves the world to another moment. A moment that is entered twice in a row goes on where it was: its clocks do not
    /// turn back.
    pub(crate) fn enter(&mut self, moment: Moment) {
        if moment != self.clock.moment() {
            self.clock.enter(moment);
            self.counts.reset();
            self.words.clear();
        }
    }

    /// The moment that the world is in.
    pub(crate) fn moment(&self) -> Moment {
        self.clock.moment()
    }

    /// The host calls so far, oldest first; of a very long list only the beginning.
    pub(crate) fn calls(&self) -> &[HostCall] {
        self.record.calls()
    }

    /// The end of what the guest wrote to standard error and to its log in the current moment: at most 20 lines, oldest first.
    pub fn last_words(&self) -> Vec<String> {
        self.words.lines()
    }

    /// Whether any answer so far may be another in the world of another seed.
    pub(crate) fn varies(&self) -> bool {
        self.record.varies()
    }

    /// From now on, what operations are answered is on record.
    pub(crate) fn record_answers(&mut self) {
        self.journal = Journal::Records(Box::default());
    }

    /// Ends the record, and gives it away; it is empty if there was none.
    pub(crate) fn end_record(&mut self) -> Recording {
        match std::mem::take(&mut self.journal) {
            Journal::Records(recording) => *recording,
            Journal::Live | Journal::Replays(_) => Recording::default(),
        }
    }

    /// From now on, operations are answered from this record.
    pub(crate) fn replay(&mut self, recording: Arc<Recording>, matching: Matching) {
        self.journal = Journal::replaying(recording, matching);
    }

    /// Where the operation of a replay that has just ended called its host otherwise than recorded.
    pub(crate) fn departure(&mut self) -> Option<Departure> {
        match (self.moment(), &mut self.journal) {
            (Moment::Operation(operation), Journal::Replays(replay)) => replay.end(operation),
            _ => None,
        }
    }

    /// The recorded calls that a replay left out, where these are passed over.
    pub(crate) fn passed_over(&self) -> impl Iterator<Item = &str> {
        let replay = match &self.journal {
            Journal::Replays(replay) => Some(replay.passed_over()),
            Journal::Live | Journal::Records(_) => None,
        };
        replay.into_iter().flatten()
    }

    /// Ends a replay: what it did to the world outside was done when its record was made, and only then. The instance's own files
    /// are what the replay made of them.
    pub(crate) fn end_replay(&mut self, outside: Outside) {
        self.journal = Journal::Live;
        let files = std::mem::take(&mut self.outside.files);
        self.outside = Outside { files, ..outside };
    }

    /// What a call of an operation is answered: what it is now, what is on record, or nothing where a replay departs from it.
    pub(super) fn journalled(&mut self, function: &Arc<str>, answer: Option<&Val>) -> Answered {
        let Moment::Operation(operation) = self.moment() else {
            return Answered::Live;
        };
        if self.journal.is_live() {
            return Answered::Live;
        }
        match recorded_as(function, self.record.newest_effect()) {
            Some(name) => self.journal.call(operation, &name, answer),
            None => Answered::Live,
        }
    }

    /// The world as it was when the worker had started and had made the calls of `start`; what it holds of memory stays. None if
    /// that cannot be told any more: handles were given out, which the engine knows too, or `start` read what varies.
    pub(crate) fn restart(&mut self, start: &Start) -> Option<()> {
        if self.handles.changes() != start.changes {
            return None;
        }
        if self.record.total() == start.record.total() {
            return Some(());
        }
        if self.handles.were_used() || start.record.varies() {
            return None;
        }
        let mut world = Self::new(Arc::clone(&self.settings), self.seeds, 0);
        world.enter(start.moment);
        world.record = start.record.clone();
        world.outside = start.outside.clone();
        self.become_another(world);
        Some(())
    }

    /// Becomes the world of another worker that goes on with the instance of this one; what it holds of memory stays.
    pub(crate) fn become_another(&mut self, mut world: Self) {
        std::mem::swap(&mut world.memory, &mut self.memory);
        *self = world;
    }

    /// Whether the worker has neither asked anything nor been given anything.
    pub(crate) fn is_unasked(&self) -> bool {
        self.record.total() == 0 && self.handles.changes() == 0
    }

    /// Whether the guest has a handle that is its own.
    pub(crate) fn has_handles(&self) -> bool {
        self.handles.live() > 0
    }

    /// What [`Self::restart`] goes back to.
    pub(crate) fn started(&self) -> Start {
        Start {
            moment: self.moment(),
            record: self.record.clone(),
            outside: self.outside.clone(),
            changes: self.handles.changes(),
        }
    }

    /// The number, within the moment, of the call that is about to be made to the function with this index in the linker.
    pub(super) fn count(&mut self, function: usize) -> u32 {
        self.counts.next(function)
    }

    pub(super) fn draw(&self, function: u64, call: u32) -> Draw {
        let moment = self.clock.moment();
        Draw::new(self.seeds.at(moment), moment, function, call)
    }

    /// As [`Self::draw`], for the seeds of hash functions.
    pub(super) fn draw_hashes(&self, function: u64, call: u32) -> Draw {
        Draw::new(self.seeds.of_hashes(), self.clock.moment(), function, call)
    }

    pub(super) fn draw_constant(&self, what: &str) -> Draw {
        Draw::constant(self.seeds.constant(), what)
    }
}

/// What a worker's world was when it had started.
#[derive(Debug)]
pub(crate) struct Start {
    moment: Moment,
    record: Record,
    outside: Outside,
    /// Of handles.
    changes: u64,
}

impl Outside {
    pub(super) fn setting(&self, name: &str) -> Option<&Val> {
        self.settings.get(name)
    }

    pub(super) fn set(&mut self, name: &str, value: Val) {
        self.settings.insert(name.into(), value);
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.settings.remove(name);
    }

    /// The settings whose names begin so, by their names.
    pub(super) fn settings_of(&self, prefix: &str) -> impl Iterator<Item = &Val> {
        let settings = self.settings.range(Box::<str>::from(prefix)..);
        let settings = settings.take_while(move |(name, _)| name.starts_with(prefix));
        settings.map(|(_, value)| value)
    }

    /// Completes a promise. Answers false if it was completed before.
    pub(super) fn complete(&mut self, promise: Box<str>, bytes: Arc<[u8]>) -> bool {
        let is_first = !self.promises.contains_key(&promise);
        if is_first {
            self.promises.insert(promise, bytes);
        }
        is_first
    }

    pub(super) fn completed(&self, promise: &str) -> Option<Arc<[u8]>> {
        self.promises.get(promise).cloned()
    }

    /// The parts of an agent's id that the worker made.
    pub(super) fn made_id(&self, id: &str) -> Option<&Val> {
        self.ids.get(id)
    }

    pub(super) fn remember_id(&mut self, id: &str, parts: Val) {
        self.ids.insert(id.into(), parts);
    }
}

/// How often each function was called in the current moment.
#[derive(Debug, Default)]
struct CallCounts {
    /// Counts of another moment than the current one count as 0.
    moment: u32,
    counts: Vec<(u32, u32)>,
}

impl CallCounts {
    fn reset(&mut self) {
        self.moment = self.moment.wrapping_add(1);
    }

    fn next(&mut self, function: usize) -> u32 {
        if function >= self.counts.len() {
            self.counts.resize(function + 1, (self.moment, 0));
        }
        let Some((moment, count)) = self.counts.get_mut(function) else {
            return 0;
        };
        if *moment != self.moment {
            (*moment, *count) = (self.moment, 0);
        }
        let number = *count;
        *count = count.saturating_add(1);
        number
    }
}
