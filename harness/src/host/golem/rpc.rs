//! `golem:agent/host.wasm-rpc`: calls of other agents, which are answered at once.

use wasmtime::component::{Type, Val};

use super::agent::written;
use crate::host::agent::Uuid;
use crate::host::call::{Call, NONE, err, ok, some, text};
use crate::host::describe::{describe, shortened};
use crate::host::interfaces::{Function, Interface, Others};
use crate::host::io::Pollable;
use crate::host::record::Effect::{Local, Write};
use crate::host::rpc::RpcReply;
use crate::host::synthesize::release;

pub(super) const INTERFACES: &[Interface] = &[Interface {
    name: "golem:agent/host",
    functions: &[
        Function("wasm-rpc.constructor", Local, |call| remote(call).map(Some)),
        Function("wasm-rpc.create", Local, |call| {
            let remote = remote(call)?;
            Ok(Some(ok(remote)))
        }),
        Function("wasm-rpc.invoke-and-await", Write, invoke_and_await),
        Function("wasm-rpc.invoke", Write, invoke),
        Function("wasm-rpc.async-invoke-and-await", Write, invoke_later),
        Function("wasm-rpc.schedule-invocation", Write, schedule),
        Function(
            "wasm-rpc.schedule-cancelable-invocation",
            Write,
            schedule_cancelable,
        ),
        Function("future-invoke-result.subscribe", Local, |call| {
            call.object::<RemoteResult>(0)?;
            call.give(Pollable::ready()).map(Some)
        }),
        Function("future-invoke-result.get", Local, result),
        Function("future-invoke-result.cancel", Write, |call| {
            call.object::<RemoteResult>(0)?;
            Ok(None)
        }),
        Function("cancellation-token.cancel", Write, |call| {
            call.object::<Cancellation>(0)?;
            Ok(None)
        }),
    ],
    others: Others::Unknown,
}];

/// Another agent.
#[derive(Debug, Clone)]
pub(in crate::host) struct RemoteAgent {
    agent_type: String,
    id: String,
}

/// What a call of another agent came to: its result, if it has one, or a message.
#[derive(Debug, Clone)]
pub(in crate::host) struct RemoteResult(Result<Option<Val>, String>);

/// A call of another agent that is to be made at another time.
#[derive(Debug)]
pub(in crate::host) struct Cancellation;

/// The arguments are the agent's type, its constructor's parameters and its phantom's UUID; up to 1.4 its whole id.
fn remote(call: &mut Call<'_>) -> wasmtime::Result<Val> {
    for argument in call.arguments {
        release(call, argument)?;
    }
    let remote = match call.argument(0)? {
        Val::String(agent_type) => RemoteAgent {
            agent_type: agent_type.clone(),
            id: written(agent_type, call.argument(1)?, call.argument(2)?),
        },
        Val::Record(fields) => match fields.last() {
            Some((_, Val::String(id))) => RemoteAgent {
                agent_type: id.split('(').next().unwrap_or_default().to_owned(),
                id: id.clone(),
            },
            _ => return Err(call.unsupported()),
        },
        _ => return Err(call.unsupported()),
    };
    call.keep(remote.id.len())?;
    call.give(remote)
}

/// Makes a call of the method that the argument with this index names, the parameters behind it.
fn make_call(call: &mut Call<'_>, method: usize) -> wasmtime::Result<(RemoteAgent, RemoteResult)> {
    let remote = call.object::<RemoteAgent>(0)?.clone();
    let (name, input) = (call.string(method)?, call.argument(method + 1)?);
    let others = call.arguments.get(method + 1..).unwrap_or_default();
    for argument in others {
        release(call, argument)?;
    }
    call.amend(Write, || {
        shortened(format!(
            "{}.{name}({})",
            remote.id,
            describe(std::slice::from_ref(input))
        ))
    });
    let seed = call.draw().u64();
    let world = call.world();
    let mut answers = world.settings.rpc.iter();
    let answer = answers.find(|answer| answer.is_for(&remote.agent_type, name));
    let written = match answer.map(|answer| &answer.reply) {
        Some(RpcReply::Fails(message)) => {
            let failed = RemoteResult(Err(message.clone()));
            return Ok((remote, failed));
        }
        Some(RpcReply::Returns(written)) => Some(written.as_str()),
        None => None,
    };
    let methods = world
        .agent()
        .and_then(|agent| agent.remote_methods.as_ref());
    let result = match methods {
        Some(methods) => methods.result(&remote.agent_type, name, written, seed),
        None => Err(format!("nothing is known of {}.{name}", remote.agent_type)),
    };
    Ok((remote, RemoteResult(result)))
}

