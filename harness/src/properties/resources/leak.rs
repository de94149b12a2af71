//! A snapshot that grows although nothing observable does: with every update of a worker that does nothing in between, or with
//! an operation that changes nothing that the others observe.

use crate::case::{Call, Case};
use crate::judging::trial::Trial;
use crate::judging::verdict::{Finding, Point};
use crate::value::pool::{Graft, Pool, places};
use crate::versions::pair::Side;
use crate::worker::Worker;
use crate::worker::observation::Observation;
use crate::worker::update::Update;

/// Updates, or repetitions of an operation, after which growth is looked at first. Most workers are done then.
const FIRST: usize = 4;
/// … and last: a log of the newest hundred entries is bounded.
const MOST: usize = 128;
/// How many points show that it goes on, where the snapshot gets too large for more.
const ENOUGH: usize = 3;
/// The largest snapshot that is loaded, in bytes: each may be a multiple of the one before.
const LARGEST: usize = 4 << 20;
/// How often an operation is called that may observe a change: one that takes things out gives the same at first.
const OBSERVED: usize = FIRST + 2;
/// How many of the newest values the operations are called with that may observe a change.
const NEWEST: u32 = 4;

/// The first leak after `calls`, and the calls that it needs; `again` are those that make the snapshot grow when they are
/// repeated just as they are.
pub(super) fn find(
    trial: &Trial<'_>,
    calls: &[Call],
    again: &[Call],
    case: Case,
) -> Option<(Finding, Vec<Call>)> {
    if let Some(finding) = of_updates(trial, calls, &case) {
        return Some((finding, Vec::new()));
    }
    again.iter().find_map(|call| {
        let finding = of_operation(trial, calls, call, &case)?;
        Some((finding, vec![call.clone()]))
    })
}

fn of_updates(trial: &Trial<'_>, calls: &[Call], case: &Case) -> Option<Finding> {
    trial.pair.new.save()?;
    let mut worker = trial.worker_after(Side::Old, calls, trial.seed)?;
    let mut at = calls.len();
    let mut points = Vec::new();
    for times in doubled() {
        let mut is_large = false;
        while at < calls.len() + times && !is_large {
            let Update::Updated {
                worker: next,
                snapshot,
            } = trial.update(&mut worker, Side::New, at)
            else {
                return None;
            };
            is_large = snapshot.bytes.len() > LARGEST;
            worker = next;
            at += 1;
        }
        points.push(point(trial, &mut worker, at - calls.len(), at)?);
        if !grows(&points) {
            return None;
        }
        if is_large {
            break;
        }
    }
    if points.len() < ENOUGH {
        return None;
    }
    // What grows without a load in between, save adds.
    let last = trial.save(&mut worker, at)?.bytes.len();
    let half = match points.last().is_some_and(|it| last > it.snapshot) {
        true => "save",
        false => "load",
    };
    Some(Finding {
        advisory: true,
        points,
        ..Finding::new(
            format!("{half}: leak"),
            "the snapshot grows with every update, although nothing happens between them",
            case.clone(),
        )
    })
}

fn of_operation(trial: &Trial<'_>, calls: &[Call], call: &Call, case: &Case) -> Option<Finding> {
    let mut worker = trial.worker_after(Side::Old, calls, trial.seed)?;
    let mut observations: Vec<Observation> = Vec::new();
    let mut points = Vec::new();
    for times in doubled() {
        while observations.len() < times {
            let at = calls.len() + observations.len();
            observations.extend(trial.repeat(
                &mut worker,
                Side::Old,
                std::slice::from_ref(call),
                at,
            ));
            let last = observations.last()?;
            if last.failure().is_some() || *last != observations[0] {
                return None;
            }
        }
        points.push(point(trial, &mut worker, times, calls.len() + times)?);
        if !grows(&points) {
            return None;
        }
        if times == FIRST && is_observed(trial, calls, call, &observations) {
            return None;
        }
    }
    let name = &trial.pair.operations[call.operation].name;
    Some(Finding {
        advisory: true,
        points,
        ..Finding::new(
            format!("save: leak with {name}"),
            format!("the snapshot grows with every {name}, although no operation observes it"),
            case.clone(),
        )
    })
}

/// Whether any operation tells a worker that repeated the call from one that did not.
fn is_observed(trial: &Trial<'_>, calls: &[Call], call: &Call, seen: &[Observation]) -> bool {
    let at = calls.len() + seen.len();
    let repeated = [calls, &vec![call.clone(); seen.len()]].concat();
    let pool = pool(trial, call, seen);
    // Each on a worker of its own: one that puts something in hides from another what was taken out.
    calls.iter().any(|probe| {
        let probes = probes(trial, probe, &pool);
        let observe = |before: &[Call]| {
            let mut worker = trial.worker_after(Side::Old, before, trial.seed)?;
            Some(trial.repeat(&mut worker, Side::Old, &probes, at))
        };
        let observations = observe(&repeated);
        observations.is_none() || observations != observe(calls)
    })
}

/// The values that the repeated call took and returned.
fn pool(trial: &Trial<'_>, call: &Call, seen: &[Observation]) -> Pool {
    let mut pool = Pool::default();
    let function = &trial.pair.operations[call.operation].old;
    if let (Some(Observation::Returned(Some(value))), Some(ty)) = (seen.first(), &function.result) {
        pool.remember(value, ty);
    }
    for (value, (_, ty)) in call.arguments.iter().zip(&function.parameters) {
        pool.remember(value, ty);
    }
    pool
}

/// A call as it was, and with the values of the pool; each several times.
fn probes(trial: &Trial<'_>, call: &Call, pool: &Pool) -> Vec<Call> {
    let parameters = &trial.pair.operations[call.operation].old.parameters;
    let with = |choice| {
        let arguments = call.arguments.iter().zip(parameters);
        let grafted = arguments.map(|(value, (_, ty))| {
            let grafts = (0..places(ty)).map(|place| Graft { place, choice });
            pool.graft(value, ty, &grafts.collect::<Vec<_>>())
        });
        Call::new(call.operation, grafted.collect())
    };
    let mut probes = vec![call.clone()];
    probes.extend((0..NEWEST).map(with));
    probes.dedup();
    probes
        .into_iter()
        .flat_map(|call| std::iter::repeat_n(call, OBSERVED))
        .collect()
}

fn point(trial: &Trial<'_>, worker: &mut Worker<'_>, times: usize, at: usize) -> Option<Point> {
    let fuel = worker.fuel_spent();
    let snapshot = trial.save(worker, at)?;
    Some(Point {
        times,
        snapshot: snapshot.bytes.len(),
        fuel: worker.fuel_spent().saturating_sub(fuel),
        memory: worker.memory(),
    })
}

fn doubled() -> impl Iterator<Item = usize> {
    let doubled = std::iter::successors(Some(FIRST), |times| Some(times * 2));
    doubled.take_while(|times| *times <= MOST)
}

/// Whether it grows as much for each update as before: what is bounded grows ever less. A byte for each is the least.
fn grows(points: &[Point]) -> bool {
    let [.., before, last] = points else {
        return true;
    };
    let by = last.snapshot.saturating_sub(before.snapshot);
    let earlier = match points {
        [.., earliest, before, _] => before.snapshot.saturating_sub(earliest.snapshot),
        _ => 0,
    };
    by >= (last.times - before.times).max(earlier + earlier / 2)
}
