//! Printing. Colours are left out where the output is no terminal, or `NO_COLOR` is set; a closed pipe is no error.

use std::io::Write;

use handover::report::foreign::{foreign, foreign_lines};

/// Prints to standard output.
pub fn print(text: &str) {
    let _ = anstream::stdout().lock().write_all(text.as_bytes());
}

/// Prints lines to standard error, without anything that a terminal would obey.
pub fn complain(lines: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{}", foreign_lines(lines));
}

/// Prints a warning, in one line.
pub fn warn(warning: &str) {
    complain(&format!("warning: {}", foreign(warning)));
}

/// Says why the command could not run. What a file says may stand on lines of its own; they never look like one of ours.
pub fn fail(error: &anyhow::Error) {
    complain(&format!("error: {error:#}").replace('\n', "\n  "));
}
