//! Shrinking a case: operations and events are dropped first, in ever smaller groups, then arguments and bytes become simpler, then
//! operations are dropped once more. What remains fails still, and no single operation can be taken away from it. Arguments
//! that follow earlier values change with what is dropped; [`CaseTree::held`] drops what can go only if they do not.

use proptest::strategy::ValueTree;

use super::document::{Document, recognise};
use super::step::{Arguments, Held, StepTree};
use super::{Case, Graft, Step};
use crate::host::Pace;
use crate::worker::snapshot::Snapshot;

/// A case with all that is needed to make it simpler.
pub struct CaseTree {
    seed: u64,
    pace: Pace,
    input: Option<Snapshot>,
    founding: Option<Arguments>,
    steps: Vec<StepTree>,
    phase: Phase,
    last: Option<Change>,
    /// Whether a simplification was kept since operations were dropped last.
    simplified: bool,
    /// Whether the pass over single steps dropped one, which may free others.
    dropped: bool,
    /// Whether nothing but dropping operations is tried.
    held: bool,
}

/// Nobody reads a longer input byte by byte: it is only cut to its size.
const READABLE: usize = 1_024;
/// The smallest part of such an input that is cut out.
const COARSEST: usize = 64;

/// What is tried next.
#[derive(Debug, Clone, Copy)]
enum Phase {
    /// Drop `size` steps that end before `end`.
    Drop {
        size: usize,
        end: usize,
    },
    /// Give step `at` its own arguments instead of earlier values.
    Ungraft {
        at: usize,
    },
    /// Simplify the arguments of step `at`.
    Simplify {
        at: usize,
    },
    /// Simplify the arguments that an agent is made with.
    Founding,
    /// Let operations follow each other at a simpler pace, the one with this number.
    Pace {
        number: usize,
    },
    /// Take the last of so many nodes out of the input, as far as its format is known.
    Remove {
        nodes: usize,
    },
    /// Make the last of so many nodes as simple as it gets.
    Flatten {
        nodes: usize,
    },
    /// Cut `size` bytes that end before `end` out of the input.
    Cut {
        size: usize,
        end: usize,
    },
    /// Make the byte at `at` zero.
    Zero {
        at: usize,
    },
    Done,
}

/// What was tried last, and how to undo it.
enum Change {
    Dropped { at: usize, steps: Vec<StepTree> },
    Ungrafted { at: usize, grafts: Vec<Vec<Graft>> },
    Simplified { at: usize },
    Founded,
    Paced { pace: Pace },
    Input { bytes: Vec<u8> },
}

/// Of a history that needs more steps than this, each of them costs, and what they are given is mostly distinct for a reason.
const CROWDED: usize = 64;

impl CaseTree {
    pub(super) fn new(
        (seed, pace): (u64, Pace),
        input: Option<Snapshot>,
        founding: Option<Arguments>,
        steps: Vec<StepTree>,
    ) -> Self {
        let phase = Phase::Drop {
            size: steps.len(),
            end: steps.len(),
        };
        Self {
            seed,
            pace,
            input,
            founding,
            steps,
            phase,
            last: None,
            simplified: false,
            dropped: false,
            held: false,
        }
    }

    /// The same case with every argument as it is, of which only operations can be dropped.
    pub(crate) fn held(case: &Case) -> Self {
        let steps = case.steps.iter().map(|step| match step {
            Step::Operation(call) => StepTree::Operation {
                operation: call.operation,
                arguments: Box::new(Held(call.arguments.clone())),
                grafts: call.grafts.clone(),
            },
            event => StepTree::Event(event.clone()),
        });
        let founding = case
            .founding
            .clone()
            .map(|it| Box::new(Held(it)) as Arguments);
        Self {
            held: true,
            ..Self::new(
                (case.seed, case.pace),
                case.input.clone(),
                founding,
                steps.collect(),
            )
        }
    }

