//! Small services beside WASI's core: logging, which goes nowhere, and configuration, which is empty.

use wasmtime::component::Val;

use super::call::{Call, NONE, ok};
use super::interfaces::{Function, Interface, Others};
use super::record::Effect::{Hint, Read};

pub(super) const INTERFACES: &[Interface] = &[
    Interface {
        name: "wasi:logging/logging",
        functions: &[Function("log", Hint, log)],
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

fn log(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let level = match call.argument(0)? {
        Val::Enum(level) => level,
        _ => return Err(call.unsupported()),
    };
    let line = match (call.string(1)?, call.string(2)?) {
        ("", message) => format!("[{level}] {message}"),
        (context, message) => format!("[{level}] {context}: {message}"),
    };
    call.world().words.push_line(&line);
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::call::text;
    use super::super::testing::Host;
    use super::super::{Effect, Moment};
    use super::*;

    #[test]
    fn what_is_logged_is_among_the_last_words_of_the_moment() {
        let mut host = Host::new();
        let log = [
            Val::Enum("warn".to_owned()),
            text("cart"),
            text("it is full"),
        ];
        host.run("wasi:logging/logging.log", &log).unwrap();
        assert_eq!(host.newest_call().effect, Effect::Hint);
        assert_eq!(host.store.data().last_words(), ["[warn] cart: it is full"]);
        host.store.data_mut().enter(Moment::Operation(0));
        assert!(host.store.data().last_words().is_empty());
    }
}
