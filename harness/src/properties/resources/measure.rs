//! What save and load use while the state grows: twice as much growth for each point, until every trend is clear or the
//! budget is used up.

use std::fmt;

use super::growth::Growth;
use super::trend::{Cost, Series};
use crate::case::Call;
use crate::judging::trial::{Trial, number};
use crate::versions::pair::Side;
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

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    /// Save of the old version.
    Save,
    /// Load of what it wrote, in the new version.
    Load,
    /// Save of the new version, of what it loaded.
    Resave,
    /// Load of what that wrote, in the new version.
    Reload,
}

impl Half {
    const ALL: [Self; 4] = [Self::Save, Self::Load, Self::Resave, Self::Reload];
    /// How the names of those that load start.
    pub(super) const LOADS: &str = "load";
}

impl fmt::Display for Half {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Save => "save",
            Self::Load => "load",
            Self::Resave => "save of the new version",
            Self::Reload => "load of the new version's own snapshot",
        })
    }
}

/// Measures all halves on a worker that has made these calls and then grows.
pub(super) fn series(trial: &Trial<'_>, calls: &[Call], growth: &Growth) -> Vec<Series> {
    let mut all = Half::ALL.map(Series::new);
    let Some(mut worker) = trial.worker_after(Side::Old, calls, trial.seed) else {
        return all.into();
    };
    let (mut at, mut before, mut fuel) = (calls.len(), 0, 0u64);
    let doubled = std::iter::successors(Some(FIRST), |times| Some(times * 2));
    let doubled = doubled.take_while(|times| *times <= MOST);
    for times in std::iter::once(0).chain(doubled) {
        let spent = worker.fuel_spent();
        if !growth.grow(trial, &mut worker, (before, times), &mut at) {
            break;
        }
        fuel = fuel.saturating_add(worker.fuel_spent().saturating_sub(spent));
        let mut costs = Vec::new();
        let measured = measure(trial, &mut worker, at, &mut costs);
        for (series, cost) in all.iter_mut().zip(&costs) {
            fuel = fuel.saturating_add(cost.fuel);
            series.push(times, *cost);
        }
        if let Err(reason) = measured {
            if let (Some(reason), 1..) = (reason, times) {
                trial.note(format!("after {}, {reason}", growth.describe(trial)));
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

/// Why measuring ends: what there is to tell, but nothing where a limit was reached.
type End = Option<String>;

/// What the halves use, in the order of [`Half::ALL`]; without the last two where the new version lacks save. A limit that
/// is reached counts as what was used.
fn measure(
    trial: &Trial<'_>,
    worker: &mut Worker<'_>,
    at: usize,
    costs: &mut Vec<Cost>,
) -> Result<(), End> {
    let snapshot = save(trial, worker, at, Half::Save, costs)?;
    let mut next = load(trial, &snapshot, at, Half::Load, costs)?;
    if next.component().save().is_some() {
        let snapshot = save(trial, &mut next, at, Half::Resave, costs)?;
        load(trial, &snapshot, at, Half::Reload, costs)?;
    }
    Ok(())
}

fn save(
    trial: &Trial<'_>,
    worker: &mut Worker<'_>,
    at: usize,
    half: Half,
    costs: &mut Vec<Cost>,
) -> Result<Snapshot, End> {
    let Some(save) = worker.component().save() else {
        return Err(None);
    };
    let (fuel, memory) = (worker.fuel_spent(), worker.memory());
    let saved = worker.save(save, number(at));
    trial.count(worker, fuel);
    // A save that reached a limit wrote nothing; the snapshot would have been larger than the last one.
    let snapshot = saved.as_ref().map_or(0, |snapshot| snapshot.bytes.len());
    costs.push(Cost {
        snapshot,
        fuel: worker.fuel_spent().saturating_sub(fuel),
        memory: worker.memory(),
        grown: worker.memory().saturating_sub(memory),
    });
    saved.map_err(|failure| failed(trial, &failure, half, costs))
}

fn load<'a>(
    trial: &Trial<'a>,
    snapshot: &Snapshot,
    at: usize,
    half: Half,
    costs: &mut Vec<Cost>,
) -> Result<Worker<'a>, End> {
    let component = &trial.pair.new;
    let (Ok(mut worker), Some(load)) = (trial.start(Side::New, trial.seed), component.load())
    else {
        return Err(None);
    };
    let (fuel, memory) = (worker.fuel_spent(), worker.memory());
    let answer = worker.load(load, snapshot, number(at), 0);
    trial.count(&worker, fuel);
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
            Err(Some(format!("{half} is refused: {message:?}")))
        }
        Err(failure) => Err(failed(trial, &failure, half, costs)),
    }
}

/// What was used up to a failure says something only where a limit was reached.
fn failed(trial: &Trial<'_>, failure: &Failure, half: Half, costs: &mut Vec<Cost>) -> End {
    trial.saw(failure);
    match failure.kind {
        FailureKind::OutOfFuel | FailureKind::OutOfMemory => None,
        _ => {
            costs.pop();
            Some(format!("{half} fails: {failure}"))
        }
    }
}
