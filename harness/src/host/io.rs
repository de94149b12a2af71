//! `wasi:io`: streams that are always ready, and polling that sleeps in virtual time.

use wasmtime::component::Val;

use super::call::{Call, err, list_of_bytes, ok, text};
use super::describe::{describe_bytes, shortened};
use super::handles::Failure;
use super::http::Response;
use super::interfaces::{Function, Interface, Others};
use super::record::Effect::{self, Hint, Local, Write};

pub(super) const INTERFACES: &[Interface] = &[
    Interface {
        name: "wasi:io/error",
        functions: &[Function("error.to-debug-string", Local, debug_string)],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:io/poll",
        functions: &[
            Function("pollable.ready", Local, ready),
            Function("pollable.block", Local, block),
            Function("poll", Local, poll),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:io/streams",
        functions: &[
            Function("input-stream.read", Local, read),
            Function("input-stream.blocking-read", Local, read),
            Function("input-stream.skip", Local, skip),
            Function("input-stream.blocking-skip", Local, skip),
            Function("input-stream.subscribe", Local, subscribe_input),
            // What the functions that write do depends on the stream; see `Output::effect`.
            Function("output-stream.check-write", Local, check_write),
            Function("output-stream.write", Local, write),
            Function("output-stream.blocking-write-and-flush", Local, write),
            Function("output-stream.flush", Local, flush),
            Function("output-stream.blocking-flush", Local, flush),
            Function("output-stream.subscribe", Local, subscribe_output),
            Function("output-stream.write-zeroes", Local, write_zeroes),
            Function(
                "output-stream.blocking-write-zeroes-and-flush",
                Local,
                write_zeroes,
            ),
            Function("output-stream.splice", Local, splice),
            Function("output-stream.blocking-splice", Local, splice),
        ],
        others: Others::Unknown,
    },
];

/// The most bytes that one read answers and that `check-write` permits; guests of every language chunk what is longer.
const CHUNK: usize = 64 << 10;

/// Something to wait for: a point in time. Streams and HTTP responses are ready at once.
#[derive(Debug, Copy, Clone)]
pub(super) struct Pollable {
    /// By the monotonic clock.
    deadline: u64,
}

impl Pollable {
    pub(super) fn ready() -> Self {
        Self { deadline: 0 }
    }

    pub(super) fn at(deadline: u64) -> Self {
        Self { deadline }
    }

    /// Whether the deadline is past the end of what a clock can show.
    fn never(deadline: u64) -> bool {
        deadline == u64::MAX
    }
}

/// A stream of bytes to the guest: the body of an HTTP response, or nothing at all.
#[derive(Debug, Default)]
pub(super) struct Input {
    body: Option<Response>,
    position: usize,
}

impl Input {
    pub(super) fn new(body: Response) -> Self {
        Self {
            body: Some(body),
            position: 0,
        }
    }

    /// The next bytes, at most as many as asked for; none at the end of the stream.
    fn next(&mut self, length: u64) -> Option<&[u8]> {
        let rest = self.body.as_ref()?.body().get(self.position..)?;
        if rest.is_empty() {
            return None;
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let length = length.min(rest.len()).min(CHUNK);
        self.position += length;
        rest.get(..length)
    }
}

/// Where a stream of bytes from the guest leads to.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Output {
    /// Standard output or standard error.
    Standard,
    /// The body of an HTTP request.
    HttpBody,
    /// A function that the world knows nothing about gave the stream.
    Unknown,
}

impl Output {
    fn effect(self) -> Effect {
        match self {
            Self::Standard => Hint,
            Self::HttpBody | Self::Unknown => Write,
        }
    }
}

fn debug_string(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.object::<Failure>(0)?;
    Ok(Some(text("error")))
}

/// How far a look at a pollable that is not ready yet moves the clock, so that a guest that waits by looking gets there.
const LOOK: u64 = 1_000_000;

fn ready(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let deadline = call.object::<Pollable>(0)?.deadline;
    let clock = &mut call.world().clock;
    let ready = deadline <= clock.monotonic();
    if !ready {
        clock.sleep(LOOK);
    }
    Ok(Some(Val::Bool(ready)))
}

fn block(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let deadline = call.object::<Pollable>(0)?.deadline;
    if Pollable::never(deadline) {
        return Err(call.blocked());
    }
    call.world().clock.sleep_until(deadline);
    Ok(None)
}

fn poll(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let pollables = call.list(0)?;
    let mut deadlines = Vec::with_capacity(pollables.len());
    for pollable in pollables {
        deadlines.push(call.object_of::<Pollable>(pollable)?.deadline);
    }
    let earliest = deadlines.iter().copied().min().unwrap_or(u64::MAX);
    if Pollable::never(earliest) {
        return Err(call.blocked());
    }
    let clock = &mut call.world().clock;
    clock.sleep_until(earliest);
    let now = clock.monotonic().max(earliest);
    let ready = (0..)
        .zip(&deadlines)
        .filter(|(_, deadline)| **deadline <= now)
        .map(|(index, _)| Val::U32(index));
    Ok(Some(Val::List(ready.collect())))
}

fn closed() -> Val {
    err(Val::Variant("closed".to_owned(), None))
}

fn read(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let length = call.u64(1)?;
    let bytes = call.object::<Input>(0)?.next(length);
    let answer = bytes.map_or_else(closed, |bytes| ok(list_of_bytes(bytes)));
    Ok(Some(answer))
}

fn skip(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let length = call.u64(1)?;
    let bytes = call.object::<Input>(0)?.next(length);
    let answer = bytes.map_or_else(closed, |bytes| ok(Val::U64(bytes.len() as u64)));
    Ok(Some(answer))
}

fn subscribe_input(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.object::<Input>(0)?;
    call.give(Pollable::ready()).map(Some)
}

fn subscribe_output(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.object::<Output>(0)?;
    call.give(Pollable::ready()).map(Some)
}

fn check_write(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.object::<Output>(0)?;
    Ok(Some(ok(Val::U64(CHUNK as u64))))
}

fn write(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let output = *call.object::<Output>(0)?;
    let bytes = match output.effect() {
        Write => call.bytes(1)?,
        _ => Vec::new(),
    };
    call.amend(output.effect(), || describe_bytes(&bytes));
    Ok(Some(ok(None)))
}

fn flush(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.object::<Output>(0)?;
    Ok(Some(ok(None)))
}

fn write_zeroes(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let output = *call.object::<Output>(0)?;
    let length = call.u64(1)?;
    if length > CHUNK as u64 {
        return Err(call.too_much());
    }
    call.amend(output.effect(), || shortened(format!("{length} zeroes")));
    Ok(Some(ok(None)))
}

fn splice(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let output = *call.object::<Output>(0)?;
    let length = call.u64(2)?;
    let Some(bytes) = call.object::<Input>(1)?.next(length).map(<[u8]>::to_vec) else {
        return Ok(Some(closed()));
    };
    call.amend(output.effect(), || describe_bytes(&bytes));
    Ok(Some(ok(Val::U64(bytes.len() as u64))))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Host, stop};
    use super::super::{Effect, HostStop};
    use super::*;

    #[test]
    fn standard_input_is_at_its_end() {
        let mut host = Host::new();
        let stdin = host.call("wasi:cli/stdin.get-stdin", &[]).unwrap();
        for name in ["read", "blocking-read", "skip"] {
            let name = format!("wasi:io/streams.input-stream.{name}");
            let arguments = [stdin.clone(), Val::U64(100)];
            assert_eq!(host.call(&name, &arguments).unwrap(), closed());
        }
    }

    #[test]
    fn standard_output_is_a_hint() {
        let mut host = Host::new();
        let stdout = host.call("wasi:cli/stdout.get-stdout", &[]).unwrap();
        let write = "wasi:io/streams.output-stream.blocking-write-and-flush";
        let answer = host.call(write, &[stdout, list_of_bytes(b"hello")]);
        assert_eq!(answer.unwrap(), ok(None));
        assert_eq!(host.newest_call().effect, Effect::Hint);
        assert_eq!(host.newest_call().arguments, None);
    }

    #[test]
    fn a_stream_answers_in_pieces_and_then_ends() {
        let mut input = Input::new(Response::with_body(vec![7; CHUNK + 10]));
        let mut next = |length| input.next(length).map(<[u8]>::len);
        let lengths = [3, 0, u64::MAX, u64::MAX, 1].map(&mut next);
        assert_eq!(lengths, [Some(3), Some(0), Some(CHUNK), Some(7), None]);
    }

    #[test]
    fn a_huge_number_of_zeroes_is_a_typed_stop() {
        let mut host = Host::new();
        let stdout = host.call("wasi:cli/stdout.get-stdout", &[]).unwrap();
        let zeroes = "wasi:io/streams.output-stream.write-zeroes";
        let stop = stop(host.call(zeroes, &[stdout, Val::U64(u64::MAX)]));
        assert!(matches!(stop, HostStop::TooMuch { .. }));
    }
}
