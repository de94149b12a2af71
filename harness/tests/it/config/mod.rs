//! The config file: each key does what it says.

mod declarations;
mod limits;
mod operations;
mod register;
mod world;

use handover::judging::verdict::{PropertyReport, Report};
use handover::properties;
use handover::value::Val;
use handover::worker::Worker;
use handover::worker::observation::{FailureKind, Observation};
use handover::{Chain, Config, Options, check};

const CARTS: [&str; 2] = ["embedded:cart-v1", "embedded:cart-v2"];
const FAULTY: [&str; 2] = ["embedded:cart-v1", "embedded:cart-v2-faulty"];

fn config(text: &str) -> Config {
    Config::parse(text).unwrap_or_else(|error| panic!("{text}: {error:#}"))
}

fn opened([old, new]: [&str; 2], text: &str) -> Chain {
    Chain::open(&[old, new], &config(text)).unwrap_or_else(|error| panic!("{text}: {error:#}"))
}

/// The report of `upgrade-equivalence` alone.
fn report(pair: &Chain) -> Report {
    let property = properties::named("upgrade-equivalence").expect("there is such a property");
    let options = Options {
        cases: 64,
        properties: vec![property],
        ..Options::default()
    };
    check(pair, &options, &()).expect("both versions start")
}

fn only(report: &Report) -> &PropertyReport {
    let [property] = report.properties.as_slice() else {
        panic!("one property is checked: {report:?}");
    };
    property
}

fn notes_with<'a>(report: &'a Report, text: &str) -> Vec<&'a String> {
    let notes = report.notes.iter();
    notes.filter(|note| note.contains(text)).collect()
}

/// What a fresh worker of the old version observes.
fn observed(pair: &Chain, operation: &str, arguments: &[Val]) -> Observation {
    let operation = pair.operation_named(operation).expect("it is an operation");
    let mut worker = Worker::start(pair.old(), 0).expect("the worker starts");
    worker.invoke(&pair.operations()[operation].functions()[0], arguments, 0)
}

fn returned(pair: &Chain, operation: &str, arguments: &[Val]) -> Val {
    match observed(pair, operation, arguments) {
        Observation::Returned(Some(value)) => value,
        other => panic!("{operation} should return a value: {other}"),
    }
}

fn failed(pair: &Chain, operation: &str, arguments: &[Val]) -> FailureKind {
    match observed(pair, operation, arguments) {
        Observation::Failed(failure) => failure.kind,
        Observation::Returned(value) => panic!("{operation} should fail: {value:?}"),
    }
}

#[test]
fn a_config_file_that_cannot_be_read_is_named() {
    let missing = std::path::Path::new("no/such/handover.toml");
    let error = Config::read(missing).expect_err("there is no such file");
    assert!(format!("{error:#}").contains("no/such/handover.toml"));
}
