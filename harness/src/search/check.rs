//! Runs the properties on generated cases, on all cores, and shrinks what fails. The same seed gives the same report:
//! a case is a function of the seed, the property and its number, and nothing else.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Result, anyhow};
use rayon::prelude::*;

use crate::component::Component;
use crate::host::Answerer;
use crate::judging::verdict::{Hop, PropertyReport, Report, Status};
use crate::properties::{self, ALL, Property};
use crate::search::calibration::Survey;
use crate::search::options::{Options, Progress};
use crate::search::run::{Context, Run};
use crate::versions::pair::Pair;
use crate::worker::Worker;

/// Runs the properties on the pair; of a chain, those that judge pairs on each hop.
///
/// # Errors
/// The old version has no save or the new one no load, or one of them does not start: there is nothing to check.
pub fn check(pair: &Pair, options: &Options, progress: &impl Progress) -> Result<Report> {
    pair.threads.install(|| {
        for hop in pair.hops() {
            can_be_updated(hop, options)?;
        }
        for component in pair.versions() {
            starts(component, options.seed)?;
        }
        // A time that no clock reaches is no bound.
        let deadline = options
            .time
            .and_then(|time| Instant::now().checked_add(time));
        let parts = parts(pair, options);
        let surveys: Vec<Survey> = parts
            .iter()
            .map(|part| Survey::take(part.pair, options, deadline))
            .collect();
        let contexts: Vec<Context<'_>> = parts
            .iter()
            .zip(&surveys)
            .map(|(part, survey)| Context {
                pair: part.pair,
                hop: part.hop,
                options,
                survey,
                deadline,
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
        let mut notes = Vec::new();
        for context in &contexts {
            notes.extend(context.survey.notes.iter().map(|it| context.of_hop(it)));
        }
        let reports: Vec<PropertyReport> = runs
            .into_iter()
            .map(|(context, run)| run.report(context, progress, &mut notes))
            .collect();
        notes.extend(left_out(pair));
        if reports.iter().any(|it| it.status != Status::NotExercised) {
            notes.extend(pair.unneeded_declarations());
        }
        Ok(Report {
            old: identity(&pair.old),
            new: identity(&pair.new),
            chain: match pair.is_chain() {
                true => pair.versions().map(identity).collect(),
                false => Vec::new(),
            },
            seed: options.seed,
            properties: reports,
            operations: pair.operations.len(),
            notes,
        })
    })
}

/// What is checked by itself: of a pair, the pair; of a chain, each hop, and then the whole.
struct Part<'a> {
    pair: &'a Pair,
    hop: Option<Hop>,
    properties: Vec<&'static Property>,
}

fn parts<'a>(pair: &'a Pair, options: &Options) -> Vec<Part<'a>> {
    let properties = chosen(options);
    let whole = |properties| Part {
        pair,
        hop: None,
        properties,
    };
    if !pair.is_chain() {
        return vec![whole(properties)];
    }
    let (of_all, of_each): (Vec<_>, Vec<_>) = properties
        .into_iter()
        .partition(|property| property.judges_whole_chains());
    let hops = pair.hops().iter().enumerate().map(|(at, pair)| Part {
        pair,
        hop: Some(Hop {
            from: at + 1,
            to: at + 2,
        }),
        properties: of_each.clone(),
    });
    let mut parts: Vec<Part<'_>> = hops.chain([whole(of_all)]).collect();
    parts.retain(|part| !part.properties.is_empty());
    parts
}

fn identity(component: &Component) -> (String, String) {
    (component.label().to_owned(), component.sha256().to_owned())
}

fn chosen(options: &Options) -> Vec<&'static Property> {
    let chosen = |property: &Property| {
        options.properties.is_empty() || options.properties.iter().any(|it| it.id == property.id)
    };
    ALL.into_iter()
        .filter(|property| chosen(property))
        .collect()
}

fn starts(component: &Component, seed: u64) -> Result<()> {
    match Worker::start(component, seed) {
        Ok(_) => Ok(()),
        Err(failure) if failure.is_unsupported() => Err(anyhow!(
            "{} cannot be started here: {failure}. With `unknown-imports = \"synthesize\"` in the config file the call is answered",
            component.label()
        )),
        Err(failure) => Err(anyhow!(
            "{} does not start: {failure}. On Golem an update to such a component stays pending for ever",
            component.label()
        )),
    }
}

/// Refuses a pair that cannot be updated at all, unless only properties were asked for that need no update.
fn can_be_updated(pair: &Pair, options: &Options) -> Result<()> {
    let needs_update = |property: &Property| property.id == properties::ACCEPTS_SAVED.id;
    if !chosen(options).into_iter().any(needs_update) {
        return Ok(());
    }
    if pair.old.save().is_none() {
        return Err(missing(&pair.old, "save", &pair.old.names().save));
    }
    if pair.new.load().is_none() {
        return Err(missing(&pair.new, "load", &pair.new.names().load));
    }
    Ok(())
}

fn missing(component: &Component, function: &str, name: &str) -> anyhow::Error {
    anyhow!(
        "{} does not export {function} (looked for as {name}), so that no manual update of this pair can succeed; \
         [snapshot] in the config file gives it another name",
        component.label()
    )
}

/// What histories could not use, and which imports nobody answers.
fn left_out(pair: &Pair) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, reason) in &pair.left_out {
        by_reason.entry(reason).or_default().push(name);
    }
    let mut notes: Vec<String> = by_reason
        .into_iter()
        .map(|(reason, names)| {
            let verb = if names.len() == 1 { "is" } else { "are" };
            format!("{} {verb} not exercised: {reason}", names.join(", "))
        })
        .collect();
    for component in pair.versions() {
        let unanswered: Vec<String> = component
            .imports()
            .iter()
            .filter(|import| import.answerer == Answerer::Nobody)
            .map(|import| format!("{}.{}", import.interface, import.function))
            .collect();
        if !unanswered.is_empty() {
            notes.push(format!(
                "{} imports what nobody answers here (a call ends the operation as unsupported): {}",
                component.label(),
                unanswered.join(", ")
            ));
        }
    }
    notes
}
