//! The numbers that a component compares others with, as they stand in its code. Where a limit is, a component is on both sides of it
//! only if somebody draws numbers near it.

use wasmparser::{Operator, Parser, Payload};

/// A component with a language runtime has thousands, of which hardly any is its author's.
const MOST: usize = 1_024;

/// A number that something is compared with.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) enum Constant {
    Integer(i64),
    Float(f64),
}

/// The numbers that the code of a component compares others with, each once, in ascending order. None of what cannot be read, or has
/// more than a person writes.
pub(super) fn constants(bytes: &[u8]) -> Vec<Constant> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        let Ok(payload) = payload else {
            return Vec::new();
        };
        let Payload::CodeSectionEntry(body) = payload else {
            continue;
        };
        let Ok(operators) = body.get_operators_reader() else {
            return Vec::new();
        };
        let mut last = Last::default();
        for operator in operators {
            let Ok(operator) = operator else {
                return Vec::new();
            };
            last.step(&operator, &mut found);
        }
        // Sorting now and then keeps what is found of a large component small.
        if found.len() > 2 * MOST {
            distinct(&mut found);
            if found.len() > MOST {
                return Vec::new();
            }
        }
    }
    distinct(&mut found);
    found
}

fn distinct(found: &mut Vec<Constant>) {
    found.sort_by(|left, right| match (left, right) {
        (Constant::Float(left), Constant::Float(right)) => left.total_cmp(right),
        (left, right) => left.partial_cmp(right).unwrap_or(std::cmp::Ordering::Equal),
    });
    found.dedup();
}

/// What stands before an operator.
#[derive(Default)]
struct Last {
    /// The constant that is pushed last.
    constant: Option<Constant>,
    /// What was added to the other number before: compilers make of two comparisons, with both ends of a range, one.
    added: Option<i64>,
}

impl Last {
    fn step(&mut self, operator: &Operator<'_>, found: &mut Vec<Constant>) {
        let constant = match operator {
            Operator::I32Const { value } => Constant::Integer(i64::from(*value)),
            Operator::I64Const { value } => Constant::Integer(*value),
            Operator::F32Const { value } => {
                Constant::Float(f64::from(f32::from_bits(value.bits())))
            }
            Operator::F64Const { value } => Constant::Float(f64::from_bits(value.bits())),
            operator => {
                self.use_of(operator, found);
                return;
            }
        };
        self.constant = Some(constant);
    }

    fn use_of(&mut self, operator: &Operator<'_>, found: &mut Vec<Constant>) {
        let constant = self.constant.take();
        let added = self.added.take();
        match (operator, constant) {
            (Operator::I32Add | Operator::I64Add, Some(Constant::Integer(it))) => {
                self.added = Some(it);
            }
            (Operator::I32Sub | Operator::I64Sub, Some(Constant::Integer(it))) => {
                self.added = it.checked_neg();
            }
            (operator, Some(constant)) if is_comparison(operator) => {
                found.push(constant);
                if let (Some(added), Constant::Integer(length)) = (added, constant) {
                    let ends = [added.checked_neg(), length.checked_sub(added)];
                    found.extend(ends.into_iter().flatten().map(Constant::Integer));
                }
            }
            _ => {}
        }
    }
}

fn is_comparison(operator: &Operator<'_>) -> bool {
    use Operator::*;
    matches!(
        operator,
        I32Eq
            | I32Ne
            | I32LtS
            | I32LtU
            | I32GtS
            | I32GtU
            | I32LeS
            | I32LeU
            | I32GeS
            | I32GeU
            | I64Eq
            | I64Ne
            | I64LtS
            | I64LtU
            | I64GtS
            | I64GtU
            | I64LeS
            | I64LeU
            | I64GeS
            | I64GeU
            | F32Eq
            | F32Ne
            | F32Lt
            | F32Gt
            | F32Le
            | F32Ge
            | F64Eq
            | F64Ne
            | F64Lt
            | F64Gt
            | F64Le
            | F64Ge
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_numbers_are_compared_with_is_found_and_nothing_else() -> anyhow::Result<()> {
        let found = constants(&wat::parse_str(
            "(component (core module
                (func (param i32 i64 f64) (result i32)
                    (drop (i32.lt_u (local.get 0) (i32.const 48)))
                    (drop (i32.add (local.get 0) (i32.const 7)))
                    (drop (i64.gt_s (local.get 1) (i64.const -5)))
                    (drop (f64.ge (local.get 2) (f64.const 2.5)))
                    (i32.lt_u (i32.add (local.get 0) (i32.const 20000)) (i32.const 40001)))))",
        )?);
        let integers = [-20_000, -5, 48, 20_001, 40_001].map(Constant::Integer);
        let expected: Vec<Constant> = integers.into_iter().chain([Constant::Float(2.5)]).collect();
        assert_eq!(found, expected);
        Ok(())
    }

    #[test]
    fn of_what_is_no_wasm_and_of_what_has_too_many_there_are_none() -> anyhow::Result<()> {
        assert!(constants(b"\0asm").is_empty());
        let bodies = |count: usize| {
            let compared = (0..count)
                .map(|it| format!("(func (result i32) (i32.eq (i32.const 0) (i32.const {it})))"));
            wat::parse_str(format!("(module {})", compared.collect::<String>()))
        };
        assert_eq!(constants(&bodies(MOST)?).len(), MOST);
        assert!(constants(&bodies(3 * MOST)?).is_empty());
        Ok(())
    }
}
