//! Golem's smaller services: tracing, the durability API, quotas, retry policies by name, the oplog as a list, databases and web
//! sockets. Nobody is at the other end of the last two.

use wasmtime::component::{Type, Val};

use super::host::oplog_index;
use crate::host::call::{Call, NONE, err, ok, some, text};
use crate::host::describe;
use crate::host::fit::{fits, is_plain};
use crate::host::interfaces::{Function, Interface, Others};
use crate::host::io::Pollable;
use crate::host::record::Effect::{Constant, Hint, Local, Read, Write};
use crate::host::synthesize::release;

pub(super) const INTERFACES: &[Interface] = &[
    Interface {
        name: "golem:api/context",
        functions: &[
            Function("start-span", Hint, start_span),
            Function("current-context", Local, |call| {
                call.give(Context).map(Some)
            }),
            Function("allow-forwarding-trace-context-headers", Hint, |_| {
                Ok(Some(Val::Bool(true)))
            }),
            Function("span.started-at", Read, started),
            Function("span.set-attribute", Hint, of_span),
            Function("span.set-attributes", Hint, of_span),
            Function("span.finish", Hint, of_span),
            Function("invocation-context.trace-id", Read, |call| {
                identifier(call, 16)
            }),
            Function("invocation-context.span-id", Read, |call| {
                identifier(call, 8)
            }),
            Function("invocation-context.parent", Local, |call| {
                of_context(call, NONE)
            }),
            Function("invocation-context.get-attribute", Local, |call| {
                of_context(call, NONE)
            }),
            Function("invocation-context.get-attributes", Local, no_attributes),
            Function(
                "invocation-context.get-attribute-chain",
                Local,
                no_attributes,
            ),
            Function(
                "invocation-context.get-attribute-chains",
                Local,
                no_attributes,
            ),
            Function(
                "invocation-context.trace-context-headers",
                Local,
                no_attributes,
            ),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "golem:durability/durability",
        functions: &[
            Function("observe-function-call", Hint, |_| Ok(None)),
            Function("begin-durable-function", Write, oplog_index),
            Function("end-durable-function", Write, |_| Ok(None)),
            Function("current-durable-execution-state", Constant, execution_state),
            Function("persist-durable-function-invocation", Write, |_| Ok(None)),
            Function("lazy-initialized-pollable.constructor", Local, |call| {
                call.give(LazyPollable(None)).map(Some)
            }),
            Function("lazy-initialized-pollable.set", Local, set_pollable),
            Function("lazy-initialized-pollable.subscribe", Local, subscribe),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "golem:quota/types",
        functions: &[
            Function("quota-token.constructor", Local, |call| {
                call.string(0)?;
                call.give(QuotaToken).map(Some)
            }),
            Function("quota-token.reserve", Write, |call| {
                call.object::<QuotaToken>(0)?;
                Ok(Some(ok(call.give(Reservation)?)))
            }),
            Function("quota-token.split", Write, |call| {
                call.object::<QuotaToken>(0)?;
                call.give(QuotaToken).map(Some)
            }),
            Function("quota-token.merge", Write, |call| {
                call.object::<QuotaToken>(0)?;
                call.take::<QuotaToken>(1)?;
                Ok(None)
            }),
            Function("reservation.commit", Write, |call| {
                call.take::<Reservation>(0)?;
                Ok(None)
            }),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "golem:api/retry",
        functions: &[
            Function("get-retry-policies", Read, policies),
            Function("get-retry-policy-by-name", Read, policy),
            Function("resolve-retry-policy", Read, |call| {
                Ok(Some(match call.import.result {
                    Some(Type::Result(_)) => ok(NONE),
                    _ => NONE,
                }))
            }),
            Function("set-retry-policy", Write, set_policy),
            Function("remove-retry-policy", Write, remove_policy),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "golem:api/oplog",
        functions: &[
            Function("get-oplog.constructor", Local, |call| {
                call.give(OplogReader).map(Some)
            }),
            Function("get-oplog.get-next", Read, |call| {
                call.object::<OplogReader>(0)?;
                the_end(call)
            }),
            Function("search-oplog.constructor", Local, |call| {
                call.give(OplogSearch).map(Some)
            }),
            Function("search-oplog.get-next", Read, |call| {
                call.object::<OplogSearch>(0)?;
                the_end(call)
            }),
        ],
        others: Others::Unknown,
    },
    database("golem:rdbms/postgres"),
    database("golem:rdbms/mysql"),
    database("golem:rdbms/ignite2"),
    Interface {
        name: "golem:websocket/client",
        functions: &[Function("websocket-connection.connect", Write, refuse)],
        others: Others::OutOfReach,
    },
];

/// A kind of database, none of which can be connected to.
const fn database(name: &'static str) -> Interface {
    Interface {
        name,
        functions: &[Function("db-connection.open", Write, refuse)],
        others: Others::OutOfReach,
    }
}

/// A part of a trace, which nobody follows.
#[derive(Debug)]
pub(in crate::host) struct Span;

/// What a call is part of.
#[derive(Debug)]
pub(in crate::host) struct Context;

/// The time that a pollable becomes ready that is still to be set.
#[derive(Debug)]
pub(in crate::host) struct LazyPollable(Option<Pollable>);

/// A share of a resource, of which there is always enough.
#[derive(Debug)]
pub(in crate::host) struct QuotaToken;

/// A part of such a share.
#[derive(Debug)]
pub(in crate::host) struct Reservation;

/// A reader of an oplog, which is empty.
#[derive(Debug)]
pub(in crate::host) struct OplogReader;

/// A search in an oplog, which is empty.
#[derive(Debug)]
pub(in crate::host) struct OplogSearch;

fn start_span(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.string(0)?;
    call.give(Span).map(Some)
}

fn of_span(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.object::<Span>(0)?;
    Ok(None)
}

fn started(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    call.object::<Span>(0)?;
    let (seconds, nanoseconds) = call.world().clock.wall(0);
    let time = |seconds| {
        Val::Record(vec![
            ("seconds".to_owned(), seconds),
            ("nanoseconds".to_owned(), Val::U32(nanoseconds)),
        ])
    };
    let unsigned = time(Val::U64(seconds));
    // From 2.0 on, times are signed.
    let ty = call.import.result.as_ref();
    Ok(Some(match ty.is_none_or(|ty| fits(&unsigned, ty)) {
        true => unsigned,
        false => time(Val::S64(seconds.cast_signed())),
    }))
}

fn of_context(call: &mut Call<'_>, value: Val) -> wasmtime::Result<Option<Val>> {
    call.object::<Context>(0)?;
    Ok(Some(value))
}

fn no_attributes(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    of_context(call, Val::List(Vec::new()))
}

/// So many bytes in hexadecimal, the same during a moment.
fn identifier(call: &mut Call<'_>, bytes: usize) -> wasmtime::Result<Option<Val>> {
    let function = call.import.hash;
    let mut draw = call.world().draw(function, 0);
    let digits = draw.bytes(bytes);
    let digits: String = digits.iter().map(|byte| format!("{byte:02x}")).collect();
    of_context(call, Val::String(digits))
}

/// The worker never replays.
fn execution_state(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let level = Val::Variant("smart".to_owned(), None);
    let level = call
        .world()
        .outside
        .setting("oplog-persistence-level")
        .cloned()
        .unwrap_or(level);
    Ok(Some(Val::Record(vec![
        ("is-live".to_owned(), Val::Bool(true)),
        ("persistence-level".to_owned(), level),
    ])))
}

fn set_pollable(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let pollable = call.take::<Pollable>(1)?;
    call.object::<LazyPollable>(0)?.0 = Some(pollable);
    Ok(None)
}

fn subscribe(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let set = call.object::<LazyPollable>(0)?.0;
    call.give(set.unwrap_or(Pollable::at(u64::MAX))).map(Some)
}

/// What a retry policy is kept under, among the worker's settings.
fn key(name: &str) -> String {
    format!("{POLICY}{name}")
}

const POLICY: &str = "retry-policy of ";

fn policies(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let policies = call.world().outside.settings_of(POLICY).cloned().collect();
    Ok(Some(Val::List(policies)))
}

fn policy(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let key = key(call.string(0)?);
    let policy = call.world().outside.setting(&key).cloned();
    Ok(Some(policy.map_or(NONE, some)))
}

fn set_policy(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let policy = call.argument(0)?;
    let Val::Record(fields) = policy else {
        return Err(call.unsupported());
    };
    let Some((_, Val::String(name))) = fields.first().filter(|_| is_plain(policy)) else {
        return Err(call.unsupported());
    };
    let weight = describe::weight(std::slice::from_ref(policy));
    call.keep(usize::try_from(weight).unwrap_or(usize::MAX))?;
    call.world().outside.set(&key(name), policy.clone());
    Ok(None)
}

fn remove_policy(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let key = key(call.string(0)?);
    call.world().outside.unset(&key);
    Ok(None)
}

/// Nothing more, in a result from some version on.
fn the_end(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    Ok(Some(match call.import.result {
        Some(Type::Result(_)) => ok(NONE),
        _ => NONE,
    }))
}

fn refuse(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    for argument in call.arguments {
        release(call, argument)?;
    }
    let failure = Some(Box::new(text("connection refused")));
    Ok(Some(err(Val::Variant(
        "connection-failure".to_owned(),
        failure,
    ))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::HostStop;
    use crate::host::testing::{Host, stop};

    #[test]
    fn a_retry_policy_is_found_by_its_name_also_after_an_update_until_it_is_removed() {
        let mut old = Host::new();
        let policy = Val::Record(vec![("name".to_owned(), text("slow"))]);
        let set = "golem:api/retry.set-retry-policy";
        old.run(set, std::slice::from_ref(&policy)).unwrap();
        let mut new = Host::new();
        new.continue_from(&old);
        let all = new.call("golem:api/retry.get-retry-policies", &[]).unwrap();
        assert_eq!(all, Val::List(vec![policy.clone()]));
        let by_name = "golem:api/retry.get-retry-policy-by-name";
        assert_eq!(new.call(by_name, &[text("slow")]).unwrap(), some(policy));
        new.run("golem:api/retry.remove-retry-policy", &[text("slow")])
            .unwrap();
        assert_eq!(new.call(by_name, &[text("slow")]).unwrap(), NONE);
    }

    #[test]
    fn nobody_is_at_the_other_end_of_a_database_or_a_socket() {
        let mut host = Host::new();
        for open in [
            "golem:rdbms/postgres.db-connection.open",
            "golem:rdbms/mysql.db-connection.open",
            "golem:rdbms/ignite2.db-connection.open",
            "golem:websocket/client.websocket-connection.connect",
        ] {
            let refused = host.call(open, &[text("somewhere")]).unwrap();
            assert!(matches!(refused, Val::Result(Err(_))), "{open}");
            assert_eq!(host.newest_call().effect, Write);
        }
    }

    #[test]
    fn a_trace_has_one_identifier_in_a_moment() {
        let mut host = Host::new();
        let context = host.call("golem:api/context.current-context", &[]).unwrap();
        let mut id = || {
            let trace = "golem:api/context.invocation-context.trace-id";
            match host.call(trace, std::slice::from_ref(&context)).unwrap() {
                Val::String(id) => id,
                other => panic!("{other:?}"),
            }
        };
        let first = id();
        assert_eq!(first.len(), 32);
        assert_eq!(id(), first);
    }

    #[test]
    fn a_pollable_that_was_never_set_is_never_ready() {
        let mut host = Host::new();
        let of = "golem:durability/durability.lazy-initialized-pollable";
        let lazy = host.call(&format!("{of}.constructor"), &[]).unwrap();
        let subscribe = format!("{of}.subscribe");
        let never = host.call(&subscribe, std::slice::from_ref(&lazy)).unwrap();
        let block = "wasi:io/poll.pollable.block";
        assert!(matches!(
            stop(host.run(block, &[never])),
            HostStop::Blocked { .. }
        ));
        let duration = "wasi:clocks/monotonic-clock.subscribe-duration";
        let soon = host.call(duration, &[Val::U64(5)]).unwrap();
        host.run(&format!("{of}.set"), &[lazy.clone(), soon])
            .unwrap();
        let ready = host.call(&subscribe, &[lazy]).unwrap();
        host.run(block, &[ready]).unwrap();
    }
}
