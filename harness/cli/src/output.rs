//! Printing. Colours are left out where the output is no terminal, or `NO_COLOR` is set; a closed pipe is no error.

use std::io::Write;

/// Prints to standard output.
pub fn print(text: &str) {
    let _ = anstream::stdout().lock().write_all(text.as_bytes());
}

/// Prints a line to standard error.
pub fn complain(line: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{line}");
}
