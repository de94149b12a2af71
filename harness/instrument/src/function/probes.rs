//! Records what a function does: counts its edges or blocks, or logs what it compares.

use std::ops::Range;

use wasmparser::Operator;

use super::Writer;
use super::flow::{Boundary, Flow};
use crate::Probes;
use crate::layout::BLOCK_COUNTER;
use crate::map::{Comparator, Site, SiteKind};
use crate::runtime::text::wat;

impl Writer<'_> {
    /// Puts the probes beside an instruction, which stands at this place in the file.
    pub(super) fn probe(
        &mut self,
        operator: &Operator<'_>,
        probes: Probes,
        flow: &mut Flow,
        place: Range<usize>,
    ) {
        match probes {
            Probes::None => {}
            Probes::Edges => {
                let (before, behind) = decision(operator);
                if let Some(outcomes) = before {
                    self.copy_to(place.start);
                    self.decide(place.start, outcomes);
                }
                if behind {
                    self.copy_to(place.end);
                    self.count(place.end, SiteKind::Outcome);
                }
            }
            Probes::Comparisons => {
                if let Some(compared) = comparison(operator) {
                    self.copy_to(place.start);
                    self.compare(place.start, compared);
                }
            }
            Probes::Blocks => match flow.step(operator) {
                Boundary::Inside => {}
                Boundary::Begins => {
                    self.copy_to(place.end);
                    self.begin_block(place.end);
                }
                Boundary::Ends => self.end_block(place.end),
            },
        }
    }

    /// The number of a new site.
    fn site(&mut self, offset: usize, kind: SiteKind) -> u64 {
        let number = self.sites.len() as u64;
        self.sites.push(Site {
            function: self.surroundings.function,
            offset: offset as u64,
            kind,
        });
        number
    }

    /// Counts up a counter.
    pub(super) fn count(&mut self, offset: usize, kind: SiteKind) {
        let site = self.site(offset, kind);
        let counters = self.surroundings.layout.sites();
        if let SiteKind::Block { .. } = kind {
            let counter = self.in_record(counters + site * BLOCK_COUNTER);
            let mut code = self.code();
            wat!(code;
                (i32.store counter
                    (i32.const 0)
                    (i32.add (i32.load counter (i32.const 0)) (i32.const 1)))
            );
        } else {
            let counter = self.in_record(counters + site);
            let mut code = self.code();
            wat!(code;
                (i32.store8 counter
                    (i32.const 0)
                    (i32.add (i32.load8_u counter (i32.const 0)) (i32.const 1)))
            );
        }
    }

    /// Counts up the counter of the outcome that the number on top of the stack chooses, and leaves the number there. The
    /// outcomes of a condition are: it holds, it does not.
    fn decide(&mut self, offset: usize, outcomes: u32) {
        let site = self.site(offset, SiteKind::Outcome);
        for _ in 1..outcomes {
            self.site(offset, SiteKind::Outcome);
        }
        let counter = self.in_record(self.surroundings.layout.sites() + site);
        let (number, outcome) = (self.first_scratch, self.first_scratch + 1);
        let mut code = self.code();
        if outcomes == 2 {
            wat!(code; (local.tee outcome (i32.eqz (local.tee number))));
        } else {
            // `br_table` takes its last target for every number that is too large.
            let last = outcomes.saturating_sub(1).cast_signed();
            wat!(code;
                (local.tee outcome
                    (select
                        (local.tee number)
                        (i32.const last)
                        (i32.lt_u (local.get number) (i32.const last))))
            );
        }
        wat!(code;
            (i32.store8 counter
                (i32.add (i32.load8_u counter (local.get outcome)) (i32.const 1)))
            (local.get number)
        );
    }

    pub(super) fn begin_block(&mut self, offset: usize) {
        self.end_block(offset);
        self.block = Some(self.sites.len());
        let end = offset as u64;
        self.count(offset, SiteKind::Block { end });
    }

    fn end_block(&mut self, offset: usize) {
        let block = self.block.take();
        if let Some(site) = block.and_then(|block| self.sites.get_mut(block)) {
            site.kind = SiteKind::Block { end: offset as u64 };
        }
    }

    /// Records the two operands on top of the stack, or the index there and the number of targets, and leaves them there.
    fn compare(&mut self, offset: usize, compared: Compared) {
        let Compared {
            width, comparator, ..
        } = compared;
        let site = self.site(offset, SiteKind::Comparison { width, comparator });
        let site = (site as u32).cast_signed();
        let (log, first) = (self.surroundings.log, self.first_scratch);
        let mut code = self.code();
        if comparator == Comparator::Switch {
            let targets = i64::from(compared.targets);
            wat!(code;
                (local.tee first)
                (call log
                    (i32.const site)
                    (i64.extend_i32_s (local.get first))
                    (i64.const targets))
            );
            return;
        }
        let (left, right) = match width {
            4 => (first, first + 1),
            _ => (first + 3, first + 4),
        };
        wat!(code; (local.set right) (local.set left));
        match width {
            4 => {
                wat!(code;
                    (call log
                        (i32.const site)
                        (i64.extend_i32_s (local.get left))
                        (i64.extend_i32_s (local.get right)))
                );
            }
            _ => {
                wat!(code; (call log (i32.const site) (local.get left) (local.get right)));
            }
        }
        wat!(code; (local.get left) (local.get right));
    }
}

/// How many outcomes a decision has that is made by the number on top of the stack; and whether what follows it is one
/// outcome of a decision that is made otherwise.
fn decision(operator: &Operator<'_>) -> (Option<u32>, bool) {
    match operator {
        Operator::If { .. } | Operator::BrIf { .. } => (Some(2), false),
        Operator::BrTable { targets } => (Some(targets.len().saturating_add(1)), false),
        Operator::BrOnNull { .. }
        | Operator::BrOnNonNull { .. }
        | Operator::BrOnCast { .. }
        | Operator::BrOnCastFail { .. } => (None, true),
        _ => (None, false),
    }
}

/// What an instruction compares.
struct Compared {
    /// Bytes of each operand.
    width: u8,
    comparator: Comparator,
    /// How many targets a `br_table` has, beside the default.
    targets: u32,
}

fn comparison(operator: &Operator<'_>) -> Option<Compared> {
    use Comparator::{Difference, Equality, Order, Switch};
    let (width, comparator, targets) = match operator {
        Operator::I32Eq | Operator::I32Ne => (4, Equality, 0),
        Operator::I64Eq | Operator::I64Ne => (8, Equality, 0),
        Operator::I32LtS
        | Operator::I32LtU
        | Operator::I32GtS
        | Operator::I32GtU
        | Operator::I32LeS
        | Operator::I32LeU
        | Operator::I32GeS
        | Operator::I32GeU => (4, Order, 0),
        Operator::I64LtS
        | Operator::I64LtU
        | Operator::I64GtS
        | Operator::I64GtU
        | Operator::I64LeS
        | Operator::I64LeU
        | Operator::I64GeS
        | Operator::I64GeU => (8, Order, 0),
        // What compilers make of `a == b` for arrays: both halves are xor-ed and the results or-ed.
        Operator::I32Xor => (4, Difference, 0),
        Operator::I64Xor => (8, Difference, 0),
        Operator::BrTable { targets } => (4, Switch, targets.len()),
        _ => return None,
    };
    Some(Compared {
        width,
        comparator,
        targets,
    })
}
