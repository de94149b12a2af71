//! `wasi:cli`: an environment, no arguments, standard streams that nobody is behind, no terminal, and exit.

use wasmtime::component::Val;

use super::call::{Call, NONE, text};
use super::interfaces::{Function, Interface, Others};
use super::io::{Input, Output};
use super::record::Effect::{Constant, Hint, Local};
use super::stop::HostStop;
use super::streams;
use super::world::World;

pub(super) const INTERFACES: &[Interface] = &[
    Interface {
        name: "wasi:cli/environment",
        functions: &[
            Function("get-environment", Constant, environment),
            Function("get-arguments", Constant, |_| {
                Ok(Some(Val::List(Vec::new())))
            }),
            Function("initial-cwd", Constant, |_| Ok(Some(NONE))),
            // The name in releases from 0.3 on.
            Function("get-initial-cwd", Constant, |_| Ok(Some(NONE))),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:cli/exit",
        functions: &[
            Function("exit", Local, exit),
            Function("exit-with-code", Local, exit_with_code),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:cli/stdin",
        functions: &[
            Function("get-stdin", Local, |call| {
                call.give(Input::default()).map(Some)
            }),
            Function("read-via-stream", Local, streams::stdin),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:cli/stdout",
        functions: &[
            Function("get-stdout", Hint, |call| {
                call.give(Output::Stdout).map(Some)
            }),
            Function("write-via-stream", Hint, streams::stdout),
        ],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:cli/stderr",
        functions: &[
            Function("get-stderr", Hint, |call| {
                call.give(Output::Stderr).map(Some)
            }),
            Function("write-via-stream", Hint, streams::stderr),
        ],
        others: Others::Unknown,
    },
    // No terminal is attached, so no guest gets a handle of one.
    Interface {
        name: "wasi:cli/terminal-input",
        functions: &[],
        others: Others::OutOfReach,
    },
    Interface {
        name: "wasi:cli/terminal-output",
        functions: &[],
        others: Others::OutOfReach,
    },
    Interface {
        name: "wasi:cli/terminal-stdin",
        functions: &[Function("get-terminal-stdin", Local, |_| Ok(Some(NONE)))],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:cli/terminal-stdout",
        functions: &[Function("get-terminal-stdout", Local, |_| Ok(Some(NONE)))],
        others: Others::Unknown,
    },
    Interface {
        name: "wasi:cli/terminal-stderr",
        functions: &[Function("get-terminal-stderr", Local, |_| Ok(Some(NONE)))],
        others: Others::Unknown,
    },
];

fn environment(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    Ok(Some(variables(call.world())))
}

/// The environment variables as a WIT value: the user's, then those that Golem sets for an agent, which nobody else can.
pub(super) fn variables(world: &World) -> Val {
    let own = &world.settings.environment;
    let Some(agent) = world.agent() else {
        return pairs(own);
    };
    let golem = agent.environment();
    let is_golems = |name: &String| golem.iter().any(|(known, _)| known == name);
    let users = own.iter().filter(|(name, _)| !is_golems(name)).cloned();
    let all = users.chain(
        golem
            .iter()
            .map(|(name, it)| ((*name).to_owned(), it.clone())),
    );
    pairs(&all.collect::<Vec<_>>())
}

/// Pairs of strings as a WIT value.
fn pairs(pairs: &[(String, String)]) -> Val {
    let pair = |(name, value): &(String, String)| Val::Tuple(vec![text(name), text(value)]);
    Val::List(pairs.iter().map(pair).collect())
}

fn exit(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let Val::Result(status) = call.argument(0)? else {
        return Err(call.unsupported());
    };
    let ok = status.is_ok();
    let code = u8::from(!ok);
    Err(HostStop::Exit { ok, code }.into())
}

fn exit_with_code(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let Val::U8(code) = *call.argument(0)? else {
        return Err(call.unsupported());
    };
    let ok = code == 0;
    Err(HostStop::Exit { ok, code }.into())
}
