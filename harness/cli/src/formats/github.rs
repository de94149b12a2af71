//! What GitHub shows of a check that runs in one of its workflows: an annotation for each failure, and a summary of the job.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use handover::Checked;
use handover::judging::verdict::Status;
use handover::report::console::{conclusion, label};
use handover::report::foreign::foreign;

use super::rows::Row;

/// How many bytes of a summary are written; GitHub refuses one of a MiB.
const LONGEST: usize = 900_000;

/// Whether this is a step of a workflow.
pub fn is_here() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|it| it == "true")
}

/// The text, in which GitHub looks for no commands: a component could print one.
pub fn inert(text: &str) -> String {
    // No text contains its own digest.
    let digest = Sha256::digest(text.as_bytes());
    let token: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("::stop-commands::{token}\n{text}\n::{token}::\n")
}

/// A command for each failure, which GitHub shows as an annotation.
pub fn annotations(rows: &[Row]) -> String {
    let mut commands = String::new();
    for row in rows {
        let level = match row.status {
            Status::Fail => "error",
            _ => "notice",
        };
        for failure in &row.failures {
            // Writing to a string does not fail.
            let _ = writeln!(
                commands,
                "::{level} title={}::{}",
                property(&format!("handover: {}", row.full_name())),
                data(&format!("{}\n{}", failure.message, failure.details))
            );
        }
    }
    commands
}

/// Text as the message of a command.
fn data(text: &str) -> String {
    let text = text.trim_end().replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

/// Text as a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Appends the summary to the file that GitHub names, if it does.
///
/// # Errors
/// It cannot be written.
pub fn append_summary(checked: &Checked, rows: &[Row]) -> Result<()> {
    let named = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|it| !it.is_empty());
    let Some(file) = named.map(PathBuf::from) else {
        return Ok(());
    };
    let text = summary(checked, rows);
    let opened = OpenOptions::new().append(true).create(true).open(&file);
    opened
        .and_then(|mut opened| opened.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write the summary to {}", file.display()))
}

/// The report as Markdown.
fn summary(checked: &Checked, rows: &[Row]) -> String {
    let mut text = format!("## handover: {}\n\n", conclusion(checked.verdict()));
    // Writing to a string does not fail.
    let _ = write_heads(&mut text, checked);
    let _ = write_table(&mut text, rows);
    let failures = rows
        .iter()
        .flat_map(|row| row.failures.iter().map(move |it| (row, it)));
    for (number, (row, failure)) in failures.enumerate() {
        let block = format!(
            "\n### {}: {}\n\n{}",
            escaped(&row.full_name()),
            escaped(&failure.message),
            code_block(&failure.details)
        );
        if text.len() + block.len() > LONGEST {
            let _ = writeln!(text, "\nOnly the first {number} failures are shown.");
            break;
        }
        text += &block;
    }
    text + "\n"
}

fn write_heads(text: &mut String, checked: &Checked) -> std::fmt::Result {
    for (_, report) in checked.reports() {
        let agent = report.agent.iter();
        let agent: String = agent.map(|it| format!("**{}**: ", escaped(it))).collect();
        let (old, new) = (escaped(&report.old.0), escaped(&report.new.0));
        write!(text, "- {agent}{old} → {new}, seed {}", report.seed)?;
        if let Some(updates) = report.updates() {
            write!(text, "; updates: {updates}")?;
        }
        writeln!(text)?;
    }
    Ok(())
}

fn write_table(text: &mut String, rows: &[Row]) -> std::fmt::Result {
    writeln!(text, "\n| property | verdict | cases | discarded | |")?;
    writeln!(text, "|---|---|--:|--:|---|")?;
    for row in rows {
        writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            escaped(&row.full_name()),
            label(row.status),
            row.cases,
            row.discarded,
            escaped(&row.reason)
        )?;
    }
    Ok(())
}

/// Foreign text in a line of Markdown, where it means nothing but itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for it in foreign(text).chars() {
        match it {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            // A mention of somebody has no backslash of its own.
            '@' => escaped += "&#64;",
            _ if it.is_ascii_punctuation() => escaped.extend(['\\', it]),
            _ => escaped.push(it),
        }
    }
    escaped
}

/// Lines as a block of code, in a fence that is longer than any in them.
fn code_block(lines: &str) -> String {
    let runs = lines.split(|it| it != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or(0).max(2) + 1);
    format!("{fence}text\n{}\n{fence}\n", lines.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_command_or_a_mark() {
        assert_eq!(data("50%\r\n::error::x\n"), "50%25%0D%0A::error::x");
        assert_eq!(property("a:b,c%"), "a%3Ab%2Cc%25");
        assert_eq!(escaped("<b>|`x`*\n@a"), "&lt;b\\>\\|\\`x\\`\\*\\\\n&#64;a");
        assert_eq!(code_block("a ```` b\n"), "`````text\na ```` b\n`````\n");
        assert_eq!(code_block("a"), "```text\na\n```\n");
    }

    #[test]
    fn what_stops_commands_is_not_in_the_text() {
        let text = inert("::error::x");
        let lines: Vec<&str> = text.lines().collect();
        let token = lines[0].strip_prefix("::stop-commands::").expect("a token");
        assert_eq!(lines[1..], ["::error::x", &format!("::{token}::")]);
        assert_eq!(token.len(), 64);
        assert!(!inert("::error::y").contains(token));
    }
}
