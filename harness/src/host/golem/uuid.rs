//! The functions of `golem:core/types`, and of `golem:rpc/types` before: UUIDs as text.

use wasmtime::component::Val;

use crate::host::agent::Uuid;
use crate::host::call::{Call, err, ok, text};
use crate::host::interfaces::{Function, Interface, Others};
use crate::host::record::Effect::Constant;

const FUNCTIONS: &[Function] = &[
    Function("parse-uuid", Constant, parse),
    Function("uuid-to-string", Constant, to_string),
];

pub(super) const INTERFACES: &[Interface] = &[
    Interface {
        name: "golem:core/types",
        functions: FUNCTIONS,
        others: Others::Unknown,
    },
    Interface {
        name: "golem:rpc/types",
        functions: FUNCTIONS,
        others: Others::Unknown,
    },
];

fn parse(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let parsed = Uuid::parse(call.string(0)?);
    let refused = || err(text("this is no UUID"));
    Ok(Some(parsed.map_or_else(refused, |uuid| ok(uuid.value()))))
}

fn to_string(call: &mut Call<'_>) -> wasmtime::Result<Option<Val>> {
    let uuid = Uuid::of(call.argument(0)?).ok_or_else(|| call.unsupported())?;
    Ok(Some(Val::String(uuid.to_string())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::testing::Host;

    #[test]
    fn text_becomes_a_uuid_and_text_again() {
        let mut host = Host::new();
        let written = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        let uuid = host.ok("golem:core/types.parse-uuid", &[text(written)]);
        let again = host.call("golem:core/types.uuid-to-string", &[uuid]);
        assert_eq!(again.unwrap(), text(written));
        let refused = host.call("golem:core/types.parse-uuid", &[text("ann")]);
        assert!(matches!(refused.unwrap(), Val::Result(Err(Some(_)))));
    }
}
