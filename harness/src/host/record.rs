//! The record of a worker's host calls.

use std::sync::Arc;

use super::time::Moment;

/// What a host call does to the world outside the worker.
#[derive(Debug, Copy, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// Asks the world something that differs from world to world: clock, random.
    Read,
    /// Asks the world something that is the same in all of them: environment, arguments.
    Constant,
    /// Changes the world: an HTTP request, a setting of the worker, any unknown function.
    Write,
    /// Tells the world something that nothing depends on: logging, standard output.
    Hint,
    /// Bookkeeping on the worker's own handles.
    #[default]
    Local,
}

/// One host call of a worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostCall {
    /// When it was made.
    pub moment: Moment,
    /// `namespace:package/interface.function`, without a version.
    pub function: Arc<str>,
    /// What it does to the world outside the worker.
    pub effect: Effect,
    /// For writes: the arguments in printable form, equal when two workers wrote the same. A long one is cut, and its hash
    /// stands for the rest.
    pub arguments: Option<Box<str>>,
}

impl HostCall {
    /// The name under which it is on record, where it is on one.
    pub(crate) fn recorded_as(&self) -> Option<Arc<str>> {
        recorded_as(&self.function, self.effect)
    }
}

/// The name under which a call is on record; none if it is on none. To block is to poll one (`durable_host::io::poll`).
pub(super) fn recorded_as(function: &Arc<str>, effect: Effect) -> Option<Arc<str>> {
    match (&**function, effect) {
        ("wasi:io/poll.pollable.block", _) => Some("wasi:io/poll.poll".into()),
        // It waits for the record to be kept elsewhere, and has no entry of its own.
        ("golem:api/host.oplog-commit", _) => None,
        ("wasi:io/poll.poll" | "wasi:io/poll.pollable.ready", _)
        | (_, Effect::Read | Effect::Write) => Some(Arc::clone(function)),
        (_, Effect::Constant | Effect::Hint | Effect::Local) => None,
    }
}

/// The host calls of one worker, the first of them kept and all of them counted.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    calls: Vec<HostCall>,
    total: u64,
    varies: bool,
    /// What the newest call does, which may not be kept.
    newest: Effect,
}

impl Record {
    /// A guest may call the host in a loop until its fuel runs out; nobody reads that far.
    const KEPT: usize = 10_000;

    pub(super) fn push(&mut self, call: HostCall) {
        self.total += 1;
        self.varies |= call.effect != Effect::Constant;
        self.newest = call.effect;
        if self.calls.len() < Self::KEPT {
            self.calls.push(call);
        }
    }

    /// Corrects the newest call, for functions whose effect depends on their arguments.
    pub(super) fn amend(&mut self, effect: Effect, arguments: Option<Box<str>>) {
        self.newest = effect;
        if self.total == self.calls.len() as u64
            && let Some(call) = self.calls.last_mut()
        {
            call.effect = effect;
            call.arguments = arguments;
        }
    }

    /// Whether any answer may be another in another world.
    pub(super) fn varies(&self) -> bool {
        self.varies
    }

    /// What the newest call does to the world.
    pub(super) fn newest_effect(&self) -> Effect {
        self.newest
    }

    /// How many there were.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn calls(&self) -> &[HostCall] {
        &self.calls
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(number: u32) -> HostCall {
        HostCall {
            moment: Moment::Operation(number),
            function: "a:b/c.d".into(),
            effect: Effect::Local,
            arguments: None,
        }
    }

    #[test]
    fn keeps_the_first_calls_and_counts_all() {
        let mut record = Record::default();
        for number in 0..20_000 {
            record.push(call(number));
        }
        record.amend(Effect::Write, None);
        assert_eq!(record.total, 20_000);
        assert_eq!(record.calls().len(), 10_000);
        let writes = record
            .calls()
            .iter()
            .filter(|call| call.effect == Effect::Write);
        assert_eq!(
            writes.count(),
            0,
            "only the newest call may be amended, and it was not kept"
        );
    }

    #[test]
    fn waiting_is_on_record_and_bookkeeping_is_not() {
        let of = |function: &str, effect| recorded_as(&function.into(), effect);
        assert_eq!(
            of("wasi:io/poll.pollable.block", Effect::Local),
            Some(Arc::from("wasi:io/poll.poll"))
        );
        assert_eq!(of("a:b/c.d", Effect::Write), Some(Arc::from("a:b/c.d")));
        for effect in [Effect::Local, Effect::Hint, Effect::Constant] {
            assert_eq!(of("a:b/c.d", effect), None);
        }
    }
}
