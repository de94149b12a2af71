//! `wasi:sockets`: there is a network, but no socket can be created and no name resolved.

use wasmtime::component::Val;

use super::call::{Call, NONE, err};
use super::handles::{Failure, Network};
use super::interfaces::{Function, Interface, Others};
use super::record::Effect::{Local, Read};

pub(super) const INTERFACES: &[Interface] = &[
    Interface {
        name: "wasi:sockets/network",
        functions: &[Function("network-error-code", Local, error_code)],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:sockets/instance-network",
        functions: &[Function("instance-network", Local, |call| {
            call.give(Network).map(Some)
        })],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:sockets/ip-name-lookup",
        functions: &[Function("resolve-addresses", Read, resolve_addresses)],
        others: Others::OutOfReach,
    },
    Interface {
        name: "wasi:sockets/tcp-create-socket",
        functions: &[Function("create-tcp-socket", Local, create_socket)],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:sockets/tcp",
        functions: &[],
        others: Others::OutOfReach,
    },
    Interface {
        name: "wasi:sockets/udp-create-socket",
        functions: &[Function("create-udp-socket", Local, create_socket)],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:sockets/udp",
        functions: &[],
        others: Others::OutOfReach,
    },
];

fn error_code(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.object::<Failure>(0)?;
    Ok(Some(NONE))
}

fn resolve_addresses(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.object::<Network>(0)?;
    Ok(Some(err(Val::Enum("name-unresolvable".to_owned()))))
}

fn create_socket(_: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    Ok(Some(err(Val::Enum("access-denied".to_owned()))))
}
