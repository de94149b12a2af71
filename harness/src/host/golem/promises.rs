//! The functions of `golem:api/host` about promises, and about other workers, of which there are none.

use std::sync::Arc;

use wasmtime::component::{Type, Val};

use super::host::{make, oplog_index};
use crate::host::agent::component_id;
use crate::host::call::{Call, NONE, list_of_bytes, ok, some, text};
use crate::host::describe::describe;
use crate::host::fit::fits;
use crate::host::interfaces::{Function, Interface, Others};
use crate::host::io::Pollable;
use crate::host::record::Effect::{Local, Read, Write};
use crate::host::synthesize::release;

pub(super) const INTERFACES: &[Interface] = &[Interface {
    name: "golem:api/host",
    functions: &[
        Function("create-promise", Write, create),
        Function("complete-promise", Write, complete),
        Function("get-promise", Local, get),
        Function("get-promise-result.subscribe", Local, subscribe),
        Function("get-promise-result.get", Read, result),
        Function("get-agents.constructor", Local, |call| {
            call.give(Agents).map(Some)
        }),
        Function("get-agents.get-next", Read, |call| {
            call.object::<Agents>(0)?;
            nobody(call)
        }),
        Function("get-agent-metadata", Read, nobody),
        Function("resolve-component-id", Read, nobody),
        Function("resolve-agent-id", Read, nobody),
        Function("resolve-agent-id-strict", Read, nobody),
    ],
    others: Others::Unknown,
}];

/// A promise, by its id in printable form.
#[derive(Debug)]
pub(in crate::host) struct PromiseResult(Box<str>);

/// A list of workers, which is empty.
#[derive(Debug)]
pub(in crate::host) struct Agents;

fn nobody(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    Ok(Some(match call.import.result {
        // From some version on.
        Some(Type::Result(_)) => ok(NONE),
        _ => NONE,
    }))
}

fn create(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let index = oplog_index(call)?.unwrap_or(NONE);
    let agent = call.world().agent().map(|agent| agent.id.clone());
    let draw = call.world().draw_constant("promise");
    make(call, draw, &|name, ty, _| match (name, ty) {
        ("oplog-idx", Type::U64) => Some(index.clone()),
        ("component-id", ty) => Some(component_id()).filter(|it| fits(it, ty)),
        ("worker-name" | "agent-id", Type::String) => {
            Some(text(agent.as_deref().unwrap_or("worker")))
        }
        _ => None,
    })
}

/// A promise that is completed stays so, also for the versions to come.
fn complete(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let id = describe(std::slice::from_ref(call.argument(0)?));
    let bytes = call.bytes(1)?;
    call.keep(id.len().saturating_add(bytes.len()))?;
    let is_first = call.world().outside.complete(id, bytes.into());
    Ok(Some(Val::Bool(is_first)))
}

fn get(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let argument = call.argument(0)?;
    release(call, argument)?;
    let id = describe(std::slice::from_ref(argument));
    call.keep(id.len())?;
    call.give(PromiseResult(id)).map(Some)
}

fn completed(call: &mut Call<'_>) -> wasmtime::Result<Option<Arc<[u8]>>> {
    let id = call.object::<PromiseResult>(0)?.0.clone();
    Ok(call.world().outside.completed(&id))
}

fn subscribe(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let pollable = match completed(call)? {
        Some(_) => Pollable::ready(),
        // Nobody else completes it.
        None => Pollable::at(u64::MAX),
    };
    call.give(pollable).map(Some)
}

fn result(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let bytes = completed(call)?.map(|bytes| list_of_bytes(&bytes));
    // From some version on, it waits.
    if let Some(Type::List(_)) = call.import.result {
        return bytes.map(Some).ok_or_else(|| call.blocked());
    }
    Ok(Some(bytes.map_or(NONE, some)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::HostStop;
    use crate::host::testing::{Host, stop};

    #[test]
    fn a_promise_is_completed_once_and_stays_so_after_an_update() {
        let mut old = Host::new();
        let id = Val::Record(vec![("oplog-idx".to_owned(), Val::U64(7))]);
        let promise = |host: &mut Host| {
            host.call("golem:api/host.get-promise", std::slice::from_ref(&id))
                .unwrap()
        };
        let result = |host: &mut Host, promise: &Val| {
            let get = "golem:api/host.get-promise-result.get";
            host.call(get, std::slice::from_ref(promise)).unwrap()
        };
        let open = promise(&mut old);
        assert_eq!(result(&mut old, &open), NONE);
        let subscribe = "golem:api/host.get-promise-result.subscribe";
        let never = old.call(subscribe, &[open]).unwrap();
        let blocked = stop(old.run("wasi:io/poll.pollable.block", &[never]));
        assert!(matches!(blocked, HostStop::Blocked { .. }));
        for is_first in [true, false] {
            let complete = [id.clone(), list_of_bytes(b"done")];
            let completed = old.call("golem:api/host.complete-promise", &complete);
            assert_eq!(completed.unwrap(), Val::Bool(is_first));
        }
        let mut new = Host::new();
        new.continue_from(&old);
        let kept = promise(&mut new);
        assert_eq!(result(&mut new, &kept), some(list_of_bytes(b"done")));
    }
}