impl RemoteResult {
    /// A case of `rpc-error`.
    fn error(message: &str) -> Val {
        Val::Variant(
            "remote-internal-error".to_owned(),
            Some(Box::new(text(message))),
        )
    }
}

/// Who was called, and the call's key, as versions from 2.0 on tell it.
fn metadata(call: &Call<'_>, remote: &RemoteAgent) -> (String, Val) {
    let key = Uuid::draw(&mut call.draw()).to_string();
    let fields = [
        ("agent-id", text(&remote.id)),
        ("idempotency-key", Val::String(key)),
    ];
    let fields = fields.map(|(name, it)| (name.to_owned(), it));
    ("metadata".to_owned(), Val::Record(fields.into()))
}

/// What stands in a result that is `ok`.
fn ok_type(call: &Call<'_>) -> Option<Type> {
    match &call.import.result {
        Some(Type::Result(ty)) => ty.ok(),
        _ => None,
    }
}

/// The result itself up to 1.5, where a method without one answers an empty tuple.
fn data(value: Option<Val>) -> Val {
    value.unwrap_or_else(|| Val::Variant("tuple".to_owned(), Some(Box::new(Val::List(Vec::new())))))
}

fn option(value: Option<Val>) -> Val {
    value.map_or(NONE, some)
}

fn invoke_and_await(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (remote, RemoteResult(result)) = make_call(call, 1)?;
    let value = match result {
        Ok(value) => value,
        Err(message) => return Ok(Some(err(RemoteResult::error(&message)))),
    };
    Ok(Some(ok(match ok_type(call) {
        Some(Type::Record(_)) => Val::Record(vec![
            metadata(call, &remote),
            ("result".to_owned(), option(value)),
        ]),
        _ => data(value),
    })))
}

fn invoke(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    // Nobody waits for what it comes to.
    let (remote, _) = make_call(call, 1)?;
    let told = ok_type(call).map(|_| metadata(call, &remote).1);
    Ok(Some(ok(told)))
}

fn invoke_later(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (remote, result) = make_call(call, 1)?;
    let future = call.give(result)?;
    Ok(Some(match call.import.result {
        Some(Type::Record(_)) => {
            Val::Record(vec![metadata(call, &remote), ("future".to_owned(), future)])
        }
        _ => future,
    }))
}

fn schedule(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (remote, _) = make_call(call, 2)?;
    let receipt = || ok(Val::Record(vec![metadata(call, &remote)]));
    Ok(call.import.result.is_some().then(receipt))
}

fn schedule_cancelable(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let (remote, _) = make_call(call, 2)?;
    let token = call.give(Cancellation)?;
    Ok(Some(match call.import.result {
        Some(Type::Result(_)) => ok(Val::Record(vec![
            metadata(call, &remote),
            ("cancellation-token".to_owned(), token),
        ])),
        _ => token,
    }))
}