    fn undo(&mut self) {
        match self.last.take() {
            Some(Change::Dropped { at, steps }) => {
                self.steps.splice(at..at, steps);
            }
            Some(Change::Ungrafted { at, grafts: old }) => {
                if let Some(StepTree::Operation { grafts, .. }) = self.steps.get_mut(at) {
                    *grafts = old;
                }
            }
            Some(Change::Input { bytes }) => {
                if let Some(input) = &mut self.input {
                    input.bytes = bytes;
                }
            }
            Some(Change::Paced { pace }) => self.pace = pace,
            Some(Change::Simplified { .. } | Change::Founded) | None => {}
        }
    }

    /// Makes the next change that makes a difference; false once there is none.
    fn advance(&mut self) -> bool {
        loop {
            let changed = match self.phase {
                Phase::Drop { size, end } => self.drop_steps(size, end),
                Phase::Ungraft { at } => self.ungraft(at),
                Phase::Simplify { at } => self.simplify_arguments(at),
                Phase::Founding => self.simplify_founding(),
                Phase::Pace { number } => self.simplify_pace(number),
                Phase::Remove { nodes } => self.remove(nodes),
                Phase::Flatten { nodes } => self.flatten(nodes),
                Phase::Cut { size, end } => self.cut(size, end),
                Phase::Zero { at } => self.zero(at),
                Phase::Done => return false,
            };
            if changed {
                return true;
            }
        }
    }

    fn drop_steps(&mut self, size: usize, end: usize) -> bool {
        if size == 0 {
            self.phase = match self.held {
                true => Phase::Done,
                false => Phase::Ungraft { at: 0 },
            };
            return false;
        }
        let end = end.min(self.steps.len());
        if end < size {
            let again = size == 1 && std::mem::take(&mut self.dropped);
            let size = if again { 1 } else { size / 2 };
            self.phase = Phase::Drop {
                size,
                end: self.steps.len(),
            };
            return false;
        }
        let at = end - size;
        self.phase = Phase::Drop { size, end: at };
        let steps = self.steps.drain(at..end).collect();
        self.last = Some(Change::Dropped { at, steps });
        true
    }

    fn ungraft(&mut self, at: usize) -> bool {
        self.phase = Phase::Ungraft { at: at + 1 };
        match self.steps.get_mut(at) {
            Some(StepTree::Operation { grafts, .. }) if grafts.iter().any(|it| !it.is_empty()) => {
                let grafts = std::mem::take(grafts);
                self.last = Some(Change::Ungrafted { at, grafts });
                true
            }
            Some(_) => false,
            None => {
                self.phase = Phase::Simplify { at: 0 };
                false
            }
        }
    }

    fn simplify_arguments(&mut self, at: usize) -> bool {
        let is_crowded = self.steps.len() > CROWDED;
        let Some(step) = self.steps.get_mut(at).filter(|_| !is_crowded) else {
            self.phase = Phase::Founding;
            return false;
        };
        if let StepTree::Operation { arguments, .. } = step
            && arguments.simplify()
        {
            self.last = Some(Change::Simplified { at });
            return true;
        }
        self.phase = Phase::Simplify { at: at + 1 };
        false
    }

    fn simplify_founding(&mut self) -> bool {
        if let Some(founding) = &mut self.founding
            && founding.simplify()
        {
            self.last = Some(Change::Founded);
            return true;
        }
        self.phase = Phase::Pace { number: 0 };
        false
    }

    fn simplify_pace(&mut self, number: usize) -> bool {
        let Some(simpler) = self.pace.simpler().nth(number) else {
            self.phase = Phase::Remove {
                nodes: self.document().map_or(0, |document| document.nodes()),
            };
            return false;
        };
        self.phase = Phase::Pace { number: number + 1 };
        let pace = std::mem::replace(&mut self.pace, simpler);
        self.last = Some(Change::Paced { pace });
        true
    }

    /// What the input says, where its format is known and somebody would read it.
    fn document(&self) -> Option<Document> {
        let input = self.input.as_ref()?;
        (input.bytes.len() <= READABLE).then(|| recognise(input))?
    }

