//! Calls are tried on a worker of the old version, the twin's double.

use crate::case::{Call, Case, Lessons, Trial};
use crate::host::Pace;
use crate::judging::room::Room;
use crate::judging::{Judging, Workers};
use crate::value::Val;
use crate::value::pool::Pool;
use crate::versions::hop::Hop;
use crate::worker::Worker;
use crate::worker::observation::Observation;

/// A worker that calls are tried on; none once one of them failed, or before the first.
pub(crate) struct Double<'a> {
    hop: Hop<'a>,
    life: Option<Life<'a>>,
    /// What its calls teach, where somebody wants to know.
    lessons: Option<Lessons>,
}

struct Life<'a> {
    judging: Judging<'a>,
    worker: Worker,
    pool: Pool,
    /// How many calls are part of the history.
    made: usize,
    room: Room,
    /// What save wrote the last time.
    saved: Option<Vec<u8>>,
}

impl<'a> Double<'a> {
    pub(crate) fn new(hop: Hop<'a>) -> Self {
        Self {
            hop,
            life: None,
            lessons: None,
        }
    }

    /// The same, which remembers where the arguments of calls came from that were taken.
    pub(crate) fn learning(hop: Hop<'a>) -> Self {
        Self {
            lessons: Some(Lessons::default()),
            ..Self::new(hop)
        }
    }

    /// What its calls taught.
    pub(crate) fn into_lessons(self) -> Lessons {
        self.lessons.unwrap_or_default()
    }
}

impl Double<'_> {
    /// Whether what a call of the history observes is so; then it will be part of the history.
    fn tried(&mut self, call: &Call, is_so: impl Fn(&Observation) -> bool) -> bool {
        let Some(life) = self.life.as_mut().filter(|it| !it.room.is_used_up()) else {
            return true;
        };
        let judging = &life.judging;
        let call = judging.resolve(call, &life.pool);
        let observation = judging.invoke(&mut life.worker, judging.old(), &call, life.made);
        if observation.failure().is_some() {
            self.life = None;
            return true;
        }
        if let Some(lessons) = &mut self.lessons {
            let parameters = self.hop.operation(call.operation).user_parameters();
            let types = parameters.iter().map(|(_, ty)| ty);
            lessons.learn(&life.pool, &call, types, !observation.is_refusal());
        }
        judging.remember(&mut life.pool, &call, &observation);
        life.room.take(&observation);
        let is_part = is_so(&observation);
        life.made += usize::from(is_part);
        is_part
    }
}

impl Trial for Double<'_> {
    fn begin(&mut self, seed: u64, pace: Pace, founding: Option<Vec<Val>>) {
        let case = Case {
            seed,
            pace,
            input: None,
            founding,
            steps: Vec::new(),
        };
        let judging = Judging::of(self.hop, &case, Workers::Reused);
        let worker = judging.start(judging.old(), seed).ok();
        self.life = worker.map(|worker| Life {
            judging,
            worker,
            pool: Pool::default(),
            made: 0,
            room: Room::whole(),
            saved: None,
        });
    }

    fn takes(&mut self, call: &Call) -> bool {
        self.tried(call, |observation| !observation.is_refusal())
    }

    fn shows(&mut self, call: &Call) -> bool {
        self.tried(call, |observation| {
            !observation.is_refusal() && !observation.is_empty()
        })
    }

    fn saves_the_same(&mut self) -> bool {
        let Some(life) = &mut self.life else {
            return false;
        };
        let Some(snapshot) = life.judging.save(&mut life.worker, life.made) else {
            self.life = None;
            return false;
        };
        let before = life.saved.replace(snapshot.bytes);
        before.is_some() && before == life.saved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{CaseKind, Generator, MAX_OPERATIONS, runner};
    use crate::versions::chain::Chain;

    fn case(pair: &Chain, number: usize, is_tried: bool) -> Case {
        let kind = CaseKind::History { updates: 1..=1 };
        let generator = Generator::new(pair.whole(), kind, MAX_OPERATIONS);
        let runner = &mut runner(7, "trial", number);
        let tree = match is_tried {
            true => generator.tried_tree(runner, &[], &[], &mut Double::new(pair.whole())),
            false => generator.tree(runner, &[], &[]),
        };
        proptest::strategy::ValueTree::current(&tree.expect("a case"))
    }

    /// Of 100 calls that can be refused, how many are not.
    fn taken(pair: &Chain, is_tried: bool) -> usize {
        let (mut taken, mut all) = (0, 0);
        for number in 0..60 {
            let case = case(pair, number, is_tried);
            let judging = Judging::of(pair.whole(), &case, Workers::New);
            let played = judging.twin(&case).expect("a life");
            for (call, observation) in played.calls.iter().zip(&played.observations) {
                if !call.arguments.is_empty() {
                    all += 1;
                    taken += usize::from(!observation.is_refusal());
                }
            }
        }
        taken * 100 / all
    }

    #[test]
    fn calls_that_were_tried_are_taken_more_often() {
        let pair = ["embedded:ledger-v1", "embedded:ledger-v2"];
        let pair = Chain::open(&pair, &Default::default()).expect("a pair");
        let (tried, untried) = (taken(&pair, true), taken(&pair, false));
        assert!(tried >= untried + 15, "{tried} and {untried} of 100");
    }

    #[test]
    fn the_same_random_numbers_make_the_same_tried_case() {
        let pair = ["embedded:cart-v1", "embedded:cart-v2"];
        let pair = Chain::open(&pair, &Default::default()).expect("a pair");
        for number in 0..20 {
            assert_eq!(case(&pair, number, true), case(&pair, number, true));
        }
    }

    /// Who called is no part of what later calls are about.
    #[test]
    fn nobody_is_asked_for_by_what_identifies_who_called() {
        use sample_component::agents::{GOLEM_1_5, file};
        let agents = ["cart-v1", "cart-v2"].map(|it| file(GOLEM_1_5, it).display().to_string());
        let pair = Chain::open(&agents, &Default::default()).expect("agents");
        let addresses = |values: &[Val]| format!("{values:?}").matches("@example.com").count();
        let (mut asked, mut called) = (0, 0);
        for number in 0..40 {
            let case = case(&pair, number, true);
            let judging = Judging::of(pair.whole(), &case, Workers::New);
            for call in judging.twin(&case).expect("a life").calls {
                let operation = pair.whole().operation(call.operation);
                let (user, who) = call.arguments.split_at(operation.user_parameters().len());
                asked += addresses(user);
                called += addresses(who);
            }
        }
        assert!(called > 0);
        assert_eq!(asked, 0);
    }
}
