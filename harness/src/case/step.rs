//! One step of a case that is made simpler.

use proptest::strategy::ValueTree;

use super::{Call, Graft, Step};
use crate::value::Val;

/// Arguments with all that is needed to make them simpler.
pub(super) type Arguments = Box<dyn ValueTree<Value = Vec<Val>>>;

pub(super) enum StepTree {
    Operation {
        operation: usize,
        arguments: Arguments,
        grafts: Vec<Vec<Graft>>,
    },
    /// Any step but an operation.
    Event(Step),
}

impl StepTree {
    /// The step as it is.
    pub(super) fn current(&self) -> Step {
        match self {
            Self::Event(event) => event.clone(),
            Self::Operation {
                operation,
                arguments,
                grafts,
            } => Step::Operation(Call {
                operation: *operation,
                arguments: arguments.current(),
                grafts: grafts.clone(),
            }),
        }
    }
}

/// Arguments that are as simple as they get.
pub(super) struct Held(pub(super) Vec<Val>);

impl ValueTree for Held {
    type Value = Vec<Val>;

    fn current(&self) -> Vec<Val> {
        self.0.clone()
    }

    fn simplify(&mut self) -> bool {
        false
    }

    fn complicate(&mut self) -> bool {
        false
    }
}
