//! What a green check is worth: how much of the state somebody would notice if it were lost. Each value in real snapshots of the old
//! version is changed, one at a time, and loaded into the new version. Where load refuses it, or an operation observes something
//! else than after the snapshot as it was, a loss would be noticed; where neither is so in any history, it would not.
//!
//! Formats that describe themselves have named fields, which are the same in each snapshot; so have the bytes of snapshots that are
//! all equally long. Of others, the bytes of one large snapshot are changed: of a few, the one whose operations show most.

use std::collections::{BTreeMap, BTreeSet};

use proptest::strategy::ValueTree;
use rayon::prelude::*;

use crate::case::document::{Document, LARGEST, Leaf, Path, PathStep, recognise};
use crate::case::{Call, CaseKind, Generator, runner};
use crate::judging::divergence::can_be_told_apart;
use crate::judging::verdict::{Sensitivity, Unnoticed};
use crate::judging::{Judging, Workers};
use crate::report::foreign::shortened;
use crate::search::run::Context;
use crate::search::trial::Double;
use crate::worker::Worker;
use crate::worker::observation::Observation;
use crate::worker::snapshot::Snapshot;
use crate::worker::update::Update;

/// Histories in a round. After each, what was noticed is not asked for again.
const ROUND: usize = 8;
const ROUNDS: usize = 4;
/// How many values of a snapshot are changed.
const MOST: usize = 256;
/// Bytes of the longest snapshot whose bytes are changed.
const LONGEST: usize = 1024;

/// How much of the state would be noticed; none where nothing could be changed.
pub(super) fn measure(context: &Context<'_>) -> Option<Sensitivity> {
    let kind = CaseKind::History { updates: 1..=1 };
    let generator = Generator::new(context.judged, kind, context.options.operations)
        .without(&context.calibration.always_fail);
    let mut fields = Fields::default();
    let mut places = Places::Named;
    let mut lengths: BTreeSet<usize> = BTreeSet::new();
    for round in 0..ROUNDS {
        if context.is_late() {
            break;
        }
        let numbers = (round * ROUND..(round + 1) * ROUND).into_par_iter();
        let chain = context.judged.chain();
        let lives = numbers
            .filter_map(|number| chain.within_budget(|| Life::lead(context, &generator, number)));
        let lives: Vec<Life<'_>> = lives.collect();
        // A format is the same in each snapshot; bytes that look like it by chance are not. Of a large one nobody knows.
        let mut small = lives
            .iter()
            .filter(|life| life.snapshot.bytes.len() <= LARGEST)
            .peekable();
        let has_names = small.peek().is_some() && small.all(|life| life.document().is_some());
        lengths.extend(lives.iter().map(|life| life.snapshot.bytes.len()));
        let are_here = match has_names {
            true => Places::Named,
            false if lengths.len() == 1 => Places::Fixed,
            false => Places::Moving,
        };
        if are_here > places {
            (places, fields) = (are_here, Fields::default());
        }
        let changed = lives.into_par_iter();
        let changed: Vec<Fields> = changed
            .filter_map(|life| {
                chain.within_budget(|| match places {
                    Places::Named => Some(life.changed_fields(&life.document()?, &fields)),
                    Places::Fixed | Places::Moving => life.changed_bytes(),
                })
            })
            .collect();
        match places {
            Places::Named | Places::Fixed => {
                changed.into_iter().for_each(|found| fields.join(found));
            }
            Places::Moving => {
                fields = Fields::best(changed.into_iter().chain([fields]).collect());
            }
        }
        if !fields.known.is_empty() && fields.known.len() == fields.noticed.len() {
            break;
        }
    }
    if fields.known.is_empty() {
        return None;
    }
    Some(match places {
        Places::Named => fields.told("fields", str::to_owned),
        Places::Fixed | Places::Moving => {
            fields.told("bytes", |offset| format!("byte {}", offset.trim_start()))
        }
    })
}

/// What the places in the snapshots are, the more specific the earlier.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Places {
    /// Paths.
    Named,
    /// Offsets, which mean the same in each snapshot.
    Fixed,
    /// Offsets, which do not.
    Moving,
}

