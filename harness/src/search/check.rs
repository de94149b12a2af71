//! Runs the properties on generated cases, on all cores, and shrinks what fails. The same seed gives the same report:
//! a case is a function of the seed, the property and its number, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use anyhow::{Result, anyhow};
use rayon::prelude::*;

use crate::component::{Component, Function};
use crate::error::{Error, ErrorKind};
use crate::host::Answerer;
use crate::judging::cause::Cause;
use crate::judging::verdict::{PropertyReport, Report, Sensitivity, Status, Weight};
use crate::judging::{Judging, Workers};
use crate::properties::{ACCEPTS_SAVED, ALL, Property, REPLAY, Scope, UPGRADE_EQUIVALENCE};
use crate::search::calibration::Calibration;
use crate::search::explore::{LOOKS, explore};
use crate::search::options::{Options, Progress};
use crate::search::run::{Context, Run};
use crate::search::sensitivity;
use crate::versions::chain::{Chain, Declaration};
use crate::versions::hop::{Hop, HopId};

/// Runs the properties on the versions; of more than two, those that judge pairs on each hop.
///
/// # Errors
/// The old version has no save or the new one no load, or one of them does not start: there is nothing to check.
pub fn check(chain: &Chain, options: &Options, progress: &impl Progress) -> Result<Report, Error> {
    ErrorKind::Component.of(|| chain.on_its_threads(|| checked(chain, options, progress)))
}

fn checked(chain: &Chain, options: &Options, progress: &impl Progress) -> Result<Report> {
    for hop in chain.hops() {
        can_be_updated(hop, options)?;
    }
    for hop in chain.hops() {
        starts(hop, options.seed)?;
    }
    // A time that no clock reaches is no bound.
    let deadline = options
        .time
        .and_then(|time| Instant::now().checked_add(time));
    let stop = || progress.stop();
    let parts = parts(chain, options);
    let calibrations: Vec<Calibration> = parts
        .iter()
        .map(|part| calibrated(part.judged, options, deadline, &stop))
        .collect();
    let contexts: Vec<Context<'_>> = parts
        .iter()
        .zip(&calibrations)
        .map(|(part, calibration)| Context {
            judged: part.judged,
            hop: part.hop,
            options,
            calibration,
            deadline,
            stop: &stop,
        })
        .collect();
    let mut runs: Vec<(&Context<'_>, Run<'_>)> = Vec::new();
    for (part, context) in parts.iter().zip(&contexts) {
        let properties = part.properties.iter();
        runs.extend(properties.map(|property| (context, Run::new(property, context))));
    }
    for (_, run) in runs.iter().filter(|(_, run)| run.unmet.is_none()) {
        progress.begin(run.property.id, run.wanted);
    }
    // In turns, so that a time budget is shared fairly; all of them at once, so that no core waits for the last case of one.
    while runs.iter().any(|(_, run)| !run.is_done()) {
        runs.par_iter_mut()
            .for_each(|(context, run)| run.turn(context, progress));
    }
    pass_on(&mut runs);
    tell_once(&mut runs);
    let needed: BTreeSet<usize> = runs
        .iter()
        .flat_map(|(_, run)| run.needed.clone())
        .collect();
    let mut notes = Vec::new();
    for context in &contexts {
        notes.extend(
            context
                .calibration
                .notes
                .iter()
                .map(|it| context.of_hop(it)),
        );
    }
    let reports: Vec<PropertyReport> = runs
        .into_iter()
        .map(|(context, run)| run.report(context, progress, &mut notes))
        .collect();
    let sensitivity = sensitivity(&contexts, &reports);
    notes.extend(left_out(chain));
    if chosen(options).iter().any(|it| it.id == REPLAY.id) {
        notes.extend(unreplayable(chain));
    }
    if reports.iter().any(|it| it.status != Status::NotExercised) {
        notes.extend(unneeded_declarations(chain, &needed));
    }
    Ok(Report {
        old: identity(chain.old()),
        new: identity(chain.last()),
        chain: match chain.is_longer_than_a_pair() {
            true => chain.versions().iter().map(identity).collect(),
            false => Vec::new(),
        },
        agent: chain.agent().map(str::to_owned),
        seed: options.seed,
        properties: reports,
        sensitivity,
        wanted_sensitivity: options.sensitivity,
        operations: chain.operations().len(),
        notes,
    })
}

