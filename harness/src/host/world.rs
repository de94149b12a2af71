//! The world of one worker: what its host calls see and leave behind.

use std::sync::Arc;

use wasmtime::component::Val;

use super::WorldSettings;
use super::draw::Draw;
use super::handles::Handles;
use super::record::{HostCall, Record};
use super::time::{Clock, Moment};
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
    seed: u64,
    counts: CallCounts,
}

/// What outlives a worker's instance: an update carries it over to the next one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outside {
    /// What the worker set through Golem's API, by the name of the setting.
    settings: Vec<(Box<str>, Val)>,
}

impl World {
    /// A world at the start of a history.
    pub(crate) fn new(settings: Arc<WorldSettings>, seed: u64, memory_limit: usize) -> Self {
        let start = Moment::Instantiate {
            operation: 0,
            attempt: 0,
        };
        Self {
            memory: MemoryLimiter::new(memory_limit),
            settings,
            clock: Clock::new(seed, start),
            handles: Handles::default(),
            record: Record::default(),
            outside: Outside::default(),
            seed,
            counts: CallCounts::default(),
        }
    }

    /// The same world, with what an earlier instance of the worker left outside of itself.
    pub(crate) fn with_outside(mut self, outside: Outside) -> Self {
        self.outside = outside;
        self
    }

    /// What the worker left outside of its instance so far.
    pub(crate) fn outside(&self) -> &Outside {
        &self.outside
    }

    /// Moves the world to another moment. A moment that is entered twice in a row goes on where it was: its clocks do not
    /// turn back.
    pub(crate) fn enter(&mut self, moment: Moment) {
        if moment != self.clock.moment() {
            self.clock.enter(moment);
            self.counts.reset();
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

    /// Whether any answer so far may be another in the world of another seed.
    pub(crate) fn varies(&self) -> bool {
        self.record.varies()
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
        let mut world = Self::new(Arc::clone(&self.settings), self.seed, 0);
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
        Draw::new(self.seed, self.clock.moment(), function, call)
    }

    pub(super) fn draw_constant(&self, what: &str) -> Draw {
        Draw::constant(self.seed, what)
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
        let (_, value) = self.settings.iter().find(|(known, _)| **known == *name)?;
        Some(value)
    }

    pub(super) fn set(&mut self, name: &str, value: Val) {
        match self.settings.iter_mut().find(|(known, _)| **known == *name) {
            Some((_, slot)) => *slot = value,
            None => self.settings.push((name.into(), value)),
        }
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
