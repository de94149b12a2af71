//! What a worker's operations were answered by their host, in order, and a replay of the same operations that is answered from
//! this record: the half of Golem's oplog that an automatic update and a recovery rest on.
//!
//! As on Golem, the record is compared by the functions' names, not by their arguments; what a save, a load or the start of an
//! instance calls is on no record and is answered live. On record are calls that ask the world for what varies or change it, and
//! waiting (golem-worker-executor, `durable_host`: what is no `DurableFunctionType` there has no entry). The environment and the
//! arguments are part of the worker's creation; logging and standard output are hints.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use wasmtime::component::Val;

use super::describe::weight;
use super::fit::is_plain;

/// A record of more calls than these, or of answers with more values and bytes, is not kept: a guest may ask until its fuel ends.
const MOST_CALLS: usize = 100_000;
const MOST_VALUES: u64 = 16 << 20;

/// What a worker's operations were answered by their host.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recording {
    /// By the number of the operation.
    operations: BTreeMap<u32, Vec<Recorded>>,
    calls: usize,
    values: u64,
}

/// A call on record.
#[derive(Debug, Clone)]
struct Recorded {
    function: Arc<str>,
    /// None of a call that returns nothing, or what belongs to one instance: a replay makes that again.
    answer: Option<Val>,
}

impl Recording {
    /// Whether it holds all that was answered.
    pub(crate) fn is_whole(&self) -> bool {
        self.calls <= MOST_CALLS && self.values <= MOST_VALUES
    }

    /// Puts one call on record.
    pub(crate) fn push(&mut self, operation: u32, function: Arc<str>, answer: Option<Val>) {
        self.calls = self.calls.saturating_add(1);
        let values = answer
            .as_ref()
            .map_or(0, |it| weight(std::slice::from_ref(it)));
        self.values = self.values.saturating_add(values);
        if self.is_whole() {
            let calls = self.operations.entry(operation).or_default();
            calls.push(Recorded { function, answer });
        }
    }
}

/// How a replay's calls are compared with those on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Matching {
    /// Each call is the next on record, and none is left at the end of an operation: Golem up to 1.5.
    InOrder,
    /// Each call is on record after the one before it; those between are passed over: Golem 1.6 drops an entry that nobody
    /// asks for with a warning.
    PassingOver,
}

/// Where a replay calls its host otherwise than its record says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Departure {
    /// The call on record, `namespace:package/interface.function`; none where the operation had no more.
    pub recorded: Option<Arc<str>>,
    /// The call that was made in its place; none where the operation returned without one.
    pub made: Option<Arc<str>>,
}

/// A replay under way.
#[derive(Debug)]
pub(super) struct Replay {
    recording: Arc<Recording>,
    matching: Matching,
    /// The operation that the next call belongs to, and how many of its recorded calls are used up.
    place: (u32, usize),
    departure: Option<Departure>,
    passed_over: BTreeSet<Arc<str>>,
}

/// What a world does about its answers.
#[derive(Debug, Default)]
pub(super) enum Journal {
    /// Neither of the others.
    #[default]
    Live,
    Records(Box<Recording>),
    Replays(Box<Replay>),
}

/// What a call of a replay is answered.
#[derive(Debug, PartialEq)]
pub(super) enum Answered {
    /// What the world answers now.
    Live,
    /// What is on record.
    AsRecorded(Val),
    /// Nothing: the replay ends here.
    Departed,
}

impl Journal {
    pub(super) fn replaying(recording: Arc<Recording>, matching: Matching) -> Self {
        Self::Replays(Box::new(Replay {
            recording,
            matching,
            place: (0, 0),
            departure: None,
            passed_over: BTreeSet::new(),
        }))
    }

    pub(super) fn is_live(&self) -> bool {
        matches!(self, Self::Live)
    }

    /// A call of an operation, and what the world answers it now.
    pub(super) fn call(
        &mut self,
        operation: u32,
        function: &Arc<str>,
        answer: Option<&Val>,
    ) -> Answered {
        match self {
            Self::Live => Answered::Live,
            Self::Records(recording) => {
                let answer = answer.filter(|it| is_plain(it)).cloned();
                recording.push(operation, Arc::clone(function), answer);
                Answered::Live
            }
            Self::Replays(replay) => replay.call(operation, function),
        }
    }
}

impl Replay {
    fn call(&mut self, operation: u32, function: &Arc<str>) -> Answered {
        self.enter(operation);
        let left = self.left();
        let is_it = |it: &Recorded| it.function == *function;
        let found = match self.matching {
            Matching::InOrder => left.first().is_some_and(is_it).then_some(0),
            Matching::PassingOver => left.iter().position(is_it),
        };
        if let Some(found) = found {
            let answer = left[found].answer.clone();
            self.pass_over(found);
            self.place.1 += 1;
            return answer.map_or(Answered::Live, Answered::AsRecorded);
        }
        self.departure = Some(Departure {
            recorded: left.first().map(|it| Arc::clone(&it.function)),
            made: Some(Arc::clone(function)),
        });
        Answered::Departed
    }

    fn enter(&mut self, operation: u32) {
        if self.place.0 != operation {
            self.place = (operation, 0);
        }
    }

