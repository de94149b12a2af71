//! `wasi:random`: random to the guest, a function of the key to us.

use wasmtime::component::Val;

use super::call::{Call, list_of_bytes};
use super::interfaces::{Function, Interface, Others};
use super::record::Effect::Read;

pub(super) const INTERFACES: &[Interface] = &[
    Interface {
        name: "wasi:random/random",
        functions: &[
            Function("get-random-bytes", Read, bytes),
            Function("get-random-u64", Read, number),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:random/insecure",
        functions: &[
            Function("get-insecure-random-bytes", Read, bytes),
            Function("get-insecure-random-u64", Read, number),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:random/insecure-seed",
        functions: &[
            Function("insecure-seed", Read, seed),
            // The name in releases from 0.3 on.
            Function("get-insecure-seed", Read, seed),
        ],
        others: Others::Unknown,
    },
];

/// A guest gets no more random bytes at once. The host holds a multiple of them for a moment, and real guests ask for tens.
const MOST_BYTES: u64 = 4 << 20;

fn bytes(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let length = call.u64(0)?;
    if length > MOST_BYTES {
        return Err(call.too_much());
    }
    let bytes = call.draw().bytes(length as usize);
    Ok(Some(list_of_bytes(&bytes)))
}

fn number(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    Ok(Some(Val::U64(call.draw().u64())))
}

fn seed(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let mut draw = call.draw_hashes();
    let halves = vec![Val::U64(draw.u64()), Val::U64(draw.u64())];
    Ok(Some(Val::Tuple(halves)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Host, stop};
    use super::super::{HostStop, Moment};
    use super::*;

    const BYTES: &str = "wasi:random/random.get-random-bytes";

    #[test]
    fn a_huge_number_of_bytes_is_a_typed_stop() {
        for length in [MOST_BYTES + 1, u64::MAX] {
            let stop = stop(Host::new().call(BYTES, &[Val::U64(length)]));
            assert_eq!(
                stop,
                HostStop::TooMuch {
                    function: BYTES.into()
                }
            );
        }
    }

    #[test]
    fn calls_of_other_functions_change_nothing() {
        let mut quiet = Host::new();
        let mut busy = Host::new();
        busy.call("wasi:random/insecure.get-insecure-random-u64", &[])
            .unwrap();
        busy.store.data_mut().enter(Moment::Save(0));
        busy.call(BYTES, &[Val::U64(9)]).unwrap();
        for host in [&mut quiet, &mut busy] {
            host.store.data_mut().enter(Moment::Operation(0));
        }
        for _ in 0..3 {
            let quiet = quiet.call(BYTES, &[Val::U64(9)]).unwrap();
            assert_eq!(quiet, busy.call(BYTES, &[Val::U64(9)]).unwrap());
        }
    }

    #[test]
    fn two_calls_in_a_moment_answer_differently() {
        let mut host = Host::new();
        let seed = "wasi:random/insecure-seed.insecure-seed";
        assert_ne!(host.call(seed, &[]).unwrap(), host.call(seed, &[]).unwrap());
    }
}
