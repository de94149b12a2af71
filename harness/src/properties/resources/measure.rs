//! What save and load use while the state grows: twice as much growth for each point, until every trend is clear or the
//! budget is used up.

use super::growth::Growth;
use super::trend::{Cost, Series};
use crate::case::Call;
use crate::judging::Judging;
use crate::judging::cause::Half;
use crate::worker::Worker;
use crate::worker::observation::{Failure, FailureKind};
use crate::worker::snapshot::Snapshot;

/// How often the operations are repeated for the first point. With fewer, n·log n looks steeper than it is.
const FIRST: usize = 32;
/// … for the last that is measured in any case: three doublings.
const ENOUGH: usize = 256;
/// … and for the last where the trend was not clear before.
const MOST: usize = 8_192;
/// Fuel for one series: an interpreter gets as far as a compiled component in less growth.
const FUEL: u64 = 2_000_000_000;
/// The largest snapshot that is loaded, in bytes: enough for a state that doubles with every operation.
const LARGEST: usize = 4 << 20;

/// Measures all halves on a worker that has made these calls and then grows.
pub(super) fn series(judging: &Judging<'_>, calls: &[Call], growth: &Growth) -> Vec<Series> {
    let mut all = Half::ALL.map(Series::new);
    let Some(mut worker) = judging.worker_after(judging.old(), calls, judging.seed) else {
        return all.into();
    };
    let (mut history, mut before, mut fuel) = (calls.to_vec(), 0, 0u64);
    let doubled = std::iter::successors(Some(FIRST), |times| Some(times * 2));
    let doubled = doubled.take_while(|times| *times <= MOST);
    for times in std::iter::once(0).chain(doubled) {
        let spent = worker.fuel_spent();
        if !growth.grow(judging, &mut worker, (before, times), &mut history) {
            break;
        }
        fuel = fuel.saturating_add(worker.fuel_spent().saturating_sub(spent));
        let mut costs = Vec::new();
        let measured = measure(judging, &mut worker, history.len(), &mut costs);
        for (series, cost) in all.iter_mut().zip(&costs) {
            fuel = fuel.saturating_add(cost.fuel);
            series.push(times, *cost);
        }
        if let Err(end) = measured {
            if let (Some((half, reason)), 1..) = (end, times) {
                judging.note(format!("after {}, {reason}", growth.describe(judging)));
                if matches!(half, Half::Save | Half::Load) {
                    judging.no_update_after(&history);
                }
            }
            break;
        }
        let is_clear = all.iter().any(|series| series.super_linear().is_some())
            || times >= ENOUGH && all.iter().all(Series::is_clear);
        let is_large = costs.iter().any(|cost| cost.snapshot > LARGEST);
        if is_clear || is_large || fuel > FUEL {
            break;
        }
        before = times;
    }
    all.into()
}

/// Why measuring ends: where, and what there is to tell; nothing where a limit was reached.
type End = Option<(Half, String)>;

/// What the halves use, in the order of [`Half::ALL`]; without the last two where the new version lacks save. A limit that
/// is reached counts as what was used.
fn measure(
    judging: &Judging<'_>,
    worker: &mut Worker,
    at: usize,
    costs: &mut Vec<Cost>,
) -> Result<(), End> {
    let snapshot = save(judging, worker, at, Half::Save, costs)?;
    let mut next = load(judging, &snapshot, at, Half::Load, costs)?;
    if next.component().save().is_some() {
        let snapshot = save(judging, &mut next, at, Half::Resave, costs)?;
        load(judging, &snapshot, at, Half::Reload, costs)?;
    }
    Ok(())
}

fn save(
    judging: &Judging<'_>,
    worker: &mut Worker,
    at: usize,
    half: Half,
    costs: &mut Vec<Cost>,
) -> Result<Snapshot, End> {
    let component = worker.component().clone();
    let Some(save) = component.save() else {
        return Err(None);
    };
    let (fuel, memory) = (worker.fuel_spent(), worker.memory());
    let saved = worker.save(save, judging.number(at));
    // A save that reached a limit wrote nothing; the snapshot would have been larger than the last one.
    let snapshot = saved.as_ref().map_or(0, |snapshot| snapshot.bytes.len());
    costs.push(Cost {
        snapshot,
        fuel: worker.fuel_spent().saturating_sub(fuel),
        memory: worker.memory(),
        grown: worker.memory().saturating_sub(memory),
    });
    saved.map_err(|failure| failed(&failure, half, costs))
}

fn load(
    judging: &Judging<'_>,
    snapshot: &Snapshot,
    at: usize,
    half: Half,
    costs: &mut Vec<Cost>,
) -> Result<Worker, End> {
    let component = judging.hop.next();
    let (Ok(mut worker), Some(load)) = (
        judging.unfounded(judging.next(), judging.seed),
        component.load(),
    ) else {
        return Err(None);
    };
    let (fuel, memory) = (worker.fuel_spent(), worker.memory());
    let answer = worker.load(load, snapshot, judging.number(at), 0);
    costs.push(Cost {
        snapshot: snapshot.bytes.len(),
        fuel: worker.fuel_spent().saturating_sub(fuel),
        memory: worker.memory(),
        grown: worker.memory().saturating_sub(memory),
    });
    match answer {
        Ok(Ok(())) => Ok(worker),
        Ok(Err(message)) => {
            costs.pop();
            Err(Some((half, format!("{half} is refused: {message:?}"))))
        }
        Err(failure) => Err(failed(&failure, half, costs)),
    }
}

/// What was used up to a failure says something only where a limit was reached.
fn failed(failure: &Failure, half: Half, costs: &mut Vec<Cost>) -> End {
    match failure.kind {
        FailureKind::OutOfFuel | FailureKind::OutOfMemory => None,
        _ => {
            costs.pop();
            Some((half, format!("{half} fails: {failure}")))
        }
    }
}
