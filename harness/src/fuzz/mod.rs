//! Coverage-guided fuzzing of load, which sees into the guest.
//!
//! ```text
//!   real snapshots ─► corpus ─► mutation ─► executor: fresh worker, load ─► anything new? ─► corpus
//!                        ▲          ▲                        │
//!                        │          └── comparisons          └► failed, or accepted: the component as it is
//!                        └──────────────────┘                          judges it ─► finding, minimised
//! ```

mod campaign;
mod checksum;
mod corpus;
mod dictionary;
mod executor;
mod finding;
mod folder;
mod guide;
mod lane;
#[cfg(feature = "libfuzzer")]
mod libfuzzer;
pub mod load_coverage;
mod minimise;
mod mutation;
mod options;
mod substitution;
mod target;

pub use campaign::campaign;
pub use dictionary::{dictionary, read_dictionary};
pub use executor::{Answer, Executor};
pub use finding::Found;
pub use folder::Folder;
pub(crate) use folder::list;
pub use guide::Guide;
pub use mutation::Fix;
pub use options::{Campaign, CampaignOptions, Status, Watch};
pub use substitution::Substitution;
pub use target::{Hostile, Load, SMALL, State, Target, Update, drive};
