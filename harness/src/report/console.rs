//! The report as text: a table, one row for each property, then each failure with its shortest history.

use std::fmt::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::case::text::shown;
use crate::host::Pace;
use crate::judging::verdict::{Point, Report, ReportedFailure, Sensitivity, Status};
use crate::report::foreign::foreign;
use crate::report::replay::Replay;
use crate::report::without_colours;
use crate::versions::chain::Chain;
use crate::versions::hop::{Hop, HopId};

pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const UNSURE: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const STRONG: Style = Style::new().bold();

/// How many characters of an expected or observed value stand beside each other; longer ones stand below each other.
const COLUMN: usize = 44;

/// The report of a check of `pair`, with ANSI colours; whoever prints it removes them where they are not wanted.
pub fn report(chain: &Chain, report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_report(&mut text, chain, report);
    text
}

/// One failure, without colours.
pub fn failure<'a>(hop: impl Into<Hop<'a>>, property: &str, failure: &ReportedFailure) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write!(text, "{BAD}FAIL{BAD:#} ");
    let _ = write_failure(&mut text, hop.into(), property, None, failure);
    without_colours(&text)
}

fn write_report(out: &mut String, chain: &Chain, report: &Report) -> fmt::Result {
    if report.chain.is_empty() {
        writeln!(
            out,
            "old  {}  {}",
            short(&report.old.1),
            foreign(&report.old.0)
        )?;
        writeln!(
            out,
            "new  {}  {}",
            short(&report.new.1),
            foreign(&report.new.0)
        )?;
    }
    for (number, (path, sha256)) in report.chain.iter().enumerate() {
        let version = format!("v{}", number + 1);
        writeln!(out, "{version:4} {}  {}", short(sha256), foreign(path))?;
    }
    if let Some(agent) = &report.agent {
        writeln!(out, "agent {}", foreign(agent))?;
    }
    writeln!(out, "seed {}\n", report.seed)?;
    table(out, report)?;
    for property in &report.properties {
        for failure in &property.failures {
            writeln!(out)?;
            let judged = chain.hop(property.hop).unwrap_or(chain.whole());
            let style = style(property.status);
            write!(out, "{style}{}{style:#} ", label(property.status))?;
            write_failure(out, judged, property.id, property.hop, failure)?;
        }
    }
    if !report.notes.is_empty() {
        writeln!(out, "\n{STRONG}notes{STRONG:#}")?;
        for note in &report.notes {
            writeln!(out, "  - {}", foreign(note))?;
        }
    }
    if let Some(updates) = report.updates() {
        writeln!(out, "\n{STRONG}updates{STRONG:#}   {updates}")?;
    }
    if let Some(sensitivity) = &report.sensitivity {
        write_sensitivity(out, sensitivity)?;
    }
    let style = style(report.verdict());
    writeln!(out, "\n{style}{}{style:#}", conclusion(report.verdict()))
}

/// What the verdict of a check means for the update.
pub fn conclusion(verdict: Status) -> &'static str {
    match verdict {
        Status::Pass | Status::Diverges => "PASS: nothing was lost in what was exercised",
        Status::Fail => "FAIL: do not update",
        Status::NotExercised => "NOT EXERCISED: nothing can be said",
    }
}

/// A property's verdict, as it stands in the table.
pub fn label(status: Status) -> &'static str {
    match status {
        Status::Pass => "PASS",
        Status::Fail => "FAIL",
        Status::Diverges => "DIVERGES",
        Status::NotExercised => "NOT EXERCISED",
    }
}

fn style(status: Status) -> Style {
    match status {
        Status::Pass => GOOD,
        Status::Fail => BAD,
        Status::Diverges | Status::NotExercised => UNSURE,
    }
}

fn table(out: &mut String, report: &Report) -> fmt::Result {
    let width = report
        .properties
        .iter()
        .map(|it| it.id.len())
        .max()
        .unwrap_or(0)
        .max("property".len());
    writeln!(
        out,
        "{STRONG}{:width$}  {}{:13}  {:>6}  {:>9}  {:>10}{STRONG:#}",
        "property",
        hop_column(report, Some("hop")),
        "verdict",
        "cases",
        "discarded",
        "operations"
    )?;
    for property in &report.properties {
        let (style, status) = (style(property.status), label(property.status));
        let hop = property.hop.map(|hop| hop.to_string());
        let hop = hop_column(report, hop.as_deref());
        let covered = format!("{}/{}", property.covered.len(), report.operations);
        write!(
            out,
            "{:width$}  {hop}{style}{status:13}{style:#}  {:>6}  {:>9}  {covered:>10}",
            property.id,
            property.cases,
            property.discards(),
        )?;
        match property.reason.as_str() {
            "" => writeln!(out)?,
            reason => writeln!(out, "  {}", foreign(reason))?,
        }
    }
    Ok(())
}

/// What stands in the column of the hops, which only a chain has.
fn hop_column(report: &Report, hop: Option<&str>) -> String {
    let width = format!("v{0}→v{0}", report.chain.len()).chars().count();
    match report.chain.is_empty() {
        true => String::new(),
        false => format!("{:width$}  ", hop.unwrap_or("all")),
    }
}

