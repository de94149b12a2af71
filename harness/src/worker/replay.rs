//! A worker whose operations are on record, and one that replays them.

use std::sync::Arc;

use super::Worker;
use crate::component::agent::Dialect;
use crate::host::{Departure, HostCall, Matching, Moment, Outside, Recording};

/// The record of a worker's operations.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    /// What their host calls were answered.
    pub(crate) answers: Arc<Recording>,
    /// What the worker had left outside of itself at the end.
    pub(crate) outside: Outside,
}

impl Worker {
    /// From now on, what the worker's operations are answered is on record.
    pub(crate) fn record_answers(&mut self) {
        self.body.store.data_mut().record_answers();
    }

    /// Ends the record; none if it was too long to be kept.
    pub(crate) fn end_record(&mut self) -> Option<Recorded> {
        let world = self.body.store.data_mut();
        let answers = world.end_record();
        answers.is_whole().then(|| Recorded {
            answers: Arc::new(answers),
            outside: world.outside().clone(),
        })
    }

    /// From now on, the worker's operations are answered from this record.
    pub(crate) fn replay(&mut self, recorded: &Recorded) {
        let guest = self.component().guest();
        let matching = match guest.map(|it| it.dialect) {
            Some(Dialect::V2_0) => Matching::PassingOver,
            Some(Dialect::V1_3 | Dialect::V1_5) | None => Matching::InOrder,
        };
        let answers = Arc::clone(&recorded.answers);
        self.body.store.data_mut().replay(answers, matching);
    }

    /// Where the operation of a replay that has just ended called its host otherwise than recorded.
    pub(crate) fn departure(&mut self) -> Option<Departure> {
        self.body.store.data_mut().departure()
    }

    /// The host functions that an operation called, as far as they are on record.
    pub(crate) fn recorded_calls(&self, operation: u32) -> Vec<String> {
        let calls = self.host_calls().iter();
        let of_operation = calls.filter(|it| it.moment == Moment::Operation(operation));
        of_operation
            .filter_map(HostCall::recorded_as)
            .map(|it| it.to_string())
            .collect()
    }

    /// Ends the replay: from now on, the host answers. Returns the recorded calls that were passed over.
    pub(crate) fn end_replay(&mut self, recorded: &Recorded) -> Vec<String> {
        let world = self.body.store.data_mut();
        let passed_over = world.passed_over().map(str::to_owned).collect();
        world.end_replay(recorded.outside.clone());
        passed_over
    }
}
