//! `lifecycle`: what happens to a worker in a long life leaves no trace. Updates, a crash after one, an update that failed
//! and the retry, a second and a third hop: the twin stays on the first version for ever and has none of them, and every
//! observation of the worker equals the twin's, those of a replay included.
//!
//! A failure is told with the first events only that show it: the last event of its history is the one that lost the state.
//! In a pair, what the properties that look at just one update or one recovery find, too, is told by them: the report leaves
//! it out here. A chain is told as a whole, with the hop that lost the state.

use super::{
    ACCEPTS_SAVED, Advice, Effort, NO_START, Property, Scope, UNSUPPORTED, UPGRADE_EQUIVALENCE,
    needs_operations, reload_equivalence, resave, revert,
};
use crate::case::{Call, Case, CaseKind, Step};
use crate::judging::blame;
use crate::judging::cause::Cause;
use crate::judging::divergence::{self, Divergence};
use crate::judging::played::Played;
use crate::judging::timeline::{End, Happened, Timeline};
use crate::judging::verdict::{Blame, Finding, Outcome};
use crate::judging::{Judging, Workers};
use crate::versions::chain::VersionId;
use crate::versions::hop::HopId;
use crate::worker::Worker;
use crate::worker::observation::{Failure, Observation};
use crate::worker::update::Update;

pub(crate) const PROPERTY: Property = Property {
    id: "lifecycle",
    statement: "no crash, failed update, retry or further update is noticed, along a whole chain of versions: every observation equals the twin's",
    exercised: "histories with several such events; the twin stays on the first version and has none",
    advice: Advice {
        matters: "Workers live through many versions, crashes and failed attempts. Most failures in the field were of the second update, or of the first recovery after one.",
        causes: &[
            "what one version leaves out, because it does not need it, the next one misses",
            "ids or counters start again after a load, and collide later",
            "a version reads the format before it, but not the one before that",
        ],
        remedy: "The report names the update that lost the state. Check all versions that are in production as a chain: `handover check V1 V2 V3`.",
    },
    advisory: false,
    scope: Scope::WholeChain,
    effort: Effort::Times(1),
    workers: Workers::Reused,
    yields_to: &[
        ACCEPTS_SAVED.id,
        UPGRADE_EQUIVALENCE.id,
        reload_equivalence::PROPERTY.id,
        resave::PROPERTY.id,
        revert::PROPERTY.id,
    ],
    is_about_any_update: false,
    kind: || CaseKind::Life,
    unmet: |hop| hop.parts().find_map(needs_operations),
    judge,
    whose_fault,
};

fn judge(judging: &Judging<'_>, case: &Case) -> Outcome {
    let Some(twin) = judging.twin(case) else {
        return Outcome::Discard(NO_START);
    };
    let steps = as_played(case, &twin);
    if !observes_an_event(&steps) {
        return Outcome::Discard("nothing was observed after the first event");
    }
    if lost(judging, &steps, &twin).is_none() {
        return Outcome::Pass;
    }
    let events = steps.iter().filter(|step| !is_operation(step)).count();
    let first = (1..=events).find_map(|events| {
        let steps = with_events(&steps, events);
        lost(judging, &steps, &twin).map(|(loss, life)| (steps, loss, life))
    });
    let Some((steps, loss, hop)) = first else {
        return Outcome::Pass;
    };
    if let Loss::End(end) = &loss
        && end.failure.as_ref().is_some_and(Failure::is_unsupported)
    {
        return Outcome::Discard(UNSUPPORTED);
    }
    finding(judging, case, steps, loss, hop).fail()
}

/// The two versions of an update.
type Hopped = (VersionId, VersionId);

/// What a life lost.
enum Loss {
    Differs(Divergence),
    End(Box<End>),
}

