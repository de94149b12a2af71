//! A small guest with DWARF, written as WAT.

use std::path::Path;

use anyhow::Result;

use super::{Reach, Watched};
use crate::component::{Runtime, SnapshotNames};
use crate::host::WorldSettings;
use crate::host::limits::Limits;

/// The path that the DWARF of a guest names.
pub(super) const PATH: &str = "/shop/guest.wat";

/// The text of a guest with a start function and some more items. `$load` is given the first byte of the input and answers
/// whether load accepts.
pub(super) fn text(start: &str, load: &str, items: &str) -> String {
    format!(
        r#"(component
(core module $guest
(memory (export "memory") 1)
(func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
(func $start {start})
(start $start)
{items}
(func $load (param $n i32) (result i32)
{load}
)
(func (export "load") (param i32 i32) (result i32)
(i32.store8 (i32.const 16) (i32.eqz (call $load (i32.load8_u (local.get 0)))))
(i32.const 16)))
(core instance $it (instantiate $guest))
(alias core export $it "memory" (core memory $memory))
(alias core export $it "realloc" (core func $realloc))
(func $load (param "snapshot" (list u8)) (result (result (error string)))
(canon lift (core func $it "load") (memory $memory) (realloc $realloc)))
(instance $exported (export "load" (func $load)))
(export "golem:api/load-snapshot@1.1.0" (instance $exported)))"#
    )
}

/// The guest of a text, with DWARF if it is wanted.
pub(super) fn bytes(text: &str, dwarf: bool) -> Vec<u8> {
    let mut parser = wat::Parser::new();
    if dwarf {
        parser.generate_dwarf(wat::GenerateDwarf::Full);
    }
    let parsed = parser.parse_str(Some(Path::new(PATH)), text);
    parsed.unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A runtime in which what hangs is found out soon.
pub(super) fn runtime() -> Result<Runtime> {
    let limits = Limits {
        fuel: 100_000,
        ..Limits::default()
    };
    Ok(Runtime::new(
        limits,
        WorldSettings::default(),
        SnapshotNames::default(),
    )?)
}

/// What these inputs reach of the guest of a text.
pub(super) fn reach(text: &str, inputs: &[&[u8]]) -> Result<Reach> {
    let watched = Watched::open(&runtime()?, "guest.wasm", &bytes(text, true))?;
    let inputs: Vec<Vec<u8>> = inputs.iter().map(|it| it.to_vec()).collect();
    Ok(watched.reach(&inputs)?)
}
