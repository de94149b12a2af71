//! What a component imports and exports.

use std::{collections::BTreeSet, fs, path::Path};

use wit_parser::{
    IndexMap, Resolve, World, WorldId, WorldItem, WorldKey,
    decoding::{DecodedWasm, decode},
};

/// The interfaces that a component imports and exports.
pub fn interfaces(file: &Path) -> (BTreeSet<String>, BTreeSet<String>) {
    let bytes = fs::read(file).unwrap();
    let DecodedWasm::Component(resolve, world) = decode(&bytes).unwrap() else {
        panic!("{} is no component", file.display());
    };
    (
        names(&resolve, world, |world| &world.imports),
        names(&resolve, world, |world| &world.exports),
    )
}

fn names(
    resolve: &Resolve,
    world: WorldId,
    side: fn(&World) -> &IndexMap<WorldKey, WorldItem>,
) -> BTreeSet<String> {
    side(&resolve.worlds[world])
        .keys()
        .map(|key| resolve.name_world_key(key))
        .collect()
}

pub fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}
