//! Does a component's hand-written snapshot hand its state over to the component's next version?
//!
//! The way of the data:
//!
//! ```text
//!            case (proptest)                              case (mutated real snapshots)
//!                  │                                              │
//!   operations · update · operations                              │
//!                  │                                              ▼
//!   old worker ─operations─► save ─► snapshot ───────► new worker: load ─► operations ─► observations ┐
//!        └─ twin (never updated) ───────────── the same operations ───────────────────► observations ┤
//!                                                                                                     ▼
//!                                                                 properties compare ─► verdict, blame
//!                                                                                                     ▼
//!                                                    console · JSON · failure file that `replay` reads
//! ```
//!
//! A [`component`] is opened and linked to the deterministic world of [`host`]; a [`worker`] runs it within its
//! [`limits`]; an [`update`] moves a worker to the next version. A [`Pair`] is two versions side by side, or a
//! chain of them. [`value`] makes values from WIT types, [`mod@case`] makes histories of them, and one file for each of the
//! [`properties`] judges a case; [`holds`] brings them into a `proptest!`. [`check()`] runs them all and shrinks what fails
//! to a [`verdict`];
//! [`report`] shows it, [`failure_file`] keeps it, [`replay()`] explains it, and [`regressions()`] sees that it does not
//! come back. [`self_test`] does all that with planted faults, and says which of them are caught. [`fuzz`] feeds load with
//! bytes, guided by the [`coverage`] of the component from inside; [`reach`] tells what of load that reached.

#![warn(missing_docs)]

mod blame;
pub mod case;
mod check;
pub mod component;
pub mod config;
pub mod coverage;
mod divergence;
pub mod failure_file;
pub mod fuzz;
pub mod holds;
pub mod host;
mod life;
pub mod limits;
pub mod observation;
mod options;
mod pair;
pub mod properties;
pub mod reach;
mod regressions;
mod replay;
pub mod report;
mod run;
pub mod self_test;
mod shrink;
mod snapshot;
mod survey;
mod trial;
pub mod update;
pub mod value;
pub mod verdict;
pub mod worker;

pub use case::{Case, histories};
pub use check::check;
pub use config::Config;
pub use options::{Options, Progress};
pub use pair::{Operation, Pair, Side};
pub use regressions::regressions;
pub use replay::{Replay, ReplayedStep, replay};
pub use snapshot::{OCTET_STREAM, Snapshot};
