//! The table of several replays.

use std::fmt::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::exit_code::Exit;

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const UNKNOWN: Style = AnsiColor::Yellow.on_default().bold();
const STRONG: Style = Style::new().bold();

/// A failure file, and what came out.
pub struct Row {
    pub path: String,
    /// Name of the property; none where the file cannot be read.
    pub property: Option<String>,
    pub exit: Exit,
}

impl Row {
    fn property(&self) -> &str {
        self.property.as_deref().unwrap_or("–")
    }
}

/// From the worst to the best.
const ORDER: [Exit; 4] = [
    Exit::CouldNotRun,
    Exit::Failed,
    Exit::NotExercised,
    Exit::Passed,
];

/// The worst of all results.
pub fn worst(rows: &[Row]) -> Exit {
    let is_one = |exit: &Exit| rows.iter().any(|row| row.exit == *exit);
    ORDER.into_iter().find(is_one).unwrap_or(Exit::NotExercised)
}

/// The table, with ANSI colours; whoever prints it removes them where they are not wanted.
pub fn table(rows: &[Row]) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_table(&mut text, rows);
    text
}

fn write_table(out: &mut String, rows: &[Row]) -> fmt::Result {
    let width = |of: &dyn Fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0);
    let file = width(&|row| row.path.chars().count()).max("file".len());
    let property = width(&|row| row.property().chars().count()).max("property".len());
    writeln!(
        out,
        "{STRONG}{:file$}  {:property$}  result{STRONG:#}",
        "file", "property"
    )?;
    for row in rows {
        let (style, word) = result(row.exit);
        writeln!(
            out,
            "{:file$}  {:property$}  {style}{word}{style:#}",
            row.path,
            row.property()
        )?;
    }
    let counts = ORDER.iter().rev().filter_map(|&exit| {
        let count = rows.iter().filter(|row| row.exit == exit).count();
        (count > 0).then(|| format!("{count} {}", result(exit).1))
    });
    let counts: Vec<String> = counts.collect();
    writeln!(out, "\n{} failure files: {}", rows.len(), counts.join(", "))
}

fn result(exit: Exit) -> (Style, &'static str) {
    match exit {
        Exit::Passed => (GOOD, "PASS"),
        Exit::Failed => (BAD, "FAIL"),
        Exit::NotExercised => (UNKNOWN, "DISCARDED"),
        Exit::Interrupted => (UNKNOWN, "INTERRUPTED"),
        Exit::CouldNotRun => (BAD, "COULD NOT RUN"),
    }
}
