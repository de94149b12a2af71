//! Small services beside WASI's core: logging, which goes nowhere, and configuration, which is empty.

use wasmtime::component::Val;

use super::call::{NONE, ok};
use super::interfaces::{Function, Interface, Others};
use super::record::Effect::{Hint, Read};

pub(super) const INTERFACES: &[Interface] = &[
    Interface {
        name: "wasi:logging/logging",
        functions: &[Function("log", Hint, |_| Ok(None))],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:config/store",
        functions: CONFIG,
        others: Others::Unknown,
    },
    // The name in drafts before 0.2.0-rc.
    Interface {
        name: "wasi:config/runtime",
        functions: CONFIG,
        others: Others::Unknown,
    },
];

const CONFIG: &[Function] = &[
    Function("get", Read, |_| Ok(Some(ok(NONE)))),
    Function("get-all", Read, |_| Ok(Some(ok(Val::List(Vec::new()))))),
];
