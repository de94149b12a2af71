//! The shortest history: a failing case is made simpler as long as it fails with the same signature.

use std::collections::BTreeSet;

use proptest::strategy::ValueTree;

use crate::case::{Case, CaseTree};
use crate::pair::Pair;
use crate::properties::Property;
use crate::trial::Trial;
use crate::verdict::{Finding, Outcome};

/// How many cases a failure is shrunk with at most.
const MAX_SHRINKS: usize = 3_000;
/// Fuel for shrinking one failure: a guest that hangs is not asked for long.
const SHRINK_FUEL: u64 = 20_000_000_000;

/// What judging one case showed.
pub(crate) struct Judged {
    pub(crate) outcome: Outcome,
    pub(crate) covered: BTreeSet<usize>,
    pub(crate) notes: BTreeSet<String>,
    pub(crate) fuel: u64,
}

/// Judges one case, and keeps count.
pub(crate) fn judge(property: &Property, pair: &Pair, case: &Case) -> Judged {
    let trial = Trial::new(pair, case);
    let outcome = (property.judge)(&trial, case);
    let (covered, notes, fuel) = trial.into_tally();
    Judged {
        outcome,
        covered,
        notes,
        fuel,
    }
}

/// The finding of the simplest case with the same signature.
pub(crate) fn shrink(
    property: &Property,
    pair: &Pair,
    mut tree: CaseTree,
    signature: &str,
) -> Option<Finding> {
    let mut fuel = 0u64;
    let mut fails = |case: &Case| {
        let judged = judge(property, pair, case);
        fuel = fuel.saturating_add(judged.fuel);
        let spent = fuel > SHRINK_FUEL;
        match judged.outcome {
            Outcome::Fail(finding) if finding.signature == signature => (Some(*finding), spent),
            _ => (None, spent),
        }
    };
    let (mut simplest, _) = fails(&tree.current());
    let mut more = simplest.is_some() && tree.simplify();
    for _ in 0..MAX_SHRINKS {
        if !more {
            break;
        }
        let (finding, spent) = fails(&tree.current());
        if spent {
            break;
        }
        more = match finding {
            Some(finding) => {
                simplest = Some(finding);
                tree.simplify()
            }
            None => tree.complicate(),
        };
    }
    simplest
}