/// What was changed, by place.
#[derive(Default)]
struct Fields {
    /// Each with the first change that was tried: what it was, and what it became.
    known: BTreeMap<String, (String, String)>,
    noticed: BTreeSet<String>,
}

impl Fields {
    fn join(&mut self, other: Self) {
        for (place, change) in other.known {
            self.known.entry(place).or_insert(change);
        }
        self.noticed.extend(other.noticed);
    }

    /// Of several, those of which most was noticed; small ones say little.
    fn best(all: Vec<Self>) -> Self {
        let largest = all.iter().map(|it| it.known.len()).max().unwrap_or(0);
        let large = all
            .into_iter()
            .filter(|it| it.known.len() * 4 >= largest * 3);
        let unnoticed =
            |it: &Self| (it.known.len() - it.noticed.len()) * 10_000 / it.known.len().max(1);
        large.min_by_key(unnoticed).unwrap_or_default()
    }

    fn told(self, unit: &'static str, name: impl Fn(&str) -> String) -> Sensitivity {
        let unnoticed = self.known.iter();
        let unnoticed = unnoticed.filter(|(place, _)| !self.noticed.contains(*place));
        let unnoticed = unnoticed.map(|(place, (was, became))| Unnoticed {
            place: shortened(&name(place)).into_owned(),
            was: shortened(was).into_owned(),
            became: shortened(became).into_owned(),
        });
        Sensitivity {
            of: self.known.len(),
            noticed: self.noticed.len(),
            unit,
            unnoticed: unnoticed.collect(),
        }
    }
}

/// A history up to its update, and what comes after it.
struct Life<'a> {
    judging: Judging<'a>,
    /// The worker that saved.
    before: Worker,
    at: usize,
    snapshot: Snapshot,
    /// Calls after the update, and what they observe.
    after: Vec<Call>,
    observed: Vec<Observation>,
}

impl<'a> Life<'a> {
    fn lead(context: &Context<'a>, generator: &Generator<'_>, number: usize) -> Option<Self> {
        let hop = context.judged;
        let runner = &mut runner(context.options.seed, "sensitivity", number);
        let tree = generator.tried_tree(runner, &[], &[], &mut Double::new(hop));
        let case = tree.ok()?.current();
        let judging = Judging::of(hop, &case, Workers::Reused);
        let played = judging.twin(&case)?;
        let at = *played.updates.first()?;
        let mut before = judging.worker_after(judging.old(), &played.calls[..at], judging.seed)?;
        let snapshot = judging.save(&mut before, at)?;
        // Whatever was asked before the update is asked again, before anything else happens.
        let mut after: BTreeMap<usize, Call> = BTreeMap::new();
        for call in &played.calls[..at] {
            after.insert(call.operation, call.clone());
        }
        let mut after: Vec<Call> = after.into_values().collect();
        after.sort_by_key(|call| !call.arguments.is_empty());
        after.extend_from_slice(&played.calls[at..]);
        let mut life = Self {
            judging,
            before,
            at,
            snapshot,
            after,
            observed: Vec::new(),
        };
        life.observed = life.observes(life.snapshot.clone())?;
        Some(life)
    }

    /// What is observed after this snapshot was loaded; none if it is refused.
    fn observes(&self, snapshot: Snapshot) -> Option<Vec<Observation>> {
        let next = self.judging.next();
        match self
            .judging
            .hand_over(next, &self.before, snapshot, self.at, 0)
        {
            Update::Updated { mut worker, .. } => {
                Some(self.judging.repeat(&mut worker, next, &self.after, self.at))
            }
            _ => None,
        }
    }

    fn notices(&self, bytes: Vec<u8>) -> bool {
        let snapshot = Snapshot {
            bytes,
            mime: self.snapshot.mime.clone(),
        };
        let observed = self.observes(snapshot);
        observed.is_none_or(|it| can_be_told_apart(&self.observed, &it))
    }

