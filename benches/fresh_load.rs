//! One load, each time of a worker in its initial state: the loop that one writes first, a worker from the pool, and one
//! that is put back; and the floor, a worker that is loaded into again and again as it is.

use benches::interpreted;
use benches::naive::Naive;
use benches::ratios::Ways;
use criterion::{Criterion, criterion_group, criterion_main};
use handover::component::{Cache, Component, Runtime, read};
use handover::fuzz::{Answer, Executor};
use handover::host::limits::Limits;
use handover::instrument::{Probes, Rewrite};
use handover::worker::Worker;
use handover::{Config, Snapshot};

const CART: &str = "embedded:cart-v1";
const NAIVE: &str = "naive";
const FLOOR: &str = "floor";

fn bench(criterion: &mut Criterion) {
    let bytes = read(CART).expect("the cart is embedded");
    for (name, size) in [("small", 24), ("64 KiB", 64 << 10), ("4 MiB", 4 << 20)] {
        let snapshot = Snapshot::octets(benches::carts::snapshot(size));
        compare(criterion, &format!("cart, {name}"), CART, &bytes, &snapshot);
    }
    for (language, path) in interpreted::carts() {
        let bytes = read(&path).expect("it was built");
        let runtime = runtime();
        let component = runtime.open(&path).expect("it opens");
        let save = component.save().expect("it exports save");
        let mut worker = Worker::start(&component, 0).expect("it starts");
        let snapshot = worker.save(save, 0).expect("it saves");
        compare(
            criterion,
            &format!("{language} cart, small"),
            &path,
            &bytes,
            &snapshot,
        );
    }
}

/// With limits that the largest state needs. An interpreter is compiled once a day, not once a run.
fn runtime() -> Runtime {
    let config = Config::default();
    let limits = Limits {
        fuel: u64::MAX,
        memory: 2 << 30,
        ..config.limits()
    };
    Runtime::new(limits, config.world(), config.snapshot_names())
        .expect("an engine")
        .with_cache(Cache::in_folder(concat!(
            env!("CARGO_TARGET_TMPDIR"),
            "/compiled"
        )))
}

fn compare(criterion: &mut Criterion, title: &str, label: &str, bytes: &[u8], snapshot: &Snapshot) {
    let runtime = runtime();
    let plain = runtime.open_bytes(label, bytes).expect("it opens");
    let [resetting, counting] = [Probes::None, Probes::Edges].map(|probes| {
        let rewrite = Rewrite {
            probes,
            reset: true,
        };
        let probed = runtime.open_probed(label, bytes, rewrite);
        probed.expect("it opens with probes").component
    });
    let put_back = [("put back", &resetting), ("put back, coverage", &counting)];
    let naive = Naive::new(bytes, plain.load().expect("it exports load")).expect("it compiles");
    let mut executors = put_back.map(|(way, component)| {
        let executor = Executor::new(component, 0).expect("it exports load");
        (way, executor, 0u64)
    });
    let mut ways = Ways::new(title);
    // A component that asks the host while it loads has no naive loop of a few lines.
    match naive.load(snapshot) {
        Ok(answer) => {
            assert_eq!(answer, Ok(()));
            ways.add(NAIVE, || {
                assert!(matches!(naive.load(snapshot), Ok(Ok(()))));
            });
        }
        Err(error) => println!("{title}: no naive loop: {error:#}"),
    }
    for (way, component) in [("pool", &plain), ("pool, coverage", &counting)] {
        ways.add(way, move || {
            let mut worker = Worker::start(component, 0).expect("it starts");
            loads(component, &mut worker, snapshot);
        });
    }
    for (way, executor, runs) in &mut executors {
        ways.add(*way, || {
            *runs += 1;
            assert_eq!(executor.run_long(snapshot).0, Answer::Accepted);
        });
    }
    for (way, component) in [(FLOOR, &plain), ("floor, coverage", &counting)] {
        let mut worker = Worker::start(component, 0).expect("it starts");
        ways.add(way, move || loads(component, &mut worker, snapshot));
    }
    let mut group = criterion.benchmark_group(format!("fresh_load, {title}"));
    group.sample_size(10);
    ways.show(group, NAIVE, FLOOR);
    let (first, later) = fuel(&plain, snapshot);
    println!("{title}: load takes {first} of fuel in its initial state, {later} at the floor");
    for (way, executor, runs) in &executors {
        let started = executor.started();
        println!("{title}, {way}: of {runs} workers {started} were started");
    }
}

/// Fuel of the first load of a worker and of a later one: what a guest makes on demand, the first load pays for.
fn fuel(component: &Component, snapshot: &Snapshot) -> (u64, u64) {
    let mut worker = Worker::start(component, 0).expect("it starts");
    let mut spent = || {
        let before = worker.fuel_spent();
        loads(component, &mut worker, snapshot);
        worker.fuel_spent() - before
    };
    let (first, _, later) = (spent(), spent(), spent());
    (first, later)
}

fn loads(component: &Component, worker: &mut Worker<'_>, snapshot: &Snapshot) {
    let load = component.load().expect("it exports load");
    assert_eq!(worker.load(load, snapshot, 0, 0), Ok(Ok(())));
}

criterion_group!(fresh_load, bench);
criterion_main!(fresh_load);
