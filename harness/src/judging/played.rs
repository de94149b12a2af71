//! A history as one worker lived it.

use crate::case::{Call, Case, Step};
use crate::worker::observation::Observation;

/// A history as one worker lived it: every argument is known, and where the updates fall.
#[derive(Debug, Clone)]
pub(crate) struct Played {
    pub(crate) calls: Vec<Call>,
    /// For each call, the number of its step in the case.
    pub(crate) places: Vec<usize>,
    /// One for each call. Only the last can be a failure: a worker that failed cannot be entered again.
    pub(crate) observations: Vec<Observation>,
    /// For each update, the number of operations before it. An update after a failure has no place here.
    pub(crate) updates: Vec<usize>,
    /// The same for each save whose bytes nobody loads.
    pub(crate) saves: Vec<usize>,
    /// Whether operations were left out, because what is observed would be too much.
    pub(crate) is_cut: bool,
}

impl Played {
    /// The history as a case that plays the same again, whatever the pool holds.
    pub(crate) fn case(&self, case: &Case) -> Case {
        let mut steps = Vec::with_capacity(self.calls.len() + self.updates.len());
        for at in 0..=self.calls.len() {
            let here = |places: &[usize]| places.iter().filter(|it| **it == at).count();
            steps.extend((0..here(&self.saves)).map(|_| Step::Save));
            steps.extend((0..here(&self.updates)).map(|_| Step::Update));
            steps.extend(self.calls.get(at).cloned().map(Step::Operation));
        }
        Case {
            seed: case.seed,
            pace: case.pace,
            input: case.input.clone(),
            founding: case.founding.clone(),
            steps,
        }
    }
}