/// The first difference between the twin and the life that these steps are, and the update that came last before it.
fn lost(judging: &Judging<'_>, steps: &[Step], twin: &Played) -> Option<(Loss, Option<Hopped>)> {
    let mut life = Timeline::start(judging).ok()?;
    let mut observed: Vec<Observation> = Vec::new();
    let mut number = 0;
    let first_event = steps.iter().take_while(|step| is_operation(step)).count();
    let differs = |observed: &[Observation], end: usize| {
        let first = end - observed.len();
        let calls = &twin.calls[first..];
        let observations = (&twin.observations[first..], observed);
        let other_world = |seeds| judging.twin_elsewhere(&twin.calls, first, seeds);
        divergence::first(
            judging,
            calls,
            (first, first_event),
            observations,
            other_world,
        )
    };
    for step in steps {
        if let Step::Operation(call) = step {
            let observation = life.operation(number, call);
            number += 1;
            let failed = observation.failure().is_some();
            observed.push(observation);
            if failed {
                break;
            }
            continue;
        }
        if let Some(divergence) = differs(&observed, number) {
            return Some((Loss::Differs(divergence), life.last_update));
        }
        observed.clear();
        match life.event(step, number) {
            Ok(Happened::Updated(_) | Happened::Saved | Happened::Nothing) => {}
            Ok(Happened::Recovered(replayed)) => {
                let Some((last, _)) = replayed.last() else {
                    continue;
                };
                let end = last + 1;
                let replayed: Vec<Observation> = replayed.into_iter().map(|(_, it)| it).collect();
                if let Some(divergence) = differs(&replayed, end) {
                    return Some((Loss::Differs(divergence), life.last_update));
                }
                // A replay that may fail where the life did not: nothing more can be said.
                if replayed.last().is_some_and(|it| it.failure().is_some()) {
                    return None;
                }
            }
            Err(end) => return Some((Loss::End(end), life.last_update)),
        }
    }
    differs(&observed, number).map(|divergence| (Loss::Differs(divergence), life.last_update))
}

fn finding(
    judging: &Judging<'_>,
    case: &Case,
    steps: Vec<Step>,
    loss: Loss,
    update: Option<Hopped>,
) -> Finding {
    let is_chain = judging.hop.passes_over();
    let hop = update.map(|(from, to)| HopId {
        from: from.number(),
        to: to.number(),
    });
    let event = steps.iter().rfind(|step| !is_operation(step));
    let what = event_name(is_chain, event, hop);
    let case = Case {
        seed: case.seed,
        pace: case.pace,
        founding: case.founding.clone(),
        input: None,
        steps,
    };
    let mut finding = match loss {
        Loss::Differs(divergence) => {
            let mut calls = case.steps.iter().filter_map(call);
            match calls.nth(divergence.at) {
                Some(call) => super::difference(&divergence, judging, call, case.clone(), &what),
                // A divergence is always at one of the calls.
                None => Finding::new(Cause::NotReplayed, what, case),
            }
        }
        Loss::End(end) => {
            let message = format!("{what}: {}", end.message);
            Finding::new(end.cause, message, case).showing(end.failure.as_ref())
        }
    };
    finding.hop = hop.filter(|_| is_chain);
    finding
}

fn event_name(is_chain: bool, event: Option<&Step>, hop: Option<HopId>) -> String {
    match (event, hop) {
        (Some(Step::Save | Step::Snapshot), _) => "after a save".to_owned(),
        (Some(Step::Crash), _) => "after a crash".to_owned(),
        (Some(Step::FailedUpdate), _) => "after a failed update".to_owned(),
        (Some(Step::DirectUpdate), Some(hop)) => format!("after the direct update {hop}"),
        (_, Some(hop)) if is_chain => format!("after the update {hop}"),
        (_, Some(hop)) if hop.from == hop.to => "after a further update".to_owned(),
        _ => "after the update".to_owned(),
    }
}

/// The history with every argument known, as far as the twin came.
fn as_played(case: &Case, twin: &Played) -> Vec<Step> {
    let mut calls = twin.calls.iter().zip(&twin.places).peekable();
    let ended = twin
        .observations
        .last()
        .is_some_and(|it| it.failure().is_some());
    let mut steps = Vec::with_capacity(case.steps.len());
    for (number, step) in case.steps.iter().enumerate() {
        // A worker that failed has no further events.
        if ended && calls.peek().is_none() {
            break;
        }
        match step {
            Step::Operation(_) => {
                let made = calls.next_if(|(_, place)| **place == number);
                steps.extend(made.map(|(call, _)| Step::Operation(call.clone())));
            }
            event => steps.push(event.clone()),
        }
    }
    steps
}

