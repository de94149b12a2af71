//! Histories from a fuzzer's bytes. Which operation stands where is read byte by byte, so that a small change of the input is a
//! small change of the history; the arguments are made by the same strategies as everywhere, each from four bytes.
//!
//! proptest's own way, `RngAlgorithm::PassThrough`, would serve one generator to both engines, but does not work here: every
//! `prop_oneof!` gives half of the bytes that are left to the options that it does not take, and when none are left, a
//! number that is drawn until it falls into its range is drawn for ever.

use arbitrary::{Result, Unstructured};
use proptest::strategy::{Strategy, ValueTree};

use super::{Call, Case, Graft, MAX_OPERATIONS, Step, runner};
use crate::host::Pace;
use crate::value::pool::places;
use crate::versions::hop::Hop;

/// A place takes an earlier value, one of so many of the newest, in so many of 16 cases.
const NEWEST: u8 = 8;
const REUSED: u8 = 6;

/// The history that the bytes stand for: with one update, and any bytes stand for one.
pub(crate) fn structured(hop: Hop<'_>, bytes: &[u8]) -> Result<Case> {
    let mut choices = Unstructured::new(bytes);
    let callable: Vec<usize> = (0..hop.chain().operations().len())
        .filter(|operation| hop.operation(*operation).weight() > 0)
        .collect();
    let seed = u64::from(choices.arbitrary::<u8>()?);
    let update = usize::from(choices.arbitrary::<u8>()?) % (MAX_OPERATIONS / 2);
    let probes = choices.ratio(3, 4)?;
    let mut before = Vec::new();
    let mut after = Vec::new();
    while !callable.is_empty() && !choices.is_empty() && before.len() + after.len() < MAX_OPERATIONS
    {
        let operation = callable[choices.choose_index(callable.len())?];
        let call = Step::Operation(call(hop, operation, &mut choices)?);
        match before.len() < update {
            true => before.push(call),
            false => after.push(call),
        }
    }
    let mut steps = before;
    steps.push(Step::Update);
    if probes {
        for operation in callable {
            steps.push(Step::Operation(call(hop, operation, &mut choices)?));
        }
    }
    steps.extend(after);
    Ok(Case {
        seed,
        pace: Pace::default(),
        founding: None,
        input: None,
        steps,
    })
}

fn call(hop: Hop<'_>, operation: usize, choices: &mut Unstructured<'_>) -> Result<Call> {
    let mut runner = runner(
        u64::from(choices.arbitrary::<u32>()?),
        "arguments",
        operation,
    );
    let called = hop.operation(operation);
    let Ok(arguments) = called.arguments().new_tree(&mut runner) else {
        return Err(arbitrary::Error::IncorrectFormat);
    };
    let mut grafts = Vec::new();
    for (_, ty) in called.parameters() {
        let mut grafted = Vec::new();
        for place in 0..places(ty) {
            // With nothing left to choose, the argument stays as it is.
            let choice: u8 = choices.arbitrary().unwrap_or(u8::MAX);
            if choice % 16 < REUSED && !choices.is_empty() {
                let choice = u32::from(choice / 16 % NEWEST);
                grafted.push(Graft { place, choice });
            }
        }
        grafts.push(grafted);
    }
    Ok(Call {
        operation,
        arguments: arguments.current(),
        grafts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::chain::Chain;

    #[test]
    fn any_bytes_are_a_history_and_a_small_change_a_small_one() -> anyhow::Result<()> {
        let chain = Chain::open(
            &["embedded:cart-v1", "embedded:cart-v2"],
            &Default::default(),
        )?;
        let bytes: Vec<u8> = (0..200u8).map(|it| it.wrapping_mul(37)).collect();
        let updates = |case: &Case| {
            let updates = case.steps.iter().filter(|step| **step == Step::Update);
            updates.count()
        };
        for length in 0..bytes.len() {
            assert_eq!(updates(&structured(chain.whole(), &bytes[..length])?), 1);
        }
        let case = structured(chain.whole(), &bytes)?;
        assert_eq!(structured(chain.whole(), &bytes)?, case);
        let mut other = bytes.clone();
        other[9] ^= 1;
        let other = structured(chain.whole(), &other)?;
        let same = case
            .steps
            .iter()
            .zip(&other.steps)
            .filter(|(left, right)| left == right);
        assert!(same.count() * 2 > case.steps.len());
        assert_ne!(other, case);
        Ok(())
    }
}