fn write_failure(
    out: &mut String,
    judged: Hop<'_>,
    property: &str,
    hop: Option<HopId>,
    failure: &ReportedFailure,
) -> fmt::Result {
    let finding = &failure.finding;
    writeln!(
        out,
        "{STRONG}{property}{STRONG:#}: {}",
        foreign(&finding.message)
    )?;
    match hop.or(finding.hop) {
        Some(hop) => writeln!(out, "  blame     {} of {hop}", failure.blame)?,
        None => writeln!(out, "  blame     {}", failure.blame)?,
    }
    if let Some(input) = &finding.case.input {
        writeln!(out, "  input     {}", foreign(&input.to_string()))?;
    }
    if finding.case.pace != Pace::default() {
        writeln!(out, "  pace      {} between operations", finding.case.pace)?;
    }
    let lines = shown(judged, &finding.case);
    for (number, line) in lines.iter().enumerate() {
        let label = if number == 0 { "history" } else { "" };
        writeln!(out, "  {label:9} {}", foreign(line))?;
    }
    if let (Some(expected), Some(observed)) = (&finding.expected, &finding.observed) {
        write_sides(out, &foreign(expected), &foreign(observed))?;
    }
    for (number, line) in finding.last_words.iter().enumerate() {
        let label = if number == 0 { "said" } else { "" };
        writeln!(out, "  {label:9} {}", foreign(line))?;
    }
    for frame in finding.backtrace.iter().take(6) {
        writeln!(out, "            in {}", foreign(frame))?;
    }
    write_points(out, &finding.points)?;
    match &failure.file {
        Some(file) => writeln!(
            out,
            "  replay    handover replay {}",
            foreign(&quoted(file))
        ),
        None => Ok(()),
    }
}

/// How many places that nobody would miss are named.
const UNNOTICED: usize = 8;

fn write_sensitivity(out: &mut String, sensitivity: &Sensitivity) -> fmt::Result {
    let Sensitivity {
        unit,
        of,
        noticed,
        unnoticed,
        ..
    } = sensitivity;
    writeln!(
        out,
        "{STRONG}state{STRONG:#}     {noticed} of {of} {unit} would be noticed if they were lost"
    )?;
    for it in unnoticed.iter().take(UNNOTICED) {
        let sides = format!("{}: {} → {}", it.place, it.was, it.became);
        writeln!(out, "            not {}", foreign(&sides))?;
    }
    match unnoticed.len().saturating_sub(UNNOTICED) {
        0 => Ok(()),
        more => writeln!(out, "            and {more} more"),
    }
}

fn write_points(out: &mut String, points: &[Point]) -> fmt::Result {
    if points.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "  measured  {STRONG}{:>6}  {:>14}  {:>13}  {:>13}{STRONG:#}",
        "times", "snapshot bytes", "fuel", "memory bytes"
    )?;
    for Point {
        times,
        snapshot,
        fuel,
        memory,
    } in points
    {
        writeln!(
            out,
            "            {times:>6}  {snapshot:>14}  {fuel:>13}  {memory:>13}"
        )?;
    }
    Ok(())
}

fn write_sides(out: &mut String, expected: &str, observed: &str) -> fmt::Result {
    let beside = expected.chars().count() <= COLUMN && observed.chars().count() <= COLUMN;
    if beside {
        let padding = COLUMN.min(expected.chars().count().max("expected".len()));
        let gap = " ".repeat(padding.saturating_sub(expected.chars().count()));
        writeln!(
            out,
            "            {STRONG}{:padding$}   observed{STRONG:#}",
            "expected"
        )?;
        return writeln!(out, "            {expected}{gap}   {observed}");
    }
    writeln!(out, "  expected  {expected}")?;
    writeln!(out, "  observed  {observed}")
}

/// What a replay shows.
pub fn replay(replay: &Replay) -> String {
    let mut text = String::new();
    let _ = write_replay(&mut text, replay);
    text
}

fn write_replay(out: &mut String, replay: &Replay) -> fmt::Result {
    for (number, step) in replay.steps.iter().enumerate() {
        writeln!(
            out,
            "{:>3}  {STRONG}{}{STRONG:#}",
            number + 1,
            foreign(&step.action)
        )?;
        match &step.twin {
            Some(twin) if *twin == step.worker => writeln!(out, "     both    {}", foreign(twin))?,
            Some(twin) => {
                writeln!(out, "     {BAD}twin    {}{BAD:#}", foreign(twin))?;
                writeln!(out, "     {BAD}worker  {}{BAD:#}", foreign(&step.worker))?;
            }
            None => writeln!(out, "     worker  {}", foreign(&step.worker))?,
        }
    }
    match &replay.outcome {
        Ok(None) => writeln!(
            out,
            "\n{GOOD}PASS{GOOD:#}: the property holds in this history"
        ),
        Ok(Some((finding, blame))) => {
            writeln!(
                out,
                "\n{BAD}FAIL{BAD:#}: {}\nblame: {blame}",
                foreign(&finding.message)
            )?;
            write_points(out, &finding.points)
        }
        Err(reason) => writeln!(out, "\n{UNSURE}DISCARDED{UNSURE:#}: {}", foreign(reason)),
    }
}

/// A path as a shell takes it for one word.
fn quoted(path: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "/._-+:@,=%".contains(it);
    match path.chars().all(is_plain) {
        true => path.to_owned(),
        false => format!("'{}'", path.replace('\'', r"'\''")),
    }
}

pub(super) fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
