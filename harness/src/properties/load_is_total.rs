//! `load-is-total`: load answers every byte string. It must not trap, hang, exhaust memory or stack, or exit.

use super::{Effort, INPUTS, Property, Scope, UNSUPPORTED, failed, needs_load};
use crate::case::{Case, CaseKind};
use crate::judging::cause::Part;
use crate::judging::verdict::{Blame, Outcome};
use crate::judging::{Judging, Workers};

pub(crate) const PROPERTY: Property = Property {
    id: "load-is-total",
    statement: "load answers every byte string with Ok or Err: no trap, no hang, no exhausted memory or stack, no exit",
    exercised: "mutated real snapshots of both versions, and arbitrary bytes",
    advisory: false,
    scope: Scope::EachHop,
    effort: Effort::Times(INPUTS),
    workers: Workers::Reused,
    yields_to: &[],
    is_about_any_update: false,
    kind: || CaseKind::Input { operations: false },
    unmet: needs_load,
    judge,
    whose_fault: |_, _| Blame::Load,
};

fn judge(judging: &Judging<'_>, case: &Case) -> Outcome {
    let Some(input) = &case.input else {
        return Outcome::Discard("the case has no bytes");
    };
    match judging.load(judging.next(), input, judging.seed) {
        Ok(_) => Outcome::Pass,
        Err(failure) if failure.is_unsupported() => Outcome::Discard(UNSUPPORTED),
        Err(failure) => failed(Part::Load, "load", &failure, case.clone()).fail(),
    }
}
