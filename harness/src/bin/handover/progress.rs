//! A progress bar on a terminal; in a pipe, nothing.

use handover::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// One bar over the cases of all properties.
pub struct Bar(ProgressBar);

impl Bar {
    pub fn new() -> Self {
        let bar = ProgressBar::new(0);
        let template = "{bar:32} {pos}/{len} cases  {elapsed}  {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
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
