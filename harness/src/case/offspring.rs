//! Histories that are made of others. Where random calls come to a rare state once, what is left of the budget starts from there:
//! the history is kept, and others are made of it by calls that are added, left out, repeated, or given something else.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Reason, TestRng, TestRunner};

use super::ancestry::Ancestry;
use super::generate::{Generator, probes};
use super::scale::Scales;
use super::step::{Arguments, Held, StepTree};
use super::swarm::reuse;
use super::trial::Trial;
use super::{Case, CaseTree, Step};
use crate::host::Pace;
use crate::value::simpler::Simpler;

/// Changes that make another history of one, at most.
const CHANGES: usize = 3;
/// Calls that are added or left out at once, at most.
const CALLS: usize = 4;
/// How often a call is repeated at once, at most.
const REPEATS: usize = 8;
/// Of so many histories, one lives in a world of its own.
const ELSEWHERE: u32 = 4;
/// Of so many histories, one keeps its calls that are refused.
const KEEPING: u32 = 4;
/// How many calls a look goes back, at most.
const MOST_BACK: u32 = 32;

impl Generator<'_> {
    /// A history without events that is made of others: changed, rid of the calls that are refused, and gone on with by such as are not.
    /// None if there are no others, or nothing can be called.
    pub(crate) fn offspring(
        &self,
        ancestry: &Ancestry,
        runner: &mut TestRunner,
        trial: &mut dyn Trial,
    ) -> Result<Option<Case>, Reason> {
        let Some(parent) = self.parent(ancestry, runner.rng()) else {
            return Ok(None);
        };
        let mut case = parent.clone();
        if runner.rng().random_ratio(1, ELSEWHERE) {
            case.seed = runner.rng().random();
            case.pace = Pace::of(case.seed);
        }
        let scales = self.scales(runner.rng());
        if runner.rng().random() {
            for _ in 0..runner.rng().random_range(1..=CHANGES) {
                self.change(&mut case.steps, ancestry, &scales, runner)?;
            }
        }
        case.steps.truncate(self.most);
        trial.begin(case.seed, case.pace, case.founding.clone());
        let is_keeping = runner.rng().random_ratio(1, KEEPING);
        case.steps.retain(|step| match step {
            Step::Operation(call) => trial.takes(call) || is_keeping,
            _ => false,
        });
        let swarm = self.swarm(&self.callable(), runner.rng());
        let room = CALLS.min(self.most - case.steps.len());
        for _ in 0..runner.rng().random_range(0..=room) {
            let call = (swarm.draw(runner.rng()), swarm.reuse);
            let call = self.tried_call(call, &scales, runner, &[], trial)?;
            case.steps.extend(call.map(|it| it.current()));
        }
        Ok(Some(case))
    }

    fn change(
        &self,
        steps: &mut Vec<Step>,
        ancestry: &Ancestry,
        scales: &Scales,
        runner: &mut TestRunner,
    ) -> Result<(), Reason> {
        let callable = self.callable();
        let at = |steps: &[Step], rng: &mut TestRng| rng.random_range(0..=steps.len());
        let kind = match steps.is_empty() {
            true => 0,
            false => runner.rng().random_range(0..7u8),
        };
        match kind {
            0 => {
                let reuse = reuse(runner.rng());
                let operation = callable[runner.rng().random_range(0..callable.len())];
                let call = self.call((operation, reuse), scales, runner, &[])?;
                steps.insert(at(steps, runner.rng()), call.current());
            }
            1 => {
                let from = at(steps, runner.rng());
                let until = from + runner.rng().random_range(1..=CALLS);
                steps.drain(from..until.min(steps.len()));
            }
            2 => {
                let again = steps[runner.rng().random_range(0..steps.len())].clone();
                let to = match runner.rng().random() {
                    true => steps.len(),
                    false => at(steps, runner.rng()),
                };
                let times = runner.rng().random_range(1..=REPEATS);
                steps.splice(to..to, std::iter::repeat_n(again, times));
            }
            3 | 4 => self.other_argument(steps, ancestry, scales, runner)?,
            5 => {
                if let Some(other) = ancestry.draw(runner.rng()) {
                    steps.truncate(at(steps, runner.rng()));
                    let from = at(&other.steps, runner.rng());
                    steps.extend_from_slice(&other.steps[from..]);
                }
            }
            _ => {
                let mut one = || runner.rng().random_range(0..steps.len());
                let (one, other) = (one(), one());
                steps.swap(one, other);
            }
        }
        Ok(())
    }

    /// Gives one of the calls another argument.
    fn other_argument(
        &self,
        steps: &mut [Step],
        ancestry: &Ancestry,
        scales: &Scales,
        runner: &mut TestRunner,
    ) -> Result<(), Reason> {
        let index = runner.rng().random_range(0..steps.len());
        let Step::Operation(call) = &mut steps[index] else {
            return Ok(());
        };
        let parameters = self.hop.operation(call.operation).user_parameters();
        if parameters.is_empty() {
            return Ok(());
        }
        let which = runner.rng().random_range(0..parameters.len());
        match ancestry.words.as_slice() {
            words @ [_, ..] if runner.rng().random_ratio(1, 3) => {
                let word = &words[runner.rng().random_range(0..words.len())];
                word.put(&mut call.arguments[which], &parameters[which].1, &mut 0);
            }
            _ => {
                let mut fresh = self.arguments(call.operation, scales, runner)?.current();
                call.arguments[which] = fresh.swap_remove(which);
            }
        }
        if let Some(grafts) = call.grafts.get_mut(which) {
            grafts.clear();
        }
        Ok(())
    }

    fn parent<'a>(&self, ancestry: &'a Ancestry, rng: &mut TestRng) -> Option<&'a Case> {
        let can_call = self.weights.iter().any(|weight| *weight > 0);
        can_call.then(|| ancestry.draw(rng))?
    }

    fn takes_values(&self, operation: usize) -> bool {
        !self.hop.operation(operation).user_parameters().is_empty()
    }

    /// A case whose history begins as one that is made of the ancestors; none if there are none, or nothing can be called.
    pub(crate) fn grown_tree(
        &self,
        ancestry: &Ancestry,
        runner: &mut TestRunner,
        trial: &mut dyn Trial,
    ) -> Result<Option<CaseTree>, Reason> {
        let Some(mut case) = self.offspring(ancestry, runner, trial)? else {
            return Ok(None);
        };
        let most = self.most.min(case.steps.len());
        let cut = match runner.rng().random_ratio(2, 3) {
            true => most,
            false => runner.rng().random_range(0..=most),
        };
        // What an update lost in a long history shows only after some more calls.
        let room = (self.most - cut).max(self.most * 2 / 3);
        let rest: Vec<Step> = case.steps.split_off(cut);
        let after = self.after_update(&rest, &case.steps, room, runner)?;
        let before = case.steps.drain(..).map(|step| self.again(step));
        let mut steps: Vec<StepTree> = before.collect();
        let mut events = self.events(runner.rng()).into_iter().peekable();
        let mut before_update = Vec::new();
        while let Some(event) = events.next_if(|it| !it.is_update()) {
            before_update.push(event);
        }
        let mut at = steps.len();
        for event in before_update.into_iter().rev() {
            at = at.saturating_sub(runner.rng().random_range(0..CALLS));
            steps.insert(at, StepTree::Event(event));
        }
        steps.extend(events.next().map(StepTree::Event));
        let first = steps.len();
        steps.extend(after);
        let mut at = first;
        for event in events {
            at = runner.rng().random_range(at..=steps.len());
            steps.insert(at, StepTree::Event(event));
        }
        let founding = case.founding.map(|it| Box::new(Held(it)) as Arguments);
        let world = (case.seed, case.pace);
        Ok(Some(CaseTree::new(world, None, founding, steps)))
    }

    /// A step that was not drawn, or not now, its arguments to be made simpler.
    pub(super) fn again(&self, step: Step) -> StepTree {
        match step {
            Step::Operation(call) => {
                let parameters = self.hop.operation(call.operation).parameters().iter();
                let types = parameters.map(|(_, ty)| ty.clone()).collect();
                StepTree::Operation {
                    operation: call.operation,
                    arguments: Box::new(Simpler::new(call.arguments, types)),
                    grafts: call.grafts,
                }
            }
            event => StepTree::Event(event),
        }
    }

    /// What follows the update: the rest of the history, calls that were made before it, others, or one over and over; and a look at
    /// everything.
    fn after_update(
        &self,
        rest: &[Step],
        made: &[Step],
        room: usize,
        runner: &mut TestRunner,
    ) -> Result<Vec<StepTree>, Reason> {
        let callable = self.callable();
        let scales = self.scales(runner.rng());
        let mut after = Vec::new();
        let kind = runner.rng().random_range(0..5u8);
        if kind == 0 {
            after.extend(rest.iter().cloned().map(|step| self.again(step)));
        }
        if kind == 1 && !made.is_empty() {
            let first = runner.rng().random_range(0..made.len());
            let calls = made[first..].iter().chain(&made[..first]);
            after.extend(calls.cloned().map(|step| self.again(step)));
        }
        if kind == 2 {
            let swarm = self.swarm(&callable, runner.rng());
            for _ in 0..runner.rng().random_range(0..=room / 3) {
                let call = (swarm.draw(runner.rng()), swarm.reuse);
                after.push(self.call(call, &scales, runner, &[])?);
            }
        }
        if kind == 3 {
            // What takes nothing is about what came last, and then about what came before that.
            let mut again = callable.clone();
            again.retain(|it| !self.takes_values(*it));
            let times = runner.rng().random_range(0..=room);
            if !again.is_empty() {
                let operation = again[runner.rng().random_range(0..again.len())];
                for _ in 0..times {
                    after.push(self.call((operation, 0.0), &scales, runner, &[])?);
                }
            }
        }
        after.truncate(room * runner.rng().random_range(1..4) / 4);
        let calls = u32::try_from(made.len())
            .unwrap_or(u32::MAX)
            .clamp(1, MOST_BACK);
        let probes = probes(self.hop, &callable, runner.rng());
        if runner.rng().random_ratio(1, 3)
            && let Some(operation) = probes.iter().find(|it| self.takes_values(**it))
        {
            // One operation on all that there is.
            for before in 0..calls {
                after.push(self.look((*operation, before), &scales, runner, &[])?);
            }
        }
        let one = runner.rng().random_range(0..calls);
        let is_at_one: bool = runner.rng().random();
        for operation in probes {
            let before = match is_at_one {
                true => one,
                false => runner.rng().random_range(0..calls),
            };
            after.push(self.look((operation, before), &scales, runner, &[])?);
        }
        after.truncate(room);
        Ok(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::trial::Untried;
    use crate::case::{Call, CaseKind, MAX_OPERATIONS, runner};
    use crate::value::word::Word;
    use crate::versions::chain::Chain;

    /// One ancestor, whose calls are as many as there are operations.
    fn ancestry(generator: &Generator<'_>) -> Result<Ancestry, Reason> {
        let runner = &mut runner(7, "ancestor", 0);
        let scales = generator.scales(runner.rng());
        let mut made = Vec::new();
        for operation in generator.callable() {
            let step = generator.call((operation, 0.0), &scales, runner, &[])?;
            if let Step::Operation(call) = step.current() {
                made.push(Call::new(operation, call.arguments));
            }
        }
        let case = Case {
            seed: 5,
            pace: Pace::default(),
            input: None,
            founding: None,
            steps: made.into_iter().map(Step::Operation).collect(),
        };
        let mut ancestry = Ancestry::default();
        ancestry.ancestors.push(case);
        ancestry.words.push(Word::Text("a-word".to_owned()));
        ancestry.weigh(&[1]);
        Ok(ancestry)
    }

    #[test]
    fn each_kind_of_change_is_made_and_no_history_is_longer_than_it_may_be() {
        let pair = ["embedded:cart-v1", "embedded:cart-v2"];
        let pair = Chain::open(&pair, &Default::default()).expect("a pair");
        let kind = CaseKind::History { updates: 0..=0 };
        let generator = Generator::new(pair.whole(), kind, MAX_OPERATIONS);
        let ancestry = ancestry(&generator).expect("arguments");
        let parent = &ancestry.ancestors[0];
        let (mut longer, mut shorter, mut elsewhere, mut worded) = (0, 0, 0, 0);
        for number in 0..500 {
            let runner = &mut runner(7, "offspring", number);
            let child = generator
                .offspring(&ancestry, runner, &mut Untried)
                .expect("arguments");
            let child = child.expect("an ancestor");
            assert!(child.steps.len() <= MAX_OPERATIONS);
            longer += usize::from(child.steps.len() > parent.steps.len());
            shorter += usize::from(child.steps.len() < parent.steps.len());
            elsewhere += usize::from(child.seed != parent.seed);
            worded += usize::from(format!("{child:?}").contains("a-word"));
        }
        for (what, count) in [
            ("longer", longer),
            ("shorter", shorter),
            ("elsewhere", elsewhere),
            ("with a word", worded),
        ] {
            assert!((10..490).contains(&count), "{count} are {what}");
        }
    }

    #[test]
    fn a_history_that_is_grown_has_its_updates_and_none_longer_than_there_is_room() {
        let pair = ["embedded:cart-v1", "embedded:cart-v2"];
        let pair = Chain::open(&pair, &Default::default()).expect("a pair");
        for most in [0, 1, 5, MAX_OPERATIONS] {
            let kind = CaseKind::History { updates: 2..=2 };
            let generator = Generator::new(pair.whole(), kind, most);
            let ancestry = ancestry(&generator).expect("arguments");
            for number in 0..200 {
                let runner = &mut runner(7, "grown", number);
                let tree = generator
                    .grown_tree(&ancestry, runner, &mut Untried)
                    .expect("arguments");
                let case = tree.expect("an ancestor").current();
                let updates = case.steps.iter().filter(|it| it.is_update()).count();
                assert_eq!(updates, 2);
                let longest = most + most * 2 / 3;
                assert!(
                    case.operations() <= longest,
                    "{} of {most}",
                    case.operations()
                );
            }
        }
    }

    #[test]
    fn where_nothing_can_be_called_nothing_is_grown() {
        let pair = ["embedded:cart-v1", "embedded:cart-v2"];
        let pair = Chain::open(&pair, &Default::default()).expect("a pair");
        let kind = CaseKind::History { updates: 1..=1 };
        let generator = Generator::new(pair.whole(), kind, MAX_OPERATIONS);
        let ancestry = ancestry(&generator).expect("arguments");
        let generator = generator.clone().without(&generator.callable());
        let runner = &mut runner(7, "grown", 0);
        let grown = generator
            .grown_tree(&ancestry, runner, &mut Untried)
            .expect("none");
        assert!(grown.is_none());
        let child = generator
            .offspring(&ancestry, runner, &mut Untried)
            .expect("none");
        assert!(child.is_none());
    }

    #[test]
    fn without_ancestors_nothing_is_grown() {
        let pair = ["embedded:cart-v1", "embedded:cart-v2"];
        let pair = Chain::open(&pair, &Default::default()).expect("a pair");
        let kind = CaseKind::History { updates: 1..=1 };
        let generator = Generator::new(pair.whole(), kind, MAX_OPERATIONS);
        let runner = &mut runner(7, "grown", 0);
        let none = Ancestry::default();
        assert!(
            generator
                .grown_tree(&none, runner, &mut Untried)
                .expect("none")
                .is_none()
        );
        assert!(
            generator
                .offspring(&none, runner, &mut Untried)
                .expect("none")
                .is_none()
        );
    }
}
