//! What production calls, and with which values: the generator draws from it, so that histories look like those of production.

use std::collections::BTreeMap;

use proptest::prelude::{SBoxedStrategy, Strategy};
use proptest::sample::select;
use proptest::strategy::Union;

use crate::case::Call;
use crate::value::{Val, WitType};
use crate::versions::chain::Chain;
use crate::versions::operation::Operation;

/// How many different values of a parameter are drawn from, and how many calls of an operation.
const MOST_VALUES: usize = 256;
/// How much more often the most frequent operation is called than one that production never calls.
const MOST_WEIGHT: u64 = 16;

/// What production calls. Without any, everything is drawn as always.
#[derive(Debug, Clone, Default)]
pub struct Production {
    /// For each operation that is called.
    operations: BTreeMap<usize, Called>,
}

/// How production calls an operation.
#[derive(Debug, Clone, Default)]
struct Called {
    times: u64,
    /// Different arguments, the first of them.
    arguments: Vec<Vec<Val>>,
}

impl Production {
    /// Adds a call that production made.
    pub(crate) fn add(&mut self, call: &Call) {
        let called = self.operations.entry(call.operation).or_default();
        called.times += 1;
        if called.arguments.len() < MOST_VALUES && !called.arguments.contains(&call.arguments) {
            called.arguments.push(call.arguments.clone());
        }
    }

    /// How many times as often as one that production never calls an operation is called.
    pub(crate) fn weight(&self, operation: usize) -> u32 {
        let times = |it: &Called| it.times;
        let most = self.operations.values().map(times).max().unwrap_or(1);
        let own = self.operations.get(&operation).map_or(0, times);
        u32::try_from(1 + own * (MOST_WEIGHT - 1) / most).unwrap_or(1)
    }

    /// The arguments of each operation that has any: as always, with values of production, and as production has them together.
    pub(crate) fn arguments(&self, chain: &Chain) -> Vec<(usize, SBoxedStrategy<Vec<Val>>)> {
        if self.operations.is_empty() {
            return Vec::new();
        }
        let operations = chain.operations().iter().enumerate();
        let drawn = operations.filter(|(_, it)| !it.user_parameters().is_empty());
        let drawn = drawn.map(|(number, it)| (number, self.of_operation(chain, number, it)));
        drawn.collect()
    }

    fn of_operation(
        &self,
        chain: &Chain,
        number: usize,
        operation: &Operation,
    ) -> SBoxedStrategy<Vec<Val>> {
        let always = operation.arguments().clone();
        let mut ways = vec![(2, always.clone())];
        let known: Vec<(usize, Vec<Val>)> = operation
            .user_parameters()
            .iter()
            .enumerate()
            .map(|(at, (name, ty))| (at, self.values(chain, name, ty)))
            .filter(|(_, values)| !values.is_empty())
            .collect();
        if !known.is_empty() {
            let known = known.into_iter().map(|(at, values)| {
                let value = (proptest::bool::ANY, select(values));
                value.prop_map(move |(is_taken, value)| is_taken.then_some((at, value)))
            });
            let known: Vec<_> = known.collect();
            let mixed = (always, known).prop_map(|(mut arguments, known)| {
                for (at, value) in known.into_iter().flatten() {
                    if let Some(argument) = arguments.get_mut(at) {
                        *argument = value;
                    }
                }
                arguments
            });
            ways.push((2, mixed.sboxed()));
        }
        if let Some(called) = self.operations.get(&number) {
            ways.push((2, select(called.arguments.clone()).sboxed()));
        }
        Union::new_weighted(ways).sboxed()
    }

    /// Values of this type that production gave to parameters of this name; where there are none, to any.
    fn values(&self, chain: &Chain, name: &str, ty: &WitType) -> Vec<Val> {
        let of = |is_wanted: &dyn Fn(&str) -> bool| {
            let mut values: Vec<Val> = Vec::new();
            for (number, called) in &self.operations {
                let parameters = chain.operations()[*number].user_parameters();
                let wanted = parameters.iter().enumerate();
                let wanted = wanted.filter(|(_, (known, it))| it == ty && is_wanted(known));
                for (at, _) in wanted {
                    let given = called.arguments.iter().filter_map(|it| it.get(at));
                    for value in given {
                        let is_new = !values.contains(value) && ty.admits(value);
                        if values.len() < MOST_VALUES && is_new {
                            values.push(value.clone());
                        }
                    }
                }
            }
            values
        };
        let named = of(&|known| known == name);
        match named.is_empty() {
            true => of(&|_| true),
            false => named,
        }
    }
}
