//! The standard streams as WASI 0.3 has them: a stream that the guest hands over, and a future that tells how it went.

use std::pin::Pin;
use std::task::{Context, Poll};

use wasmtime::component::{
    ComponentType, FutureReader, Lift, Lower, Source, StreamConsumer, StreamReader, StreamResult,
    Val,
};
use wasmtime::{AsContextMut as _, StoreContextMut};

use super::call::Call;
use super::world::World;

/// `wasi:cli/types.error-code`, no case of which ever occurs here.
#[expect(dead_code, reason = "only its type is needed")]
#[derive(Debug, Copy, Clone, ComponentType, Lift, Lower)]
#[component(enum)]
#[repr(u8)]
enum ErrorCode {
    #[component(name = "io")]
    Io,
    #[component(name = "illegal-byte-sequence")]
    IllegalByteSequence,
    #[component(name = "pipe")]
    Pipe,
}

/// What takes the bytes of standard output or standard error.
struct Sink {
    is_stderr: bool,
}

impl StreamConsumer<World> for Sink {
    type Item = u8;

    fn poll_consume(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut store: StoreContextMut<'_, World>,
        source: Source<'_, u8>,
        _: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let mut source = source.as_direct(store.as_context_mut());
        let bytes = source.remaining().to_vec();
        source.mark_read(bytes.len());
        if self.is_stderr {
            store.data_mut().words.push(&bytes);
        }
        Poll::Ready(Ok(StreamResult::Completed))
    }
}

pub(super) fn stdout(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    write_via_stream(call, false)
}

pub(super) fn stderr(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    write_via_stream(call, true)
}

fn write_via_stream(call: &mut Call<'_>, is_stderr: bool) -> wasmtime::Result<Option<Val>> {
    let Val::Stream(stream) = call.argument(0)? else {
        return Err(call.unsupported());
    };
    let reader = StreamReader::<u8>::try_from_stream_any(stream.clone());
    let reader = reader.map_err(|_| call.unsupported())?;
    reader.pipe(&mut call.store, Sink { is_stderr })?;
    success(call).map(Some)
}

/// Standard input, which is at its end.
pub(super) fn stdin(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let nothing = StreamReader::new(&mut call.store, Vec::<u8>::new())?;
    let nothing = Val::Stream(nothing.try_into_stream_any(&mut call.store)?);
    let end = success(call)?;
    Ok(Some(Val::Tuple(vec![nothing, end])))
}

/// A future that says at once that nothing went wrong.
fn success(call: &mut Call<'_>) -> wasmtime::Result<Val> {
    let done = async { Ok::<Result<(), ErrorCode>, wasmtime::Error>(Ok(())) };
    let future = FutureReader::new(&mut call.store, done)?;
    Ok(Val::Future(future.try_into_future_any(&mut call.store)?))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Guest, concurrent_engine, start};
    use super::super::{Effect, WorldSettings};

    /// A guest of WASI 0.3 that waits for a second between two looks at the clock, and one that writes to standard error.
    const GUEST: &str = r#"
(component
  (import "wasi:clocks/monotonic-clock@0.3.0" (instance $clock
    (export "now" (func (result u64)))
    (export "wait-for" (func async (param "how-long" u64)))))
  (import "wasi:cli/types@0.3.0" (instance $types
    (type $code (enum "io" "illegal-byte-sequence" "pipe"))
    (export "error-code" (type (eq $code)))))
  (alias export $types "error-code" (type $code))
  (import "wasi:cli/stderr@0.3.0" (instance $stderr
    (alias outer 1 $code (type $outer))
    (export "error-code" (type $error-code (eq $outer)))
    (export "write-via-stream" (func
      (param "data" (stream u8)) (result (future (result (error $error-code))))))))
  (core module $memory (memory (export "memory") 1)
    (data (i32.const 16) "goodbye"))
  (core instance $memory (instantiate $memory))
  (alias core export $memory "memory" (core memory $mem))
  (type $bytes (stream u8))
  (core func $now (canon lower (func $clock "now")))
  (core func $wait (canon lower (func $clock "wait-for")))
  (core func $stderr (canon lower (func $stderr "write-via-stream")))
  (core func $new (canon stream.new $bytes))
  (core func $write (canon stream.write $bytes async (memory $mem)))
  (core module $m
    (import "h" "now" (func $now (result i64)))
    (import "h" "wait" (func $wait (param i64)))
    (import "h" "stderr" (func $stderr (param i32) (result i32)))
    (import "h" "new" (func $new (result i64)))
    (import "h" "write" (func $write (param i32 i32 i32) (result i32)))
    (func (export "waited") (result i64) (local $before i64)
      (local.set $before (call $now))
      (call $wait (i64.const 1000000000))
      (i64.sub (call $now) (local.get $before)))
    (func (export "say") (result i64) (local $ends i64)
      (local.set $ends (call $new))
      (drop (call $stderr (i32.wrap_i64 (local.get $ends))))
      (i64.extend_i32_u (call $write
        (i32.wrap_i64 (i64.shr_u (local.get $ends) (i64.const 32)))
        (i32.const 16) (i32.const 7)))))
  (core instance $i (instantiate $m (with "h" (instance
    (export "now" (func $now)) (export "wait" (func $wait)) (export "stderr" (func $stderr))
    (export "new" (func $new)) (export "write" (func $write))))))
  (func (export "waited") async (result u64) (canon lift (core func $i "waited")))
  (func (export "say") async (result u64) (canon lift (core func $i "say"))))
"#;

    fn guest() -> Guest {
        start(&concurrent_engine(), GUEST, WorldSettings::default()).unwrap()
    }

    #[test]
    fn an_asynchronous_function_is_answered_at_once() {
        let mut guest = guest();
        let waited = guest.u64_concurrently("waited");
        assert!((1_000_000_000..1_000_100_000).contains(&waited), "{waited}");
    }

    #[test]
    fn what_goes_to_standard_error_by_a_stream_is_among_the_last_words() {
        let mut guest = guest();
        // Seven bytes, completed.
        assert_eq!(guest.u64_concurrently("say"), 7 << 4);
        assert_eq!(guest.store.data().last_words(), ["goodbye"]);
        let call = guest.calls().last().unwrap();
        assert_eq!(&*call.function, "wasi:cli/stderr.write-via-stream");
        assert_eq!(call.effect, Effect::Hint);
    }
}
