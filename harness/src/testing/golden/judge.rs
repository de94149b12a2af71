//! Loads golden snapshots into the last version of a chain.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::strategy::ValueTree;
use rayon::prelude::*;

use super::ID;
use super::file::{Golden, GoldenFile};
use super::take::observation;
use crate::case::text::step;
use crate::case::{Call, Case, CaseKind, Generator, MAX_OPERATIONS, Step, runner};
use crate::host::Pace;
use crate::host::Seeds;
use crate::judging::cause::{Cause, Part};
use crate::judging::verdict::{Blame, Finding, Outcome, PropertyReport, ReportedFailure, Status};
use crate::judging::{Judging, Loaded, Tally, Workers, divergence};
use crate::properties::{ACCEPTED_IS_STABLE, UNSUPPORTED, difference, failed};
use crate::versions::chain::Chain;
use crate::versions::hop::Hop;
use crate::worker::observation::Observation;

/// Histories after which a snapshot is saved and loaded again, where no calls are recorded beside it.
const HISTORIES: usize = 4;
const OTHER_AGENT: &str = "the snapshot is one of another agent";

/// What one snapshot came to.
struct Judged {
    outcome: Outcome,
    tally: Tally,
}

/// Judges every snapshot of the set; what is to be said beside the verdict are sentences for the report's notes. `seed` determines
/// what happens to those that nothing is recorded beside.
pub(crate) fn judge(chain: &Chain, set: &[Golden], seed: u64) -> (PropertyReport, Vec<String>) {
    let hop = chain.whole();
    let judge_one = |golden: &Golden| chain.within_budget(|| judge_one(hop, golden, seed));
    let judged: Vec<Judged> = chain.on_its_threads(|| set.par_iter().map(judge_one).collect());
    let mut covered = BTreeSet::new();
    let mut excused = BTreeSet::new();
    let mut notes = Vec::new();
    let mut discarded: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut failures: Vec<ReportedFailure> = Vec::new();
    for (golden, Judged { outcome, tally }) in set.iter().zip(judged) {
        covered.extend(tally.covered);
        excused.extend(tally.excused);
        let shown = golden.path.display();
        let note = |it: &String| format!("{ID}: {shown}: {it}");
        notes.extend(tally.notes.iter().map(note));
        match outcome {
            Outcome::Pass => {}
            Outcome::Discard(reason) => *discarded.entry(reason).or_default() += 1,
            Outcome::Fail(finding) => {
                if failures.iter().any(|it| it.finding.is_like(&finding)) {
                    notes.push(note(&format!("fails like another: {}", finding.message)));
                } else {
                    failures.push(reported(&golden.path, *finding));
                }
            }
        }
    }
    notes.extend(excused.iter().map(|operation| {
        let name = hop.name(*operation);
        format!(
            "{ID}: what differs in {name} depends on the host and was not held against the update"
        )
    }));
    let exercised = discarded.values().sum::<usize>() < set.len();
    let status = match (exercised, failures.is_empty()) {
        (false, _) => Status::NotExercised,
        (true, false) => Status::Fail,
        (true, true) => Status::Pass,
    };
    let reason = match (exercised, discarded.keys().next()) {
        (false, Some(reason)) => format!("every snapshot was discarded: {reason}"),
        _ => String::new(),
    };
    let names = covered.iter().map(|it| hop.name(*it).to_owned());
    let report = PropertyReport {
        id: ID,
        hop: None,
        status,
        cases: set.len(),
        discarded,
        reason,
        failures,
        covered: names.collect(),
    };
    (report, notes)
}

/// The bytes are what they are: what is lost, the new version loses.
fn reported(path: &Path, finding: Finding) -> ReportedFailure {
    let blame = match finding.cause.is_failed_save() {
        true => Blame::Save,
        false => Blame::Load,
    };
    ReportedFailure {
        finding: Finding {
            message: format!("{}: {}", path.display(), finding.message),
            ..finding
        },
        blame,
        file: None,
    }
}

fn judge_one(hop: Hop<'_>, golden: &Golden, seed: u64) -> Judged {
    let mut case = Case {
        seed,
        pace: Pace::default(),
        input: Some(golden.snapshot.clone()),
        founding: None,
        steps: Vec::new(),
    };
    let mut expected = Vec::new();
    let mut note = None;
    if let Some(file) = &golden.file {
        let Some(founding) = founding(hop, file) else {
            return Judged {
                outcome: Outcome::Discard(OTHER_AGENT),
                tally: Tally::default(),
            };
        };
        (case.seed, case.founding) = (file.seed, founding);
        note = recorded(hop, file, &mut case.steps, &mut expected);
    }
    let judging = Judging::of(hop, &case, Workers::New);
    if let Some(note) = note {
        judging.note(note);
    }
    let outcome = loaded(&judging, golden, &case, &expected);
    let mut tally = judging.into_tally();
    let outcome = match outcome {
        Outcome::Pass => resaved(hop, case, &mut tally).map_or(Outcome::Pass, Finding::fail),
        outcome => outcome,
    };
    Judged { outcome, tally }
}