    /// The recorded calls of the operation that are not used up.
    fn left(&self) -> &[Recorded] {
        let (operation, used) = self.place;
        let recorded = self.recording.operations.get(&operation);
        recorded.and_then(|it| it.get(used..)).unwrap_or_default()
    }

    /// Uses up so many calls that nobody asks for.
    fn pass_over(&mut self, calls: usize) {
        let names = self.left().iter().take(calls);
        let names: Vec<Arc<str>> = names.map(|it| Arc::clone(&it.function)).collect();
        self.passed_over.extend(names);
        self.place.1 += calls;
    }

    /// Where the operation that has just ended called its host otherwise than recorded.
    pub(super) fn end(&mut self, operation: u32) -> Option<Departure> {
        if self.departure.is_none() {
            self.enter(operation);
            match (self.matching, self.left()) {
                (_, []) => {}
                (Matching::InOrder, [next, ..]) => {
                    self.departure = Some(Departure {
                        recorded: Some(Arc::clone(&next.function)),
                        made: None,
                    });
                }
                (Matching::PassingOver, left) => self.pass_over(left.len()),
            }
        }
        self.departure.clone()
    }

    /// The recorded calls that nobody asked for.
    pub(super) fn passed_over(&self) -> impl Iterator<Item = &str> {
        self.passed_over.iter().map(|it| &**it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(function: &str) -> Arc<str> {
        function.into()
    }

    /// A record of one operation, number 3, that called these functions; each was answered the number of its call.
    fn record(functions: &[&str]) -> Recording {
        let mut journal = Journal::Records(Box::default());
        for (number, function) in (0..).zip(functions) {
            let answer = Val::U32(number);
            assert_eq!(
                journal.call(3, &name(function), Some(&answer)),
                Answered::Live
            );
        }
        match journal {
            Journal::Records(recording) => *recording,
            other => panic!("{other:?}"),
        }
    }

    fn replay(recording: Recording, matching: Matching) -> Replay {
        match Journal::replaying(Arc::new(recording), matching) {
            Journal::Replays(replay) => *replay,
            other => panic!("{other:?}"),
        }
    }

    fn answered(number: u32) -> Answered {
        Answered::AsRecorded(Val::U32(number))
    }

    fn departure(recorded: Option<&str>, made: Option<&str>) -> Departure {
        Departure {
            recorded: recorded.map(name),
            made: made.map(name),
        }
    }

    #[test]
    fn the_same_calls_are_answered_as_recorded() {
        for matching in [Matching::InOrder, Matching::PassingOver] {
            let mut replay = replay(record(&["a", "b", "a"]), matching);
            assert_eq!(replay.call(3, &name("a")), answered(0));
            assert_eq!(replay.call(3, &name("b")), answered(1));
            assert_eq!(replay.call(3, &name("a")), answered(2));
            assert_eq!(replay.end(3), None);
            assert_eq!(replay.passed_over().count(), 0);
        }
    }

    #[test]
    fn another_call_an_added_and_a_dropped_one_depart() {
        let mut other = replay(record(&["a", "b"]), Matching::InOrder);
        assert_eq!(other.call(3, &name("b")), Answered::Departed);
        assert_eq!(other.end(3), Some(departure(Some("a"), Some("b"))));
        let mut added = replay(record(&["a"]), Matching::InOrder);
        assert_eq!(added.call(3, &name("a")), answered(0));
        assert_eq!(added.call(3, &name("a")), Answered::Departed);
        assert_eq!(added.end(3), Some(departure(None, Some("a"))));
        let mut dropped = replay(record(&["a", "b"]), Matching::InOrder);
        assert_eq!(dropped.call(3, &name("a")), answered(0));
        assert_eq!(dropped.end(3), Some(departure(Some("b"), None)));
    }

    #[test]
    fn golem_1_6_passes_over_what_is_dropped_and_not_what_is_added() {
        let mut dropped = replay(record(&["a", "b", "c"]), Matching::PassingOver);
        assert_eq!(dropped.call(3, &name("b")), answered(1));
        assert_eq!(dropped.end(3), None);
        assert_eq!(dropped.passed_over().collect::<Vec<_>>(), ["a", "c"]);
        let mut added = replay(record(&["a"]), Matching::PassingOver);
        assert_eq!(added.call(3, &name("b")), Answered::Departed);
    }

    #[test]
    fn what_belongs_to_an_instance_is_not_kept() {
        let mut journal = Journal::Records(Box::default());
        journal.call(0, &name("a"), None);
        let Journal::Records(recording) = journal else {
            panic!("it records")
        };
        let mut replay = replay(*recording, Matching::InOrder);
        assert_eq!(replay.call(0, &name("a")), Answered::Live);
        assert_eq!(replay.end(0), None);
    }

    #[test]
    fn a_record_without_an_end_is_not_kept_and_says_so() {
        let mut recording = Recording::default();
        for _ in 0..=MOST_CALLS {
            recording.push(0, name("a"), None);
        }
        assert!(!recording.is_whole());
        assert_eq!(recording.operations[&0].len(), MOST_CALLS);
        let long = Val::String("x".repeat(MOST_VALUES as usize + 1));
        let mut recording = Recording::default();
        recording.push(0, name("a"), Some(long));
        assert!(!recording.is_whole());
        assert!(recording.operations.is_empty());
    }
}
