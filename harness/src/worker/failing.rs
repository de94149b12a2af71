//! Why a call into a worker failed, as a type.

use wasmtime::{Store, Trap, WasmBacktrace};

use crate::host::{HostStop, World};
use crate::worker::observation::{Failure, FailureKind, last_words, own_frames};

/// There is no build to start a worker from.
pub(super) fn broken(reason: &str) -> Failure {
    Failure::of(FailureKind::Broken(reason.to_owned()))
}

/// What an agent was given or returned does not fit what it says of itself.
pub(super) fn misfit(sentence: String) -> Failure {
    Failure::of(FailureKind::Misfit(sentence))
}

/// What an error of the engine means: the host's reason, a trap, or a limit that was reached.
pub(super) fn failure(store: &mut Store<World>, error: &wasmtime::Error) -> Failure {
    let memory_refused = store.data_mut().memory.take_refused();
    let kind = if let Some(stop) = error.downcast_ref::<HostStop>() {
        stopped(stop)
    } else {
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => FailureKind::OutOfFuel,
            Some(Trap::StackOverflow) => FailureKind::StackExhausted,
            _ if memory_refused => FailureKind::OutOfMemory,
            Some(trap) => FailureKind::Trap(
                trap.to_string()
                    .trim_start_matches("wasm trap: ")
                    .to_owned(),
            ),
            None => FailureKind::Broken(format!("{error:#}")),
        }
    };
    let (backtrace, is_named) = error
        .downcast_ref::<WasmBacktrace>()
        .map_or((Vec::new(), false), backtrace);
    Failure {
        kind,
        backtrace,
        is_named,
        last_words: last_words(&store.data().last_words()),
    }
}

/// The guest's frames, innermost first, and whether they are names.
fn backtrace(of: &WasmBacktrace) -> (Vec<String>, bool) {
    let names = of.frames().iter().filter_map(|frame| frame.func_name());
    let named = own_frames(names.map(|name| format!("{:#}", rustc_demangle::demangle(name))));
    if !named.is_empty() {
        return (named, true);
    }
    // Two hangs of a guest without names are two all the same.
    let numbers = of.frames().iter().map(|frame| frame.func_index());
    (own_frames(numbers.map(|it| format!("func[{it}]"))), false)
}

fn stopped(stop: &HostStop) -> FailureKind {
    match stop {
        HostStop::Exit { ok, .. } => FailureKind::Exit { success: *ok },
        HostStop::Aborted { reason } => FailureKind::Trap(reason.clone()),
        HostStop::Unsupported { function } => FailureKind::UnsupportedHostCall {
            function: function.to_string(),
        },
        HostStop::Blocked { function } => FailureKind::Blocked {
            function: function.to_string(),
        },
        HostStop::TooMuch { .. } => FailureKind::Broken(stop.to_string()),
        HostStop::Departed => FailureKind::Departed,
    }
}
