//! Values of WIT types: every type has a strategy, every value a text that is read back as the same value, keys collide, and
//! boundaries appear.

mod exports;
mod strategies;
mod text;
mod types;

use std::collections::BTreeSet;

use handover::component::{Runtime, SnapshotNames};
use handover::host::WorldSettings;
use handover::host::limits::Limits;
use handover::value::{Val, WitType};
use handover::value::{strategy, wave};
use proptest::prelude::Strategy;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use wit_parser::{ManglingAndAbi, Resolve};

/// A component with the exports of the last world of the WIT text. Its functions are never called.
fn component(wit: &str) -> Vec<u8> {
    let mut resolve = Resolve::default();
    let package = resolve
        .push_str("test.wit", wit)
        .expect("the WIT is correct");
    let world = resolve
        .select_world(&[package], None)
        .expect("there is one world");
    let mut module = wit_component::dummy_module(&resolve, world, ManglingAndAbi::Standard32);
    wit_component::embed_component_metadata(
        &mut module,
        &resolve,
        world,
        wit_component::StringEncoding::UTF8,
    )
    .expect("the module takes the WIT");
    wit_component::ComponentEncoder::default()
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .expect("the module becomes a component")
}

fn runtime() -> Runtime {
    let settings = WorldSettings::default();
    Runtime::new(Limits::default(), settings, SnapshotNames::default()).expect("the engine starts")
}

fn runner() -> TestRunner {
    TestRunner::deterministic()
}

/// So many generated values of a type.
fn generated(ty: &WitType, count: usize) -> Vec<Val> {
    let values = strategy::values(ty).expect("the type has values");
    let mut runner = runner();
    (0..count)
        .map(|_| {
            let tree = values
                .new_tree(&mut runner)
                .expect("a value can be generated");
            tree.current()
        })
        .collect()
}

fn texts(ty: &WitType, count: usize) -> BTreeSet<String> {
    generated(ty, count).iter().map(wave).collect()
}
