//! A progress bar on a terminal; in a pipe, nothing.

use handover::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// One bar, over the cases of all properties or over the rows of a self-test.
pub struct Bar(ProgressBar);

impl Bar {
    pub fn new() -> Self {
        Self::over(0, "cases")
    }

    pub fn over_rows(rows: usize) -> Self {
        Self::over(rows as u64, "rows")
    }

    fn over(length: u64, what: &str) -> Self {
        let bar = ProgressBar::new(length);
        let template = format!("{{bar:32}} {{pos}}/{{len}} {what}  {{elapsed}}  {{msg}}");
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// A row is done.
    pub fn row(&self, name: &str) {
        self.0.set_message(name.to_owned());
        self.0.inc(1);
    }

    /// Takes the bar off the terminal.
    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn begin(&self, _property: &'static str, cases: usize) {
        self.0.inc_length(cases as u64);
    }

    fn advance(&self, property: &'static str, cases: usize) {
        self.0.set_message(property);
        self.0.inc(cases as u64);
    }

    fn shrinking(&self, property: &'static str) {
        self.0
            .set_message(format!("{property}: looking for the shortest history"));
    }
}
