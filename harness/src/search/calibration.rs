//! What ordinary histories show before the properties run: which operations fail, and real snapshots.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::strategy::ValueTree;
use rayon::prelude::*;

use crate::case::{Ancestry, Case, CaseKind, Generator, Sources, runner};
use crate::judging::{Judging, Workers};
use crate::search::explore::Explored;
use crate::search::options::Options;
use crate::versions::hop::Hop;
use crate::worker::meter::Strain;
use crate::worker::snapshot::Snapshot;

/// Histories that are played, in both versions, with a save in each.
const HISTORIES: usize = 64;
/// Histories that are played together.
const PART: usize = 16;
/// After this many calls that used up their fuel, calibration ends.
const MAX_HANGS: usize = 16;
/// An operation that failed in each of at least this many calls is left out of histories.
const ENOUGH_CALLS: usize = 4;

const CUT: &str = "some histories have fewer operations than --ops allows, because what these return is too much to be compared";

/// What ordinary histories show.
pub(crate) struct Calibration {
    /// Operations that are left out of histories, because every call of them failed.
    pub(crate) always_fail: Vec<usize>,
    /// Operations that ended some histories.
    pub(crate) sometimes_fail: Vec<usize>,
    /// Real snapshots of both versions, which inputs are made from.
    pub(crate) corpus: Vec<Snapshot>,
    /// Fuel that a history of ordinary calls takes in both versions, on average.
    pub(crate) fuel: u64,
    /// What to tell the user of it.
    pub(crate) notes: Vec<String>,
    /// Histories that others are made of.
    pub(crate) ancestry: Ancestry,
    /// Where the arguments of calls come from that are taken.
    pub(crate) sources: Arc<Sources>,
}

/// What one history showed.
#[derive(Default)]
struct Shown {
    calls: Vec<usize>,
    failed: Option<(usize, String)>,
    snapshots: Vec<Snapshot>,
    fuel: u64,
    strain: Strain,
    /// Whether a worker of each version started.
    has_started: bool,
    /// Whether what it observes is too much for all of it to be played.
    is_cut: bool,
}

/// Real snapshots, as many as there is room for; small ones are no worse than large ones.
#[derive(Default)]
struct Corpus {
    snapshots: Vec<Snapshot>,
    bytes: usize,
}

/// How many bytes of snapshots are kept, beside the first.
const KEPT: usize = 8 << 20;
/// Histories of which snapshots are kept however large they are.
const FIRST: usize = 2;

impl Corpus {
    fn add(&mut self, snapshot: Snapshot) {
        let bytes = self.bytes.saturating_add(snapshot.bytes.len());
        if self.snapshots.len() < FIRST * 2 || bytes <= KEPT {
            self.bytes = bytes;
            self.snapshots.push(snapshot);
        }
    }
}

impl Calibration {
    /// Plays the histories; those that would start when it `is_over` are left out.
    pub(crate) fn take(hop: Hop<'_>, options: &Options, is_over: impl Fn() -> bool + Sync) -> Self {
        let kind = CaseKind::History { updates: 1..=1 };
        let generator = Generator::new(hop, kind, options.operations);
        let mut shown: Vec<Shown> = Vec::new();
        let mut corpus = Corpus::default();
        let mut strain = Strain::default();
        // In parts, so that a guest that hangs is not asked to hang in every history.
        for part in 0..HISTORIES / PART {
            if strain.hangs() >= MAX_HANGS {
                break;
            }
            let numbers = (part * PART..(part + 1) * PART).into_par_iter();
            let in_time = numbers.filter(|_| !is_over());
            let played = in_time.map(|number| {
                let play = || play_one(hop, options, &generator, number);
                hop.chain().within_budget(play)
            });
            for mut one in played.collect::<Vec<_>>() {
                for snapshot in std::mem::take(&mut one.snapshots) {
                    corpus.add(snapshot);
                }
                strain.add(one.strain);
                shown.push(one);
            }
        }
        let mut calls = vec![0; hop.chain().operations().len()];
        let mut failures = vec![0; hop.chain().operations().len()];
        let mut reasons: BTreeMap<usize, String> = BTreeMap::new();
        let mut is_cut = false;
        let fuel = shown.iter().map(|one| one.fuel);
        let fuel = fuel.fold(0, u64::saturating_add) / shown.len().max(1) as u64;
        for one in shown {
            is_cut |= one.is_cut;
            for call in one.calls {
                calls[call] += 1;
            }
            if let Some((operation, reason)) = one.failed {
                failures[operation] += 1;
                reasons.entry(operation).or_insert(reason);
            }
        }
        let always = |operation: &usize| {
            calls[*operation] >= ENOUGH_CALLS && failures[*operation] == calls[*operation]
        };
        let (always_fail, sometimes_fail): (Vec<usize>, Vec<usize>) =
            reasons.keys().copied().partition(always);
        let mut notes: Vec<String> = reasons
            .iter()
            .map(|(operation, reason)| {
                let name = hop.name(*operation);
                match always_fail.contains(operation) {
                    true => format!(
                        "{name} is left out of histories, because every call of it fails: {reason}"
                    ),
                    false => format!("{name} fails in some histories, which end there: {reason}"),
                }
            })
            .collect();
        if is_cut {
            notes.push(CUT.to_owned());
        }
        Self {
            always_fail,
            sometimes_fail,
            corpus: corpus.snapshots,
            fuel,
            notes,
            ancestry: Ancestry::default(),
            sources: Arc::default(),
        }
    }

    /// With what was found where the old version was explored.
    pub(crate) fn guided_by(mut self, explored: Explored) -> Self {
        self.ancestry = explored.ancestry;
        self.sources = explored.sources;
        self.corpus.extend(explored.snapshots);
        self
    }
}

fn play_one(hop: Hop<'_>, options: &Options, generator: &Generator<'_>, number: usize) -> Shown {
    let Ok(tree) = generator.tree(&mut runner(options.seed, "survey", number), &[], &[]) else {
        return Shown::default();
    };
    let case = tree.current();
    let played = play(hop, &case, Workers::Reused);
    // Those that are used again take more fuel, and only what new ones do is held against a component.
    let mut played = match played.strain.is_none() && played.has_started {
        true => played,
        false => play(hop, &case, Workers::New),
    };
    // The histories of a part are played together, and so are their snapshots kept.
    if number >= FIRST {
        played
            .snapshots
            .retain(|it| it.bytes.len() <= KEPT / HISTORIES);
    }
    played
}

fn play(hop: Hop<'_>, case: &Case, workers: Workers) -> Shown {
    let mut shown = Shown {
        has_started: true,
        ..Shown::default()
    };
    let judging = Judging::of(hop, case, workers);
    for version in [judging.old(), judging.next()] {
        let Ok(mut worker) = judging.start(version, judging.seed) else {
            shown.has_started = false;
            continue;
        };
        let played = judging.play(&mut worker, version, case);
        shown.is_cut |= played.is_cut;
        if version == judging.old() {
            shown.calls = played.calls.iter().map(|call| call.operation).collect();
            shown.failed = played
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
        let saved = judging
            .worker_after(version, &played.calls[..at], judging.seed)
            .and_then(|mut worker| judging.save(&mut worker, at));
        shown.snapshots.extend(saved);
    }
    let tally = judging.into_tally();
    (shown.fuel, shown.strain) = (tally.fuel, tally.strain);
    shown
}
