//! Between the exported `clock` interface and the kept state. Both clocks include this file; it expects `Clock`, the
//! state of that version, `stamp`, how it makes one, and the generated modules in the crate's root.

use std::cell::RefCell;

use cart_state::clock as state;

use crate::{
    Clock, Component,
    exports::shop::clock::clock::{Guest, Moment, Stamp},
    golem::api::host,
    wasi::{
        cli::environment,
        clocks::{monotonic_clock, wall_clock},
        random::random,
    },
};

thread_local! {
    static CLOCK: RefCell<Clock> = RefCell::default();
}

/// Reads or changes the worker's state.
pub fn with<R>(work: impl FnOnce(&mut Clock) -> R) -> R {
    CLOCK.with_borrow_mut(work)
}

/// What the wall clock shows.
pub fn now() -> state::Moment {
    let wall_clock::Datetime {
        seconds,
        nanoseconds,
    } = wall_clock::now();
    state::Moment {
        seconds,
        nanoseconds,
    }
}

impl Guest for Component {
    fn make_stamp(label: String) -> Stamp {
        let stamp = crate::stamp(label);
        with(|clock| clock.keep(stamp.clone()));
        stamp.into()
    }

    fn stamps() -> Vec<Stamp> {
        with(|clock| clock.stamps())
            .into_iter()
            .map(Stamp::from)
            .collect()
    }

    fn find(label: String) -> Option<Stamp> {
        with(|clock| clock.find(&label)).map(Stamp::from)
    }

    fn discard(label: String) -> u32 {
        u32::try_from(with(|clock| clock.discard(&label))).unwrap_or(u32::MAX)
    }

    fn restart() -> Option<u64> {
        let now = monotonic_clock::now();
        with(|clock| clock.restart(now)).map(|started| now.saturating_sub(started))
    }

    fn elapsed() -> Option<u64> {
        let now = monotonic_clock::now();
        with(|clock| clock.watch_started()).map(|started| now.saturating_sub(started))
    }

    fn now() -> Moment {
        now().into()
    }

    fn draw() -> (u64, u64) {
        (random::get_random_u64(), random::get_random_u64())
    }

    fn oplog_index() -> u64 {
        host::get_oplog_index()
    }

    fn environment() -> Vec<(String, String)> {
        environment::get_environment()
    }

    fn remember(variable: String) -> Option<String> {
        let environment = environment::get_environment();
        let value = environment
            .into_iter()
            .find(|(name, _)| *name == variable)
            .map(|(_, value)| value);
        with(|clock| clock.remember(value.clone()));
        value
    }

    fn recall() -> Option<String> {
        with(|clock| clock.recall())
    }
}

impl From<state::Moment> for Moment {
    fn from(moment: state::Moment) -> Self {
        Self {
            seconds: moment.seconds,
            nanoseconds: moment.nanoseconds,
        }
    }
}

impl From<state::Stamp> for Stamp {
    fn from(stamp: state::Stamp) -> Self {
        Self {
            label: stamp.label,
            at: stamp.at.into(),
            ticket: stamp.ticket,
            oplog_index: stamp.oplog_index,
        }
    }
}
