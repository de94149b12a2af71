//! What load reached, as a table of functions.

use std::cmp::Reverse;
use std::fmt::{self, Write};

use super::console::{STRONG, short};
use super::foreign::foreign;
use crate::component::Component;
use crate::fuzz::load_coverage::{Function, Reach};

/// The functions that were entered, those with the most blocks that were not reached first; with `all`, the others too. Has
/// ANSI colours.
pub fn table(component: &Component, reach: &Reach, all: bool) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_table(&mut text, component, reach, all);
    text
}

fn write_table(out: &mut String, component: &Component, reach: &Reach, all: bool) -> fmt::Result {
    let (sha256, label) = (short(component.sha256()), component.label());
    writeln!(out, "new     {sha256}  {}", foreign(label))?;
    inputs(out, reach)?;
    let (mut entered, mut others): (Vec<_>, Vec<_>) =
        reach.functions.iter().partition(|it| it.entered > 0);
    entered.sort_by_cached_key(|it| (Reverse(it.blocks - it.reached), it.name()));
    others.sort_by_cached_key(|it| (Reverse(it.blocks), it.name()));
    let (functions, blocks) = (
        others.len(),
        others.iter().map(|it| it.blocks).sum::<usize>(),
    );
    if all {
        entered.append(&mut others);
    }
    if !entered.is_empty() {
        writeln!(
            out,
            "\n{STRONG}{:>11}  {:>7}  {:>9}  function{STRONG:#}",
            "blocks", "percent", "entered"
        )?;
    }
    for function in entered {
        row(out, function)?;
    }
    if !all && functions > 0 {
        writeln!(
            out,
            "\nnever entered: {functions} functions with {blocks} blocks (--all lists them)"
        )?;
    }
    totals(out, reach)
}

fn inputs(out: &mut String, reach: &Reach) -> fmt::Result {
    let inputs = &reach.inputs;
    let failed = inputs.all_failed();
    writeln!(
        out,
        "inputs  {}: load accepted {}, refused {}, failed on {failed}",
        inputs.all(),
        inputs.accepted,
        inputs.refused,
    )?;
    for (kind, count) in &inputs.failed {
        writeln!(out, "        {count}: {}", foreign(&kind.to_string()))?;
    }
    Ok(())
}

fn row(out: &mut String, function: &Function) -> fmt::Result {
    let Function {
        blocks, reached, ..
    } = function;
    let share = format!("{reached}/{blocks}");
    let (percent, entered) = (percent(*reached, *blocks), function.entered);
    let name = foreign(&function.name());
    write!(out, "{share:>11}  {percent:>7}  {entered:>9}  {name}")?;
    match &function.place {
        Some((path, line)) => writeln!(out, "  {}:{line}", foreign(path)),
        None => writeln!(out),
    }
}

fn totals(out: &mut String, reach: &Reach) -> fmt::Result {
    let functions = reach.functions.iter();
    let entered = functions.clone().filter(|it| it.entered > 0).count();
    let of_functions = functions.len();
    let reached: usize = functions.clone().map(|it| it.reached).sum();
    let blocks: usize = functions.map(|it| it.blocks).sum();
    writeln!(
        out,
        "\n{STRONG}total{STRONG:#}   blocks {reached} of {blocks} ({}), functions {entered} of {of_functions} ({})",
        percent(reached, blocks),
        percent(entered, of_functions),
    )?;
    if reach.files.is_empty() {
        return Ok(());
    }
    let lines = reach.files.values().flat_map(|lines| lines.values());
    let reached = lines.clone().filter(|count| **count > 0).count();
    let of_lines = lines.count();
    writeln!(
        out,
        "        lines {reached} of {of_lines} ({}) in {} files",
        percent(reached, of_lines),
        reach.files.len(),
    )
}

/// One digit behind the point, rounded down: what is not reached in full is never 100 %.
fn percent(part: usize, of: usize) -> String {
    let thousandths = (part as u64 * 1_000).checked_div(of as u64).unwrap_or(0);
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_reached_in_full_is_never_a_hundred_percent() {
        assert_eq!(percent(0, 0), "0.0 %");
        assert_eq!(percent(1, 3), "33.3 %");
        assert_eq!(percent(99_999, 100_000), "99.9 %");
        assert_eq!(percent(7, 7), "100.0 %");
    }
}
