//! `wasi:filesystem`: there are no directories, so nothing can be opened.

use wasmtime::component::Val;

use super::call::{Call, NONE};
use super::handles::Failure;
use super::interfaces::{Function, Interface, Others};
use super::record::Effect::{Local, Read};

pub(super) const INTERFACES: &[Interface] = &[
    Interface {
        name: "wasi:filesystem/preopens",
        functions: &[Function("get-directories", Read, |_| {
            Ok(Some(Val::List(Vec::new())))
        })],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:filesystem/types",
        functions: &[Function("filesystem-error-code", Local, error_code)],
        others: Others::OutOfReach,
    },
];

fn error_code(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.object::<Failure>(0)?;
    Ok(Some(NONE))
}
