//! The sample agents, which are built with Golem's SDKs: where they are, and what the faulty ones lose.
//!
//! They are files, not embedded: nine megabytes that no user of the sample components should carry, and they hold code
//! under Golem's own licence.

use std::path::PathBuf;

/// An agent type in two versions, of which the newer may be faulty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The folder of the SDK: the version of Golem that it is for.
    pub sdk: &'static str,
    /// The component of the old version.
    pub old: &'static str,
    /// The component of the new version.
    pub new: &'static str,
    /// One of the agent types that take part in updates.
    pub agent: &'static str,
    /// `None` if the pair is correct.
    pub loss: Option<&'static str>,
}

/// Golem 1.5: golem-rust 2.1.0.
pub const GOLEM_1_5: &str = "golem-1.5";
/// Golem 1.6: golem-rust 3.0.2.
pub const GOLEM_1_6: &str = "golem-1.6";

const NOTE: &str = "load forgets the customer's note";
const TITLE: &str =
    "the title has another name in the new version's JSON, and a default where it is missing";

const fn pair(
    sdk: &'static str,
    agent: &'static str,
    [old, new]: [&'static str; 2],
    loss: Option<&'static str>,
) -> Pair {
    Pair {
        sdk,
        old,
        new,
        agent,
        loss,
    }
}

/// Every pair.
pub const PAIRS: &[Pair] = &[
    pair(GOLEM_1_5, "CartAgent", ["cart-v1", "cart-v2"], None),
    pair(
        GOLEM_1_5,
        "CartAgent",
        ["cart-v1", "cart-v2-forgetful"],
        Some(NOTE),
    ),
    pair(
        GOLEM_1_5,
        "CartAgent",
        ["cart-v1", "cart-v2-principal"],
        Some("load takes every vote for one of the principal that created the agent"),
    ),
    pair(GOLEM_1_5, "WishesAgent", ["wishes-v1", "wishes-v2"], None),
    pair(
        GOLEM_1_5,
        "WishesAgent",
        ["wishes-v1", "wishes-v2-renamed"],
        Some(TITLE),
    ),
    pair(
        GOLEM_1_5,
        "JournalAgent",
        ["journal", "journal"],
        Some("the lines are in a file, which is not in the snapshot"),
    ),
    pair(GOLEM_1_6, "CartAgent", ["shop-v1", "shop-v2"], None),
    pair(
        GOLEM_1_6,
        "CartAgent",
        ["shop-v1", "shop-v2-forgetful"],
        Some(NOTE),
    ),
    pair(GOLEM_1_6, "CartAgent", ["shop-v1", "shop-v2-renamed"], None),
    pair(GOLEM_1_6, "WishesAgent", ["shop-v1", "shop-v2"], None),
    pair(
        GOLEM_1_6,
        "WishesAgent",
        ["shop-v1", "shop-v2-forgetful"],
        None,
    ),
    pair(
        GOLEM_1_6,
        "WishesAgent",
        ["shop-v1", "shop-v2-renamed"],
        Some(TITLE),
    ),
];

impl Pair {
    /// The files of the old and of the new version.
    pub fn files(&self) -> [PathBuf; 2] {
        [self.old, self.new].map(|name| file(self.sdk, name))
    }
}

/// Where the component `name` is that was built with `sdk`.
pub fn file(sdk: &str, name: &str) -> PathBuf {
    folder().join(sdk).join(name).with_extension("wasm")
}

/// Where the agents are, one folder for each SDK.
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/prebuilt/agents"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_agent_of_every_pair_is_a_component() {
        for pair in PAIRS {
            for file in pair.files() {
                let bytes = fs::read(&file).unwrap();
                assert_eq!(bytes[..8], *b"\0asm\x0d\0\x01\0", "{}", file.display());
            }
        }
    }

    #[test]
    fn every_agent_is_in_a_pair() {
        for sdk in [GOLEM_1_5, GOLEM_1_6] {
            for entry in fs::read_dir(folder().join(sdk)).unwrap() {
                let file = entry.unwrap().path();
                let found = PAIRS.iter().any(|pair| pair.files().contains(&file));
                assert!(found, "{}", file.display());
            }
        }
    }
}
