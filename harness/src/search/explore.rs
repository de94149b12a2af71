//! Before the properties run, the old version is explored: histories are played on it, those that bring it somewhere new are kept,
//! and others are made of them. Where a rare state is three calls away from a state that is rare itself, random histories hardly ever
//! come; a search that keeps its way there does. What is new is looked for in what operations answer, and in the snapshot itself: its
//! paths, kinds and magnitudes, and what stands together in one record. That the persisted data guide the search for failures of
//! updates is the idea of UpFuzz (NSDI 2026).

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::strategy::ValueTree;
use rayon::prelude::*;

use crate::case::document::{Format, recognise};
use crate::case::{Ancestry, Case, CaseKind, Generator, Lessons, Sources, Step, runner};
use crate::judging::{Judging, Workers};
use crate::search::answers::{answers, hash, shape};
use crate::search::frontier::Frontier;
use crate::search::options::Options;
use crate::search::trial::Double;
use crate::value::word::Word;
use crate::versions::chain::Chain;
use crate::versions::hop::Hop;
use crate::worker::meter::Strain;
use crate::worker::seen::features;
use crate::worker::snapshot::Snapshot;
use crate::worker::{Keep, Records, Worker};

/// Histories that are played, for each case of a property.
const FOR_EACH: usize = 4;
/// Histories that are played together. What is kept of them must not depend on the number of threads.
const ROUND: usize = 64;
/// Of so many histories, one is made of no other.
const FRESH: usize = 4;
/// For fewer histories it takes longer to compile what counts edges than it saves.
const WORTH_COUNTING: usize = 256;
/// What counts edges is started anew for each history. With a start and a history that take more fuel than this, less is learned in
/// the same time than without.
const CHEAP: u64 = 50_000_000;
/// All histories together take so much fuel, about: seconds. Those of a small component hardly take a tenth of it.
const FUEL: u64 = 4_000_000_000;
/// After this many calls that used up their fuel it ends.
const MAX_HANGS: usize = 4;
/// So many calls look at where a history leads. What they show is kept of it, they are not.
pub(crate) const LOOKS: usize = 8;
/// How many names of a snapshot are kept.
const WORDS: usize = 64;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Explored {
    pub(crate) ancestry: Ancestry,
    /// Where the arguments of calls come from that are taken.
    pub(crate) sources: Arc<Sources>,
    /// The snapshots at the ends of some of the ancestors' histories.
    pub(crate) snapshots: Vec<Snapshot>,
}

/// Where one history led.
struct Visit {
    /// The history as it was: without what failed, every argument what it came to be.
    case: Case,
    snapshot: Option<Snapshot>,
    features: BTreeSet<u64>,
    /// The names in the snapshot; none of a format that has no names.
    words: Option<BTreeSet<String>>,
    strain: Strain,
    fuel: u64,
}

/// Explores the old version until it `is_over`; `left_out` are operations that are not called. A history is expected to take so much
/// `fuel`; so many calls look at where each leads.
pub(crate) fn explore(
    hop: Hop<'_>,
    options: &Options,
    left_out: &[usize],
    fuel: u64,
    looks: usize,
    is_over: impl Fn() -> bool + Sync,
) -> Explored {
    let kind = CaseKind::History { updates: 0..=0 };
    let mut generator = Generator::new(hop, kind, options.operations).without(left_out);
    let mut lessons = Lessons::default();
    let mut frontier = Frontier::default();
    let mut words: BTreeSet<String> = BTreeSet::new();
    let mut spent = Spent::new(fuel);
    let wanted = options.cases.saturating_mul(FOR_EACH);
    let is_cheap = fuel <= CHEAP && !hop.old().starts_a_runtime();
    let mut counting = match wanted >= WORTH_COUNTING && is_cheap {
        true => hop.chain().counting(),
        false => None,
    };
    // Of a format without names, a snapshot takes longer to take apart than its history takes to play, and says less than edges do.
    let mut is_read = true;
    let mut first = 0;
    while first < wanted && !is_over() && !frontier.is_full() {
        // What a start takes, the first history says.
        let round = match (first, &counting) {
            (0, Some(_)) => 1,
            _ => spent.affordable().min(wanted - first),
        };
        if round == 0 {
            break;
        }
        let numbers = (first..first + round).into_par_iter();
        let visits = numbers.map(|number| {
            let visit = || {
                let (case, looks, lessons) = candidate(
                    (&generator, looks),
                    &frontier.ancestry,
                    options.seed,
                    number,
                )?;
                let visit = visit((hop, counting.as_ref()), case, looks, is_read);
                Some((visit, lessons))
            };
            // Of what takes long, a round takes very long.
            let is_late = spent.is_dear() && is_over();
            (!is_late).then(|| hop.chain().within_budget(visit))?
        });
        let visits: Vec<_> = visits.collect::<Vec<_>>().into_iter().flatten().collect();
        is_read &= visits.iter().any(|(it, _)| it.words.is_some());
        for (visit, taught) in visits {
            spent.add(&visit);
            lessons.extend(taught);
            if frontier.add(visit.case, &visit.features, visit.snapshot) {
                let room = WORDS.saturating_sub(words.len());
                words.extend(visit.words.into_iter().flatten().take(room));
            }
        }
        if first == 0 && counting.is_some() && spent.fuel > CHEAP {
            counting = None;
            spent = Spent::new(fuel);
        }
        first += round;
        frontier.weigh();
        generator = generator.with_sources(Arc::new(lessons.sources()));
        frontier.ancestry.words = words.iter().cloned().map(Word::Text).collect();
    }
    let (ancestry, snapshots) = frontier.into_parts();
    Explored {
        ancestry,
        sources: Arc::new(lessons.sources()),
        snapshots,
    }
}

