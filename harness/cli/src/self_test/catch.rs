//! Does handover find what it should, here and now? It checks sample pairs with each of their planted faults, which must be
//! caught by the property named for it, and with each correct change that only looks like a fault, which must pass.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rayon::prelude::*;
use sample_component::faults::{Fault, SamplePair, Suspicious, VARIABLE};

use handover::component::{Component, EMBEDDED};
use handover::judging::verdict::{Blame, Outcome, Report, ReportedFailure, Status};
use handover::properties::{self, ALL, Property};
use handover::report::failure_file::FailureFile;
use handover::{Chain, Config, Options};

/// The limits of the samples' workers. What their longest call takes is far below, and a fault that hangs costs little.
const LIMITS: &str = "limits = { fuel = 100_000_000, fuel-per-byte = 1_000 }\n";

/// What the self-test shows.
#[derive(Debug, Clone)]
pub struct SelfTest {
    /// How many seeds each row was checked with, from 0 on.
    pub seeds: u64,
    /// One for each fault.
    pub faults: Vec<FaultRow>,
    /// One for each correct pair.
    pub pairs: Vec<PairRow>,
}

/// What became of one fault.
#[derive(Debug, Clone)]
pub struct FaultRow {
    /// The fault.
    pub fault: &'static Fault,
    /// How each seed caught it, if it did.
    pub caught: Vec<Option<Caught>>,
    /// How long all seeds together took.
    pub time: Duration,
}

/// How a fault was caught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caught {
    /// The property that failed: the one named for the fault, if it did.
    pub property: &'static str,
    /// Which half it blames.
    pub blame: Blame,
    /// Operations of the shrunk history.
    pub operations: usize,
    /// Whether the failure, written to a file and read again, fails again.
    pub replays: bool,
}

/// What became of one correct pair.
#[derive(Debug, Clone)]
pub struct PairRow {
    /// The pair.
    pub pair: &'static Suspicious,
    /// The seeds that failed, each with a property that did.
    pub failed: Vec<(u64, &'static str)>,
    /// How long all seeds together took.
    pub time: Duration,
}

impl SelfTest {
    /// Whether every fault was caught with every seed as its row says, and no correct pair failed.
    pub fn is_as_expected(&self) -> bool {
        self.faults.iter().all(FaultRow::is_as_expected)
            && self.pairs.iter().all(|row| row.failed.is_empty())
    }
}

impl FaultRow {
    /// Whether every seed caught it, by the property named, with the right blame, in a history that replays.
    pub fn is_as_expected(&self) -> bool {
        self.caught.iter().all(|caught| {
            let caught = caught.as_ref();
            caught.is_some_and(|it| {
                self.is_by_property_named(it) && self.is_blamed_rightly(it) && it.replays
            })
        })
    }

    /// Whether the property named for the fault caught it.
    pub fn is_by_property_named(&self, caught: &Caught) -> bool {
        caught.property == self.fault.property
    }

    /// Whether the half named for the fault is blamed.
    pub fn is_blamed_rightly(&self, caught: &Caught) -> bool {
        caught.blame.to_string() == self.fault.blame
    }
}

/// The components of sample pairs, compiled once, to be paired with one fault or change after the other.
pub struct Samples {
    /// Each by its name.
    components: BTreeMap<&'static str, Component>,
}

impl Samples {
    /// Compiles the components of these pairs.
    ///
    /// # Errors
    /// This machine cannot run them.
    pub fn open(pairs: &[SamplePair]) -> Result<Self> {
        let config = Config::parse(LIMITS)?;
        let runtime = config.runtime()?;
        let names: BTreeSet<&str> = pairs.iter().flat_map(|it| [it.old, it.new]).collect();
        let open = |name| Ok((name, runtime.open(&format!("{EMBEDDED}{name}"))?));
        let components = names.into_par_iter().map(open).collect::<Result<_>>()?;
        Ok(Self { components })
    }

    /// The pair with the fault of this row.
    ///
    /// # Errors
    /// Its components are none of those that were opened.
    pub fn with_fault(&self, fault: &Fault) -> Result<Chain> {
        self.pair(fault.old, fault.new, Some(fault.name), "")
    }

    /// The pair with the correct change of this row.
    ///
    /// # Errors
    /// Its components are none of those that were opened.
    pub fn with_change(&self, change: &Suspicious) -> Result<Chain> {
        self.pair(change.old, change.new, Some(change.name), change.config)
    }

