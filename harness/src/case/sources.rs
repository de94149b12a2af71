//! Where the arguments come from of calls that are taken. A text opens a door only if it is the one that a certain operation returned: which
//! one, and where in what it returned, the calls that are tried teach.

use std::collections::BTreeMap;

use proptest::prelude::RngExt;
use proptest::test_runner::TestRng;

use super::{Call, Graft};
use crate::value::WitType;
use crate::value::pool::{Pool, Source, each_place};

/// So many of the newest calls may be where a value comes from.
const NEWEST: usize = 16;
/// So often a source must have led to a call that was taken.
const ENOUGH: u32 = 3;
/// How many sources a place has at most.
const MOST: usize = 2;
/// How many arguments that have a source come from it.
const FOLLOWED: f64 = 0.6;

/// A place in the arguments of an operation.
type Place = (usize, usize, u32);

/// How many calls there were, and how many of them were taken.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tried {
    calls: u32,
    taken: u32,
}

/// What calls taught that were tried.
#[derive(Debug, Default)]
pub(crate) struct Lessons {
    operations: BTreeMap<usize, Tried>,
    sources: BTreeMap<(Place, Source), Tried>,
}

/// Where arguments are to come from, by place, the best source first.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Sources(BTreeMap<Place, Vec<Source>>);

impl Tried {
    fn add(&mut self, is_taken: bool) {
        self.calls += 1;
        self.taken += u32::from(is_taken);
    }

    /// Of a thousand calls, how many are taken; of few calls, fewer.
    fn rate(self) -> u32 {
        1_000 * self.taken / (self.calls + 2)
    }
}

impl Lessons {
    /// Learns from a call with these parameters, which was made after those in the pool.
    pub(crate) fn learn<'a>(
        &mut self,
        pool: &Pool,
        call: &Call,
        parameters: impl Iterator<Item = &'a WitType>,
        is_taken: bool,
    ) {
        self.operations
            .entry(call.operation)
            .or_default()
            .add(is_taken);
        let mut values = Vec::new();
        for (parameter, (value, ty)) in call.arguments.iter().zip(parameters).enumerate() {
            each_place(value, ty, &mut |place, value, ty| {
                values.push((parameter, place, value.clone(), ty.clone()));
            });
        }
        for (parameter, place, value, ty) in &values {
            // Which of two that are the same it was that mattered, nobody can tell.
            if values.iter().filter(|other| other.2 == *value).count() > 1 {
                continue;
            }
            for source in pool.sources(value, ty, NEWEST) {
                let at = ((call.operation, *parameter, *place), source);
                self.sources.entry(at).or_default().add(is_taken);
            }
        }
    }

    /// Adds what others taught.
    pub(crate) fn extend(&mut self, others: Self) {
        let add = |to: &mut Tried, tried: Tried| {
            to.calls = to.calls.saturating_add(tried.calls);
            to.taken = to.taken.saturating_add(tried.taken);
        };
        for (operation, tried) in others.operations {
            add(self.operations.entry(operation).or_default(), tried);
        }
        for (at, tried) in others.sources {
            add(self.sources.entry(at).or_default(), tried);
        }
    }

    /// The sources with which more calls are taken than without: half as many again.
    pub(crate) fn sources(&self) -> Sources {
        let mut by_place: BTreeMap<Place, Vec<(u32, Source)>> = BTreeMap::new();
        for ((place, source), tried) in &self.sources {
            let all = self.operations.get(&place.0).copied().unwrap_or_default();
            if tried.taken >= ENOUGH && 2 * tried.rate() > 3 * all.rate() {
                let rated = (tried.rate(), *source);
                by_place.entry(*place).or_default().push(rated);
            }
        }
        let best = |mut rated: Vec<(u32, Source)>| {
            rated.sort_by_key(|(rate, source)| (std::cmp::Reverse(*rate), *source));
            let most = rated.first().map_or(0, |(rate, _)| *rate);
            rated.retain(|(rate, _)| 2 * rate > most);
            rated.truncate(MOST);
            rated.into_iter().map(|(_, source)| source).collect()
        };
        let by_place = by_place.into_iter();
        Sources(by_place.map(|(place, it)| (place, best(it))).collect())
    }
}