    /// The snapshot, where its format names its fields.
    fn document(&self) -> Option<Document> {
        recognise(&self.snapshot).filter(has_names)
    }

    /// Changes every value, but for the fields that are known to be noticed.
    fn changed_fields(&self, document: &Document, known: &Fields) -> Fields {
        let mut fields = Fields::default();
        let is_agent = self.judging.hop.next().agent().is_some();
        let mut leaves = document.leaves();
        leaves.retain(|(path, _)| is_field(path, is_agent));
        for (path, leaf) in leaves.into_iter().take(MOST) {
            if self.judging.has_hung() {
                break;
            }
            let place = path.without_indices().to_string();
            if known.noticed.contains(&place) || fields.noticed.contains(&place) {
                continue;
            }
            for other in others(&leaf) {
                let Some(bytes) = document.with_leaf(&path, &other) else {
                    continue;
                };
                let change = (leaf.to_string(), other.to_string());
                fields.known.entry(place.clone()).or_insert(change);
                if self.notices(bytes) {
                    fields.noticed.insert(place);
                    break;
                }
            }
        }
        fields
    }

    fn changed_bytes(&self) -> Option<Fields> {
        let bytes = &self.snapshot.bytes;
        if bytes.len() > LONGEST {
            return None;
        }
        let mut fields = Fields::default();
        let filled = bytes.iter().enumerate().filter(|(_, byte)| **byte != 0);
        for (offset, byte) in filled.take(MOST) {
            if self.judging.has_hung() {
                break;
            }
            // Padded, so that they are in order.
            let place = format!("{offset:4}");
            let changes = [0, byte.wrapping_add(1), byte ^ 0x80];
            for other in changes.into_iter().filter(|it| it != byte) {
                let change = (byte.to_string(), other.to_string());
                fields.known.entry(place.clone()).or_insert(change);
                let mut changed = bytes.clone();
                changed[offset] = other;
                if self.notices(changed) {
                    fields.noticed.insert(place);
                    break;
                }
            }
        }
        (!fields.known.is_empty()).then_some(fields)
    }
}

/// Whether a path names a part of the state: offsets between named parts are others in each snapshot, and who made an agent is no state
/// of it.
fn is_field(path: &Path, is_agent: bool) -> bool {
    let is_offset = |step: &PathStep| matches!(step, PathStep::Bytes(..));
    let is_principal = matches!(path.0.first(), Some(PathStep::Key(key)) if key == "principal");
    !(path.0.iter().any(is_offset) || is_agent && is_principal)
}

/// Whether the document names its fields.
fn has_names(document: &Document) -> bool {
    let leaves = document.leaves();
    let is_key = |step: &PathStep| matches!(step, PathStep::Key(_));
    leaves.iter().any(|(path, _)| path.0.iter().any(is_key))
}

/// What a value may have become when it was lost: what stands for nothing, and another one of its kind. What stands for nothing
/// already cannot be lost.
fn others(leaf: &Leaf) -> Vec<Leaf> {
    match leaf {
        Leaf::Null | Leaf::EmptyList | Leaf::EmptyMap | Leaf::Bool(false) | Leaf::Integer(0) => {
            Vec::new()
        }
        Leaf::Bool(true) => vec![Leaf::Bool(false)],
        Leaf::Integer(number) => vec![Leaf::Integer(0), Leaf::Integer(number.saturating_add(1))],
        Leaf::Float(number) if *number == 0.0 => Vec::new(),
        Leaf::Float(number) => vec![Leaf::Float(0.0), Leaf::Float(number + 1.0)],
        Leaf::Text(text) if text.is_empty() => Vec::new(),
        Leaf::Text(text) => vec![Leaf::Text(String::new()), Leaf::Text(format!("{text}x"))],
        Leaf::Bytes(bytes) => match bytes.split_last() {
            None => Vec::new(),
            Some((last, rest)) => {
                let other = [rest, &[last ^ 1]].concat();
                vec![Leaf::Bytes(Vec::new()), Leaf::Bytes(other)]
            }
        },
    }
}
