//! Cases per second of `upgrade-equivalence` by the length of the histories and by the number of threads, where the time
//! goes, and the main job as a whole.

use std::hint::black_box;
use std::process::Command;

use benches::child;
use benches::ratios::{Ways, median, ratio};
use criterion::{Criterion, Throughput, criterion_group};
use handover::judging::verdict::Status;
use handover::properties::{self, Property};
use handover::worker::Worker;
use handover::{Case, Config, Options, Pair, check, histories};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

const PROPERTY: &str = "upgrade-equivalence";
const OLD: &str = "embedded:cart-v1";
const NEW: &str = "embedded:cart-v2";
/// The largest number of operations in a history; the second is the default.
const OPERATIONS: [usize; 3] = [8, handover::case::MAX_OPERATIONS, 128];
const THREADS: [&str; 3] = ["1", "2", "4"];
/// Enough for a run of a second or more: the process starts in a few milliseconds.
const CASES: f64 = 8_192.0;

fn bench(criterion: &mut Criterion) {
    let config = Config::default();
    let pair = Pair::open(OLD, NEW, &config).expect("the embedded carts open");
    let mut group = criterion.benchmark_group("check");
    group.sample_size(10);
    group.bench_function("every property, compilation included", |bencher| {
        bencher.iter(|| {
            let pair = Pair::open(OLD, NEW, &config).expect("the embedded carts open");
            passes(&pair, &Options::default());
        });
    });
    group.bench_function("compilation", |bencher| {
        bencher.iter(|| Pair::open(OLD, NEW, &config).expect("the embedded carts open"));
    });
    for operations in OPERATIONS {
        let options = Options {
            operations,
            properties: vec![property()],
            ..Options::default()
        };
        group.throughput(Throughput::Elements(options.cases as u64));
        group.bench_function(format!("at most {operations} operations"), |bencher| {
            bencher.iter(|| passes(&pair, &options));
        });
    }
    group.finish();
    parts(criterion, &pair);
}

fn property() -> &'static Property {
    properties::named(PROPERTY).expect("there is such a property")
}

fn passes(pair: &Pair, options: &Options) {
    let report = check(pair, options, &()).expect("the carts start");
    assert_eq!(report.verdict(), Status::Pass);
    assert!(report.properties.iter().all(|property| property.cases > 0));
}

/// What a case costs: to make it, to judge it, and as a part of that the start of its workers.
fn parts(criterion: &mut Criterion, pair: &Pair) {
    let strategy = histories(pair);
    let mut runner = TestRunner::deterministic();
    let mut generate = || -> Case {
        let tree = strategy.new_tree(&mut runner);
        tree.expect("a case can be made").current()
    };
    let cases: Vec<Case> = (0..1_024).map(|_| generate()).collect();
    let mut ways = Ways::new("a case");
    ways.add("generate", || {
        black_box(generate());
    });
    let (property, mut next) = (property(), cases.iter().cycle());
    ways.add("judge", || {
        let case = next.next().expect("there are cases");
        black_box(property.judge(pair, case));
    });
    // The twin, the worker that is updated, and the one that it becomes.
    ways.add("start three workers", || {
        for component in [&pair.old, &pair.old, &pair.new] {
            assert!(Worker::start(component, 0).is_ok());
        }
    });
    let mut group = criterion.benchmark_group("a case");
    group.sample_size(10);
    ways.show(group, "judge", "generate");
}

/// The command with so many threads, in turns: what else the machine does hits all of them.
fn threads() -> anyhow::Result<()> {
    let handover = child::handover()?;
    let rounds = if child::is_quick() { 2 } else { 7 };
    let mut times = THREADS.map(|_| Vec::new());
    for _ in 0..rounds {
        for (threads, times) in THREADS.iter().zip(&mut times) {
            let mut command = Command::new(&handover);
            command
                .args(["check", OLD, NEW, "--property", PROPERTY])
                .args(["--cases", &CASES.to_string()])
                .env("RAYON_NUM_THREADS", threads);
            times.push(child::run(&mut command, &[0])?.seconds);
        }
    }
    println!("| threads | cases per second | × 1 thread |\n|---|---|---|");
    let mut single = None;
    for (threads, times) in THREADS.iter().zip(&mut times) {
        let Some(seconds) = median(times) else {
            continue;
        };
        let single = *single.get_or_insert(seconds);
        println!(
            "| {threads} | {:.0} | {} |",
            CASES / seconds,
            ratio(Some(single / seconds))
        );
    }
    Ok(())
}

criterion_group!(checks, bench);

fn main() -> anyhow::Result<()> {
    checks();
    Criterion::default().configure_from_args().final_summary();
    threads()
}