impl Sources {
    /// Lets most arguments of a call that have a source come from it.
    pub(super) fn apply(&self, operation: usize, grafts: &mut [Vec<Graft>], rng: &mut TestRng) {
        let of_operation = (operation, 0, 0)..(operation + 1, 0, 0);
        let mut followed: Vec<(usize, Graft)> = Vec::new();
        for ((_, parameter, place), sources) in self.0.range(of_operation) {
            if sources.is_empty() || !rng.random_bool(FOLLOWED) {
                continue;
            }
            let source = sources[rng.random_range(0..sources.len())];
            // Mostly the newest.
            let before = rng.random_range(0..4u32) * rng.random_range(0..4u32);
            let graft = Graft {
                place: *place,
                choice: Graft::of_source(source, before),
            };
            followed.push((*parameter, graft));
        }
        // What is around it would take its place.
        for (parameter, graft) in &followed {
            if let Some(grafts) = grafts.get_mut(*parameter) {
                grafts.retain(|it| it.place > graft.place);
            }
        }
        for (parameter, graft) in followed {
            if let Some(grafts) = grafts.get_mut(parameter) {
                grafts.push(graft);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::runner;
    use crate::value::Val;

    fn text(text: &str) -> Val {
        Val::String(text.to_owned())
    }

    /// What a desk taught that returns keys (operation 0) and a door that opens with a key and any name (operation 1).
    fn taught() -> (Lessons, Pool) {
        let mut lessons = Lessons::default();
        let mut pool = Pool::default();
        let ty = WitType::String;
        for number in 0..8 {
            let (name, key) = (text(&format!("n{number}")), text(&format!("k{number}")));
            pool.remember_call(
                (0, false),
                [("name", &name, &ty)].into_iter(),
                Some((&key, &ty)),
            );
            for (arguments, is_taken) in [
                ([key.clone(), name.clone()], true),
                ([key.clone(), text("x")], true),
                ([name.clone(), key.clone()], false),
                ([key.clone(), key.clone()], true),
                ([text("x"), name.clone()], false),
            ] {
                let call = Call::new(1, arguments.to_vec());
                lessons.learn(&pool, &call, [&ty, &ty].into_iter(), is_taken);
            }
        }
        (lessons, pool)
    }

    #[test]
    fn what_opens_the_door_is_what_was_returned_and_a_name_is_any() {
        let (lessons, _) = taught();
        let returned = Source::returned(0, 0);
        let expected = BTreeMap::from([((1, 0, 0), vec![returned])]);
        assert_eq!(lessons.sources(), Sources(expected));
    }

    #[test]
    fn each_field_of_a_record_has_a_source_of_its_own() {
        let source = |part| vec![Source::returned(0, part)];
        let sources = Sources(BTreeMap::from([
            ((1, 0, 1), source(1)),
            ((1, 0, 2), source(2)),
        ]));
        let mut runner = runner(7, "sources", 0);
        let drawn = (0..100).filter(|_| {
            let choice = 3;
            let mut grafts = vec![vec![Graft { place: 0, choice }, Graft { place: 2, choice }]];
            sources.apply(1, &mut grafts, runner.rng());
            let places: Vec<u32> = grafts[0].iter().map(|it| it.place).collect();
            places == [1, 2]
        });
        let both = drawn.count();
        assert!((20..55).contains(&both), "{both} of 100");
    }

    #[test]
    fn most_calls_are_given_what_their_source_says() {
        let (lessons, pool) = taught();
        let sources = lessons.sources();
        let mut runner = runner(7, "sources", 0);
        let mut keys = 0;
        for _ in 0..100 {
            let mut grafts = vec![Vec::new(), Vec::new()];
            sources.apply(1, &mut grafts, runner.rng());
            assert!(grafts[1].is_empty());
            let given = pool.graft("", &text("x"), &WitType::String, &grafts[0]);
            keys += usize::from(matches!(given, Val::String(it) if it.starts_with('k')));
        }
        assert!((45..75).contains(&keys), "{keys} of 100");
    }
}
