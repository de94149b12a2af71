//! The reports of rewritten components are those of the originals.

use handover::component::{Runtime, read};
use handover::report::json::json;
use handover::{Chain, Config, Options, check};

use super::{PROBES, probed};

const PAIRS: [[&str; 2]; 5] = [
    ["embedded:cart-v1", "embedded:cart-v2"],
    ["embedded:cart-v2", "embedded:cart-v3"],
    ["embedded:cart-v1", "embedded:cart-v2-faulty"],
    ["embedded:clock-v1", "embedded:clock-v2"],
    ["embedded:clock-v2", "embedded:clock-v2"],
];

fn report(pair: &Chain) -> String {
    let options = Options {
        cases: 24,
        seed: 5,
        ..Options::default()
    };
    let report = check(pair, &options, &()).expect("a report");
    serde_json::to_string(&json(pair, &report)).expect("a report in JSON")
}

/// Observations, traps, snapshots and backtraces all end up in the report, which must be the same to the byte.
#[test]
fn the_reports_of_a_rewritten_component_are_those_of_the_original() {
    let config = Config::default();
    for paths in PAIRS {
        let [old, new] = paths;
        let expected = report(&Chain::open(&[old, new], &config).expect("a pair"));
        let runtime = Runtime::new(config.limits(), config.world(), config.snapshot_names());
        let runtime = runtime.expect("an engine");
        for (number, probes) in PROBES.into_iter().enumerate() {
            let open = |path| {
                let bytes = read(path).expect("a component");
                probed(&runtime, path, &bytes, probes, number % 2 == 0).component
            };
            let pair = Chain::new(vec![open(old), open(new)], &config).expect("a pair");
            assert_eq!(report(&pair), expected, "{paths:?} with {probes:?}");
        }
    }
}

#[test]
fn a_check_says_the_same_when_it_uses_its_workers_again() {
    for paths in [
        &["cart-v1", "cart-v2"][..],
        &["cart-v1", "cart-v2", "cart-v3"],
        &["cart-v1", "cart-v2-faulty"],
        &["clock-v1", "clock-v2"],
        &["stall-v1", "stall-v3"],
    ] {
        let paths: Vec<String> = paths.iter().map(|it| format!("embedded:{it}")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let config = Config::default();
        let runtime = config.runtime().expect("an engine").without_reuse();
        let each_new = Chain::open_with(&runtime, &paths, &config).expect("they open");
        let again = Chain::open(&paths, &config).expect("they open");
        assert_eq!(report(&again), report(&each_new), "{paths:?}");
    }
}