/// Whether an event is followed by an operation, or makes one be repeated.
fn observes_an_event(steps: &[Step]) -> bool {
    let is_recovery = |step: &Step| matches!(step, Step::Crash | Step::FailedUpdate);
    let first = steps.iter().position(|step| !is_operation(step));
    first.is_some_and(|first| {
        let (before, after) = steps.split_at(first);
        after.iter().any(is_operation) || (!before.is_empty() && after.iter().any(is_recovery))
    })
}

/// The history with only so many of its first events.
fn with_events(steps: &[Step], events: usize) -> Vec<Step> {
    let mut left = events;
    let mut kept = steps.to_vec();
    kept.retain(|step| {
        is_operation(step) || {
            let keeps = left > 0;
            left = left.saturating_sub(1);
            keeps
        }
    });
    kept
}

fn is_operation(step: &Step) -> bool {
    matches!(step, Step::Operation(_))
}

fn call(step: &Step) -> Option<&Call> {
    match step {
        Step::Operation(call) => Some(call),
        _ => None,
    }
}

/// The last event of a finding's history lost the state.
fn whose_fault(judging: &Judging<'_>, finding: &Finding) -> Blame {
    let Some(twin) = judging.twin(&finding.case) else {
        return Blame::Load;
    };
    let steps = &finding.case.steps;
    let Some(last) = steps.iter().rposition(|step| !is_operation(step)) else {
        return Blame::Load;
    };
    let way = &steps[..last];
    let at = way.iter().filter(|step| is_operation(step)).count();
    match &steps[last] {
        Step::FailedUpdate => {
            // A crash in its place saves nothing.
            let mut crashed = steps.clone();
            crashed[last] = Step::Crash;
            match lost(judging, &crashed, &twin) {
                Some(_) => Blame::Load,
                None => Blame::Save,
            }
        }
        Step::Update | Step::DirectUpdate => {
            let Some((loss, Some((from, to)))) = lost(judging, steps, &twin) else {
                return Blame::Load;
            };
            let life = |dropped| lived(judging, way, dropped);
            match loss {
                Loss::End(end) if end.by_save => Blame::Save,
                Loss::End(_) => of_refusal(judging, &twin, at, (from, to), &life),
                Loss::Differs(_) => {
                    blame::of_loss_after(judging, &twin.calls, at, (from, to), &life)
                }
            }
        }
        Step::Save | Step::Snapshot => Blame::Save,
        Step::Crash | Step::Operation(_) => Blame::Load,
    }
}

/// The worker after this part of a life, with one of its operations left out; none if the life ends before.
fn lived(judging: &Judging<'_>, way: &[Step], dropped: Option<usize>) -> Option<Worker> {
    let mut life = Timeline::start(judging).ok()?;
    let mut number = 0;
    for step in way {
        match step {
            Step::Operation(call) => {
                if Some(number) != dropped {
                    life.operation(number, call);
                }
                number += 1;
            }
            event => {
                life.event(event, number).ok()?;
            }
        }
    }
    Some(life.worker)
}

/// Whom to blame where load does not accept what save wrote.
fn of_refusal(
    judging: &Judging<'_>,
    twin: &Played,
    at: usize,
    (from, to): (VersionId, VersionId),
    life: &impl Fn(Option<usize>) -> Option<Worker>,
) -> Blame {
    let Some(mut worker) = life(None) else {
        return Blame::Load;
    };
    let has_load = worker.component().load().is_some();
    if has_load
        && !matches!(
            judging.update(&mut worker, from, at),
            Update::Updated { .. }
        )
    {
        return Blame::Save;
    }
    let there = Played {
        updates: vec![at],
        ..twin.clone()
    };
    match from != to && blame::reads_its_own(judging, &there, 0, to) {
        true => Blame::Mapping,
        false => Blame::Load,
    }
}
