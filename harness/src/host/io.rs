//! `wasi:io`: streams that are always ready, and polling that sleeps in virtual time.

use std::sync::{Arc, Mutex, PoisonError};

use wasmtime::component::Val;

use super::call::{Call, err, list_of_bytes, ok, text};
use super::describe::{describe_bytes, shortened};
use super::files::{FileError, Files, NodeId, write_to};
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

/// A stream of bytes to the guest.
#[derive(Debug, Default)]
pub(super) enum Input {
    /// It is at its end.
    #[default]
    Empty,
    /// The body of an HTTP response.
    Body { body: Response, position: usize },
    /// A file.
    File { node: NodeId, position: u64 },
    /// A value that the host keeps.
    Bytes { bytes: Arc<[u8]>, position: usize },
}

impl Input {
    pub(super) fn new(body: Response) -> Self {
        Self::Body { body, position: 0 }
    }

    /// The next bytes, at most as many as asked for; none at the end of the stream.
    fn next(&mut self, files: &Files, length: u64) -> Option<Vec<u8>> {
        let (whole, position) = match self {
            Self::Empty => return None,
            Self::Body { body, position } => (body.body(), *position),
            Self::Bytes { bytes, position } => (&**bytes, *position),
            Self::File { node, position } => {
                (files.bytes(*node).ok()?, usize::try_from(*position).ok()?)
            }
        };
        let rest = whole.get(position..).filter(|rest| !rest.is_empty())?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let length = length.min(rest.len()).min(CHUNK);
        let piece = rest.get(..length)?.to_vec();
        match self {
            Self::Empty => {}
            Self::Body { position, .. } | Self::Bytes { position, .. } => *position += length,
            Self::File { position, .. } => *position += length as u64,
        }
        Some(piece)
    }
}

/// The next bytes of the stream in an argument, as of [`Input::next`].
fn next(call: &mut Call<'_>, index: usize, length: u64) -> wasmtime::Result<Option<Vec<u8>>> {
    let mut input = std::mem::take(call.object::<Input>(index)?);
    let piece = input.next(&call.world().outside.files, length);
    *call.object::<Input>(index)? = input;
    Ok(piece)
}

/// Where a stream of bytes from the guest leads to.
#[derive(Debug, Clone)]
pub(super) enum Output {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// The body of an HTTP request.
    HttpBody,
    /// A file, from a place on, or at its end.
    File { node: NodeId, position: Option<u64> },
    /// A value that is going to be stored.
    Value(Draft),
    /// A function that the world knows nothing about gave the stream.
    Unknown,
}

/// The bytes of a value as far as the guest has written them; the value and its streams share them.
pub(super) type Draft = Arc<Mutex<Vec<u8>>>;

impl Output {
    fn effect(&self) -> Effect {
        match self {
            Self::Stdout | Self::Stderr => Hint,
            Self::File { .. } | Self::Value(_) => Local,
            Self::HttpBody | Self::Unknown => Write,
        }
    }
}

fn debug_string(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let code = call.object::<Failure>(0)?.0;
    Ok(Some(text(code.unwrap_or("error"))))
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
    let bytes = next(call, 0, length)?;
    let answer = bytes.map_or_else(closed, |bytes| ok(list_of_bytes(&bytes)));
    Ok(Some(answer))
}

fn skip(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let length = call.u64(1)?;
    let bytes = next(call, 0, length)?;
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
    let output = call.object::<Output>(0)?.clone();
    let bytes = match output {
        // Nobody reads it.
        Output::Stdout => Vec::new(),
        _ => call.bytes(1)?,
    };
    call.amend(output.effect(), || describe_bytes(&bytes));
    put(call, output, &bytes)
}

/// Writes to the stream that the first argument is.
fn put(call: &mut Call<'_>, output: Output, bytes: &[u8]) -> wasmtime::Result<Option<Val>> {
    match output {
        Output::Stdout | Output::HttpBody | Output::Unknown => {}
        Output::Stderr => call.world().words.push(bytes),
        Output::Value(draft) => {
            call.keep(bytes.len())?;
            let mut draft = draft.lock().unwrap_or_else(PoisonError::into_inner);
            draft.extend_from_slice(bytes);
        }
        Output::File { node, position } => {
            if let Err(FileError(code)) = write_to(call, node, position, bytes) {
                let failure = call.give(Failure(Some(code)))?;
                let failed = "last-operation-failed".to_owned();
                return Ok(Some(err(Val::Variant(failed, Some(Box::new(failure))))));
            }
            let position = position.map(|it| it.saturating_add(bytes.len() as u64));
            *call.object::<Output>(0)? = Output::File { node, position };
        }
    }
    Ok(Some(ok(None)))
}

fn flush(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.object::<Output>(0)?;
    Ok(Some(ok(None)))
}

fn write_zeroes(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let output = call.object::<Output>(0)?.clone();
    let length = call.u64(1)?;
    if length > CHUNK as u64 {
        return Err(call.too_much());
    }
    call.charge(length);
    call.amend(output.effect(), || shortened(format!("{length} zeroes")));
    put(call, output, &vec![0; length as usize])
}

fn splice(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let output = call.object::<Output>(0)?.clone();
    let length = call.u64(2)?;
    let Some(bytes) = next(call, 1, length)? else {
        return Ok(Some(closed()));
    };
    call.charge(bytes.len() as u64);
    call.amend(output.effect(), || describe_bytes(&bytes));
    Ok(match put(call, output, &bytes)? {
        Some(Val::Result(Ok(None))) => Some(ok(Val::U64(bytes.len() as u64))),
        failed => failed,
    })
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
        let files = Files::default();
        let mut next = |length| input.next(&files, length).map(|piece| piece.len());
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
