//! Plays production's histories: as they were on the old version, with an update to the new one at several places, by replay, and by
//! recovery from production's own snapshots.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;

use super::ID;
use super::gather::Gathered;
use super::history::History;
use super::read::Oplog;
use super::redact::Redactor;
use crate::case::{Case, CaseTree, Step};
use crate::judging::verdict::{Finding, Outcome, PropertyReport, Status};
use crate::judging::{Judging, Tally, Workers};
use crate::properties::{ACCEPTS_SAVED, Property, RECOVERY, REPLAY, UPGRADE_EQUIVALENCE};
use crate::search::options::{Options, Progress};
use crate::search::shrink::shrink;
use crate::versions::chain::Chain;
use crate::versions::hop::Hop;
use crate::worker::observation::Observation;

/// At how many places a history is updated, and from how many snapshots a worker recovers.
pub(super) const PLACES: usize = 8;
/// A long history is updated at fewer places: so many calls are made in all, or those of two places.
const PLAYED: usize = 20_000;

/// An oplog, and the history that it tells of this chain; none if it is one of another agent.
pub(crate) type Told<'o> = (&'o Oplog, Option<History>);

/// How histories are judged, and where failures are kept.
pub(crate) struct Asked<'a> {
    pub(crate) options: &'a Options,
    /// The folder for failure files, and the config file that they name.
    pub(crate) failures: Option<(&'a Path, Option<&'a Path>)>,
}

/// What the histories came to.
pub(crate) struct Came {
    pub(crate) report: PropertyReport,
    pub(crate) notes: Vec<String>,
    /// Failure files that could not be written.
    pub(crate) warnings: Vec<String>,
}

/// The histories that oplogs tell of this chain.
pub(crate) fn told<'o>(chain: &Chain, set: &'o [Oplog]) -> Vec<Told<'o>> {
    let told = set.iter().map(|it| (it, History::of(chain.whole(), it)));
    told.collect()
}

/// Judges histories. With a redactor, no string of production is part of what came out.
pub(crate) fn judge(
    chain: &Chain,
    told: &[Told<'_>],
    asked: &Asked<'_>,
    redactor: Option<&mut Redactor>,
    progress: &impl Progress,
) -> Came {
    let hop = chain.whole();
    let tries = tries(hop, told, asked.options);
    progress.begin(ID, tries.len());
    let lived: Vec<Option<Vec<Observation>>> = chain.on_its_threads(|| {
        let histories = told.par_iter().map(|(_, it)| it.as_ref());
        histories
            .map(|it| {
                let history = it?;
                Some(chain.within_budget(|| lived(hop, history, asked.options.seed)))
            })
            .collect()
    });
    let judged: Vec<Option<(Outcome, Tally)>> = chain.on_its_threads(|| {
        let judge_one = |it: &Try<'_>| {
            let late = progress.stop();
            let judge = || it.judge(hop, asked.options.seed);
            let judged = (!late).then(|| chain.within_budget(judge));
            progress.advance(ID, 1);
            judged
        };
        tries.par_iter().map(judge_one).collect()
    });
    let mut gathered = Gathered::new(chain, asked, redactor);
    for ((oplog, history), lived) in told.iter().zip(&lived) {
        gathered.history(oplog, history.as_ref(), lived.as_deref());
    }
    for (one, judged) in tries.iter().zip(judged) {
        gathered.tried(one, judged);
    }
    for (oplog, history) in told {
        if let Some(history) = history
            && !progress.stop()
        {
            gathered.snapshots(oplog, history);
        }
    }
    gathered.end()
}

pub(super) fn empty() -> PropertyReport {
    PropertyReport {
        id: ID,
        hop: None,
        status: Status::NotExercised,
        cases: 0,
        discarded: BTreeMap::new(),
        reason: String::new(),
        failures: Vec::new(),
        covered: Vec::new(),
    }
}

/// A history with events of its own, and what judges it.
pub(super) struct Try<'t> {
    pub(super) oplog: &'t Oplog,
    history: &'t History,
    pub(super) property: &'static Property,
    events: Vec<(usize, Step)>,
}

impl Try<'_> {
    /// Judges it; a failure is shrunk.
    fn judge(&self, hop: Hop<'_>, seed: u64) -> (Outcome, Tally) {
        let case = self.history.case(seed, &self.events);
        let (outcome, tally) = self.property.tally(hop, &case);
        let Outcome::Fail(finding) = outcome else {
            return (outcome, tally);
        };
        let is_same = |it: &Finding| it.is_like(&finding);
        let shrunk = |case: &Case| shrink(self.property, hop, CaseTree::held(case), is_same);
        let simplest = shrunk(&shown(&finding)).or_else(|| shrunk(&finding.case));
        (simplest.unwrap_or(*finding).fail(), tally)
    }
}

/// The case without the operations after the one that shows the fault.
fn shown(finding: &Finding) -> Case {
    let mut case = finding.case.clone();
    let Some(last) = finding.operation else {
        return case;
    };
    let mut operations = 0;
    case.steps.retain(|step| {
        let is_operation = matches!(step, Step::Operation(_));
        operations += usize::from(is_operation);
        !is_operation || operations <= last + 1
    });
    case
}

fn tries<'t>(hop: Hop<'_>, told: &'t [Told<'_>], options: &Options) -> Vec<Try<'t>> {
    let mut tries = Vec::new();
    for (oplog, history) in told {
        let Some(history) = history.as_ref().filter(|it| !it.calls.is_empty()) else {
            continue;
        };
        let calls = history.calls.len();
        let update = |at| (at, Step::Update);
        let most = (PLAYED / calls).clamp(2, PLACES);
        let places = spread((1..calls.max(2)).collect(), most);
        let updates: Vec<_> = places.into_iter().map(update).collect();
        let saved = history.snapshots.iter().map(|it| it.at);
        let mut saved: Vec<usize> = saved.filter(|at| (1..calls).contains(at)).collect();
        saved.dedup();
        let recoveries = spread(saved, most).into_iter();
        let recoveries = recoveries.map(|at| (&RECOVERY, vec![update(at), update(calls)]));
        let rest = [
            (&ACCEPTS_SAVED, updates.clone()),
            (&UPGRADE_EQUIVALENCE, updates),
            (&REPLAY, vec![update(calls)]),
        ];
        for (property, events) in rest.into_iter().chain(recoveries) {
            if options.mode.asks_for(property) && (property.unmet)(hop).is_none() {
                tries.push(Try {
                    oplog,
                    history,
                    property,
                    events,
                });
            }
        }
    }
    tries
}

/// At most so many of these, at least two, evenly spread.
pub(super) fn spread<T>(all: Vec<T>, most: usize) -> Vec<T> {
    let many = all.len();
    let chosen: BTreeSet<usize> = match many <= most {
        true => (0..many).collect(),
        false => (0..most).map(|it| it * (many - 1) / (most - 1)).collect(),
    };
    let all = all.into_iter().enumerate();
    let chosen = all.filter(|(number, _)| chosen.contains(number));
    chosen.map(|(_, it)| it).collect()
}

/// What the calls of a history observe on the old version here, up to the first that fails; nothing if the worker does not start.
fn lived(hop: Hop<'_>, history: &History, seed: u64) -> Vec<Observation> {
    let case = history.case(seed, &[]);
    let twin = Judging::of(hop, &case, Workers::Reused).twin(&case);
    twin.map_or_else(Vec::new, |it| it.observations)
}