    /// The pair of these versions in this mode; the rest of a config file may declare what changes on purpose.
    ///
    /// # Errors
    /// The versions are none of those that were opened, or the config does not fit.
    pub fn pair(&self, old: &str, new: &str, mode: Option<&str>, config: &str) -> Result<Chain> {
        let mode = mode.map(|mode| (VARIABLE.to_owned(), mode.to_owned()));
        let environment: Vec<(String, String)> = mode.into_iter().collect();
        let config = Config::parse(&format!("{LIMITS}{config}"))?;
        let with_mode = |component: &Component| component.with_environment(environment.clone());
        let opened = |name: &str| {
            let found = self.components.get(name);
            found.with_context(|| format!("{name} was not opened"))
        };
        let (old, new) = (opened(old)?, opened(new)?);
        Ok(Chain::new(vec![with_mode(old), with_mode(new)], &config)?)
    }
}

/// Checks all faults and all correct changes of these pairs with so many seeds, and otherwise with these options; `done` is told
/// the name of each that is done.
///
/// # Errors
/// This machine cannot run the sample components.
pub fn self_test(
    pairs: &[SamplePair],
    seeds: u64,
    options: &Options,
    done: impl Fn(&str),
) -> Result<SelfTest> {
    let samples = Samples::open(pairs)?;
    let mut faults = Vec::new();
    for fault in pairs.iter().flat_map(|pair| pair.faults) {
        faults.push(fault_row(&samples, fault, seeds, options)?);
        done(fault.name);
    }
    let mut changes = Vec::new();
    for change in pairs.iter().flat_map(|pair| pair.suspicious) {
        changes.push(pair_row(&samples, change, seeds, options)?);
        done(change.name);
    }
    Ok(SelfTest {
        seeds,
        faults,
        pairs: changes,
    })
}

/// How many rows these pairs have.
pub fn rows(pairs: &[SamplePair]) -> usize {
    let rows = pairs.iter().map(|it| it.faults.len() + it.suspicious.len());
    rows.sum()
}

fn fault_row(
    samples: &Samples,
    fault: &'static Fault,
    seeds: u64,
    options: &Options,
) -> Result<FaultRow> {
    let start = Instant::now();
    let property = properties::named(fault.property)
        .with_context(|| format!("no property is named {}", fault.property))?;
    let pair = samples.with_fault(fault)?;
    let caught = over_seeds(seeds, |seed| {
        let options = Options {
            seed,
            ..options.clone()
        };
        catch(&pair, property, &options)
    })?;
    Ok(FaultRow {
        fault,
        caught,
        time: start.elapsed(),
    })
}

fn pair_row(
    samples: &Samples,
    change: &'static Suspicious,
    seeds: u64,
    options: &Options,
) -> Result<PairRow> {
    let start = Instant::now();
    let pair = samples.with_change(change)?;
    let failed = over_seeds(seeds, |seed| {
        let options = Options {
            seed,
            strict: change.strict,
            ..options.clone()
        };
        let report = check(&pair, ALL.to_vec(), &options)?;
        Ok(first_failure(&report).map(|(property, _)| (seed, property)))
    })?;
    Ok(PairRow {
        pair: change,
        failed: failed.into_iter().flatten().collect(),
        time: start.elapsed(),
    })
}

fn over_seeds<T: Send>(seeds: u64, check: impl Fn(u64) -> Result<T> + Sync) -> Result<Vec<T>> {
    (0..seeds).into_par_iter().map(&check).collect()
}

/// Checks with the property named for the fault, and only if that passes with the others: what a property finds does not
/// depend on which others run. Of the options, properties and strictness are the fault's own.
///
/// # Errors
/// The pair cannot be checked at all.
pub fn catch(
    pair: &Chain,
    property: &'static Property,
    options: &Options,
) -> Result<Option<Caught>> {
    let others = ALL.into_iter().filter(|other| other.id != property.id);
    for (properties, strict) in [
        (vec![property], true),
        (others.collect(), property.advisory),
    ] {
        let options = Options {
            strict,
            ..options.clone()
        };
        let report = check(pair, properties, &options)?;
        if let Some((id, failure)) = first_failure(&report) {
            return Ok(Some(Caught {
                property: id,
                blame: failure.blame,
                operations: failure.finding.case.operations(),
                replays: replays(pair, id, failure),
            }));
        }
    }
    Ok(None)
}

fn check(pair: &Chain, properties: Vec<&'static Property>, options: &Options) -> Result<Report> {
    let options = Options {
        properties,
        first_failure: true,
        ..options.clone()
    };
    Ok(handover::check(pair, &options, &())?)
}

fn first_failure(report: &Report) -> Option<(&'static str, &ReportedFailure)> {
    let mut failed = report
        .properties
        .iter()
        .filter(|it| it.status == Status::Fail);
    failed.find_map(|it| Some((it.id, it.failures.first()?)))
}

fn replays(pair: &Chain, id: &str, failure: &ReportedFailure) -> bool {
    let file = FailureFile::new(pair.whole(), id, failure, None);
    let (Ok(property), Ok(case)) = (file.property(), file.case(pair)) else {
        return false;
    };
    match property.judge(pair, &case) {
        Outcome::Fail(finding) => finding.signature() == file.signature,
        Outcome::Pass | Outcome::Discard(_) => false,
    }
}
