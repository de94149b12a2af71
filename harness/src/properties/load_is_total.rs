//! `load-is-total`: load answers every byte string. It must not trap, hang, exhaust memory or stack, or exit.

use super::{INPUTS, Property, UNSUPPORTED, failed, needs_load};
use crate::case::{Case, CaseKind};
use crate::judging::trial::Trial;
use crate::judging::verdict::{Blame, Outcome};
use crate::versions::pair::Side;

pub(crate) const PROPERTY: Property = Property {
    id: "load-is-total",
    statement: "load answers every byte string with Ok or Err: no trap, no hang, no exhausted memory or stack, no exit",
    exercised: "mutated real snapshots of both versions, and arbitrary bytes",
    advisory: false,
    multiplier: INPUTS,
    kind: || CaseKind::Input { operations: false },
    unmet: needs_load,
    judge,
    whose_fault: |_, _| Blame::Load,
};

fn judge(trial: &Trial<'_>, case: &Case) -> Outcome {
    let Some(input) = &case.input else {
        return Outcome::Discard("the case has no bytes");
    };
    match trial.load(Side::New, input, trial.seed) {
        Ok(_) => Outcome::Pass,
        Err(failure) if failure.is_unsupported() => Outcome::Discard(UNSUPPORTED),
        Err(failure) => failed("load", &failure, case.clone()).fail(),
    }
}