    fn remove(&mut self, nodes: usize) -> bool {
        let document = self.document();
        let (Some(document), Some(number)) = (document, nodes.checked_sub(1)) else {
            self.phase = Phase::Flatten {
                nodes: self.document().map_or(0, |document| document.nodes()),
            };
            return false;
        };
        self.phase = Phase::Remove { nodes: number };
        self.put(document.without(number))
    }

    fn flatten(&mut self, nodes: usize) -> bool {
        let document = self.document();
        let (Some(document), Some(number)) = (document, nodes.checked_sub(1)) else {
            let length = self.input.as_ref().map_or(0, |input| input.bytes.len());
            self.phase = Phase::Cut {
                size: length,
                end: length,
            };
            return false;
        };
        self.phase = Phase::Flatten { nodes: number };
        self.put(document.with_simplest(number))
    }

    /// Makes the input these bytes, if there are any.
    fn put(&mut self, bytes: Option<Vec<u8>>) -> bool {
        let (Some(bytes), Some(input)) = (bytes, &mut self.input) else {
            return false;
        };
        let bytes = std::mem::replace(&mut input.bytes, bytes);
        self.last = Some(Change::Input { bytes });
        true
    }

    fn cut(&mut self, size: usize, end: usize) -> bool {
        let Some(input) = &mut self.input else {
            return self.finish();
        };
        let length = input.bytes.len();
        if length > READABLE && size < length / COARSEST {
            return self.finish();
        }
        if size == 0 {
            self.phase = Phase::Zero { at: 0 };
            return false;
        }
        let end = end.min(length);
        if end < size {
            self.phase = Phase::Cut {
                size: size / 2,
                end: input.bytes.len(),
            };
            return false;
        }
        self.phase = Phase::Cut {
            size,
            end: end - size,
        };
        let bytes = input.bytes.clone();
        input.bytes.drain(end - size..end);
        self.last = Some(Change::Input { bytes });
        true
    }

    fn zero(&mut self, at: usize) -> bool {
        let Some(input) = &mut self.input else {
            return self.finish();
        };
        self.phase = Phase::Zero { at: at + 1 };
        match input.bytes.get(at) {
            Some(0) => false,
            Some(_) => {
                let bytes = input.bytes.clone();
                input.bytes[at] = 0;
                self.last = Some(Change::Input { bytes });
                true
            }
            None => self.finish(),
        }
    }

    /// Simpler arguments may let more operations go.
    fn finish(&mut self) -> bool {
        self.phase = if std::mem::take(&mut self.simplified) {
            Phase::Drop {
                size: self.steps.len().min(2),
                end: self.steps.len(),
            }
        } else {
            Phase::Done
        };
        false
    }
}

impl ValueTree for CaseTree {
    type Value = Case;

    fn current(&self) -> Case {
        Case {
            seed: self.seed,
            pace: self.pace,
            input: self.input.clone(),
            founding: self.founding.as_ref().map(|it| it.current()),
            steps: self.steps.iter().map(StepTree::current).collect(),
        }
    }

    /// The case fails still: the last change stays, and the next is made.
    fn simplify(&mut self) -> bool {
        if let Some(change) = self.last.take() {
            match change {
                Change::Dropped { steps, .. } => self.dropped |= steps.len() == 1,
                _ => self.simplified = true,
            }
        }
        self.advance()
    }

    /// The case fails no more: the last change is undone, and another is made.
    fn complicate(&mut self) -> bool {
        if let Some(Change::Simplified { at }) = self.last
            && let Some(StepTree::Operation { arguments, .. }) = self.steps.get_mut(at)
            && arguments.complicate()
        {
            return true;
        }
        if let Some(Change::Founded) = self.last
            && let Some(founding) = &mut self.founding
            && founding.complicate()
        {
            return true;
        }
        self.undo();
        self.advance()
    }
}
