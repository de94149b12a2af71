//! `handover explain`

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use clap::Args;

use handover::properties::{ALL, Property};
use handover::report::failure_file::FailureFile;
use handover::report::foreign::foreign;

use crate::exit_code::Exit;
use crate::{output, properties};

/// Explain what a property says, why it matters, what usually causes a failure, and what to do.
#[derive(Args)]
#[command(after_help = "Exit codes:
  0  it is explained
  2  there is neither a property nor a file of this name")]
pub struct Arguments {
    /// A property, or a failure file that `handover check` wrote; without one, every property is named.
    #[arg(value_name = "PROPERTY|FILE")]
    subject: Option<String>,
}

/// Lines are at most this long.
const WIDTH: usize = 80;

/// Runs the command.
pub fn run(arguments: &Arguments) -> Result<Exit> {
    let page = match &arguments.subject {
        None => contents(),
        Some(subject) => match properties::named(subject) {
            Ok(property) => page(property),
            Err(_) if Path::new(subject).exists() => of_failure(subject)?,
            Err(unknown) => {
                return Err(unknown)
                    .with_context(|| format!("there is neither a property nor a file {subject}"));
            }
        },
    };
    output::print(&page);
    Ok(Exit::Passed)
}

fn contents() -> String {
    let pages = ALL.map(|property| format!("{}\n{}\n", property.id, indented(property.statement)));
    pages.join("\n")
}

fn of_failure(path: &str) -> Result<String> {
    let file = FailureFile::read(Path::new(path))?;
    let property = file.property()?;
    let mut text = paragraph(&format!("{path}: {}", file.message));
    let _ = writeln!(
        text,
        "\nTo blame: {}. The history, and what differs:",
        file.blame
    );
    let _ = writeln!(text, "  handover replay {}\n", foreign(path));
    Ok(text + &page(property))
}

fn page(property: &Property) -> String {
    let advice = property.advice;
    let causes = advice.causes.iter().map(|cause| item(cause));
    let parts = [
        property.id.to_owned() + "\n",
        indented(property.statement),
        "\nHow it is exercised\n".to_owned() + &indented(property.exercised),
        "\nWhy it matters\n".to_owned() + &indented(advice.matters),
        "\nWhat usually causes a failure\n".to_owned() + &causes.collect::<String>(),
        "\nWhat to do\n".to_owned() + &indented(advice.remedy),
    ];
    parts.concat()
}

fn paragraph(text: &str) -> String {
    textwrap::fill(&foreign(text), WIDTH) + "\n"
}

fn indented(text: &str) -> String {
    wrapped(text, "  ")
}

fn item(text: &str) -> String {
    wrapped(text, "  - ")
}

fn wrapped(text: &str, first: &str) -> String {
    let following = " ".repeat(first.len());
    let options = textwrap::Options::new(WIDTH)
        .initial_indent(first)
        .subsequent_indent(&following);
    textwrap::fill(text, options) + "\n"
}
