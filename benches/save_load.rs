//! Save and load by the size of the snapshot, and a copy of as many bytes: of a guest that keeps the bytes as they are, which
//! leaves the copies across the boundary, and of the cart, which decodes them.

use std::hint::black_box;

use benches::ratios::Ways;
use benches::{carts, copier};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use handover::component::{Component, Runtime, read};
use handover::host::limits::Limits;
use handover::worker::Worker;
use handover::{Config, Snapshot};

const CART: &str = "embedded:cart-v1";
const COPY: &str = "memcpy";
/// What a load into a new worker and a large save cannot do without.
const COPY_ANEW: &str = "memcpy, to new memory";
const KIB: [usize; 6] = [1, 16, 256, 4 << 10, 16 << 10, 64 << 10];

fn bench(criterion: &mut Criterion) {
    let runtime = runtime();
    let open = |label: &str, bytes: &[u8]| runtime.open_bytes(label, bytes).expect("it opens");
    let copier = open("copier", &copier::component());
    let cart = open(CART, &read(CART).expect("the cart is embedded"));
    for kib in KIB {
        let snapshot = carts::snapshot(kib << 10);
        let title = format!("save_load, {kib} KiB");
        let mut copied = vec![0; snapshot.len()];
        let snapshot = Snapshot::octets(snapshot);
        let mut ways = Ways::new(&title);
        ways.add(COPY, || {
            black_box(&mut copied).copy_from_slice(black_box(&snapshot.bytes));
        });
        ways.add(COPY_ANEW, || {
            black_box(snapshot.bytes.clone());
        });
        for (name, component) in [("copier", &copier), ("cart", &cart)] {
            save_and_load(&mut ways, name, component, &snapshot);
        }
        let mut group = criterion.benchmark_group(&title);
        group
            .throughput(Throughput::Bytes(snapshot.bytes.len() as u64))
            .sample_size(10);
        ways.show(group, "cart: load, new worker", COPY);
    }
}

fn save_and_load<'a>(
    ways: &mut Ways<'a>,
    name: &str,
    component: &'a Component,
    snapshot: &'a Snapshot,
) {
    let (Some(save), Some(load)) = (component.save(), component.load()) else {
        panic!("{name} exports save and load");
    };
    ways.add(format!("{name}: load, new worker"), move || {
        let loaded =
            Worker::start(component, 0).and_then(|mut worker| worker.load(load, snapshot, 0, 0));
        assert_eq!(loaded, Ok(Ok(())));
    });
    let loaded = || {
        let mut worker = Worker::start(component, 0).expect("it starts");
        assert_eq!(worker.load(load, snapshot, 0, 0), Ok(Ok(())));
        worker
    };
    let mut worker = loaded();
    ways.add(format!("{name}: load, same worker"), move || {
        assert_eq!(worker.load(load, snapshot, 0, 0), Ok(Ok(())));
    });
    let mut worker = loaded();
    ways.add(format!("{name}: save"), move || {
        let saved = worker.save(save, 0).map(|saved| saved.bytes.len());
        assert_eq!(saved, Ok(snapshot.bytes.len()));
    });
}

/// With limits that the largest state needs.
fn runtime() -> Runtime {
    let config = Config::default();
    let limits = Limits {
        fuel: u64::MAX,
        memory: 2 << 30,
        ..config.limits()
    };
    Runtime::new(limits, config.world(), config.snapshot_names()).expect("an engine")
}

criterion_group!(save_load, bench);
criterion_main!(save_load);
