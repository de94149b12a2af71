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
//! Values of WIT types are made and compared in [`value`]. A [`component`] is opened and linked to the deterministic world of
//! [`host`]; a [`worker`] runs it within its limits, and an update moves it to the next version. [`versions`] stand side by
//! side, in pairs or chains. [`mod@case`] makes histories, [`judging`] plays one on its workers and compares what they
//! observe, and one file for each of the [`properties`] says what must hold. [`search`] runs them all and shrinks what fails;
//! [`fuzz`] feeds load with bytes, guided by what the component, rewritten by [`instrument`], records inside. [`report`] shows what came out,
//! keeps it in a failure file, and explains one again. [`testing`] is for tests of your own, and keeps
//! golden snapshots, which every later version must load, and plays histories of production.

#![warn(missing_docs)]

pub mod case;
pub mod component;
mod error;
mod files;
pub mod fuzz;
pub mod host;
pub mod judging;
pub mod properties;
pub mod report;
pub mod search;
pub mod testing;
pub mod value;
pub mod versions;
pub mod worker;

pub use case::{Case, histories};
pub use error::{Error, ErrorKind};
/// The rewriter, whose types [`component::Runtime::open_probed`] takes.
pub use handover_instrument as instrument;
pub use host::Pace;
pub use report::replay::{Handed, Replay, ReplayedStep, replay};
pub use search::check::check;
pub use search::options::{Mode, Options, Progress};
pub use testing::assertions;
pub use testing::golden::{self, golden};
pub use testing::oplog;
pub use testing::regressions::regressions;
pub use testing::update::{Check, Checked, assert_update};
pub use versions::chain::Chain;
pub use versions::config::Config;
pub use versions::hop::{Hop, HopId};
pub use versions::operation::Operation;
pub use worker::snapshot::{OCTET_STREAM, Snapshot};
