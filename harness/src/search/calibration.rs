//! What ordinary histories show before the properties run: which operations fail, and real snapshots.

use std::collections::BTreeMap;
use std::time::Instant;

use proptest::strategy::ValueTree;
use rayon::prelude::*;

use crate::case::{CaseKind, Generator, runner};
use crate::judging::trial::Trial;
use crate::search::options::Options;
use crate::versions::pair::{Pair, Side};
use crate::worker::snapshot::Snapshot;

/// Histories that are played, in both versions, with a save in each.
const HISTORIES: usize = 64;
/// Histories that are played together.
const PART: usize = 16;
/// After this many calls that used up their fuel, the survey ends.
const MAX_HANGS: usize = 16;
/// An operation that failed in each of at least this many calls of the survey is left out of histories.
const SURVEYED_CALLS: usize = 4;

/// What ordinary histories show.
pub(crate) struct Survey {
    /// Operations that are left out of histories, because every call of them failed.
    pub(crate) always_fail: Vec<usize>,
    /// Operations that ended some histories.
    pub(crate) sometimes_fail: Vec<usize>,
    /// Real snapshots of both versions, which inputs are made from.
    pub(crate) corpus: Vec<Snapshot>,
    /// What to tell the user of it.
    pub(crate) notes: Vec<String>,
}

/// What one history of the survey showed.
struct Surveyed {
    calls: Vec<usize>,
    failed: Option<(usize, String)>,
    snapshots: Vec<Snapshot>,
    hangs: usize,
}

impl Survey {
    /// Plays the histories; those that would start after the deadline are left out.
    pub(crate) fn take(pair: &Pair, options: &Options, deadline: Option<Instant>) -> Self {
        let kind = CaseKind::History { updates: 1..=1 };
        let generator = Generator::new(pair, kind, options.operations);
        let mut surveyed: Vec<Surveyed> = Vec::new();
        // In parts, so that a guest that hangs is not asked to hang in every history.
        for part in 0..HISTORIES / PART {
            if surveyed.iter().map(|one| one.hangs).sum::<usize>() >= MAX_HANGS {
                break;
            }
            let numbers = (part * PART..(part + 1) * PART).into_par_iter();
            let in_time = numbers.filter(|_| deadline.is_none_or(|it| Instant::now() < it));
            let played = in_time.map(|number| survey_one(pair, options, &generator, number));
            surveyed.extend(played.collect::<Vec<_>>());
        }
        let mut calls = vec![0; pair.operations.len()];
        let mut failures = vec![0; pair.operations.len()];
        let mut reasons: BTreeMap<usize, String> = BTreeMap::new();
        let mut corpus = Vec::new();
        for one in surveyed {
            for call in one.calls {
                calls[call] += 1;
            }
            if let Some((operation, reason)) = one.failed {
                failures[operation] += 1;
                reasons.entry(operation).or_insert(reason);
            }
            corpus.extend(one.snapshots);
        }
        let always = |operation: &usize| {
            calls[*operation] >= SURVEYED_CALLS && failures[*operation] == calls[*operation]
        };
        let (always_fail, sometimes_fail): (Vec<usize>, Vec<usize>) =
            reasons.keys().copied().partition(always);
        let notes = reasons
            .iter()
            .map(|(operation, reason)| {
                let name = &pair.operations[*operation].name;
                match always_fail.contains(operation) {
                    true => format!(
                        "{name} is left out of histories, because every call of it fails: {reason}"
                    ),
                    false => format!("{name} fails in some histories, which end there: {reason}"),
                }
            })
            .collect();
        Self {
            always_fail,
            sometimes_fail,
            corpus,
            notes,
        }
    }
}

fn survey_one(
    pair: &Pair,
    options: &Options,
    generator: &Generator<'_>,
    number: usize,
) -> Surveyed {
    let mut surveyed = Surveyed {
        calls: Vec::new(),
        failed: None,
        snapshots: Vec::new(),
        hangs: 0,
    };
    let Ok(tree) = generator.tree(&mut runner(options.seed, "survey", number), &[], &[]) else {
        return surveyed;
    };
    let case = tree.current();
    let trial = Trial::new(pair, &case);
    for side in [Side::Old, Side::New] {
        let Ok(mut worker) = trial.start(side, trial.seed) else {
            continue;
        };
        let played = trial.play(&mut worker, side, &case);
        if side == Side::Old {
            surveyed.calls = played.calls.iter().map(|call| call.operation).collect();
            surveyed.failed = played
                .observations
                .last()
                .and_then(|last| last.failure())
                .zip(played.calls.last())
                .map(|(failure, call)| (call.operation, failure.to_string()));
        }
        // Of a state that is about to be updated; of the last one, where a call failed before.
        let failed = played.updates.is_empty();
        let until = played.calls.len().saturating_sub(usize::from(failed));
        let at = played.updates.first().copied().unwrap_or(until);
        let saved = trial
            .worker_after(side, &played.calls[..at], trial.seed)
            .and_then(|mut worker| trial.save(&mut worker, at));
        surveyed.snapshots.extend(saved);
    }
    surveyed.hangs = trial.into_tally().hangs;
    surveyed
}
