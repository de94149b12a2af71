//! The table of a self-test: one row for each fault and each correct pair, and totals.

use std::fmt::{self, Write};

use anstyle::{AnsiColor, Style};

use super::catch::{Caught, FaultRow, PairRow, SelfTest};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const STRONG: Style = Style::new().bold();

/// The table, with ANSI colours; whoever prints it removes them where they are not wanted.
pub fn table(test: &SelfTest) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_table(&mut text, test);
    text
}

fn write_table(out: &mut String, test: &SelfTest) -> fmt::Result {
    let names = test.faults.iter().map(|row| row.fault.name);
    let width = names.map(str::len).max().unwrap_or(0);
    writeln!(
        out,
        "{STRONG}{:width$}  {:19}  {:>6}  {:>5}  {:7}  {:>5}  {:>7}  {:>10}  {:>6}{STRONG:#}",
        "fault", "property", "caught", "by it", "blame", "right", "replays", "operations", "time"
    )?;
    for row in &test.faults {
        write_fault(out, row, width)?;
    }
    writeln!(
        out,
        "\n{STRONG}{:width$}  {:6}  {:>6}{STRONG:#}",
        "correct pair", "passes", "time"
    )?;
    for row in &test.pairs {
        write_pair(out, row, test.seeds, width)?;
    }
    write_totals(out, test)
}

fn write_fault(out: &mut String, row: &FaultRow, width: usize) -> fmt::Result {
    let (name, property, blame) = (row.fault.name, row.fault.property, row.fault.blame);
    let style = if row.is_as_expected() { GOOD } else { BAD };
    let caught: Vec<&Caught> = row.caught.iter().flatten().collect();
    let count = |is: &dyn Fn(&Caught) -> bool| caught.iter().filter(|it| is(it)).count();
    let operations = match median(&caught) {
        Some(median) => median.to_string(),
        None => "–".to_owned(),
    };
    writeln!(
        out,
        "{style}{name:width$}{style:#}  {property:19}  {:>6}  {:>5}  {blame:7}  {:>5}  {:>7}  {operations:>10}  {:>4.1} s",
        caught.len(),
        count(&|it| row.is_by_property_named(it)),
        count(&|it| row.is_blamed_rightly(it)),
        count(&|it| it.replays),
        row.time.as_secs_f64(),
    )
}

/// The median length of the shrunk histories, in operations.
fn median(caught: &[&Caught]) -> Option<usize> {
    let mut lengths: Vec<usize> = caught.iter().map(|it| it.operations).collect();
    lengths.sort_unstable();
    lengths.get(lengths.len() / 2).copied()
}

fn write_pair(out: &mut String, row: &PairRow, seeds: u64, width: usize) -> fmt::Result {
    let style = if row.failed.is_empty() { GOOD } else { BAD };
    let passes = seeds.saturating_sub(row.failed.len() as u64);
    write!(
        out,
        "{style}{:width$}{style:#}  {passes:>6}  {:>4.1} s",
        row.pair.name,
        row.time.as_secs_f64()
    )?;
    for (seed, property) in &row.failed {
        write!(out, "  {property} fails with seed {seed}")?;
    }
    writeln!(out)
}

fn write_totals(out: &mut String, test: &SelfTest) -> fmt::Result {
    let with_all = |is: &dyn Fn(&FaultRow, &Caught) -> bool| {
        let every = |row: &&FaultRow| {
            let mut caught = row.caught.iter();
            caught.all(|caught| caught.as_ref().is_some_and(|it| is(row, it)))
        };
        test.faults.iter().filter(every).count()
    };
    let caught: Vec<&Caught> = test
        .faults
        .iter()
        .flat_map(|row| row.caught.iter().flatten())
        .collect();
    let passed = test
        .pairs
        .iter()
        .filter(|row| row.failed.is_empty())
        .count();
    let time = test.faults.iter().map(|row| row.time);
    let time: std::time::Duration = time.chain(test.pairs.iter().map(|row| row.time)).sum();
    writeln!(
        out,
        "\nwith each of {} seeds: of {} faults {} caught, {} by the property named, {} with the right blame, {} in a history that replays",
        test.seeds,
        test.faults.len(),
        with_all(&|_, _| true),
        with_all(&|row, it| row.is_by_property_named(it)),
        with_all(&|row, it| row.is_blamed_rightly(it)),
        with_all(&|_, it| it.replays),
    )?;
    writeln!(
        out,
        "{passed} of {} correct pairs pass; the median shrunk history has {} operations; {:.0} s",
        test.pairs.len(),
        median(&caught).unwrap_or(0),
        time.as_secs_f64(),
    )?;
    match test.is_as_expected() {
        true => writeln!(out, "\n{GOOD}PASS: everything is as expected{GOOD:#}"),
        false => writeln!(
            out,
            "\n{BAD}FAIL: a green check means less than it should{BAD:#}"
        ),
    }
}