fn result(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let RemoteResult(result) = call.object::<RemoteResult>(0)?.clone();
    let is_asked_once = matches!(call.import.result, Some(Type::Result(_)));
    let answer = match result {
        Ok(value) if is_asked_once => ok(option(value)),
        Ok(value) => ok(data(value)),
        Err(message) => err(RemoteResult::error(&message)),
    };
    Ok(Some(match is_asked_once {
        true => answer,
        false => some(answer),
    }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::host::rpc::{RemoteMethods, RpcAnswer};
    use crate::host::testing::Host;
    use crate::host::{AgentIdentity, WorldSettings};

    const RPC: &str = "golem:agent/host.wasm-rpc";

    /// Knows `ShopAgent.price`, which returns text.
    #[derive(Debug)]
    struct Shop;

    impl RemoteMethods for Shop {
        fn result(
            &self,
            agent_type: &str,
            method: &str,
            written: Option<&str>,
            seed: u64,
        ) -> Result<Option<Val>, String> {
            match (agent_type, method) {
                ("ShopAgent", "price") => {
                    Ok(Some(text(written.map_or(&seed.to_string(), |it| it))))
                }
                ("ShopAgent", "close") => Ok(None),
                _ => Err("unknown".to_owned()),
            }
        }
    }

    fn host(rpc: Vec<RpcAnswer>) -> Host {
        let settings = WorldSettings {
            rpc,
            ..WorldSettings::default()
        };
        let identity = AgentIdentity {
            id: "CartAgent()".to_owned(),
            agent_type: "CartAgent".to_owned(),
            parsed: NONE,
            revision: 0,
            types: Arc::default(),
            remote_methods: Some(Arc::new(Shop)),
        };
        Host::of_agent_with(settings, identity)
    }

    fn call(host: &mut Host, agent_type: &str, method: &str) -> Val {
        let no_parameters = data(None);
        let no_config = Val::List(Vec::new());
        let to = [text(agent_type), no_parameters.clone(), NONE, no_config];
        let remote = host.call(&format!("{RPC}.constructor"), &to).unwrap();
        let arguments = [remote, text(method), no_parameters];
        host.call(&format!("{RPC}.invoke-and-await"), &arguments)
            .unwrap()
    }

    fn failed(message: &str) -> Val {
        err(RemoteResult::error(message))
    }

    #[test]
    fn a_call_is_answered_by_the_user_then_by_what_is_known_of_the_method_then_by_an_error() {
        let answer = |method: Option<&str>, reply| RpcAnswer {
            agent: Some("ShopAgent".to_owned()),
            method: method.map(str::to_owned),
            reply,
        };
        let mut host = host(vec![
            answer(Some("price"), RpcReply::Returns("7".to_owned())),
            answer(Some("burn"), RpcReply::Fails("on fire".to_owned())),
        ]);
        assert_eq!(call(&mut host, "ShopAgent", "price"), ok(text("7")));
        assert_eq!(call(&mut host, "ShopAgent", "burn"), failed("on fire"));
        assert_eq!(call(&mut host, "ShopAgent", "close"), ok(data(None)));
        assert_eq!(call(&mut host, "BankAgent", "price"), failed("unknown"));
        let call = host.newest_call();
        assert_eq!(call.effect, Write);
        assert!(call.arguments.as_deref().unwrap().starts_with("BankAgent("));
        assert!(call.arguments.as_deref().unwrap().contains(").price("));
    }

    #[test]
    fn what_is_made_up_is_the_same_for_twins_and_differs_from_call_to_call() {
        let (mut one, mut two) = (host(Vec::new()), host(Vec::new()));
        let first = call(&mut one, "ShopAgent", "price");
        assert_eq!(first, call(&mut two, "ShopAgent", "price"));
        assert_ne!(first, call(&mut one, "ShopAgent", "price"));
    }

    #[test]
    fn a_future_has_its_result_at_once() {
        let mut host = host(Vec::new());
        let to = [text("ShopAgent"), data(None), NONE, Val::List(Vec::new())];
        let remote = host.call(&format!("{RPC}.constructor"), &to).unwrap();
        let arguments = [remote, text("close"), data(None)];
        let future = host.call(&format!("{RPC}.async-invoke-and-await"), &arguments);
        let future = future.unwrap();
        let of = "golem:agent/host.future-invoke-result";
        let pollable = host.call(&format!("{of}.subscribe"), std::slice::from_ref(&future));
        host.run("wasi:io/poll.pollable.block", &[pollable.unwrap()])
            .unwrap();
        let got = host.call(&format!("{of}.get"), &[future]).unwrap();
        assert_eq!(got, some(ok(data(None))));
    }
}