/// What is known of two versions before their properties run.
fn calibrated(
    hop: Hop<'_>,
    options: &Options,
    deadline: Option<Instant>,
    stop: &(impl Fn() -> bool + Sync),
) -> Calibration {
    let is_late = || stop() || deadline.is_some_and(|it| Instant::now() >= it);
    let calibration = Calibration::take(hop, options, is_late);
    if !options.guided {
        return calibration;
    }
    // Where there is little time, most of it is for the properties.
    let share = options.time.map(|time| time / 8);
    let until = share.and_then(|time| Instant::now().checked_add(time));
    let is_over = || stop() || until.is_some_and(|it| Instant::now() >= it);
    let explored = explore(
        hop,
        options,
        &calibration.always_fail,
        calibration.fuel,
        LOOKS,
        is_over,
    );
    calibration.guided_by(explored)
}

/// What is checked by itself: of a pair, the pair; of a chain, each hop, and then the whole.
struct Part<'a> {
    judged: Hop<'a>,
    hop: Option<HopId>,
    properties: Vec<&'static Property>,
}

fn parts<'a>(chain: &'a Chain, options: &Options) -> Vec<Part<'a>> {
    let properties = chosen(options);
    let whole = |properties| Part {
        judged: chain.whole(),
        hop: None,
        properties,
    };
    if !chain.is_longer_than_a_pair() {
        return vec![whole(properties)];
    }
    let (of_all, of_each): (Vec<_>, Vec<_>) = properties
        .into_iter()
        .partition(|property| property.scope() == Scope::WholeChain);
    let hops = chain.hops().map(|hop| Part {
        judged: hop,
        hop: Some(hop.id()),
        properties: of_each.clone(),
    });
    let mut parts: Vec<Part<'_>> = hops.chain([whole(of_all)]).collect();
    parts.retain(|part| !part.properties.is_empty());
    parts
}

/// How much of the state would be noticed at the last update if it were lost. Where something is lost already, that is not the
/// question.
fn sensitivity(contexts: &[Context<'_>], reports: &[PropertyReport]) -> Option<Sensitivity> {
    let passed = |it: &PropertyReport| it.id == UPGRADE_EQUIVALENCE.id && it.status == Status::Pass;
    if reports.iter().any(|it| it.status == Status::Fail) || !reports.iter().any(passed) {
        return None;
    }
    let of_hop = contexts.iter().rfind(|it| it.hop.is_some());
    let context = of_hop.or(contexts.first())?;
    sensitivity::measure(context)
}

/// Gives the histories after which an update failed by the way to the property whose business that is.
fn pass_on(runs: &mut [(&Context<'_>, Run<'_>)]) {
    for number in 0..runs.len() {
        let (context, run) = &mut runs[number];
        let (context, Some(case)) = (*context, run.not_updated.take()) else {
            continue;
        };
        let is_its_own = |(of, run): &&mut (&Context<'_>, Run<'_>)| {
            of.hop == context.hop && run.property.id == ACCEPTS_SAVED.id
        };
        if let Some((_, owner)) = runs.iter_mut().find(is_its_own) {
            owner.meet(context, &case);
        }
    }
}

/// Leaves what several properties find on the same versions to the one that tells it with the least.
fn tell_once(runs: &mut [(&Context<'_>, Run<'_>)]) {
    for number in 0..runs.len() {
        let (context, run) = &runs[number];
        let others = run.property.yields_to;
        let is_other = |(of, other): &&(&Context<'_>, Run<'_>)| {
            of.hop == context.hop && others.contains(&other.property.id)
        };
        let mut told: BTreeMap<Cause, Weight> = BTreeMap::new();
        for (cause, weight) in runs.iter().filter(is_other).flat_map(|(_, it)| it.causes()) {
            let heaviest = told.entry(cause.clone()).or_insert(weight);
            *heaviest = weight.min(*heaviest);
        }
        runs[number].1.yield_to(&told);
    }
}

/// Declarations of the config that no case needed, as sentences.
fn unneeded_declarations(chain: &Chain, needed: &BTreeSet<usize>) -> Vec<String> {
    let declarations = chain.declarations().iter().enumerate();
    declarations
        .filter(|(number, _)| !needed.contains(number))
        .map(|(_, Declaration { differs, .. })| {
            let field = differs.field.as_deref().unwrap_or_default();
            format!(
                "the declaration that {}{field} differs ({}) was needed by no case: it may hide a loss one day",
                differs.function, differs.reason
            )
        })
        .collect()
}

fn identity(component: &Component) -> (String, String) {
    (component.label().to_owned(), component.sha256().to_owned())
}

fn chosen(options: &Options) -> Vec<&'static Property> {
    let chosen = |property: &Property| {
        let named = options.properties.iter().any(|it| it.id == property.id);
        options.mode.asks_for(property) && (options.properties.is_empty() || named)
    };
    ALL.into_iter()
        .filter(|property| chosen(property))
        .collect()
}

