//! A snapshot that grows although nothing observable does: with every update of a worker that does nothing in between, or with
//! an operation that changes nothing that the others observe.

use crate::case::{Call, Case};
use crate::judging::Judging;
use crate::judging::cause::{Cause, Half};
use crate::judging::verdict::{Finding, Point, Weight};
use crate::value::pool::{Graft, Pool, places};
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
    judging: &Judging<'_>,
    calls: &[Call],
    again: &[Call],
    case: Case,
) -> Option<(Finding, Vec<Call>)> {
    if let Some(finding) = of_updates(judging, calls, &case) {
        return Some((finding, Vec::new()));
    }
    again.iter().find_map(|call| {
        let finding = of_operation(judging, calls, call, &case)?;
        Some((finding, vec![call.clone()]))
    })
}

fn of_updates(judging: &Judging<'_>, calls: &[Call], case: &Case) -> Option<Finding> {
    judging.hop.next().save()?;
    let mut worker = judging.worker_after(judging.old(), calls, judging.seed)?;
    let mut at = calls.len();
    let mut points = Vec::new();
    for times in doubled() {
        let mut is_large = false;
        while at < calls.len() + times && !is_large {
            let Update::Updated {
                worker: next,
                snapshot,
            } = judging.update(&mut worker, judging.next(), at)
            else {
                return None;
            };
            is_large = snapshot.bytes.len() > LARGEST;
            worker = next;
            at += 1;
        }
        points.push(point(judging, &mut worker, at - calls.len(), at)?);
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
    let last = judging.save(&mut worker, at)?.bytes.len();
    let half = match points.last().is_some_and(|it| last > it.snapshot) {
        true => Half::Save,
        false => Half::Load,
    };
    Some(Finding {
        weight: Weight::Advice,
        points,
        ..Finding::new(
            Cause::Leaks {
                half,
                operation: None,
            },
            "the snapshot grows with every update, although nothing happens between them",
            case.clone(),
        )
    })
}

fn of_operation(
    judging: &Judging<'_>,
    calls: &[Call],
    call: &Call,
    case: &Case,
) -> Option<Finding> {
    let mut worker = judging.worker_after(judging.old(), calls, judging.seed)?;
    let mut observations: Vec<Observation> = Vec::new();
    let mut points = Vec::new();
    for times in doubled() {
        while observations.len() < times {
            let at = calls.len() + observations.len();
            observations.extend(judging.repeat(
                &mut worker,
                judging.old(),
                std::slice::from_ref(call),
                at,
            ));
            let last = observations.last()?;
            if last.failure().is_some() || *last != observations[0] {
                return None;
            }
        }
        points.push(point(judging, &mut worker, times, calls.len() + times)?);
        if !grows(&points) {
            return None;
        }
        if times == FIRST && is_observed(judging, calls, call, &observations) {
            return None;
        }
    }
    let name = judging.hop.name(call.operation);
    Some(Finding {
        weight: Weight::Advice,
        points,
        ..Finding::new(
            Cause::Leaks {
                half: Half::Save,
                operation: Some(name.to_owned()),
            },
            format!("the snapshot grows with every {name}, although no operation observes it"),
            case.clone(),
        )
    })
}

/// Whether any operation tells a worker that repeated the call from one that did not.
fn is_observed(judging: &Judging<'_>, calls: &[Call], call: &Call, seen: &[Observation]) -> bool {
    let at = calls.len() + seen.len();
    let repeated = [calls, &vec![call.clone(); seen.len()]].concat();
    let pool = pool(judging, call, seen);
    // Each on a worker of its own: one that puts something in hides from another what was taken out.
    calls.iter().any(|probe| {
        let probes = probes(judging, probe, &pool);
        let observe = |before: &[Call]| {
            let mut worker = judging.worker_after(judging.old(), before, judging.seed)?;
            Some(judging.repeat(&mut worker, judging.old(), &probes, at))
        };
        let observations = observe(&repeated);
        observations.is_none() || observations != observe(calls)
    })
}

/// The values that the repeated call took and returned.
fn pool(judging: &Judging<'_>, call: &Call, seen: &[Observation]) -> Pool {
    let mut pool = Pool::default();
    let operation = judging.hop.operation(call.operation);
    if let (Some(Observation::Returned(Some(value))), Some(ty)) = (seen.first(), operation.result())
    {
        pool.remember(value, ty);
    }
    for (value, (_, ty)) in call.arguments.iter().zip(operation.parameters()) {
        pool.remember(value, ty);
    }
    pool
}

/// A call as it was, and with the values of the pool; each several times.
fn probes(judging: &Judging<'_>, call: &Call, pool: &Pool) -> Vec<Call> {
    let parameters = judging.hop.operation(call.operation).parameters();
    let with = |choice| {
        let arguments = call.arguments.iter().zip(parameters);
        let grafted = arguments.map(|(value, (_, ty))| {
            let grafts = (0..places(ty)).map(|place| Graft { place, choice });
            pool.graft("", value, ty, &grafts.collect::<Vec<_>>())
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

fn point(judging: &Judging<'_>, worker: &mut Worker, times: usize, at: usize) -> Option<Point> {
    let fuel = worker.fuel_spent();
    let snapshot = judging.save(worker, at)?;
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
