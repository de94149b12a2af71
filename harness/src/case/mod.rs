//! A case: one generated history. Operations, events among them, and where a property starts from bytes, the snapshot
//! that is loaded first.

mod ancestry;
mod calls;
pub mod document;
mod generate;
mod histories;
mod input;
mod looks;
pub(crate) mod mutate;
mod offspring;
mod phase;
mod plan;
mod scale;
mod sources;
mod step;
mod structured;
mod swarm;
pub mod text;
mod tour;
mod tree;
mod trial;
mod weighted;

use crate::host::Pace;
use crate::value::{Val, is_finite};
use crate::worker::snapshot::Snapshot;

pub use crate::value::pool::Graft;
pub(crate) use ancestry::Ancestry;
pub(crate) use generate::{CaseKind, Generator, runner};
pub use histories::{Histories, MAX_OPERATIONS, MAX_UPDATES, histories};
pub(crate) use sources::{Lessons, Sources};
pub(crate) use structured::structured;
pub use tree::CaseTree;
pub(crate) use trial::Trial;

/// One case.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Determines what the world answers.
    pub seed: u64,
    /// How much time passes between its operations.
    pub pace: Pace,
    /// What the new version loads before the first step, where the case does not start with the old version.
    pub input: Option<Snapshot>,
    /// Of an agent, the arguments that it is made with; none of an ordinary worker.
    pub founding: Option<Vec<Val>>,
    /// The history.
    pub steps: Vec<Step>,
}

/// One step of a history.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// An operation.
    Operation(Call),
    /// An update to the next version; of the last version, to itself. What it does to which worker is the property's affair.
    Update,
    /// An update to the last version of a chain, whichever versions are between.
    DirectUpdate,
    /// A crash with recovery: a fresh instance loads the same snapshot again, and the operations since are replayed.
    Crash,
    /// A save whose bytes nobody loads, as most periodic snapshots are: the twin does not make it.
    Save,
    /// A save whose bytes a later recovery loads, in place of those before it.
    Snapshot,
    /// An update that fails after save, and the way back: a fresh instance of the version that saved, as after a crash.
    FailedUpdate,
}

impl Step {
    /// Whether the worker is to run another version after it.
    pub fn is_update(&self) -> bool {
        matches!(self, Self::Update | Self::DirectUpdate)
    }

    /// Whether it is no operation.
    pub(crate) fn is_event(&self) -> bool {
        !matches!(self, Self::Operation(_))
    }
}

/// A call of one operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Number of the operation in its [`crate::Chain`].
    pub operation: usize,
    /// The arguments, as generated.
    pub arguments: Vec<Val>,
    /// For each argument, the places that take an earlier value instead; none once the call has been made.
    pub grafts: Vec<Vec<Graft>>,
}

impl Call {
    /// A call with just these arguments.
    pub fn new(operation: usize, arguments: Vec<Val>) -> Self {
        Self {
            operation,
            arguments,
            grafts: Vec::new(),
        }
    }
}

impl Case {
    /// Whether every floating-point number that is given to its calls is finite.
    pub(crate) fn is_finite(&self) -> bool {
        let given = self.steps.iter().flat_map(|step| match step {
            Step::Operation(call) => call.arguments.as_slice(),
            _ => &[],
        });
        let founding = self.founding.iter().flatten();
        given.chain(founding).all(is_finite)
    }

    /// A case of the same seed, with these calls alone.
    pub(crate) fn of_calls(&self, calls: &[Call]) -> Self {
        Self {
            seed: self.seed,
            pace: self.pace,
            input: None,
            founding: self.founding.clone(),
            steps: calls.iter().cloned().map(Step::Operation).collect(),
        }
    }

    /// The number of operations.
    pub fn operations(&self) -> usize {
        self.steps
            .iter()
            .filter(|step| matches!(step, Step::Operation(_)))
            .count()
    }
}