/// Whether the first and the last version of the hop start.
fn starts(hop: Hop<'_>, seed: u64) -> Result<()> {
    for version in [hop.from(), hop.to()] {
        let start = |workers| Judging::new(hop, seed, workers).start(version, seed);
        // Only what new workers do is held against a component.
        let Err(failure) = start(Workers::Reused).or_else(|_| start(Workers::New)) else {
            continue;
        };
        let label = hop.component(version).label();
        return Err(match failure.is_unsupported() {
            true => anyhow!(
                "{label} cannot be started here: {failure}. With `unknown-imports = \"synthesize\"` in the config file the call is answered"
            ),
            false => anyhow!(
                "{label} does not start: {failure}. On Golem an update to such a component stays pending for ever"
            ),
        });
    }
    Ok(())
}

/// Refuses a pair that cannot be updated at all, unless only properties were asked for that need no update.
fn can_be_updated(hop: Hop<'_>, options: &Options) -> Result<()> {
    if !chosen(options).iter().any(|it| it.is_about_any_update) {
        return Ok(());
    }
    if hop.old().save().is_none() {
        return Err(missing(hop.old(), "save", &hop.old().names().save));
    }
    if hop.next().load().is_none() {
        return Err(missing(hop.next(), "load", &hop.next().names().load));
    }
    Ok(())
}

fn missing(component: &Component, function: &str, name: &str) -> anyhow::Error {
    anyhow!(
        "{} does not export {function} (looked for as {name}), so that no manual update of this pair can succeed; \
         [snapshot] in the config file gives it another name, and `--mode automatic` checks the update without a snapshot",
        component.label()
    )
}

/// Functions of an old version that a new one does not have, or not with this type: no history with them can be replayed there.
fn unreplayable(chain: &Chain) -> Vec<String> {
    let of_hop = |hop: Hop<'_>| {
        let is_missing = |function: &&Function| {
            let mut new = hop.next().operations().iter();
            !new.any(|it| it.is_found_as(function) && it.same_type(function))
        };
        let missing = hop.old().operations().iter().filter(is_missing);
        let missing: Vec<String> = missing.map(|it| it.name.to_string()).collect();
        let which = match chain.is_longer_than_a_pair() {
            true => format!("{}: ", hop.id()),
            false => String::new(),
        };
        (!missing.is_empty()).then(|| {
            format!(
                "{which}replay: the automatic update of a worker diverges if it was ever called with {}, which the new version does not have, or not with this name and type",
                missing.join(", ")
            )
        })
    };
    chain.hops().filter_map(of_hop).collect()
}

/// What histories could not use, and which imports nobody answers.
fn left_out(chain: &Chain) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, reason) in chain.left_out() {
        by_reason.entry(reason).or_default().push(name);
    }
    let mut notes: Vec<String> = by_reason
        .into_iter()
        .map(|(reason, names)| {
            let verb = if names.len() == 1 { "is" } else { "are" };
            format!("{} {verb} not exercised: {reason}", names.join(", "))
        })
        .collect();
    let starts = |it: &Component| it.starts_a_runtime().then(String::new);
    for (_, versions) in versions_by(chain, starts) {
        notes.push(format!(
            "the language runtime of {versions} starts in each worker, which takes most of the time: fewer inputs are tried (Wizer, which would start it once and for all, cannot be called on it)"
        ));
    }
    for (imports, versions) in versions_by(chain, unanswered) {
        notes.push(format!(
            "nobody answers these imports of {versions} (a call ends the operation as unsupported): {imports}"
        ));
    }
    notes
}

/// The imports that nobody answers; none if there are none.
fn unanswered(component: &Component) -> Option<String> {
    let imports = component.imports().iter();
    let unanswered = imports.filter(|import| import.answerer == Answerer::Nobody);
    let names: Vec<String> = unanswered
        .map(|import| format!("{}.{}", import.interface, import.function))
        .collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// What can be said of versions, and the labels of those of which it can: what holds for several is said once.
fn versions_by(chain: &Chain, say: impl Fn(&Component) -> Option<String>) -> Vec<(String, String)> {
    let mut said: Vec<(String, Vec<&str>)> = Vec::new();
    for component in chain.versions() {
        let Some(what) = say(component) else {
            continue;
        };
        let label = component.label();
        match said.iter_mut().find(|(known, _)| *known == what) {
            Some((_, labels)) if labels.contains(&label) => {}
            Some((_, labels)) => labels.push(label),
            None => said.push((what, vec![label])),
        }
    }
    let joined = said.into_iter();
    joined
        .map(|(what, labels)| (what, labels.join(" and ")))
        .collect()
}