/// The arguments that the agent of the file is made with, if it is one of this chain.
fn founding(hop: Hop<'_>, file: &GoldenFile) -> Option<Option<Vec<crate::value::Val>>> {
    if file.agent_type() != hop.chain().agent() {
        return None;
    }
    match &file.agent {
        Some(text) => hop.parse_founding(text).ok().map(Some),
        None => Some(None),
    }
}

/// The calls of the file, and what each is to observe, as far as the versions have them; a sentence where they have not.
fn recorded(
    hop: Hop<'_>,
    file: &GoldenFile,
    steps: &mut Vec<Step>,
    expected: &mut Vec<Option<Observation>>,
) -> Option<String> {
    let mut note = None;
    for recorded in &file.observations {
        let call = match step(hop, &recorded.call) {
            Ok(Step::Operation(call)) => call,
            Ok(_) | Err(_) => {
                let (made, all) = (steps.len(), file.observations.len());
                let call = &recorded.call;
                return Some(format!(
                    "only the first {made} of {all} recorded calls are made, because {call} is no call that both versions have"
                ));
            }
        };
        let text = recorded.observed.as_deref();
        let observed = text.and_then(|text| observation(hop, &call, text));
        if text.is_some() && observed.is_none() {
            let call = &recorded.call;
            note = Some(format!(
                "what is recorded for {call} is not compared, because it is no value of the result's type"
            ));
        }
        expected.push(observed);
        steps.push(Step::Operation(call));
    }
    note
}

/// What is wrong with the load, or with what is observed after it.
fn loaded(
    judging: &Judging<'_>,
    golden: &Golden,
    case: &Case,
    expected: &[Option<Observation>],
) -> Outcome {
    let next = judging.next();
    let load = |seeds: Seeds| judging.load(next, &golden.snapshot, seeds);
    let bare = || case_of(case, Vec::new());
    let mut worker = match load(judging.seed.into()) {
        Ok(Loaded::Accepted(worker)) => worker,
        Ok(Loaded::Refused(message)) => {
            let message = format!("load refuses it: {message:?}");
            return Finding::new(Cause::Refused, message, bare()).fail();
        }
        Err(failure) if failure.is_unsupported() => return Outcome::Discard(UNSUPPORTED),
        Err(failure) => return failed(Part::Load, "load", &failure, bare()).fail(),
    };
    let calls: Vec<Call> = case.steps.iter().filter_map(operation).collect();
    let observed = judging.repeat(&mut worker, next, &calls, 0);
    let expected: Vec<Observation> = expected
        .iter()
        .zip(&observed)
        .map(|(expected, observed)| match (expected, observed) {
            (Some(expected), _) => expected.clone(),
            // Whatever it returned, it did return.
            (None, Observation::Failed(_)) => Observation::Returned(None),
            (None, Observation::Returned(_)) => observed.clone(),
        })
        .collect();
    let elsewhere = |seeds| match load(seeds) {
        Ok(Loaded::Accepted(mut worker)) => judging.repeat(&mut worker, next, &calls, 0),
        _ => Vec::new(),
    };
    match divergence::first(judging, &calls, (0, 0), (&expected, &observed), elsewhere) {
        Some(found) => {
            let shown = case_of(case, calls[..=found.at].to_vec());
            difference(&found, judging, &calls[found.at], shown, "after the load").fail()
        }
        None => Outcome::Pass,
    }
}

fn operation(step: &Step) -> Option<Call> {
    match step {
        Step::Operation(call) => Some(call.clone()),
        _ => None,
    }
}

fn case_of(case: &Case, calls: Vec<Call>) -> Case {
    Case {
        steps: calls.into_iter().map(Step::Operation).collect(),
        ..case.clone()
    }
}

/// What is lost when the state is saved and loaded again.
fn resaved(hop: Hop<'_>, case: Case, tally: &mut Tally) -> Option<Finding> {
    let cases = match case.steps.is_empty() {
        true => histories(hop, &case),
        false => vec![case],
    };
    cases.iter().find_map(|case| {
        let (outcome, of_case) = ACCEPTED_IS_STABLE.judge_with(Workers::New, hop, case);
        tally.covered.extend(of_case.covered);
        tally.excused.extend(of_case.excused);
        match outcome {
            // An operation may fail on a state that it was never called on.
            Outcome::Fail(finding) if !is_failed_operation(&finding.cause) => Some(*finding),
            _ => None,
        }
    })
}

fn is_failed_operation(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::Failed {
            part: Part::Operation(_),
            ..
        }
    )
}

/// The case with generated operations.
fn histories(hop: Hop<'_>, case: &Case) -> Vec<Case> {
    let kind = CaseKind::History { updates: 0..=0 };
    let generator = Generator::new(hop, kind, MAX_OPERATIONS);
    let history = |number| {
        let tree = generator.tree(&mut runner(case.seed, ID, number), &[], &[]);
        let calls = tree.ok()?.current().steps;
        Some(case_of(case, calls.iter().filter_map(operation).collect()))
    };
    (0..HISTORIES).filter_map(history).collect()
}