/// What was spent on exploring.
struct Spent {
    fuel: u64,
    strain: Strain,
    histories: u64,
    /// What a history is expected to take, before there was one.
    expected: u64,
}

impl Spent {
    fn new(expected: u64) -> Self {
        Self {
            fuel: 0,
            strain: Strain::default(),
            histories: 0,
            expected,
        }
    }

    fn add(&mut self, visit: &Visit) {
        self.fuel = self.fuel.saturating_add(visit.fuel);
        self.strain.add(visit.strain);
        self.histories += 1;
    }

    fn of_one(&self) -> u64 {
        let known = self.fuel.checked_div(self.histories);
        known.unwrap_or(self.expected).max(1)
    }

    fn is_dear(&self) -> bool {
        self.of_one() > CHEAP
    }

    /// How many histories may be played next.
    fn affordable(&self) -> usize {
        if self.strain.hangs() >= MAX_HANGS {
            return 0;
        }
        let left = FUEL.saturating_sub(self.fuel) / self.of_one();
        usize::try_from(left).map_or(ROUND, |it| it.min(ROUND))
    }
}

/// A history, calls that look at where it leads, and what was learned when it was made.
fn candidate(
    (generator, looks): (&Generator<'_>, usize),
    ancestry: &Ancestry,
    seed: u64,
    number: usize,
) -> Option<(Case, Vec<Step>, Lessons)> {
    let runner = &mut runner(seed, "explore", number);
    let mut double = Double::learning(generator.hop());
    let child = match number.is_multiple_of(FRESH) {
        true => None,
        false => generator.offspring(ancestry, runner, &mut double).ok()?,
    };
    let case = match child {
        Some(child) => child,
        None => {
            let tree = generator.tried_tree(runner, &[], &[], &mut double);
            tree.ok()?.current()
        }
    };
    let looks = generator.looks(looks, runner).ok()?;
    Some((case, looks, double.into_lessons()))
}

/// Where a history leads, as calls that look at it say, and its snapshot; unless that `is_read`, without what stands in it. `counting`
/// is the chain whose versions count their edges, if they can.
fn visit(
    (hop, counting): (Hop<'_>, Option<&Chain>),
    mut case: Case,
    looks: Vec<Step>,
    is_read: bool,
) -> Visit {
    let (hop, workers) = match counting {
        Some(chain) => (hop.of(chain), Workers::New),
        None => (hop, Workers::Reused),
    };
    let judging = Judging::of(hop, &case, workers);
    let mut features = Vec::new();
    let mut snapshot = None;
    case.steps.retain(|step| !step.is_event());
    if let Ok(mut worker) = judging.start(judging.old(), judging.seed) {
        let records = counting.and_then(|_| worker.records(Keep::Nothing).ok());
        case.steps.push(Step::Save);
        case.steps.extend(looks);
        let mut end = None;
        let at_its_end = |worker: &mut Worker, _: &Step, made: usize| {
            end = Some(made);
            snapshot = judging.save(worker, made);
        };
        let played = judging.play_watched(&mut worker, judging.old(), &case, at_its_end);
        let end = end.unwrap_or(played.calls.len());
        let mut lived = played.calls.iter().zip(&played.observations);
        answers(lived.by_ref().take(end), &mut features);
        features.extend(lived.map(|(call, it)| hash(&("look", call.operation, shape(it)))));
        features.extend(edges("old", &worker, records.as_ref()));
        let lived = played.observations.iter().take(end);
        let taken = lived.take_while(|it| it.failure().is_none()).count();
        let made = played.calls.into_iter().take(taken);
        case.steps = made.map(Step::Operation).collect();
    }
    let mut words = None;
    if let Some(snapshot) = &snapshot {
        features.push(hash(&("length", snapshot.bytes.len().checked_ilog2())));
        let document = is_read.then(|| recognise(snapshot)).flatten();
        if let Some(document) = document.filter(|it| it.format() != Format::Plain) {
            features.extend(document.facts());
            features.extend(document.traits());
            words = Some(document.names());
        }
        if counting.is_some() {
            features.extend(loaded(&judging, snapshot));
        }
    }
    let tally = judging.into_tally();
    Visit {
        case,
        snapshot: snapshot.filter(Frontier::takes),
        features: features.into_iter().collect(),
        words,
        strain: tally.strain,
        fuel: tally.fuel,
    }
}

/// What load does with a snapshot.
fn loaded(judging: &Judging<'_>, snapshot: &Snapshot) -> Vec<u64> {
    let load = judging.hop.component(judging.next()).load();
    let worker = judging.unfounded(judging.next(), judging.seed);
    let (Some(load), Ok(mut worker)) = (load, worker) else {
        return Vec::new();
    };
    let records = worker.records(Keep::Nothing).ok();
    // Whether it is accepted is for the properties to say.
    let _ = worker.load(load, snapshot, 0, 0);
    edges("new", &worker, records.as_ref())
}

fn edges(end: &str, worker: &Worker, records: Option<&Records>) -> Vec<u64> {
    let counted = records.map(|records| features(worker.read(records)));
    let counted = counted.unwrap_or_default().into_iter();
    counted.map(|it| hash(&(end, it))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::versions::config::Config;

    fn explored(pair: [&str; 2], seed: u64, cases: usize) -> anyhow::Result<(Chain, Explored)> {
        looked_at(LOOKS, pair, seed, cases)
    }

    fn looked_at(
        looks: usize,
        pair: [&str; 2],
        seed: u64,
        cases: usize,
    ) -> anyhow::Result<(Chain, Explored)> {
        let pair = Chain::open(&pair, &Config::default())?;
        let options = Options {
            seed,
            cases,
            ..Options::default()
        };
        let explored =
            pair.on_its_threads(|| explore(pair.whole(), &options, &[], 0, looks, || false));
        Ok((pair, explored))
    }

    const LEDGERS: [&str; 2] = ["embedded:ledger-v1", "embedded:ledger-v2"];

    #[test]
    fn the_names_in_snapshots_are_words() -> anyhow::Result<()> {
        let (_, jobs) = explored(["embedded:jobs-v1", "embedded:jobs-v2"], 1, 16)?;
        assert!(!jobs.ancestry.words.is_empty());
        // A format without names has none.
        let (_, ledger) = explored(LEDGERS, 1, 16)?;
        assert!(ledger.ancestry.words.is_empty());
        Ok(())
    }

    #[test]
    fn what_is_kept_is_a_function_of_the_seed() -> anyhow::Result<()> {
        let kept = |seed| -> anyhow::Result<Vec<Case>> {
            let (_, explored) = explored(LEDGERS, seed, 32)?;
            let ancestors = explored.ancestry.ancestors.into_iter();
            Ok(ancestors.collect())
        };
        assert_eq!(kept(1)?, kept(1)?);
        assert_ne!(kept(1)?, kept(2)?);
        Ok(())
    }

    #[test]
    fn what_is_kept_has_no_events_and_leads_to_what_others_do_not() -> anyhow::Result<()> {
        // What a look saw, the calls of a history do not tell.
        let (pair, explored) = looked_at(0, LEDGERS, 3, 64)?;
        let ancestors = &explored.ancestry.ancestors;
        assert!(ancestors.len() > 50, "{} are kept", ancestors.len());
        let counting = pair.counting();
        assert!(counting.is_some(), "the ledger can be rewritten");
        let mut shortest: BTreeMap<u64, usize> = BTreeMap::new();
        let mut shown = Vec::new();
        for ancestor in ancestors {
            assert!(ancestor.steps.iter().all(|step| !step.is_event()));
            let hop = (pair.whole(), counting.as_ref());
            let visit = visit(hop, ancestor.clone(), Vec::new(), true);
            assert_eq!(visit.case, *ancestor);
            let calls = ancestor.steps.len();
            for feature in &visit.features {
                let shortest = shortest.entry(*feature).or_insert(calls);
                *shortest = calls.min(*shortest);
            }
            shown.push((calls, visit.features));
        }
        for (calls, features) in shown {
            let is_shortest = |feature| shortest[feature] == calls;
            assert!(features.iter().any(is_shortest), "others show the same");
        }
        Ok(())
    }

    #[test]
    fn the_more_fuel_a_history_takes_the_fewer_there_are() {
        let visit = |fuel| Visit {
            case: Case {
                seed: 0,
                pace: crate::host::Pace::default(),
                input: None,
                founding: None,
                steps: Vec::new(),
            },
            snapshot: None,
            features: BTreeSet::new(),
            words: None,
            strain: Strain::default(),
            fuel,
        };
        assert_eq!(Spent::new(0).affordable(), ROUND);
        assert_eq!(Spent::new(FUEL / 4).affordable(), 4);
        assert_eq!(Spent::new(u64::MAX).affordable(), 0);
        let mut spent = Spent::new(FUEL / 4);
        spent.add(&visit(FUEL / 2));
        assert_eq!(spent.affordable(), 1);
        spent.add(&visit(FUEL / 2));
        assert_eq!(spent.affordable(), 0);
    }

    #[test]
    fn it_ends_when_it_is_over() -> anyhow::Result<()> {
        let (pair, _) = explored(LEDGERS, 3, 1)?;
        let explored = explore(pair.whole(), &Options::default(), &[], 0, LOOKS, || true);
        assert!(explored.snapshots.is_empty() && explored.ancestry.ancestors.is_empty());
        Ok(())
    }
}
