//! The shortest history: a failing case is made simpler as long as it fails with the same signature.

use proptest::strategy::ValueTree;

use crate::case::{Case, CaseTree};
use crate::judging::Workers;
use crate::judging::verdict::{Finding, Outcome};
use crate::properties::{Effort, Property};
use crate::versions::hop::Hop;
use crate::worker::meter::Strain;

/// How many cases a failure is shrunk with at most.
const MAX_SHRINKS: usize = 3_000;
/// How many calls may use up their fuel while one failure is shrunk.
const SHRINK_HANGS: usize = 24;
/// Fuel for shrinking one failure: a slow guest is not asked for long.
const SHRINK_FUEL: u64 = 20_000_000_000;

/// The finding of the simplest case with the same signature.
pub(crate) fn shrink(
    property: &Property,
    hop: Hop<'_>,
    tree: CaseTree,
    is_same: impl Fn(&Finding) -> bool,
) -> Option<Finding> {
    let (mut fuel, mut strain) = (0u64, Strain::default());
    let mut fails = |case: &Case| {
        let (outcome, tally) = property.judge_with(Workers::New, hop, case);
        fuel = fuel.saturating_add(tally.fuel);
        strain.add(tally.strain);
        let spent = fuel > SHRINK_FUEL || strain.hangs() > SHRINK_HANGS;
        match outcome {
            Outcome::Fail(finding) if is_same(&finding) => (Some(*finding), spent),
            _ => (None, spent),
        }
    };
    if matches!(property.effort, Effort::OneFor(_)) {
        // It has been reduced to what shows it, and each try takes long.
        let (found, _) = fails(&tree.current());
        let found = found?;
        return Some(descend(CaseTree::held(&found.case), &mut fails).unwrap_or(found));
    }
    let simplest = descend(tree, &mut fails)?;
    if simplest.case.operations() < 2 {
        return Some(simplest);
    }
    let held = CaseTree::held(&simplest.case);
    Some(descend(held, &mut fails).unwrap_or(simplest))
}

/// Goes from a failing case to ever simpler ones; `fails` says how a case fails, and whether that was enough.
fn descend(
    mut tree: CaseTree,
    fails: &mut impl FnMut(&Case) -> (Option<Finding>, bool),
) -> Option<Finding> {
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
