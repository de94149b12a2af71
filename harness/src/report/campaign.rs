//! A fuzz campaign as text: a line while it runs, a summary at its end.

use std::fmt::{self, Write};
use std::time::Duration;

use super::console::{BAD, GOOD, STRONG, UNSURE, short};
use super::foreign::foreign;
use crate::fuzz::{Campaign, Status};
use crate::judging::verdict::Status as Verdict;
use crate::versions::chain::Chain;

/// Where a campaign stands after `elapsed`, `quiet` of it since the last new edge; one line.
pub fn status(status: &Status, elapsed: Duration, quiet: Duration) -> String {
    format!(
        "{} runs  {}/s  accepted {}  edges {}/{}  corpus {}  findings {}  last new edge {} s ago",
        status.runs,
        per_second(status.runs, elapsed),
        status.accepted,
        status.edges,
        status.of_edges,
        status.corpus,
        status.findings,
        quiet.as_secs(),
    )
}

/// The summary of a campaign that took `elapsed`, with ANSI colours. The findings are not told in full again.
pub fn summary(chain: &Chain, campaign: &Campaign, elapsed: Duration) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = write_summary(&mut text, chain, campaign, elapsed);
    text
}

fn write_summary(
    out: &mut String,
    chain: &Chain,
    campaign: &Campaign,
    elapsed: Duration,
) -> fmt::Result {
    let status = &campaign.status;
    writeln!(
        out,
        "new   {}  {}",
        short(chain.last().sha256()),
        foreign(chain.last().label())
    )?;
    writeln!(
        out,
        "runs  {} in {:.1} s, {} per second",
        status.runs,
        elapsed.as_secs_f64(),
        per_second(status.runs, elapsed)
    )?;
    writeln!(out, "      load accepted {} of the inputs", status.accepted)?;
    writeln!(
        out,
        "      {} workers were started, one for each run that could not be taken back",
        status.started
    )?;
    writeln!(
        out,
        "edges {} of {}, the last new one after {} runs; {} inputs show all of it",
        status.edges, status.of_edges, status.last_new_edge, status.corpus
    )?;
    if !campaign.findings.is_empty() {
        writeln!(out, "\n{STRONG}findings{STRONG:#}")?;
    }
    for found in &campaign.findings {
        let finding = &found.failure.finding;
        let bytes = finding.case.input.as_ref().map_or(0, |it| it.bytes.len());
        write!(
            out,
            "  - {}: {} ({bytes} bytes, after {} runs",
            found.property.id,
            foreign(&finding.message),
            found.runs
        )?;
        match &found.failure.file {
            Some(file) => writeln!(out, "; {})", foreign(file))?,
            None => writeln!(out, ")")?,
        }
    }
    if !campaign.notes.is_empty() {
        writeln!(out, "\n{STRONG}notes{STRONG:#}")?;
        for note in &campaign.notes {
            writeln!(out, "  - {}", foreign(note))?;
        }
    }
    let nothing = campaign.verdict() == Verdict::NotExercised;
    match campaign.findings.len() {
        0 if nothing && status.runs == 0 => {
            writeln!(out, "\n{UNSURE}NOT EXERCISED{UNSURE:#}: no input was run")
        }
        0 if nothing => writeln!(
            out,
            "\n{UNSURE}NOT EXERCISED{UNSURE:#}: load accepted none of the inputs; `--from`, `--corpus` or `--dict` give it some that it may accept"
        ),
        0 => writeln!(out, "\n{GOOD}NOTHING FOUND{GOOD:#}"),
        1 => writeln!(out, "\n{BAD}FOUND 1 fault{BAD:#}"),
        many => writeln!(out, "\n{BAD}FOUND {many} faults{BAD:#}"),
    }
}

fn per_second(runs: u64, elapsed: Duration) -> u64 {
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    runs.saturating_mul(1_000) / millis.max(1)
}
