//! The report as JUnit XML, which every CI shows: a test suite for each agent type, a test case for each property.

use anyhow::{Context, Result};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use handover::judging::verdict::Status;

use super::rows::{Row, Told};

/// How the whole is called; the suite of components without agents, too.
const NAME: &str = "handover";

/// The report as XML, without times: equal reports are equal.
pub fn junit(rows: &[Row]) -> Result<String> {
    let mut report = Report::new(NAME);
    for rows in rows.chunk_by(|one, next| one.agent == next.agent) {
        let agent = rows.first().and_then(|row| row.agent.as_deref());
        let suite = match agent {
            Some(agent) => format!("{NAME}: {agent}"),
            None => NAME.to_owned(),
        };
        let mut cases = TestSuite::new(&*suite);
        cases.add_test_cases(rows.iter().map(|row| case(&suite, row)));
        report.add_test_suite(cases);
    }
    report.to_string().context("cannot write XML")
}

fn case(suite: &str, row: &Row) -> TestCase {
    let mut status = match row.status {
        Status::Pass | Status::Diverges => TestCaseStatus::success(),
        Status::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Status::NotExercised => TestCaseStatus::skipped(),
    };
    let texts: Vec<String> = row.failures.iter().map(text).collect();
    match (row.status, row.failures.first()) {
        (Status::Fail, Some(first)) => {
            status.set_message(&*first.message).set_type(row.id);
            status.set_description(texts.join("\n"));
        }
        (Status::NotExercised, _) => {
            status.set_message(&*row.reason);
        }
        _ => {}
    }
    let mut case = TestCase::new(&*row.name, status);
    case.set_classname(suite).set_assertions(row.cases);
    if row.status == Status::Diverges {
        case.set_system_out(texts.join("\n"));
    }
    case
}

fn text(failure: &Told) -> String {
    format!("{}\n{}", failure.message, failure.details)
}
