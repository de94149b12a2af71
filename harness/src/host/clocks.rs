//! `wasi:clocks`, in virtual time.

use wasmtime::component::{Type, Val};

use super::call::{Call, some, text};
use super::interfaces::{Function, Interface, Others};
use super::io::Pollable;
use super::record::Effect::{Local, Read};

pub(super) const INTERFACES: &[Interface] = &[
    Interface {
        name: "wasi:clocks/monotonic-clock",
        functions: &[
            Function("now", Read, monotonic_now),
            Function("resolution", Read, |_| Ok(Some(Val::U64(1)))),
            Function("subscribe-instant", Local, subscribe_instant),
            Function("subscribe-duration", Local, subscribe_duration),
            // From 0.3 on, a guest waits for the time itself.
            Function("get-resolution", Read, |_| Ok(Some(Val::U64(1)))),
            Function("wait-until", Local, wait_until),
            Function("wait-for", Local, wait_for),
        ],
        others: Others::Unknown,
    },
    // The wall clock's name from 0.3 on.
    Interface {
        name: "wasi:clocks/system-clock",
        functions: &[
            Function("now", Read, system_now),
            Function("get-resolution", Read, |_| Ok(Some(Val::U64(1)))),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:clocks/wall-clock",
        functions: &[
            Function("now", Read, wall_now),
            Function("resolution", Read, |_| Ok(Some(datetime(0, 1)))),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:clocks/timezone",
        functions: &[
            Function("display", Read, timezone_display),
            Function("utc-offset", Read, utc_offset),
            Function("iana-id", Read, |_| Ok(Some(some(text("UTC"))))),
            Function("to-debug-string", Read, |_| Ok(Some(text("UTC")))),
        ],
        others: Others::Unknown,
    },
];

fn monotonic_now(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let reading = call.number;
    Ok(Some(Val::U64(call.world().clock.read_monotonic(reading))))
}

fn subscribe_instant(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let deadline = call.u64(0)?;
    call.give(Pollable::at(deadline)).map(Some)
}

fn subscribe_duration(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let duration = call.u64(0)?;
    let deadline = call.world().clock.monotonic().saturating_add(duration);
    call.give(Pollable::at(deadline)).map(Some)
}

fn wait_until(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let deadline = call.u64(0)?;
    if deadline == u64::MAX {
        return Err(call.blocked());
    }
    call.world().clock.sleep_until(deadline);
    Ok(None)
}

fn wait_for(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let duration = call.u64(0)?;
    if duration == u64::MAX {
        return Err(call.blocked());
    }
    call.world().clock.sleep(duration);
    Ok(None)
}

fn system_now(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let reading = call.number;
    let (seconds, nanoseconds) = call.world().clock.wall(reading);
    Ok(Some(Val::Record(vec![
        ("seconds".to_owned(), Val::S64(seconds.cast_signed())),
        ("nanoseconds".to_owned(), Val::U32(nanoseconds)),
    ])))
}

fn utc_offset(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    Ok(Some(match call.import.result {
        // In nanoseconds, from 0.3 on.
        Some(Type::Option(_)) => some(Val::S64(0)),
        _ => Val::S32(0),
    }))
}

fn wall_now(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let reading = call.number;
    let (seconds, nanoseconds) = call.world().clock.wall(reading);
    Ok(Some(datetime(seconds, nanoseconds)))
}

fn datetime(seconds: u64, nanoseconds: u32) -> Val {
    Val::Record(vec![
        ("seconds".to_owned(), Val::U64(seconds)),
        ("nanoseconds".to_owned(), Val::U32(nanoseconds)),
    ])
}

fn timezone_display(_: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    Ok(Some(Val::Record(vec![
        ("utc-offset".to_owned(), Val::S32(0)),
        ("name".to_owned(), text("UTC")),
        ("in-daylight-saving-time".to_owned(), Val::Bool(false)),
    ])))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{CLOCKS, Guest, Host, stop};
    use super::super::{HostStop, Moment};
    use super::*;

    fn readings(guest: &mut Guest) -> Vec<u64> {
        ["monotonic", "wall-nanoseconds", "random", "monotonic"]
            .map(|name| guest.u64(name, &[]))
            .to_vec()
    }

    #[test]
    fn what_a_save_reads_does_not_shift_what_the_next_operation_reads() {
        let mut plain = Guest::new(CLOCKS);
        let mut saved = Guest::new(CLOCKS);
        for operation in 0..3 {
            saved.enter(Moment::Save(operation));
            readings(&mut saved);
            saved.u64("sleep", &[Val::U64(5_000_000_000)]);
            let expected = readings(plain.enter(Moment::Operation(operation)));
            assert_eq!(
                readings(saved.enter(Moment::Operation(operation))),
                expected
            );
        }
    }

    #[test]
    fn a_sleeping_guest_wakes_at_once_and_its_clocks_have_moved() {
        let mut guest = Guest::new(CLOCKS);
        let monotonic = guest.u64("monotonic", &[]);
        let wall = guest.u64("wall-nanoseconds", &[]);
        let minute = 60_000_000_000;
        let woken = guest.u64("sleep", &[Val::U64(minute)]);
        assert!((minute..minute + 1_000_000).contains(&(woken - monotonic)));
        let moved = guest.u64("wall-nanoseconds", &[]) - wall;
        assert!((minute..minute + 1_000_000).contains(&moved));
    }

    #[test]
    fn a_guest_may_sleep_longer_than_the_moment_but_the_next_moment_comes_later() {
        let mut guest = Guest::new(CLOCKS);
        guest.enter(Moment::Operation(0));
        let year = 365 * 86_400_000_000_000;
        let woken = guest.u64("sleep", &[Val::U64(year)]);
        assert!(woken < guest.enter(Moment::Operation(1)).u64("monotonic", &[]));
    }

    #[test]
    fn entering_a_moment_again_does_not_turn_the_clocks_back() {
        let mut guest = Guest::new(CLOCKS);
        let first = guest.enter(Moment::Save(1)).u64("monotonic", &[]);
        assert!(guest.enter(Moment::Save(1)).u64("monotonic", &[]) > first);
    }

    #[test]
    fn waiting_for_ever_is_a_typed_stop() {
        let stop = Guest::new(CLOCKS).stop("sleep", &[Val::U64(u64::MAX)]);
        let function = "wasi:io/poll.pollable.block".into();
        assert_eq!(stop, HostStop::Blocked { function });
    }

    #[test]
    fn poll_returns_what_is_ready_and_sleeps_only_if_nothing_is() {
        let mut host = Host::new();
        let mut pollable = |duration| {
            let name = "wasi:clocks/monotonic-clock.subscribe-duration";
            host.call(name, &[Val::U64(duration)]).unwrap()
        };
        let [now, soon, later, never] = [0, 1_000, 2_000, u64::MAX].map(&mut pollable);
        let mut poll = |pollables: &[&Val]| {
            let pollables = pollables.iter().map(|it| (*it).clone()).collect();
            host.call("wasi:io/poll.poll", &[Val::List(pollables)])
        };
        let ready = |indices: &[u32]| Val::List(indices.iter().copied().map(Val::U32).collect());
        assert_eq!(poll(&[&soon, &now, &later]).unwrap(), ready(&[1]));
        assert_eq!(poll(&[&later, &soon, &never]).unwrap(), ready(&[1]));
        assert_eq!(poll(&[&later, &soon, &now]).unwrap(), ready(&[1, 2]));
        assert_eq!(poll(&[&later]).unwrap(), ready(&[0]));
        let function = "wasi:io/poll.poll".into();
        assert_eq!(stop(poll(&[&never])), HostStop::Blocked { function });
        assert!(matches!(stop(poll(&[])), HostStop::Blocked { .. }));
    }

    #[test]
    fn a_guest_that_looks_again_and_again_sees_the_time_pass() {
        let mut host = Host::new();
        let name = "wasi:clocks/monotonic-clock.subscribe-duration";
        let pollable = host.call(name, &[Val::U64(50_000_000)]).unwrap();
        let mut looks = 0;
        while host
            .call(
                "wasi:io/poll.pollable.ready",
                std::slice::from_ref(&pollable),
            )
            .unwrap()
            == Val::Bool(false)
        {
            looks += 1;
            assert!(looks < 100);
        }
        assert!(looks > 1);
    }
}
